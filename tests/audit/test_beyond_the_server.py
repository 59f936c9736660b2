"""What the look-alike refuses and the platform allows: event triggers, publications of everything, foreign servers.

The platform's `postgres` may make these although it is no superuser, so no server here can judge them.
"""

from gate.audit.catalog import Catalog, Name
from gate.audit.replay import replay, split
from gate.migration import Migration
from tests.audit.judge import CONFIG

AUTO_ENABLE = """
create function rls_auto_enable() returns event_trigger language plpgsql security definer set search_path = pg_catalog as $$
declare cmd record;
begin
  for cmd in
    select * from pg_event_trigger_ddl_commands()
    where command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') and object_type in ('table', 'partitioned table')
  loop
    if cmd.schema_name is not null and cmd.schema_name in ('public')
      and cmd.schema_name not in ('pg_catalog', 'information_schema') and cmd.schema_name not like 'pg_toast%' then
      begin
        execute format('alter table if exists %s enable row level security', cmd.object_identity);
        raise log 'rls_auto_enable: enabled RLS on %', cmd.object_identity;
      exception when others then
        raise log 'rls_auto_enable: failed to enable RLS on %', cmd.object_identity;
      end;
    else
      raise log 'rls_auto_enable: skip %', cmd.object_identity;
    end if;
  end loop;
end $$;
"""
TRIGGER = """
create event trigger ensure_rls on ddl_command_end when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
  execute function rls_auto_enable();
"""


def replayed(sql: str) -> Catalog:
    return replay(split(Migration("m.sql", sql)), CONFIG, "auto")


def rls(catalog: Catalog) -> dict[str, bool]:
    return {str(name): table.rls for name, table in catalog.tables.items() if name not in catalog.platform}


def test_an_event_trigger_enables_rls_on_later_tables_of_its_schema() -> None:
    made = (
        'create schema app; create table app.c (id int); create table b (id int); create table "D d" as select 1 as x;'
    )
    catalog = replayed("create table a (id int);" + AUTO_ENABLE + TRIGGER + made)

    assert rls(catalog) == {"public.a": False, "app.c": False, "public.b": True, "public.D d": True}
    assert catalog.unmodelled == []
    assert catalog.event_triggers["ensure_rls"].function == Name("public", "rls_auto_enable")


def test_an_event_trigger_that_is_disabled_or_dropped_does_nothing() -> None:
    ends = (
        "alter event trigger ensure_rls disable;",
        "drop event trigger ensure_rls;",
        "drop function rls_auto_enable() cascade;",
    )

    assert [rls(replayed(AUTO_ENABLE + TRIGGER + end + "create table b (id int);")) for end in ends] == [
        {"public.b": False}
    ] * len(ends)


def test_an_event_trigger_that_cannot_be_followed_is_said_of_each_table_that_it_meets() -> None:
    other = AUTO_ENABLE.replace("cmd.schema_name in ('public')", "exists (select from settings where wanted)")
    catalog = replayed("create table settings (wanted bool);" + other + TRIGGER + "create table b (id int);")

    assert rls(catalog)["public.b"] is False
    assert [statement.text for statement, _ in catalog.unmodelled] == ["create table b (id int)"]


def test_an_event_trigger_that_refuses_takes_the_statement_back() -> None:
    refusing = (
        "create function no() returns event_trigger language plpgsql as $$ begin raise exception 'no tables'; end $$;"
    )
    refusing += "create event trigger closed on ddl_command_end when tag in ('CREATE TABLE') execute function no();"
    catalog = replayed(refusing + "create table b (id int); create schema app;")

    assert rls(catalog) == {}
    assert "app" in catalog.schemas
    assert [what for what, _ in catalog.missing] == ["the block raises 'no tables'"]


def test_publications_of_all_tables_and_of_schemas() -> None:
    catalog = replayed(
        "create schema app; create table app.t (id int); create table u (id int);"
        "create publication everything for all tables; create publication part for tables in schema app;"
        "alter publication part add table u; alter publication everything add table u; alter publication part add tables in schema gone;"
    )
    sends = {
        name: [one.sends(Name("app", "t")), one.sends(Name("public", "u"))]
        for name, one in catalog.publications.items()
    }

    assert sends == {"supabase_realtime": [False, False], "everything": [True, True], "part": [True, True]}
    assert [what for what, _ in catalog.missing] == [
        "publication 'everything' is for all tables already",
        "schema gone was never created",
    ]


def test_foreign_servers_and_tables() -> None:
    catalog = replayed(
        "create server far foreign data wrapper stripe_wrapper; create foreign table bills (id text) server far;"
        "create server far foreign data wrapper other; drop server far;"
    )
    bills = catalog.tables[Name("public", "bills")]

    assert (bills.kind, bills.server, catalog.servers) == ("foreign", "far", {"far": "stripe_wrapper"})
    assert [what for what, _ in catalog.missing] == [
        "server 'far' exists already",
        "server 'far' cannot be dropped: public.bills depends on it",
    ]
    assert (
        Name("public", "bills")
        not in replayed(
            "create server far foreign data wrapper w; create foreign table bills (id text) server far; drop server far cascade;"
        ).tables
    )
