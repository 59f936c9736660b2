"""What each kind of guard lets through, refuses, or leaves open."""

import pytest

from tests.rls.conftest import Attacking

pytestmark = pytest.mark.postgres

OWNED = "create table t (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);"
ON = OWNED + "alter table t enable row level security;"
OWN = ON + "create policy own on t using (user_id = auth.uid());"
VERBS = ("select", "insert", "update", "delete")


def refusing(trigger: str, raising: str) -> str:
    return f"create function no() returns trigger language plpgsql as $$ begin {raising} end $$; create trigger no before {trigger} on t for each row execute function no();"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("actor", ["anon", "A"])
def test_without_row_security_everything_passes(attacking: Attacking, verb: str, actor: str) -> None:
    assert attacking(OWNED).answer(verb, actor) == "let through"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("actor", ["anon", "A"])
def test_owners_alone_pass_a_sound_policy(attacking: Attacking, verb: str, actor: str) -> None:
    assert attacking(OWN).answer(verb, actor) == "refused"


def test_sound_tables_give_no_finding(attacking: Attacking) -> None:
    done = attacking(
        OWN + "create table styles (id int primary key, name text); alter table styles enable row level security;"
        "create policy see on styles for select using (true);"
        "create table ledger (id int primary key, user_id uuid); alter table ledger enable row level security;"
    )

    assert done.findings() == ()
    assert [item for item in done.context.not_judged if item.blocking] == []


@pytest.mark.parametrize(
    ("policy", "leaks"),
    [
        ("for select using (auth.uid() is not null)", {("select", "A")}),
        ("for select using (true)", {("select", "A"), ("select", "anon")}),
        ("for insert with check (true)", {("insert", "A"), ("insert", "anon")}),
        ("for insert to authenticated with check (auth.uid() = auth.uid())", {("insert", "A")}),
        # The platform sends every change with a WHERE, so the row must be visible too.
        ("for update using (true)", set()),
        ("for delete using (true)", set()),
        ("for all to authenticated using (true)", {(verb, "A") for verb in VERBS}),
    ],
)
def test_permissive_policies(attacking: Attacking, policy: str, leaks: set[tuple[str, str]]) -> None:
    done = attacking(f"{OWN} create policy more on t {policy};")

    assert {(a.verb, a.actor) for a in done.attempts if a.answer == "let through" and a.verb in VERBS} == leaks


def test_a_change_needs_a_row_that_can_be_seen(attacking: Attacking) -> None:
    done = attacking(
        f"{ON} create policy see on t for select using (true); create policy change on t for update using (true);"
    )

    assert done.answer("update") == "let through"
    assert done.answer("delete") == "refused"


def test_a_row_is_given_away_where_the_check_is_looser(attacking: Attacking) -> None:
    start = f"{ON} create policy see on t for select using (true); create policy change on t for update using (user_id = auth.uid())"

    assert attacking(f"{start};").answer("give away") == "refused"
    assert attacking(f"{start} with check (true);").answer("give away") == "let through"


def test_a_gift_inside_ones_own_team_harms_nobody(attacking: Attacking) -> None:
    done = attacking(
        "create table teams (id int primary key, user_id uuid not null references auth.users);"
        "alter table teams enable row level security; create policy own on teams using (user_id = auth.uid());"
        "create table t (id int primary key, team_id int not null references teams, user_id uuid not null references auth.users);"
        "alter table t enable row level security;"
        "create policy team on t using (exists (select from teams where teams.id = t.team_id and teams.user_id = auth.uid()));"
    )

    assert done.rules() == []


def test_recursion_is_a_finding_of_its_own(attacking: Attacking) -> None:
    done = attacking(f"{ON} create policy loop on t using (user_id in (select t2.user_id from t as t2));")

    assert done.answer("select") == "recursion"
    assert done.rules() == ["policy-recursion"]


def test_recursion_through_a_function(attacking: Attacking) -> None:
    done = attacking(
        f"{ON} create function seen() returns bool language plpgsql as $$ begin return exists (select from t); end $$;"
        "create policy loop on t using (seen());"
    )

    assert done.rules() == ["policy-recursion"]


def test_a_constraint_that_complains_was_asked_after_row_security(attacking: Attacking) -> None:
    done = attacking(
        "create table t (user_id uuid primary key references auth.users, body text); alter table t enable row level security;"
        "create policy add on t for insert to authenticated with check (true);"
    )

    assert done.answer("insert") == "let through"


