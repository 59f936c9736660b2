"""The attack on a project whose holes are known, through the official client: what is found, what is written, what is undone."""

import json
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gate.check import Context
from gate.config import load_config
from gate.errors import ConfigError, Incomplete
from gate.postgres import Server
from gate.rls.live.check import Live
from gate.rls.live.line import Pace
from tests.processes import gate, interrupted
from tests.rls.live_world import OWNED, Attacked, LiveWorld, live_world

pytestmark = pytest.mark.postgres

WRITTEN = ("notes", "wall", "trapped", "accounts", "vault", "shared")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveWorld]:
    with Server.start("auto") as server, live_world(server, tmp_path_factory.mktemp("live")) as made:
        yield made


@pytest.fixture(scope="module")
def read(world: LiveWorld) -> Attacked:
    world.configure()
    before = contents(world)
    done = world.attack()

    assert contents(world) == before
    return done


@pytest.fixture(scope="module")
def written(world: LiveWorld, read: Attacked) -> Attacked:
    world.configure(WRITTEN)
    before = contents(world)
    done = world.attack(writes=True)

    assert contents(world) == before
    return done


def contents(world: LiveWorld) -> list[tuple[str, ...]]:
    """Every row of every table, and every file."""
    tables = [name for (name,) in world.sql("select tablename from pg_tables where schemaname = 'public' order by 1")]
    rows = [(name, *map(str, row)) for name in tables for row in world.sql(f"select * from public.{name} order by 1")]
    return rows + [("file", *row) for row in world.sql("select bucket_id, name from storage.objects order by 1, 2")]


@pytest.mark.parametrize(
    ("relation", "verb", "anon", "a"),
    [
        ("public.notes", "select", "refused", "refused"),
        ("public.letters", "select", "refused", "let through"),
        ("public.posts", "select", "let through", "let through"),
        ("public.orders", "select", "refused", "refused"),
        ("public.items", "select", "refused", "let through"),  # through the parent
        ("public.teams", "select", "refused", "refused"),  # through the members
        ("public.lonely", "select", "refused", "nothing"),
        ("public.bare", "select", "nothing", "nothing"),
        ("public.stories", "select", "nothing", "nothing"),  # published, and meant to be seen
        ("public.inbox", "select", "let through", "let through"),
        ("public.mine", "select", "refused", "refused"),
        ("public.fetch_note(note_id uuid)", "call to read", "let through", "let through"),
        ("public.own_notes()", "call to read", "refused", "refused"),
        ("bucket vault", "read", "refused", "refused"),
        ("bucket shared", "read", "refused", "let through"),
    ],
)
def test_what_is_read(read: Attacked, relation: str, verb: str, anon: str, a: str) -> None:
    assert read.answers(relation) == {(verb, "anon"): anon, (verb, "A"): a}


def test_what_the_rules_say(read: Attacked) -> None:
    assert read.problem == ""
    assert sorted((finding.rule, finding.subject.split()[0]) for finding in read.findings()) == [
        ("function-reads-others-rows", "public.fetch_note(note_id"),
        ("others-files-readable", "bucket"),
        ("others-rows-readable", "public.inbox"),
        ("others-rows-readable", "public.items"),
        ("others-rows-readable", "public.letters"),
        ("others-rows-readable", "public.posts"),
        ("others-rows-readable", "public.wall"),
    ]


def test_what_cannot_be_told_is_listed(read: Attacked) -> None:
    assert read.why("public.bare") == ["B sees no row of its own there"]
    assert read.why("public.lonely") == [
        "A sees no row of its own there either, so that it sees none of B's proves little"
    ]
    assert read.why("public.stories") == [
        "there is no row of B's to ask for: all that B has there is public by its own columns"
    ]
    assert read.why("public.prices") == ["no owner found: its rows are shared by all users"]
    assert read.why("bucket unused") == ["B sees no file of its own in a folder of its name"]
    assert read.why("public.bump(note_id uuid)") == ["not called: it may change something, which nobody could undo"]


