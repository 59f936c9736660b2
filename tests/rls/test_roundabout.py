"""What is tried in a roundabout way, what is then said once, and what is meant and said not at all."""

import pytest

from tests.rls.conftest import Attacked, Attacking
from tests.rls.test_attempts import ON, OWNED, refusing
from tests.rls.test_reproducers import shown

pytestmark = pytest.mark.postgres

SEEN = ON + "create policy see on t for select using (true);"
PROJECTS = """
create table projects (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
alter table projects enable row level security; create policy own on projects using (user_id = auth.uid());
create table t (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users,
  project_id uuid references projects on delete cascade, body text);
alter table t enable row level security;
"""
BELOW = "create policy see on t for select using (user_id = auth.uid() or project_id in (select id from projects where user_id = auth.uid()));"


def leaks(done: Attacked) -> set[tuple[str, str]]:
    return {(attempt.verb, attempt.actor) for attempt in done.attempts if attempt.leak}


def test_who_may_change_a_row_need_not_take_it_or_overwrite_it(attacking: Attacking) -> None:
    done = attacking(OWNED)

    assert {done.answer(verb) for verb in ("update", "upsert", "take")} == {"let through"}
    assert leaks(done) == {("select", "anon"), ("insert", "anon"), ("update", "anon")}


def test_a_check_of_the_new_row_alone_lets_it_be_taken(attacking: Attacking) -> None:
    done = attacking(f"{SEEN} create policy change on t for update using (true) with check (user_id = auth.uid());")
    (taken,) = (attempt for attempt in done.attempts if attempt.verb == "take")

    assert (done.answer("update"), taken.answer) == ("refused", "let through")
    assert shown(done, taken.reproducer or "") == "1 row true"


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        (BELOW + "create policy add on t for insert with check (user_id = auth.uid());", {("attach", "A")}),
        (
            BELOW
            + "create policy change on t for update using (user_id = auth.uid()) with check (user_id = auth.uid());",
            {("move under", "A")},
        ),
        ("create policy own on t using (user_id = auth.uid());", set()),
        (
            "create policy see on t for select using (true); create policy add on t for insert with check (user_id = auth.uid());",
            {("select", "anon")},
        ),
    ],
)
def test_rows_below_somebody_elses(attacking: Attacking, policies: str, found: set[tuple[str, str]]) -> None:
    assert leaks(attacking(PROJECTS + policies)) == found


def test_no_function_can_pretend_that_an_attempt_was_taken_back(attacking: Attacking) -> None:
    done = attacking(OWNED + refusing("insert", "raise exception 'x 0' using errcode = 'GT000';"))

    assert done.answer("insert") == "nothing"


def test_a_function_that_empties_a_table(attacking: Attacking) -> None:
    done = attacking(
        f"{ON} create policy own on t using (user_id = auth.uid());"
        "create function wipe() returns void language sql security definer as 'truncate t';"
    )

    assert done.rules() == ["function-changes-others-rows"]


OR = "create policy see on t for select using (user_id = auth.uid() or {});"


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("auth.jwt() -> 'user_metadata' ->> 'role' = 'boss'", "any signed-in user, by what the own user_metadata says,"),
        ("auth.jwt() #>> '{user_metadata,kind}' in ('user', 'admin')", "any signed-in user, by what the own user_metadata says,"),
        ("auth.jwt() -> 'app_metadata' ->> 'role' = 'boss'", None),
        ("auth.jwt() -> 'user_metadata' ->> 'role' = 'boss' or auth.uid() is not null", "any signed-in user"),
        ("meant()", "any signed-in user, by what the own user_metadata says,"),
    ],
)  # fmt: skip
def test_what_users_write_of_themselves(attacking: Attacking, condition: str, who: str | None) -> None:
    helper = (
        "create function meant() returns boolean language sql security definer as $$ select exists (select from auth.users"
        " where id = auth.uid() and raw_user_meta_data ->> 'team' = 'staff') $$;"
    )
    done = attacking(ON + helper * ("meant()" in condition) + OR.format(condition))

    assert [f.message.partition(" reads")[0] for f in done.findings()] == ([who] if who else [])


def test_a_table_that_realtime_sends(attacking: Attacking) -> None:
    done = attacking(SEEN + "alter publication supabase_realtime add table t;")

    (finding,) = done.findings()

    assert finding.message.startswith(
        "anyone, without signing in, reads other users' rows in public.t, and live through supabase_realtime"
    )


def test_a_missing_grant_is_named(attacking: Attacking) -> None:
    done = attacking(ON + "create policy own on t to authenticated using (user_id = auth.uid());", "explicit")
    closed = attacking(ON, "explicit")

    assert [why.partition("; ")[2] for why in done.why("public.t")] == [
        "its policies wait for `grant select on public.t to authenticated;`"
    ]
    assert [why.partition("; ")[2] for why in closed.why("public.t")] == [""]
