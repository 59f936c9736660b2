"""Views are judged by what they show, whatever their columns are called."""

from typing import Any

import pytest

from tests.rls.conftest import Attacking

pytestmark = pytest.mark.postgres

TABLE = (
    "create table t (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);"
    "alter table t enable row level security; create policy own on t using (user_id = auth.uid());"
)
OPEN = TABLE + "create policy all_of_it on t for select using (true);"


def view_findings(attacking: Attacking, sql: str, **config: Any) -> list[tuple[str, str]]:
    done = attacking(sql, **config)
    return [(f.rule, f.subject.removeprefix("public.")) for f in done.findings() if f.subject.startswith("public.v ")]


@pytest.mark.parametrize("columns", ["*", "id, body", "body", "md5(id::text) as m", "1 as one"])
def test_a_view_with_its_owners_rights_shows_everybodys_rows(attacking: Attacking, columns: str) -> None:
    found = view_findings(attacking, f"{TABLE} create view v as select {columns} from t;")

    assert ("others-rows-readable", "v select by anon") in found


@pytest.mark.parametrize(
    "view",
    [
        "create view v with (security_invoker = true) as select id, body from t;",
        "create view v with (security_invoker = on) as select id, body from t;",
        "create view v as select id, body from t where user_id = auth.uid();",
        "create view v as select count(*) from t;",
        "create view v as select id from t where false;",
        "create view v as select id from t; revoke all on v from anon, authenticated;",
        "create view v as select 1 as x;",
        "create materialized view v as select id from t; revoke all on v from anon, authenticated;",
    ],
)
def test_views_that_show_nobodys_row_to_others(attacking: Attacking, view: str) -> None:
    assert view_findings(attacking, TABLE + view) == []


def test_a_materialized_view_knows_no_row_security(attacking: Attacking) -> None:
    assert view_findings(attacking, f"{TABLE} create materialized view v as select body from t;") == [
        ("others-rows-readable", "v select by anon")
    ]


def test_rows_are_changed_through_a_view(attacking: Attacking) -> None:
    assert view_findings(attacking, f"{TABLE} create view v as select id, body from t;") == [
        ("others-rows-readable", "v select by anon"),
        ("others-rows-writable", "v update by anon"),
    ]


def test_a_view_over_a_view(attacking: Attacking) -> None:
    found = view_findings(
        attacking,
        f"{TABLE} create view w as select * from t; create view v with (security_invoker) as select body from w;",
    )

    assert ("others-rows-readable", "v select by anon") in found


def test_a_view_over_a_schema_that_is_not_exposed(attacking: Attacking) -> None:
    found = view_findings(
        attacking,
        "create schema hidden; create table hidden.t (id int primary key, user_id uuid references auth.users);"
        "create table other (id int); create view v as select id from hidden.t;",
    )

    assert ("others-rows-readable", "v select by anon") in found


def test_what_the_table_already_shows_is_said_of_the_table(attacking: Attacking) -> None:
    done = attacking(f"{OPEN} create view v with (security_invoker) as select body from t;")

    assert [f.subject for f in done.findings()] == ["public.t select by anon"]


def test_public_on_purpose(attacking: Attacking) -> None:
    sql = f"{TABLE} create view v with (security_barrier) as select distinct body from t;"

    assert view_findings(attacking, sql, public_tables=("public.v",)) == []
    assert view_findings(attacking, sql, public_tables=("public.t",)) == []
    assert attacking("create table s (id int primary key, name text); create view v as select * from s;").rules() == [
        "others-rows-writable"
    ]


def test_a_view_that_cannot_be_judged_is_listed(attacking: Attacking) -> None:
    done = attacking(
        f"{TABLE} create view v as select body from t where body = 'published'; create view w as select 1 / (random() * 0)::int as x;"
    )

    assert done.why("public.v") == ["shows no row that is one user's alone, whoever looks"]
    assert done.why("public.w")[0].startswith("select by anon: 22012")


SHOWN = """
create table shops (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, name text);
create table dishes (id uuid primary key default gen_random_uuid(), shop_id uuid not null references shops on delete cascade, name text);
create table orders (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, total int);
create table lines (id uuid primary key default gen_random_uuid(), order_id uuid not null references orders on delete cascade, dish text);
create table likes (shop_id uuid references shops, user_id uuid references auth.users, primary key (shop_id, user_id));
alter table shops enable row level security; alter table dishes enable row level security; alter table likes enable row level security;
alter table orders enable row level security; alter table lines enable row level security;
create policy "Shops are viewable by everyone" on shops for select using (true);
create policy "dishes" on dishes for select using (true);
create policy own on orders for select using (user_id = auth.uid());
create policy "lines" on lines for select using (true);
create policy own on likes for select using (user_id = auth.uid());
create view v_likes as select shop_id, count(*) from likes group by shop_id;
create view v_orders as select user_id, count(*) from orders group by user_id;
"""


def test_what_is_shown_on_purpose_is_a_warning_and_what_only_lies_open_an_error(attacking: Attacking) -> None:
    found = attacking(SHOWN).findings()
    assert {f.subject.split()[0]: f.severity.value for f in found if f.rule == "others-rows-readable"} == {
        "public.shops": "warning",
        "public.dishes": "warning",
        "public.lines": "error",
        "public.v_likes": "warning",
        "public.v_orders": "error",
    }
