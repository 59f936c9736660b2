"""The check cannot say, says so in one line, and leaves nothing running: never a pass by silence."""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gate.config import Config
from gate.outcome import Broken, Completed, Outcome, work_of
from gate.postgres import Server
from gate.postgres.host import PREFIX
from gate.rls.check import RLS
from gate.run import run_checks
from tests.processes import gate, interrupted, naming
from tests.rls.conftest import MEMORY

pytestmark = pytest.mark.postgres

TABLE = "create table t{n} (id int primary key, user_id uuid references auth.users);"
SLOW = (
    "create table t (id int primary key, user_id uuid); alter table t enable row level security;"
    "create function slow() returns bool language plpgsql as $$ begin perform pg_sleep(4); return false; end $$;"
    "create policy see on t for select using (slow());"
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Servers live in a folder of the test's own, made after `tmp_path` because that is found by the same setting."""
    folder = Path(tempfile.mkdtemp(prefix="gate-rls-", dir=MEMORY if MEMORY.is_dir() else None))
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def project(tmp_path: Path, *files: str) -> Path:
    folder = tmp_path / "supabase/migrations"
    folder.mkdir(parents=True)
    for number, sql in enumerate(files):
        (folder / f"{number}_x.sql").write_text(sql)
    return tmp_path


def judged(
    tmp_path: Path, *files: str, seconds: float = 60, progress: Callable[[str], None] = lambda _text: None
) -> Outcome:
    config = Config(
        project(tmp_path, *files), exposed_schemas=("public",), regimes=("auto",), timeouts={"rls": seconds}
    )
    (outcome,) = run_checks([RLS], config, lambda _check, text: progress(text))
    return outcome


def nothing_left(folder: Path) -> bool:
    return naming(str(folder)) == [] and not list(folder.glob(f"{PREFIX}*/data"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "no migrations in supabase/migrations; set `supabase` in [tool.gate]"),
        (("-- nothing yet",), "there is no table in public, so there is nothing to attack"),
        (("create view v as select 1;",), "there is no table in public, so there is nothing to attack"),
        (("create schema hidden; create table hidden.t (id int);",), "there is no table in public, so there is nothing to attack"),
        (
            (TABLE.format(n=""), "create or replace function auth.uid() returns uuid language sql as 'select null::uuid';"),
            "a migration replaced auth.uid(); with a changed platform every attack may look refused",
        ),
        (
            (TABLE.format(n=""), "alter role authenticator nologin;"),
            "cannot log in to the embedded PostgreSQL as authenticator: connection failed",
        ),
    ],
)  # fmt: skip
def test_nothing_to_attack(tmp_path: Path, own_folder: Path, files: tuple[str, ...], words: str) -> None:
    outcome = judged(tmp_path, *files)

    assert isinstance(outcome, Broken)
    assert outcome.problem.startswith(words)
    assert "\n" not in outcome.problem
    assert nothing_left(own_folder)


def test_a_table_that_cannot_be_seeded_is_not_a_pass(tmp_path: Path) -> None:
    hard = "create table t (id int primary key, x text not null check (md5(x) = 'no'));"
    outcome = judged(tmp_path, TABLE.format(n=1), hard)

    assert isinstance(outcome, Broken)
    assert outcome.problem.startswith("could not be judged: public.t: could not be seeded")
    assert [(item.what, item.blocking) for item in outcome.work.unjudged] == [("public.t", True)]
    assert outcome.work.examined > 0


@pytest.mark.parametrize(
    ("statement", "blocks"),
    [
        ("create table maps (id int, place geography);", True),
        ("create policy p on nowhere using (true);", True),
        ("grant select on nowhere to anon;", True),
        ("do $$ begin perform 1 from nowhere; end $$;", True),
        ("alter table nowhere enable row level security;", True),
        ("create or replace function f() returns void language sql as 'select nowhere()';", True),
        ("insert into nowhere values (1);", False),
        ("create index on nowhere (id);", False),
        ("comment on table nowhere is 'x';", False),
        ("create table t1 (id int);", False),
    ],
)
def test_what_did_not_apply_blocks_where_it_could_have_made_a_leak(
    tmp_path: Path, statement: str, blocks: bool
) -> None:
    outcome = judged(tmp_path, TABLE.format(n=1), statement)

    assert [item.blocking for item in work_of(outcome).unjudged if "did not apply" in item.why] == [blocks]
    assert isinstance(outcome, Broken if blocks else Completed)


