"""Who attacks besides anon and A: B, whoever comes in without a row, and the service role as the control of all."""

import pytest

from gate.rls.attempt import Attempt
from gate.rls.newcomers import trusted_domains
from tests.rls.conftest import Attacked, Attacking
from tests.rls.test_reproducers import shown

OWNED = """create table t (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table t enable row level security; create policy own on t using (user_id = auth.uid());"""
PROFILES = """create table people (id uuid primary key references auth.users, role text not null default 'user');
alter table people enable row level security; create policy own on people for select using (id = auth.uid());
create function staff() returns boolean language sql stable security definer set search_path = ''
  as $$ select exists (select from public.people where id = auth.uid() and role = 'admin') $$;
create policy staff on t for select using (staff());
create function welcome() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.people (id, role) values (new.id, case when {condition} then 'admin' else 'user' end); return new; end $$;
create trigger welcome after insert on auth.users for each row execute function welcome();"""
GUEST = "(auth.jwt() ->> 'is_anonymous')::boolean"


def leaks(done: Attacked) -> list[tuple[str, str]]:
    return [(attempt.verb, attempt.actor) for attempt in done.attempts if attempt.leak]


def the_leak(done: Attacked) -> Attempt:
    (found,) = [attempt for attempt in done.attempts if attempt.leak]
    return found


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("create policy later on t for select using (auth.uid() >= user_id);", [("select", "B")]),
        ("create policy later on t for select using (auth.uid() <= user_id);", [("select", "A")]),
        ("create policy guests on t for select using (GUEST);", [("select", "anonymous")]),
        ("create policy guests on t for select using (GUEST is false and user_id = auth.uid());", []),
        ("create policy staff on t for select using (auth.email() like '%@example.com');", [("select", "unconfirmed")]),
        ("create policy staff on t for select using (split_part(auth.email(), '@', 2) = 'example.com');", [("select", "unconfirmed")]),
        ("create policy staff on t for select using (auth.jwt() -> 'app_metadata' ->> 'company' = 'example.com');", []),
        (PROFILES.format(condition="new.email like '%@example.com'"), [("select", "unconfirmed")]),
        (PROFILES.format(condition="new.email_confirmed_at is not null and new.email like '%@example.com'"), []),
        (PROFILES.format(condition="new.is_anonymous"), [("select", "anonymous")]),
        # Nobody can sign up with such an address.
        (PROFILES.format(condition="new.email like '%@example.com'").replace(
            "begin insert", "begin if new.email_confirmed_at is null then raise 'no'; end if; insert"), []),
    ],
)  # fmt: skip
def test_who_is_let_in_where_a_stranger_is_not(attacking: Attacking, more: str, found: list[tuple[str, str]]) -> None:
    done = attacking(OWNED + more.replace("GUEST", GUEST))

    assert found == leaks(done)
    assert ["1 row"] * len(found) == [shown(done, a.reproducer or "") for a in done.attempts if a.leak]


@pytest.mark.postgres
def test_an_order_of_ids_is_not_the_first_users_rights(attacking: Attacking) -> None:
    done = attacking(
        OWNED + "create table people (id uuid primary key references auth.users, made timestamptz default now());"
        "alter table people enable row level security; create policy own on people for select using (id = auth.uid());"
        "create function first() returns uuid language sql stable security definer"
        " as $$ select id from people order by made limit 1 $$;"
        "create policy first on t for select using (auth.uid() = first());"
    )

    assert leaks(done) == []


@pytest.mark.postgres
def test_what_any_user_can_do_anybody_can_where_sign_ins_are_anonymous(attacking: Attacking) -> None:
    sql = OWNED + "create policy more on t for select to authenticated using (true);"
    without, with_guests = attacking(sql), attacking(sql, anonymous_sign_ins=True)

    assert the_leak(without).who == "any signed-in user"
    assert the_leak(with_guests).who == "anyone, by an anonymous sign-in,"
    assert [f.fingerprint for f in without.findings()] == [f.fingerprint for f in with_guests.findings()]
    assert without.context.evidence["actors"] == ["anon", "A", "B"]
    assert with_guests.context.evidence["actors"] == ["anon", "A", "B", "anonymous"]


@pytest.mark.postgres
def test_guests_that_the_policy_keeps_out_change_nothing(attacking: Attacking) -> None:
    sql = OWNED + f"create policy more on t for select to authenticated using (not {GUEST});"

    assert the_leak(attacking(sql, anonymous_sign_ins=True)).who == "any signed-in user"


@pytest.mark.postgres
def test_functions_and_files_are_tried_by_guests(attacking: Attacking) -> None:
    done = attacking(
        OWNED + "create function bodies() returns setof text language sql stable security definer"
        f" as $$ select body from t where {GUEST} $$;"
        "insert into storage.buckets (id, name) values ('pictures', 'pictures');"
        "create policy up on storage.objects for insert to authenticated with check ((storage.foldername(name))[1] = auth.uid()::text);"
        f"create policy see on storage.objects for select to authenticated using ({GUEST});"
    )

    assert leaks(done) == [("call to read", "anonymous"), ("read", "anonymous")]


@pytest.mark.postgres
def test_the_service_role_finds_what_was_planted(attacking: Attacking) -> None:
    done = attacking(OWNED + "revoke all on t from service_role;")

    assert done.context.evidence["by_regime"]["auto"]["not_reachable_even_for_the_service_role"] == ["public.t"]
    assert attacking(OWNED).context.evidence["by_regime"]["auto"]["not_reachable_even_for_the_service_role"] == []
    assert done.why("public.t") == []  # its owner reaches it, so that strangers do not says something


@pytest.mark.postgres
def test_nobody_reaches_it_not_even_the_service_role(attacking: Attacking) -> None:
    (why,) = attacking(OWNED, "explicit").why("public.t")

    assert why.startswith("not even its owner, nor the service role, can reach a row there")


@pytest.mark.postgres
def test_a_planted_row_that_is_gone_proves_nothing(attacking: Attacking) -> None:
    done = attacking(
        OWNED + "create function clean() returns trigger language plpgsql security definer as"
        " $$ begin delete from public.t; return new; end $$;"
        "create trigger clean after insert on auth.users for each row execute function clean();",
        anonymous_sign_ins=True,
    )

    assert [one.what for one in done.context.not_judged if one.blocking] == ["public.t"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(auth.email() ~~ '%@example.com'::text)", ["example.com"]),
        ("(auth.email() ~* '.*@Example\\.com$'::text)", ["example.com"]),
        ("(split_part(auth.email(), '@'::text, 2) = 'mail.example.com'::text)", ["mail.example.com"]),
        ("(auth.email() = 'anna@example.com'::text)", []),  # somebody has signed up with it
        ("(site = '@example.com'::text)", []),
        ("email like '%@%'", []),
        ("(email = 'www.example.com'::text)", []),
    ],
)
def test_domains_of_mail_that_are_trusted(text: str, found: list[str]) -> None:
    assert found == list(trusted_domains(text))