def test_children_that_hold_a_row_do_not_protect_it(attacking: Attacking) -> None:
    done = attacking(f"{OWNED} create table child (id int primary key, t_id uuid not null references t);")

    assert done.answer("delete") == "let through"


@pytest.mark.parametrize(
    "raising",
    [
        "raise exception 'no';",
        "raise exception 'no' using errcode = '42501';",
        "raise exception 'no' using errcode = '23505';",
    ],
)
def test_a_triggers_refusal_proves_nothing(attacking: Attacking, raising: str) -> None:
    done = attacking(OWNED + refusing("insert or update or delete", raising))

    assert {verb: done.answer(verb) for verb in VERBS} == {
        "select": "let through",
        "insert": "nothing",
        "update": "nothing",
        "delete": "nothing",
    }
    assert len(done.why("public.t")) >= 6
    assert done.rules() == ["others-rows-readable"]


def test_a_trigger_that_mends_the_row_is_a_guard(attacking: Attacking) -> None:
    done = attacking(
        f"{ON} create policy add on t for insert to authenticated with check (true);"
        + refusing("insert", "new.user_id := auth.uid(); return new;")
    )

    assert done.answer("insert") == "refused"
    assert done.findings() == ()


def test_a_trigger_that_mends_a_profile_keyed_by_its_owner(attacking: Attacking) -> None:
    done = attacking(
        "create table t (id uuid primary key references auth.users); alter table t enable row level security;"
        "create policy add on t for insert to authenticated with check (true);"
        + refusing("insert", "new.id := auth.uid(); return new;")
    )

    assert done.answer("insert") != "let through"


def test_a_query_that_takes_too_long_is_not_judged(attacking: Attacking, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("attack", "calling"):
        monkeypatch.setattr(f"gate.rls.{module}.PATIENCE", "set local statement_timeout = '300ms';")
    done = attacking(
        f"{ON} create function slow() returns bool language plpgsql as $$ begin perform pg_sleep(60); return false; end $$;"
        "create policy see on t for select to anon using (slow());"
    )

    assert done.answer("select", "anon") == "nothing"
    assert "select by anon: 57014: canceling statement due to statement timeout" in done.why("public.t")


PROFILE = "create table t (id uuid primary key references auth.users, name text, {column}); alter table t enable row level security; create policy own on t using (id = auth.uid());"


@pytest.mark.parametrize(
    "column",
    [
        "credits int not null default 0",
        "balance numeric(10,2) default 3",
        "is_admin bool not null default false",
        "role text not null default 'user' check (role in ('admin', 'user'))",
        "plan text default 'free'",
    ],
)
def test_power_over_the_own_row(attacking: Attacking, column: str) -> None:
    assert attacking(PROFILE.format(column=column)).rules() == ["own-privilege-raised"]


def test_power_that_a_trigger_takes_back(attacking: Attacking) -> None:
    done = attacking(
        PROFILE.format(column="credits int not null default 0")
        + refusing("update", "new.credits := old.credits; return new;")
    )

    assert done.answer("raise", detail="credits") == "refused"


def test_power_without_a_grant_on_the_column(attacking: Attacking) -> None:
    done = attacking(
        PROFILE.format(column="credits int not null default 0")
        + "revoke insert, update on t from anon, authenticated; grant update (name) on t to authenticated;"
    )

    assert done.rules() == []


def test_a_role_in_a_message_is_no_power(attacking: Attacking) -> None:
    done = attacking(
        "create table t (id int primary key, user_id uuid references auth.users, role text, tokens int);"
        "alter table t enable row level security; create policy own on t using (user_id = auth.uid());"
    )

    assert done.rules() == []


def test_a_role_that_anybody_may_take(attacking: Attacking) -> None:
    done = attacking(
        "create table user_roles (user_id uuid references auth.users, role text, primary key (user_id, role));"
        "alter table user_roles enable row level security; create policy own on user_roles using (user_id = auth.uid());"
    )

    assert [f.message for f in done.findings()] == [
        "any signed-in user adds the own row to public.user_roles (with the automatic grants)"
    ]


@pytest.mark.parametrize(
    ("grants", "leak"),
    [
        ("grant select (body) on t to anon", True),
        ("grant select (id, body) on t to anon", True),
        ("grant insert (body) on t to anon", False),
    ],
)
def test_column_grants(attacking: Attacking, grants: str, leak: bool) -> None:
    table = OWNED.replace("body text", "body text not null")
    done = attacking(f"{table} revoke all on t from anon, authenticated; {grants};")

    assert (done.answer("select", "anon") == "let through") is leak
    assert done.answer("insert", "anon") == "refused"


def test_explicit_grants_shut_what_nobody_granted(attacking: Attacking) -> None:
    shut, open_ = attacking(OWNED, "explicit"), attacking(OWNED + "grant select on t to anon;", "explicit")

    assert shut.findings() == ()
    assert [f.message for f in open_.findings()] == ["anyone, without signing in, reads other users' rows in public.t"]


def test_a_table_that_its_own_owner_cannot_reach_is_evidence(attacking: Attacking) -> None:
    evidence = attacking(f"{ON} create policy nobody on t for select using (false);").context.evidence["by_regime"][
        "auto"
    ]

    assert evidence["not_reachable_even_for_the_owner"] == ["public.t"]
    assert attacking(OWN).context.evidence["by_regime"]["auto"]["not_reachable_even_for_the_owner"] == []


def test_what_anyone_can_do_is_said_once(attacking: Attacking) -> None:
    assert [(f.rule, f.message.partition(",")[0]) for f in attacking(OWNED).findings()] == [
        ("others-rows-readable", "anyone"),
        ("others-rows-writable", "anyone"),
        ("row-inserted-in-anothers-name", "anyone"),
    ]


SHARED = "create table t (id int primary key, name text); alter table t enable row level security; create policy see on t for select using (true);"


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ("for update using (true)", "error"),
        ("for update to authenticated using (true)", "warning"),
        ("for insert with check (true)", None),
    ],
)
def test_rows_that_all_users_share(attacking: Attacking, policy: str, severity: str | None) -> None:
    found = attacking(f"{SHARED} create policy more on t {policy};").findings()

    assert [(f.rule, f.severity.value) for f in found] == ([("others-rows-writable", severity)] if severity else [])


