"""Whose rows they are: by keys, through profiles and parents, by names, by the project's word."""

from typing import Any

import pytest

from gate.errors import ConfigError
from gate.rls.ownership import Owner
from tests.rls.conftest import Attacking

pytestmark = pytest.mark.postgres

PROFILES = "create table public.profiles (id uuid primary key references auth.users, name text);"


def owners(attacking: Attacking, sql: str, **config: Any) -> dict[str, str]:
    found = attacking(sql, **config).context.evidence["owners"]
    assert isinstance(found, dict)
    return {name.removeprefix("public."): why for name, why in found.items()}


def test_a_key_to_auth_users(attacking: Attacking) -> None:
    found = owners(attacking, "create table t (id int primary key, holder uuid references auth.users);")

    assert found == {"t": "holder: key to auth.users"}


def test_a_profile_is_owned_by_its_own_id(attacking: Attacking) -> None:
    assert owners(attacking, PROFILES) == {"profiles": "id: key to auth.users"}


def test_through_a_profile_with_an_id_of_its_own(attacking: Attacking) -> None:
    found = owners(
        attacking,
        "create table profiles (id uuid primary key default gen_random_uuid(), user_id uuid unique references auth.users);"
        "create table notes (id int primary key, profile_id uuid not null references profiles);",
    )

    assert found == {
        "profiles": "user_id: key to auth.users",
        "notes": "profile_id: belongs to a row of public.profiles",
    }


def test_parents_of_any_depth(attacking: Attacking) -> None:
    found = owners(
        attacking,
        "create table a (id int primary key, user_id uuid references auth.users);"
        "create table b (id int primary key, a_id int not null references a);"
        "create table c (id int primary key, b_id int not null references b);"
        "create table d (id int primary key, c_id int references c on delete cascade);",
    )

    assert found["d"] == "c_id: belongs to a row of public.c"


def test_a_key_to_a_profile_need_not_be_set(attacking: Attacking) -> None:
    found = owners(
        attacking,
        f"{PROFILES} create table t (id int primary key, user_id uuid references profiles on delete set null);",
    )

    assert found["t"] == "user_id: belongs to a row of public.profiles"


def test_a_parent_that_need_not_be_there_owns_nothing(attacking: Attacking) -> None:
    found = owners(
        attacking,
        "create table a (id int primary key, user_id uuid references auth.users);"
        "create table b (id int primary key, a_id int references a);",
    )

    assert "b" not in found


@pytest.mark.parametrize(
    ("columns", "owner"),
    [
        ("created_by uuid references auth.users, user_id uuid references auth.users", "user_id"),
        (
            "created_by uuid references auth.users, primary_owner_user_id uuid references auth.users",
            "primary_owner_user_id",
        ),
        ("approved_by uuid references auth.users, holder uuid references auth.users", "holder"),
        ("reviewer_id uuid references auth.users, author_id uuid references auth.users", "author_id"),
        ("receiver_id uuid references auth.users, sender_id uuid references auth.users", "sender_id"),
        ("user_id text", "user_id"),
        ("owner_id uuid", "owner_id"),
        ("created_by uuid", "created_by"),
    ],
)
def test_the_best_of_several_columns(attacking: Attacking, columns: str, owner: str) -> None:
    assert owners(attacking, f"create table t (id int primary key, {columns});")["t"].startswith(f"{owner}: ")


@pytest.mark.parametrize(
    "columns", ["approved_by uuid references auth.users", "user_id int", "name text", "created_by text"]
)
def test_nobodys_row(attacking: Attacking, columns: str) -> None:
    done = attacking(f"create table t (id int primary key, {columns});")

    assert done.context.evidence["owners"] == {}
    assert done.context.evidence["shared"] == ["public.t"]


def test_who_writes_a_row_has_signed_it() -> None:
    assert not Owner("user_id", "").author


def test_a_profile_without_a_key(attacking: Attacking) -> None:
    found = owners(attacking, "create table users (id uuid primary key); create table t (id uuid primary key);")

    assert found == {"users": "id: the id of a profile that nothing else makes up"}


def test_the_projects_own_word_wins(attacking: Attacking) -> None:
    sql = "create table t (id int primary key, user_id uuid references auth.users, patient uuid);"

    assert owners(attacking, sql, owners={"t": "patient"}) == {"t": "patient: said in [tool.gate] owners"}
    assert owners(attacking, sql, owners={"public.t": "patient"}) == {"t": "patient: said in [tool.gate] owners"}


def test_a_told_column_may_lead_to_a_parent(attacking: Attacking) -> None:
    done = attacking(
        PROFILES + "create table t (id int primary key, who uuid references profiles);"
        "alter table t enable row level security; create policy p on t for select using (who <> auth.uid());",
        owners={"t": "who"},
    )

    assert done.answer("select") == "let through"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"tt": "id"}, "owners names the table 'tt'; did you mean 'tt_'?"),
        ({"tt_": "idd"}, "owners: tt_ has no column 'idd'; did you mean 'id'?"),
    ],
)
def test_a_word_about_nothing_is_an_error(attacking: Attacking, told: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as problem:
        attacking("create table tt_ (id int primary key);", owners=told)

    assert str(problem.value) == f"[tool.gate] {words}"


@pytest.mark.parametrize(
    ("column", "condition", "said"),
    [
        ("members uuid[] not null", "auth.uid() = any (members)", "members: compared with the caller by its policies"),
        ("members text[]", "members @> array[auth.uid()::text]", "members: compared with the caller by its policies"),
        ("data jsonb", "data ->> 'user' = auth.uid()::text", "data: compared with the caller by its policies"),
        ("person uuid", "(select auth.uid()) = person", "person: compared with the caller by its policies"),
        ("clerk text", "clerk = auth.jwt() ->> 'sub'", "clerk: compared with the caller by its policies"),
        ("tenant uuid", "tenant = (auth.jwt() ->> 'tenant')::uuid", "tenant: compared with the claim tenant by its policies"),
        (
            "tenant text",
            "tenant = (select auth.jwt() -> 'app_metadata' ->> 'tenant')",
            "tenant: compared with the claim app_metadata.tenant by its policies",
        ),
        ("tenant text", "tenant = auth.jwt() -> 'user_metadata' ->> 'tenant'", None),
        ("person uuid", "exists (select from auth.users as u where u.id = auth.uid() and u.is_super_admin)", None),
    ],
)  # fmt: skip
def test_an_owner_that_only_policies_name(attacking: Attacking, column: str, condition: str, said: str | None) -> None:
    start = f"create table t (id int primary key, {column}, body text); alter table t enable row level security;"
    sound = attacking(f"{start} create policy own on t using ({condition});")
    open_ = attacking(
        f"{start} create policy own on t using ({condition}); create policy see on t for select using (true);"
    )

    assert sound.context.evidence["owners"].get("public.t") == said
    if said:
        assert (sound.findings(), sound.why("public.t")) == ((), [])
        assert open_.rules() == ["others-rows-readable"]
