"""Whose row is it: read from keys to auth.users, through profiles and parents, and from column names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gate.config import nearest
from gate.errors import ConfigError
from gate.rls.schema import Column, Key, Relation

USERS = "auth.users"
OWNERS = ("user_id", "owner_id", "owner", "profile_id", "account_id", "customer_id", "uid", "user_uuid", "owner_uuid")
AUTHORS = ("author_id", "created_by", "creator_id", "author", "uploaded_by", "posted_by", "sender_id", "createdby")
# Somebody who had to do with the row, which makes nobody its owner.
HANDLERS = ("_by", "assigned_to", "assignee", "assignee_id", "reviewer_id", "approver_id", "moderator_id", "admin_id")
PROFILES = ("profiles", "users", "user_profiles", "accounts")


@dataclass(frozen=True, slots=True)
class Owner:
    """The column that says whose row it is, and why we think so.

    `parent` is the table it is owned through, if any. An `author` signed the row, which may well be meant for everyone to
    read.
    """

    column: str
    reason: str
    parent: str | None = None
    author: bool = False


def owners(relations: Sequence[Relation], told: Mapping[str, str]) -> dict[str, Owner]:
    """The owner of each table that has one, by schema.name. `told` is the project's own word and wins.

    Raises ConfigError where it names a table or column that does not exist.
    """
    found = dict(_told(relations, told))
    tables = [relation for relation in relations if relation.is_table]
    for table in tables:
        direct = found.get(table.full_name) or _direct(table)
        if direct:
            found[table.full_name] = direct
    grown = True
    while grown:  # parents of any depth
        grown = False
        for table in tables:
            key = None if table.full_name in found else _parent(table, found)
            if key:
                author = _signs(key, found)
                found[table.full_name] = Owner(key.columns[-1], f"belongs to a row of {key.target}", key.target, author)
                grown = True
    return found


def _told(relations: Sequence[Relation], told: Mapping[str, str]) -> Iterator[tuple[str, Owner]]:
    names = {relation.full_name: relation for relation in relations}
    for said, column in told.items():
        relation = names.get(said) or names.get(f"public.{said}")
        if relation is None:
            raise ConfigError(f"[tool.gate] owners names the table {said!r}; {nearest(said, tuple(names))}")
        if relation.column(column) is None:
            known = tuple(c.name for c in relation.columns)
            raise ConfigError(f"[tool.gate] owners: {said} has no column {column!r}; {nearest(column, known)}")
        yield relation.full_name, Owner(column, "said in [tool.gate] owners", _target(relation, column))


def _target(relation: Relation, column: str) -> str | None:
    """The table that a told column leads to; its own values are users' ids where there is none."""
    return next((key.target for key in relation.keys if key.columns == (column,) and key.target != USERS), None)


def _direct(table: Relation) -> Owner | None:
    keyed = {key.columns[0]: key for key in table.keys if len(key.columns) == 1}
    to_users = [name for name, key in keyed.items() if key.target == USERS]
    for name in (*table.primary_key[:1], *OWNERS):
        if name in to_users:
            return Owner(name, "key to auth.users")
    named = [c.name for c in table.columns if c.name.lower() in OWNERS and c.name not in keyed and _holds_id(c)]
    if named:
        return Owner(named[0], "named like an owner")
    if table.name.lower() in PROFILES and len(table.primary_key) == 1:
        column = table.column(table.primary_key[0])
        if column and column.type == "uuid" and column.default is None and column.name not in keyed:
            return Owner(column.name, "the id of a profile that nothing else makes up")
    others = [name for name in to_users if name in AUTHORS or not _handles(name)]
    if others:
        chosen = min(others, key=lambda name: (name not in AUTHORS, [c.name for c in table.columns].index(name)))
        return Owner(chosen, "key to auth.users", author=chosen in AUTHORS)
    signed = [c.name for c in table.columns if c.name.lower() in AUTHORS and c.name not in keyed and c.type == "uuid"]
    return Owner(signed[0], "named like an author", author=True) if signed else None


def _holds_id(column: Column) -> bool:
    return column.type == "uuid" or column.category == "S"


def _handles(name: str) -> bool:
    return name.endswith(HANDLERS)


def _signs(key: Key, found: Mapping[str, Owner]) -> bool:
    return found[key.target].author or key.columns[-1] in AUTHORS


def _parent(table: Relation, found: Mapping[str, Owner]) -> Key | None:
    """The key to the parent. One that must be set and takes our row with it says most; one that may be empty least."""
    keys = [
        key
        for key in table.keys
        if key.target in found
        and key.target != table.full_name
        and (key.columns[-1] in AUTHORS or not _handles(key.columns[-1]))
    ]

    def weight(key: Key) -> tuple[bool, bool, bool, bool]:
        column = table.column(key.columns[-1])
        return (len(key.columns) > 1, _signs(key, found), not (column and column.required), not key.cascades)

    return min(keys, key=weight, default=None)