def test_the_evidence_says_what_was_attacked(world: LiveWorld, read: Attacked) -> None:
    told = read.context.evidence

    assert (told["target"], told["project"]) == ("real", world.supabase.url.removeprefix("http://"))
    assert told["writes"] == []
    assert ["A", "select", "let through"] in [
        cell[:3] for row in told["matrix"]["rows"] for cell in row["cells"] if row["relation"] == "public.letters"
    ]
    assert world.supabase.anon_key not in json.dumps(told)


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ("public.notes", {("select", "A"): "refused"} | {(v, "A"): "refused" for v in ("update", "delete", "insert")}),
        ("public.wall", {(v, "A"): "let through" for v in ("select", "update", "delete", "insert")}),
        ("public.accounts", {("select", "A"): "refused", ("raise", "A"): "let through"}),
        ("bucket vault", {(v, "A"): "refused" for v in ("read", "overwrite", "move", "remove", "upload")}),
        ("bucket shared", {("read", "A"): "let through", ("remove", "A"): "let through", ("upload", "A"): "refused"}),
    ],
)
def test_what_is_written(written: Attacked, relation: str, expected: dict[tuple[str, str], str]) -> None:
    answers = written.answers(relation)

    assert {key: answers[key] for key in expected} == expected
    assert {answer for (_, actor), answer in answers.items() if actor == "anon"} <= {"refused"}


def test_every_write_is_undone_and_told(written: Attacked) -> None:
    told = written.context.evidence["writes"]

    assert len(told) >= 8
    assert all(write["undone"] for write in told)
    assert written.context.evidence["left_behind"] == []
    assert (
        written.why("public.trapped")[-1] == "nothing is written there: by the migrations B could not delete it again"
    )
    assert {a.relation for a in written.attempts} <= {
        *(f"public.{name}" for name in WRITTEN),
        *("bucket vault", "bucket shared"),
    }


def test_what_cannot_be_undone_is_said_loudly(world: LiveWorld, read: Attacked) -> None:
    world.configure(("notes",))
    world.sql("create policy no on public.notes as restrictive for delete to authenticated using (false)")
    try:
        done = world.attack(writes=True)
    finally:
        world.sql("drop policy no on public.notes")
        rows = world.sql("delete from public.notes where body is null returning id")
    (left,) = done.context.evidence["left_behind"]
    (row,) = rows  # what could not be undone once was not done again

    assert str(row[0]) in left
    assert "LEFT BEHIND" in done.why("a row in public.notes")[0]
    assert [item.blocking for item in done.context.not_judged if item.what == "a row in public.notes"] == [True]


def test_a_function_that_may_write_is_called_by_its_name_only(world: LiveWorld, read: Attacked) -> None:
    world.configure(("notes", "public.bump()"))
    before = world.sql("select count(*) from public.notes where body = 'bumped'")
    kept = world.sql("select id, body from public.notes")
    done = world.attack(writes=True)
    bumped = world.sql("select count(*) from public.notes where body = 'bumped'")
    for key, body in kept:
        world.sql("update public.notes set body = %s where id = %s", body, key)

    assert (before, bumped) == ([(0,)], [(1,)])
    assert done.why("public.bump(note_id uuid)")[0] == "it may change something, which nobody can undo; it was called"


def test_stopped_in_the_middle_everything_is_undone(world: LiveWorld, read: Attacked) -> None:
    world.configure(("wall",))
    before = contents(world)
    context = Context(load_config(world.root))
    attempts = Live(writes=True, environment=world.environment, pace=Pace(0.0)).subjects(context)
    reached = next(attempt for attempt in attempts if attempt.verb == "update")
    during = contents(world)
    context.close()  # as the runner does from another thread

    assert reached.relation == "public.wall"
    assert len(during) == len(before) + 1
    assert contents(world) == before
    with pytest.raises(Incomplete, match="stopped"):
        list(attempts)
    assert contents(world) == before


def test_ctrl_c_undoes_what_was_written(world: LiveWorld, read: Attacked) -> None:
    world.configure(("wall",))
    before = contents(world)

    def written_now(_line: str) -> bool:
        ends = time.monotonic() + 60
        while contents(world) == before and time.monotonic() < ends:
            time.sleep(0.02)
        return True

    done = interrupted(
        *("rls", "--live", "--allow-writes"), cwd=world.root, env=world.environment, when=written_now, how=signal.SIGINT
    )

    assert done.code == 130, done.err
    assert contents(world) == before


