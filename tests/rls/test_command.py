"""`gate rls --owners` and `gate rls --repro DIR`, as a user types them."""

import json
from pathlib import Path

import pytest

from gate.finding import Finding, Severity, Target
from gate.rls.scripts import write_scripts
from tests.processes import gate

pytestmark = pytest.mark.postgres

SQL = """
create table teams (id int primary key, owner_id uuid not null references auth.users);
create table tasks (id int primary key, team_id int not null references teams on delete cascade);
create table posts (id int primary key, created_by uuid references auth.users);
create table prices (id int primary key);
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/1_tables.sql").write_text(SQL)
    (tmp_path / "supabase/config.toml").write_text("[api]\nauto_expose_new_tables = true\n")
    return tmp_path


def test_the_map_of_owners(project: Path) -> None:
    done = gate("rls", "--owners", cwd=project)

    assert done.code == 0
    assert done.out.splitlines() == [
        "public.posts   created_by  key to auth.users, as an author",
        "public.prices  -           no owner found: its rows are shared by all users",
        "public.tasks   team_id     belongs to a row of public.teams",
        "public.teams   owner_id    key to auth.users",
        "[tool.gate] owners = {table = column} overrides what is inferred",
    ]


def test_the_map_for_machines(project: Path) -> None:
    (project / "supabase/migrations/2_more.sql").write_text("alter table nothing add x int;")
    shown = json.loads(gate("rls", "--owners", "--json", cwd=project).out)

    assert shown["statements_not_applied"] == 1
    assert shown["owners"]["public.prices"] is None
    assert shown["owners"]["public.tasks"] == {
        "column": "team_id",
        "reason": "belongs to a row of public.teams",
        "through": "public.teams",
        "author": False,
    }


def test_an_owner_that_does_not_exist_is_code_2(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.gate]\nowners = {taks = "team_id"}\n')
    done = gate("rls", "--owners", cwd=project)

    assert (done.code, done.out) == (2, "")
    assert "did you mean 'tasks'?" in done.err


def test_json_alone_is_a_wrong_use(project: Path) -> None:
    assert gate("rls", "--json", cwd=project).code == 2


def test_the_reproducers_are_written(project: Path) -> None:
    done = gate("rls", "--repro", "build/leaks", cwd=project)
    names = sorted(path.name for path in (project / "build/leaks").iterdir())

    assert done.code == 1
    assert "others-rows-readable.public.teams-select-by-anon.sql" in names
    text = (project / "build/leaks/others-rows-readable.public.teams-select-by-anon.sql").read_text()
    assert text.startswith("-- anyone, without signing in, reads other users' rows in public.teams")
    assert text.rstrip().endswith("rollback;")


def test_names_that_no_file_may_have(tmp_path: Path) -> None:
    findings = [
        Finding("r", "rls", Severity.ERROR, Target("t", None), "said\n\\! rm", subject, "g1:0", "select 1;\n")
        for subject in ("../../a/b", "..\\..\\a?b", "a b")
    ]
    written = write_scripts(findings, tmp_path)

    assert [path.name for path in written] == ["r.a-b.sql", "r.a-b.2.sql", "r.a-b.3.sql"]
    assert written[0].read_text().splitlines()[0] == "-- said \\! rm"
