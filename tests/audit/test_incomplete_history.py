"""A history that lacks what a dashboard made: it is said, nothing aborts, and the rest is replayed as production has it."""

from pathlib import Path

import pytest

from gate.audit.catalog import Catalog, Name
from gate.audit.check import AUDIT
from gate.audit.replay import replay, split
from gate.config import load_config
from gate.migration import Migration
from gate.outcome import Completed
from gate.run import run_checks
from tests.audit.judge import CONFIG

NOTES = "create table notes (id int, owner uuid);\nalter table notes enable row level security;\n"
LACKING = {  # what a statement names that nothing made, and whether its own object is replayed all the same
    "a function of a policy": ("create policy p on notes using (app_is_admin());", True),
    "a table of a policy": (
        "create policy p on notes using (exists (select from members where user_id = auth.uid()));",
        True,
    ),
    "a column of a policy": ("create policy p on notes using (team = 1);", True),
    "a table of a view": ("create view v as select * from teams;", True),
    "a function of a view": ("create view v as select app_count(id) from notes;", True),
    "a function of a trigger": ("create trigger t before insert on notes for each row execute function touch();", True),
    "a table of a key": ("alter table notes add foreign key (id) references teams (id);", True),
    "a type of a column": ("alter table notes add column mood mood_kind;", True),
    "a table of a policy statement": ("create policy p on teams using (true);", False),
    "a role of a policy": ("create policy p on notes to editor using (true);", False),
    "a table that is granted": ("grant select on teams to anon;", False),
    "a role that is granted to": ("grant select on notes to editor;", False),
    "a table that is altered": ("alter table teams enable row level security;", False),
    "a function that is altered": ("alter function app_is_admin() security invoker;", False),
    "a table that is dropped": ("drop table teams;", False),
}


def replayed(sql: str, *, complete: bool = False) -> Catalog:
    return replay(split(Migration("m.sql", NOTES + sql)), CONFIG, "auto", complete=complete)


def parts(catalog: Catalog) -> int:
    """How many things the history made, beside the table itself."""
    notes = catalog.tables[Name("public", "notes")]
    own = len(notes.policies) + len(notes.triggers) + len(notes.foreign_keys) + len(notes.columns) - 2
    return own + len([name for name in catalog.views if name.schema == "public"])


@pytest.mark.parametrize("case", LACKING.values(), ids=LACKING)
def test_what_is_missing_is_said_once_and_the_statement_is_kept_where_it_can_be(case: tuple[str, bool]) -> None:
    sql, kept = case
    catalog = replayed(sql)

    assert len(catalog.missing) == 1
    assert "was never created" in catalog.missing[0][0]
    assert catalog.missing[0][1].line == 3
    assert parts(catalog) == kept


@pytest.mark.parametrize("case", LACKING.values(), ids=LACKING)
def test_in_a_complete_history_postgres_refuses_it(case: tuple[str, bool]) -> None:
    catalog = replayed(case[0], complete=True)

    assert (len(catalog.missing), parts(catalog)) == (1, 0)


def test_one_of_several_objects_is_missing() -> None:
    catalog = replayed(
        "create table more (id int);\nrevoke all on teams, notes from anon;\ndrop table more, teams;\n"
        "do $$ begin alter table notes force row level security; alter table teams force row level security; end $$;"
    )

    assert "anon" not in {role for role, held in catalog.tables[Name("public", "notes")].acl.grants.items() if held}
    assert Name("public", "more") not in catalog.tables
    assert catalog.tables[Name("public", "notes")].forced
    assert [place.line for _, place in catalog.missing] == [4, 5, 6]


def test_a_block_that_is_certain_to_fail_leaves_nothing() -> None:
    catalog = replayed("do $$ begin alter table notes disable row level security; create table notes (id int); end $$;")

    assert catalog.tables[Name("public", "notes")].rls
    assert [what for what, _ in catalog.missing] == ["table public.notes exists already"]


def test_the_audit_goes_on_and_says_one_thing(tmp_path: Path) -> None:
    folder = tmp_path / "supabase/migrations"
    folder.mkdir(parents=True)
    lines = [sql for sql, _ in LACKING.values()]
    (folder / "1_a.sql").write_text(NOTES + "\n".join(lines))

    (outcome,) = run_checks([AUDIT], load_config(tmp_path), lambda *_: None)

    assert isinstance(outcome, Completed)
    assert len([one for one in outcome.work.findings if one.rule == "history-incomplete"]) == 1
    said = [one.why for one in outcome.work.unjudged]
    # Four of the policies have one name, so that only the first of them is kept.
    assert len([why for why in said if "never created" in why]) == len(lines) - 4
