"""Tenants: who belongs is inferred, strangers are tried across them, and members within."""

import pytest

from tests.rls.conftest import Attacked, Attacking
from tests.rls.test_reproducers import shown

pytestmark = pytest.mark.postgres

TEAM = """
create table people (id uuid primary key references auth.users, name text);
create table orgs (id bigint generated always as identity primary key, name text not null);
create table org_members (id uuid primary key default gen_random_uuid(), org_id bigint not null references orgs on delete cascade,
  person_id uuid not null references people, role text not null default 'owner' check (role in ('owner', 'member')),
  removed_at timestamptz, unique (org_id, person_id));
create table projects (id uuid primary key default gen_random_uuid(), org_id bigint not null references orgs on delete cascade, name text);
alter table people enable row level security;
alter table orgs enable row level security;
alter table org_members enable row level security;
alter table projects enable row level security;
create function mine() returns setof bigint language sql stable security definer
  as $$ select org_id from org_members where person_id = auth.uid() {alive} $$;
create policy own on people using (id = auth.uid());
create policy see on orgs for select using (id in (select mine()));
create policy see on org_members for select using (org_id in (select mine()));
create policy all_of_it on projects using (org_id in (select mine()));
{more}
"""


def leaks(done: Attacked) -> list[tuple[str, str]]:
    return [(attempt.relation, attempt.verb) for attempt in done.attempts if attempt.leak]


def test_a_sound_tenant_lets_nothing_through(attacking: Attacking) -> None:
    done = attacking(TEAM.format(alive="and removed_at is null", more=""))

    assert leaks(done) == []
    assert done.context.not_judged == []
    assert done.context.evidence["owners"] == {
        "public.org_members": "person_id: belongs to a row of public.people",
        "public.orgs": "id: its members are in public.org_members",
        "public.people": "id: key to auth.users",
        "public.projects": "org_id: belongs to a row of public.orgs",
    }


@pytest.mark.parametrize(
    ("more", "leak"),
    [
        ("create policy add on org_members for insert with check (person_id = auth.uid());", ("public.org_members", "join")),
        ("create policy change on org_members for update using (person_id = auth.uid());", ("public.org_members", "promote")),
        ("create policy more on projects for select using (true);", ("public.projects", "select")),
        ("create policy found on orgs for insert with check (true);", None),
        ("create policy add on projects for insert with check (auth.uid() is not null);", ("public.projects", "insert")),
    ],
)  # fmt: skip
def test_what_each_policy_opens(attacking: Attacking, more: str, leak: tuple[str, str] | None) -> None:
    done = attacking(TEAM.format(alive="and removed_at is null", more=more))

    assert set(leaks(done)) == ({leak} if leak else set())


def test_whoever_was_removed_comes_back(attacking: Attacking) -> None:
    done = attacking(TEAM.format(alive="", more=""))
    (attempt,) = (attempt for attempt in done.attempts if attempt.leak)

    assert (attempt.verb, attempt.detail, attempt.columns) == ("come back", "public.orgs", ("removed_at",))
    assert shown(done, attempt.reproducer or "") == "1 row"


def test_a_move_into_another_tenant(attacking: Attacking) -> None:
    done = attacking(
        TEAM.format(
            alive="and removed_at is null",
            more="create policy move on projects for update using (org_id in (select mine())) with check (true);"
            "create policy look on projects for select using (true);",
        )
    )

    assert leaks(done) == [("public.projects", "select"), ("public.projects", "give away")]


def test_likes_are_no_membership(attacking: Attacking) -> None:
    done = attacking(
        "create table posts (id int primary key, title text); alter table posts enable row level security;"
        "create table post_likes (post_id int references posts on delete cascade, user_id uuid references auth.users, primary key (post_id, user_id));"
        "alter table post_likes enable row level security; create policy own on post_likes using (user_id = auth.uid());"
        "create policy see on posts for select using (true);"
    )

    assert done.rules() == []
    assert "public.posts" not in done.context.evidence["owners"]
