"""The walk that finds circles of policies says of each table and command what the real server says."""

from pathlib import Path

import pytest

from gate.audit.catalog import API_ROLES
from gate.audit.check import example_files
from gate.audit.replay import replay, split
from gate.audit.replay.recursion import circle
from gate.audit.rules.policy_leads_back_to_its_table import __doc__ as page
from gate.config import Config
from gate.migration import Statement
from gate.page import read_page
from tests.audit.judge import Judge

pytestmark = pytest.mark.postgres
EXAMPLES = [example.text for example in read_page(page, where="page").examples]
QUERIES = {"select": "select from {}", "insert": "insert into {} default values", "delete": "delete from {}"}
RECURSION = "42P17"
AWKWARD = """
create table public.a (id uuid primary key, b uuid);
create table public.b (id uuid primary key, c uuid);
create table public.c (id uuid primary key, a uuid);
create table public.d (id uuid primary key);
alter table public.a enable row level security;
alter table public.b enable row level security;
alter table public.c enable row level security;
create policy a on public.a for select using (b in (select id from public.b));
create policy b on public.b for select to anon using (c in (select id from public.c));
create policy c on public.c for select using (a in (select id from public.a));
create policy gone on public.d using (id in (select d.id from public.d));
create policy deleted on public.c for delete using (id in (select id from public.c));
grant select, insert, delete on all tables in schema public to anon, authenticated;
"""


def statements(text: str) -> list[Statement]:
    return [one for migration in example_files(text) for one in split(migration)]


@pytest.mark.parametrize("role", API_ROLES)
@pytest.mark.parametrize("text", [*EXAMPLES, AWKWARD], ids=[*map(str, range(1, len(EXAMPLES) + 1)), "awkward"])
def test_a_circle_is_one_for_the_server(judge: Judge, text: str, role: str) -> None:
    catalog = replay(statements(text), Config(Path(), exposed_schemas=("public",)), judge.regime)
    asked = [(table, command) for table in catalog.own_tables() for command in QUERIES]
    said = [bool(circle(catalog, table, role, command)) for table, command in asked]

    answers = judge.answers(statements(text), [QUERIES[command].format(table.name) for table, command in asked], role)

    assert said == [answer == RECURSION for answer in answers]