def test_rows_of_anybody_else_where_b_has_none(world: LiveWorld, read: Attacked, tmp_path: Path) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    tables = "".join(
        f"create table public.{name} {OWNED}; alter table public.{name} enable row level security;\n"
        for name in ("letters", "notes", "bare")
    )
    (tmp_path / "supabase/migrations/1_few.sql").write_text(tables)
    newcomer = str(uuid.uuid4())
    world.sql("insert into auth.users (id, email) values (%s, 'newcomer@example.com')", newcomer)
    few = LiveWorld(tmp_path, world.server, world.supabase, {"A": world.ids["A"], "B": newcomer})
    few.configure()
    done = few.attack()

    assert done.answers("public.letters") == {("select", "anon"): "nothing", ("select", "A"): "let through"}
    assert done.answers("public.notes") == {("select", "anon"): "nothing", ("select", "A"): "nothing"}
    assert [finding.rule for finding in done.findings()] == ["others-rows-readable"]


def test_the_command_and_its_report(world: LiveWorld, read: Attacked) -> None:
    world.configure(("letters",))
    done = gate("rls", "--live", "--report", "json:out.json", cwd=world.root, env=world.environment)
    told = json.loads((world.root / "out.json").read_text())

    assert done.code == 1, done.err
    assert [(finding["rule"], finding["subject"]) for finding in told["findings"]] == [
        ("others-rows-readable", "public.letters select by A")
    ]
    assert told["checks"][0]["evidence"]["target"] == "real"
    assert not any(
        secret in done.out + done.err + json.dumps(told)
        for secret in world.environment.values()
        if "." in secret and "eyJ" in secret
    )


def test_users_log_in_with_address_and_password(world: LiveWorld, read: Attacked) -> None:
    world.configure(("notes", "letters"))
    people = {who: {"email": f"{who.lower()}@live.example", "password": f"word of {who} 1"} for who in ("A", "B")}
    environment = {"SUPABASE_URL": world.supabase.url, "SUPABASE_ANON_KEY": world.supabase.anon_key}
    for who, login in people.items():
        key = world.supabase.service_role_key
        headers = {"apikey": key, "Authorization": f"Bearer {key}"}
        made = httpx.post(
            f"{world.supabase.url}/auth/v1/admin/users", headers=headers, json={**login, "email_confirm": True}
        )
        for table in ("notes", "letters"):
            world.sql(f"insert into public.{table} (user_id, body) values (%s, 'a longer text')", made.json()["id"])
        environment |= {f"EMAIL_{who}": login["email"], f"PASSWORD_{who}": login["password"]}
    done = world.attack(environment=environment)

    assert [(finding.rule, finding.subject) for finding in done.findings()] == [
        ("others-rows-readable", "public.letters select by A")
    ]
    assert not any(login["password"] in json.dumps(done.context.evidence) for login in people.values())


def test_a_wrong_password_and_a_forged_token(world: LiveWorld, read: Attacked) -> None:
    world.configure(("notes",))
    logins = {"TOKEN_A": "", "EMAIL_A": "nobody@live.example", "PASSWORD_A": "a wrong word"}
    done = world.attack(environment={**world.environment, **logins})

    assert done.problem == "A cannot log in as nobody@live.example (AuthApiError)"
    forged = world.token("A")[:-4] + "AAAA"
    done = world.attack(environment={**world.environment, "TOKEN_A": forged})

    assert done.answers("public.notes")["select", "A"] == "nothing"
    assert any("PGRST301" in why for why in done.why("public.notes"))


def test_a_table_that_the_migrations_do_not_make(world: LiveWorld, read: Attacked) -> None:
    world.configure(("nots",))
    with pytest.raises(ConfigError, match="live_tables names 'nots'"):
        world.attack()


def test_what_is_not_listed_is_not_even_asked_for_a_parent(world: LiveWorld, read: Attacked) -> None:
    world.configure(("items", "letters"))
    done = world.attack()

    assert done.why("public.items")[0].endswith("public.orders is not among the live_tables")
    assert {attempt.relation for attempt in done.attempts} == {"public.items", "public.letters"}


def test_users_without_a_row_prove_nothing(world: LiveWorld, read: Attacked) -> None:
    world.configure(("bare",))

    assert world.attack().problem.startswith("nothing could be judged")