def test_public_tables_may_be_read_and_not_written(attacking: Attacking) -> None:
    sql = f"{ON} create policy see on t for select using (true);"

    assert attacking(sql, public_tables=("public.t",)).rules() == []
    assert attacking(OWNED, public_tables=("public.t",)).rules() == [
        "others-rows-writable",
        "row-inserted-in-anothers-name",
    ]


def test_a_signed_row_that_everyone_reads_is_a_warning(attacking: Attacking) -> None:
    done = attacking(
        "create table t (id int primary key, author_id uuid references auth.users); alter table t enable row level security;"
        "create policy see on t for select using (true);"
    )

    assert [f.severity.value for f in done.findings()] == ["warning"]


def test_a_partition_without_the_guard_of_its_table(attacking: Attacking) -> None:
    done = attacking(
        "create table t (id int not null, user_id uuid not null references auth.users) partition by range (id);"
        "create table t_1 partition of t for values from (0) to (1000000); create table t_2 partition of t for values from (1000000) to (2000000);"
        "alter table t enable row level security; create policy own on t using (user_id = auth.uid());"
    )

    assert done.answer("select", "anon") == "refused"
    assert [f.message.split(" in ")[1] for f in done.findings() if f.rule == "others-rows-readable"] == [
        "public.t_1 (with the automatic grants)"
    ]


def test_the_apis_search_path_finds_extensions(attacking: Attacking) -> None:
    done = attacking(
        f"{ON} create policy add on t for insert to authenticated with check (user_id = auth.uid());"
        + refusing("insert", "new.body := encode(gen_random_bytes(4), 'hex'); return new;")
    )

    assert [item for item in done.context.not_judged if item.blocking] == []


def test_what_only_the_service_key_reaches_is_no_doubt(attacking: Attacking) -> None:
    table = "create table s (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users); alter table s enable row level security;"
    done = attacking(f"{OWN} {table}")
    assert done.context.evidence["by_regime"]["auto"]["for_the_server_only"] == ["public.s"]
    assert done.why("public.s") == []

    locked = attacking(f"{OWN} {table} revoke all on s from service_role;")
    assert locked.context.evidence["by_regime"]["auto"]["for_the_server_only"] == []
    assert locked.why("public.s")
