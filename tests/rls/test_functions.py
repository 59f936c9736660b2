"""Functions are called by whoever may, and judged by the rows: what came back, what changed, what rose."""

import psycopg
import pytest

from gate.finding import Severity
from tests.rls.conftest import Attacked, Attacking
from tests.rls.test_reproducers import shown

pytestmark = pytest.mark.postgres

MONEY = """
create table profiles (id uuid primary key references auth.users, name text, credits int not null default 0 check (credits >= 0));
alter table profiles enable row level security;
create policy own on profiles for select using (id = auth.uid());
create function add_credits(p_user_id uuid, p_amount int) returns int language sql security definer
  as $$ update profiles set credits = credits + p_amount where id = p_user_id returning credits $$;
create function spend(p_user_id uuid, p_amount int) returns void language plpgsql security definer as $$
begin
  if p_user_id is distinct from auth.uid() then raise exception 'not you'; end if;
  update profiles set credits = credits - p_amount where id = p_user_id;
end $$;
create function spend_safely(p_amount int) returns void language plpgsql security definer as $$
begin
  if p_amount < 1 then raise exception 'nothing to spend'; end if;
  update profiles set credits = credits - p_amount where id = auth.uid() and credits >= p_amount;
end $$;
create function quietly(p_user_id uuid) returns void language sql as $$ update profiles set credits = 9 where id = p_user_id $$;
create function slowly(p_user_id uuid) returns void language sql security definer as $$ select pg_sleep(60) $$;
create function unnamed(uuid) returns int language sql security definer as $$ select credits from profiles where id = $1 $$;
create function several(variadic ids uuid[]) returns int language sql security definer as $$ select 1 $$;
create function broken(p_user_id uuid) returns int language plpgsql security definer as $$ begin return (select nothing from nowhere); end $$;
create function backend_only(p_user_id uuid) returns int language sql security definer as $$ select credits from profiles where id = p_user_id $$;
revoke execute on function backend_only from public, anon, authenticated;
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.rls.calling.PATIENCE", "set local statement_timeout = '300ms';")


@pytest.fixture
def money(attacking: Attacking) -> Attacked:
    return attacking(MONEY)


def said(done: Attacked) -> list[tuple[str, str]]:
    """Rule and function of each finding."""
    return [(f.rule, f.subject.partition("(")[0]) for f in done.findings() if f.rule.startswith("function")]


def test_what_is_open_is_found_and_what_is_guarded_is_not(money: Attacked) -> None:
    assert said(money) == [
        ("function-changes-others-rows", "public.add_credits"),
        ("function-raises-own-power", "public.spend"),
    ]


def test_whoever_may_not_execute_does_not_call(money: Attacked) -> None:
    assert [a for a in money.attempts if a.relation.startswith("public.backend_only")] == []


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("public.slowly(p_user_id uuid)", "called by anon: takes longer than it may"),
        ("public.unnamed(uuid)", "not called: it has arguments without names, which the API cannot give"),
        ("public.several(VARIADIC ids uuid[])", "not called: it takes any number of arguments"),
        ("public.broken(p_user_id uuid)", 'fails whoever calls it (42P01: relation "nowhere" does not exist)'),
    ],
)
def test_what_could_not_be_called_is_listed(money: Attacked, function: str, why: str) -> None:
    assert money.why(function) == [why]


@pytest.mark.parametrize("verb", ["call to change", "call to raise"])
def test_the_reproducers_show_it(money: Attacked, verb: str) -> None:
    (attempt,) = (a for a in money.attempts if a.verb == verb and a.leak)

    assert attempt.reproducer is not None
    assert shown(money, attempt.reproducer) == "1 row true"


def test_nothing_stays(money: Attacked) -> None:
    with money.server.connect(dbname=money.fresh) as db:
        assert db.execute("select count(*) from profiles").fetchone() == (0,)


def test_a_mended_function_is_no_longer_shown(money: Attacked) -> None:
    (attempt,) = (a for a in money.attempts if a.verb == "call to change" and a.leak)
    mended = f"begin; revoke execute on function add_credits from public, anon, authenticated;\n{attempt.reproducer}"
    with money.server.connect(dbname=money.fresh) as db, pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute(mended.replace("\nbegin;", "\n").encode())


READING = """
create table notes (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table notes enable row level security;
create policy own on notes using (user_id = auth.uid());
create table people (id uuid primary key references auth.users, display_name text);
alter table people enable row level security;
create policy own on people using (id = auth.uid());
create function note(note_id uuid) returns notes language sql security definer as $$ select * from notes where id = note_id $$;
create function notes_of(uuid_of_user uuid default null, limited int default 10) returns jsonb language sql security definer
  as $$ select jsonb_agg(n) from notes as n where n.user_id = coalesce(uuid_of_user, auth.uid()) limit limited $$;
create function note_ids() returns setof uuid language sql security definer as $$ select id from notes $$;
create function has_note(p_user_id uuid) returns boolean language sql security definer as $$ select exists (select from notes where user_id = p_user_id) $$;
create function own_note(note_id uuid) returns notes language sql as $$ select * from notes where id = note_id $$;
create function card(p_user_id uuid) returns text language sql security definer as $$ select display_name from people where id = p_user_id $$;
create function mail(p_user_id uuid) returns text language sql security definer as $$ select email from auth.users where id = p_user_id $$;
"""


def test_rows_are_recognised_by_what_only_they_hold(attacking: Attacking) -> None:
    found = [(f.subject, f.severity) for f in attacking(READING).findings()]

    assert found == [
        ("public.note(note_id uuid) reads public.notes", Severity.ERROR),
        ("public.notes_of(uuid_of_user uuid, limited integer) reads public.notes", Severity.ERROR),
        ("public.mail(p_user_id uuid) reads auth.users", Severity.ERROR),
        ("public.card(p_user_id uuid) reads public.people", Severity.WARNING),
    ]


def test_rows_that_are_public_on_purpose(attacking: Attacking) -> None:
    done = attacking(READING, public_tables=("public.notes", "public.people"))

    assert said(done) == [("function-reads-others-rows", "public.mail")]


def test_the_grants_of_public_hold_without_the_automatic_ones(attacking: Attacking) -> None:
    assert said(attacking(MONEY, "explicit"))[0] == ("function-changes-others-rows", "public.add_credits")


def test_functions_that_never_end_or_change_the_role_end_nothing_else(attacking: Attacking) -> None:
    sql = f"""{READING}
    create function many(p_user_id uuid) returns setof int language sql as $$ select generate_series(1, 100000000) $$;
    create function deep(p_user_id uuid) returns int language plpgsql as $$ begin return deep(p_user_id); end $$;
    create function odd(p_user_id uuid) returns void language plpgsql as $$ begin reset role; perform set_config('role', 'postgres', false); end $$;
    """
    done = attacking(sql)

    assert done.why("public.deep(p_user_id uuid)")[0].startswith("fails whoever calls it (54001")
    assert len(said(done)) == 4


def test_what_is_handed_back_of_a_changed_row_is_not_said_again(attacking: Attacking) -> None:
    tables = READING.partition("create table people")[0]
    done = attacking(
        f"{tables} create function take(p_user_id uuid) returns setof notes language sql security definer"
        " as $$ delete from notes where user_id = p_user_id returning * $$;"
    )

    assert said(done) == [("function-changes-others-rows", "public.take")]


def test_what_everybody_can_do_through_a_function_is_shown_of_everybody_and_told_once(attacking: Attacking) -> None:
    tried = [one for one in attacking(MONEY, "explicit").attempts if one.relation.startswith("public.add_credits")]

    assert {one.actor for one in tried if one.answer == "let through"} == {"anon", "A"}
    assert sum(one.leak for one in tried) == 1
