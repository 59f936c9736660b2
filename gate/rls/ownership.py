"""Whose row is it: read from keys to auth.users, through profiles and parents, and from column names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate.rls.schema import Relation

USERS = "auth.users"
NAMES = (
    "user_id",
    "owner_id",
    "owner",
    "created_by",
    "author_id",
    "profile_id",
    "account_id",
    "customer_id",
    "uploaded_by",
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The column that says whose row it is, and why we think so. `parent` is the table it is owned through, if any."""

    column: str
    reason: str
    parent: str | None = None


def owners(relations: Sequence[Relation], told: Mapping[str, str]) -> dict[str, Owner]:
    """The owner of each table that has one, by schema.name. `told` is the project's own word and wins."""
    found: dict[str, Owner] = {}
    tables = [relation for relation in relations if relation.is_table]
    for table in relations:
        direct = _told(table, told) or _direct(table)
        if direct:
            found[table.full_name] = direct
    grown = True
    while grown:  # parents of any depth
        grown = False
        for table in tables:
            if table.full_name in found:
                continue
            for key in table.keys:
                if key.target in found and key.target != table.full_name and len(key.columns) == 1:
                    found[table.full_name] = Owner(key.columns[0], f"belongs to a row of {key.target}", key.target)
                    grown = True
                    break
    return found


def _told(table: Relation, told: Mapping[str, str]) -> Owner | None:
    column = told.get(table.full_name) or (told.get(table.name) if table.schema == "public" else None)
    return Owner(column, "said in [tool.gate] owners") if column and table.column(column) else None


def _direct(table: Relation) -> Owner | None:
    for key in table.keys:
        if key.target == USERS and len(key.columns) == 1:
            return Owner(key.columns[0], "key to auth.users")
    for name in NAMES:
        column = table.column(name)
        if column and column.type == "uuid":
            return Owner(name, "named like an owner")
    return None