POSING = """
create table pg_class as select * from pg_catalog.pg_class limit 0;
create table pg_policy as select * from pg_catalog.pg_policy limit 0;
create function has_column_privilege(text, oid, smallint, text) returns boolean language sql as 'select false';
create function quote_ident(name) returns text language sql as $$ select 'nothing' $$;
create function set_config(text, text, boolean) returns text language sql as $$ select 'nothing' $$;
create function same(name, text) returns boolean language sql as 'select false';
create operator = (leftarg = name, rightarg = text, function = same);
revoke all on public.pg_class, public.pg_policy from anon, authenticated;
alter database postgres set search_path = public, pg_catalog;
alter role postgres set search_path = public, pg_catalog;
alter role authenticator set search_path = public, pg_catalog;
"""


def test_objects_that_pose_as_the_servers_own_answer_none_of_our_questions(tmp_path: Path) -> None:
    outcome = judged(tmp_path, TABLE.format(n=1), POSING)

    assert isinstance(outcome, Completed)
    assert {(f.rule, f.subject.split()[0]) for f in outcome.work.findings} == {
        ("others-rows-readable", "public.t1"),
        ("others-rows-writable", "public.t1"),
        ("row-inserted-in-anothers-name", "public.t1"),
    }


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
def test_a_server_killed_in_the_middle(
    tmp_path: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    started: list[Server] = []
    start = Server.start

    def remembered(regime: str) -> Server:
        started.append(start(regime))  # type: ignore[arg-type]
        return started[-1]

    monkeypatch.setattr(Server, "start", remembered)

    def kill(text: str) -> None:
        if text.startswith("planting rows"):
            process = started[0]._process
            assert process is not None
            threading.Timer(0.3, os.kill, (process.pid, how)).start()

    outcome = judged(tmp_path, *(TABLE.format(n=n) for n in range(150)), progress=kill)

    assert isinstance(outcome, Broken)
    assert outcome.problem.startswith("the embedded PostgreSQL")
    assert "\n" not in outcome.problem
    assert nothing_left(own_folder)


def test_out_of_time_in_the_middle(tmp_path: Path, own_folder: Path) -> None:
    outcome = judged(tmp_path, SLOW, seconds=2)

    assert isinstance(outcome, Broken)
    assert "ran out of time after 2 s" in outcome.problem
    assert nothing_left(own_folder)


def test_what_was_found_before_still_counts(tmp_path: Path) -> None:
    outcome = judged(tmp_path, "create table a (id int primary key, user_id uuid);" + SLOW, seconds=3)

    assert isinstance(outcome, Broken)
    assert {finding.subject.split()[0] for finding in outcome.work.findings} == {"public.a"}


def test_ctrl_c_in_the_middle(tmp_path: Path, own_folder: Path) -> None:
    root = project(tmp_path, SLOW)
    env = {"TMPDIR": str(own_folder)}
    done = interrupted(
        "rls", "--root", str(root), cwd=tmp_path, env=env, when=lambda line: "grants" in line, how=signal.SIGINT
    )

    assert done.code == 130
    assert "Traceback" not in done.err
    assert nothing_left(own_folder)


def test_a_wrong_owner_is_one_line_and_no_pass(tmp_path: Path) -> None:
    root = project(tmp_path, TABLE.format(n=""))
    (root / "pyproject.toml").write_text('[tool.gate]\nowners = {t = "user_idd"}\n')
    done = gate("rls", "--root", str(root), cwd=tmp_path)

    assert done.code == 3
    assert "[tool.gate] owners: t has no column 'user_idd'; did you mean 'user_id'?" in done.out


def test_leaks_are_code_1_and_a_sound_project_code_0(tmp_path: Path) -> None:
    leaky = project(tmp_path / "leaky", TABLE.format(n=""))
    sound = project(
        tmp_path / "sound",
        TABLE.format(n="")
        + "alter table t enable row level security; create policy o on t using (user_id = auth.uid());",
    )

    assert gate("rls", "--root", str(leaky), cwd=tmp_path).code == 1
    assert gate("rls", "--root", str(sound), cwd=tmp_path).code == 0
