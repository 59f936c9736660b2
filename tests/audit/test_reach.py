"""What policies, views, triggers and functions reach, with whose rights, and whether the caller is looked at on the way."""

from gate.audit.catalog import Catalog, Name
from gate.audit.reach import Reached, reached
from gate.audit.replay import replay, split
from gate.audit.replay.flows import flows
from gate.migration import Migration
from tests.audit.judge import CONFIG

SQL = """
create schema app;
create role keeper nologin;
create table members (user_id uuid, team uuid, role text);
create table notes (id uuid primary key, team uuid, body text, secret text);
create table app.log (id int, note uuid);
create function app.me() returns uuid language sql stable as 'select auth.uid()';
create function is_member(t uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select from members where team = t and user_id = app.me())
$$;
create function open_count() returns bigint language plpgsql security definer set search_path = '' as $$
declare n bigint;
begin
  select count(*) into n from public.notes;
  perform app.note_it(n);
  return n;
end $$;
create function app.note_it(n bigint) returns void language plpgsql as $$
begin
  insert into app.log (id) values (n);
end $$;
create policy own on notes for select using (is_member(team));
create view plain as select id, body from notes;
create view asked with (security_invoker) as select p.id, p.body as text, n.secret from plain as p join notes as n using (id);
create view whole as select * from notes;
create view shown as select w.id, upper(w.secret) as word, open_count() as n from whole as w;
create function on_change() returns trigger language plpgsql security definer as $$
begin
  update members set role = 'x' where user_id = new.id;
  return new;
end $$;
create trigger changed after update on notes for each row execute function on_change();
"""


def catalog() -> Catalog:
    return replay(split(Migration("m.sql", SQL)), CONFIG, "auto", complete=True)


def shown(found: tuple[Reached, ...]) -> list[tuple[str, str, str, bool]]:
    return [(one.kind, str(one.name), one.rights, one.checked) for one in found]


def test_a_policy_reaches_what_its_functions_read_with_their_owners_rights() -> None:
    one = catalog()
    policy = one.tables[Name("public", "notes")].policies["own"]

    assert shown(reached(one, policy)) == [
        ("function", "public.is_member", "", False),
        ("table", "public.members", "postgres", False),
        ("function", "app.me", "postgres", True),
        ("function", "auth.uid", "postgres", True),
    ]


def test_a_function_without_a_check_reaches_tables_unchecked() -> None:
    one = catalog()
    (function,) = one.functions.named(Name("public", "open_count"))

    found = reached(one, function)

    assert shown(found) == [
        ("table", "public.notes", "postgres", False),
        ("function", "app.note_it", "postgres", False),
        ("table", "app.log", "postgres", False),
    ]
    assert found[-1].through == ("public.open_count()", "app.note_it(int8)")
    assert found[-1].borrowed


def test_a_view_reads_as_its_owner_unless_it_says_otherwise() -> None:
    one = catalog()

    assert shown(reached(one, one.views[Name("public", "plain")])) == [("table", "public.notes", "postgres", False)]
    assert shown(reached(one, one.views[Name("public", "asked")])) == [
        ("table", "public.notes", "", False),
        ("view", "public.plain", "", False),
        ("table", "public.notes", "postgres", False),
    ]


def test_a_trigger_reaches_what_its_function_changes() -> None:
    one = catalog()
    trigger = one.tables[Name("public", "notes")].triggers["changed"]

    assert shown(reached(one, trigger)) == [
        ("function", "public.on_change", "", False),
        ("table", "public.members", "postgres", False),
    ]


def test_a_circle_of_calls_ends() -> None:
    sql = "create function a() returns int language sql as 'select 1';\n"
    sql += "create function b() returns int language sql as 'select a()';\n"
    sql += "create or replace function a() returns int language sql as 'select b()';\n"
    one = replay(split(Migration("m.sql", sql)), CONFIG, "auto")
    (function,) = one.functions.named(Name("public", "a"))

    assert {str(found.name) for found in reached(one, function)} == {"public.a", "public.b"}


def test_columns_of_views_come_from_columns_of_tables() -> None:
    one = catalog()
    notes = Name("public", "notes")

    assert flows(one, one.views[Name("public", "shown")]) == {
        "id": frozenset({(notes, "id")}),
        "word": frozenset({(notes, "secret")}),
        "n": frozenset(),
    }
    assert flows(one, one.views[Name("public", "asked")]) == {
        "id": frozenset({(notes, "id")}),
        "text": frozenset({(notes, "body")}),
        "secret": frozenset({(notes, "secret")}),
    }
