"""The cost of the attack: what it does for each table and function must not grow with how many there are."""

import cProfile
import pstats
from dataclasses import replace

import pytest

from gate.postgres import Connection
from gate.rls.arguments import Values
from gate.rls.functions import Function
from gate.rls.rows import Seeds
from gate.rls.schema import Column, Relation
from gate.rls.server_says import run
from gate.rls.values import B
from tests.rls.conftest import Attacking

TEAM = """
create table orgs (id uuid primary key default gen_random_uuid(), name text);
create table org_members (org_id uuid not null references orgs on delete cascade, user_id uuid not null references auth.users,
  role text not null default 'member' check (role in ('owner', 'member')), left_at timestamptz, primary key (org_id, user_id));
alter table orgs enable row level security;
alter table org_members enable row level security;
create function mine() returns setof uuid language sql stable security definer
  as $$ select org_id from org_members where user_id = auth.uid() and left_at is null $$;
create policy see on orgs for select using (id in (select mine()));
create policy see on org_members for select using (org_id in (select mine()));
"""
BELOW = """
create table {name} (id uuid primary key default gen_random_uuid(), org_id uuid not null references orgs on delete cascade);
alter table {name} enable row level security;
create policy see on {name} for select using (org_id in (select mine()));
"""


@pytest.mark.postgres
def test_a_tenant_with_more_tables_takes_no_more_for_each(
    attacking: Attacking, monkeypatch: pytest.MonkeyPatch
) -> None:
    inserted = 0

    def counting(db: Connection, script: str) -> list[tuple[int, bool]]:
        nonlocal inserted
        inserted += script.count("insert into ")
        return run(db, script)

    monkeypatch.setattr("gate.rls.reproducer.run", counting)
    cost = []
    for many in (10, 40):
        inserted = 0
        done = attacking(TEAM + "".join(BELOW.format(name=f"t{n}") for n in range(many)))

        assert [attempt.relation for attempt in done.attempts if attempt.leak] == []
        cost.append(inserted / many)
    few, more = cost

    assert few > 5
    assert more < 1.5 * few


def test_a_function_among_many_tables_takes_time_in_proportion() -> None:
    uuid = Column("id", "id", "uuid", "b", "U", None, 0, True, None, False, (), frozenset(), frozenset(), frozenset())
    argument = replace(uuid, name="p_id", sql="p_id")
    function = Function(
        1, "public", "f", "public.f", "p_id uuid", True, True, False, frozenset({"authenticated"}), 1, (argument,), "t7"
    )

    def work(many: int) -> int:
        """How many calls of Python's it takes to think of the calls of one function, once those of another are known."""
        tables = [table(f"t{number}", uuid) for number in range(many)]
        values = Values(Seeds(), tables)
        list(values.calls(function, "A"))
        with cProfile.Profile() as profile:
            list(values.calls(function, "A"))
        return sum(calls for calls, *_ in pstats.Stats(profile).stats.values())  # type: ignore[attr-defined]

    assert work(1200) < 6 * work(300)


def test_a_table_is_spoken_of_by_its_whole_name() -> None:
    uuid = Column("id", "id", "uuid", "b", "U", None, 0, True, None, False, (), frozenset(), frozenset(), frozenset())
    argument = replace(uuid, name="p_id", sql="p_id")
    names = ("order", "order_items", "big order")
    ids = {name: f"{number:08}-0000-4000-8000-000000000000" for number, name in enumerate(names)}
    seeds = Seeds(stored={(f"public.{name}", B): {"id": ids[name]} for name in names})
    values = Values(seeds, [table(name, uuid) for name in names])

    def aimed(source: str) -> set[str]:
        function = Function(1, "public", "f", "public.f", "", True, False, False, frozenset(), 1, (argument,), source)
        given = {value for call in values.calls(function, "anon") for value in call.values}
        return {name for name in names if ids[name] in given}

    assert aimed("select from public.order_items") == {"order_items"}
    assert aimed("select from order, order_items") == {"order", "order_items"}
    assert aimed('select from "big order"') == {"order", "big order"}
    assert aimed("select from reorder") == set()


def table(name: str, column: Column) -> Relation:
    """A table of that name with one column, its key."""
    return Relation(
        oid=1, schema="public", name=name, sql=f'public."{name}"', kind="r", exposed=True, rls=True, invoker=False,
        partition_of=None, guard="", updatable=0, columns=(column,), primary_key=("id",), uniques=(("id",),), keys=(), checks=(),
        bounds=(), below=(), before=frozenset(),
    )  # fmt: skip
