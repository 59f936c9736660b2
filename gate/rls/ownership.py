"""Whose row is it: read from keys to auth.users, through profiles and parents, and from column names."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gate.config import nearest
from gate.errors import ConfigError
from gate.rls.membership import membership
from gate.rls.policy_owner import Form, named_by_policies
from gate.rls.schema import Column, Key, Relation

USERS = "auth.users"
OWNERS = ("user_id", "owner_id", "owner", "profile_id", "account_id", "customer_id", "uid", "user_uuid", "owner_uuid")
OWNING = re.compile(r"(?i)(^|_)owner(_|$)")
AUTHOR = re.compile(r"(?i)(^|_)(author|creator|created_?by|uploaded_?by|uploader|posted_by|submitted_by)(_|$)")
# Somebody who had to do with the row, which makes nobody its owner.
HANDLER = re.compile(
    r"(?i)_by$|(^|_)(assignee|assigned_to|reviewer|approver|moderator|admin|staff|receiver|recipient)(_|$)"
)
PROFILES = ("profiles", "users", "user_profiles", "accounts")


@dataclass(frozen=True, slots=True)
class Owner:
    """The column that says whose row it is, and why we think so.

    `parent` is the table it is owned through, if any; `members` the one that says who belongs to it, for a tenant. An `author` signed the row, which may well be meant for everyone to
    read. `form` says how the column holds the user's id, in a document under `key`; a `claim` is the path of what the user's
    token says besides the id, for which our users' is the id again.
    """

    column: str
    reason: str
    parent: str | None = None
    author: bool = False
    members: str | None = None
    form: Form = "plain"
    key: str = ""
    claim: tuple[str, ...] = ()

    @property
    def names_user(self) -> bool:
        """Whether the column itself holds the user's id, and nothing else."""
        return self.parent is None and self.members is None and self.form == "plain"

    def holds(self, user: str) -> str | None:
        """What the column holds in a row of the user's; None where that is another row's id."""
        if self.parent or self.members:
            return None
        match self.form:
            case "array":
                return f"{{{user}}}"
            case "document":
                return json.dumps({self.key: user})
        return user


def owners(relations: Sequence[Relation], told: Mapping[str, str]) -> dict[str, Owner]:
    """The owner of each table that has one, by schema.name. `told` is the project's own word and wins.

    Raises ConfigError where it names a table or column that does not exist.
    """
    found = dict(_told(relations, told))
    tables = [relation for relation in relations if relation.is_table]
    for table in tables:
        direct = found.get(table.full_name) or _direct(table) or _by_policies(table)
        if direct:
            found[table.full_name] = direct
    for tenant, members in _tenants(tables, found):
        found[tenant.full_name] = Owner(tenant.primary_key[0], f"its members are in {members}", members=members)
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


def _tenants(tables: Sequence[Relation], found: Mapping[str, Owner]) -> Iterator[tuple[Relation, str]]:
    """Tables whose rows are tenants and have no owner of their own, with the table of their members."""
    names = {table.full_name: table for table in tables}
    for table in tables:
        user = _user(table, found)
        member = membership(table, user) if user else None
        tenant = names.get(member.key.target) if member else None
        if tenant and len(tenant.primary_key) == 1 and tenant.full_name not in found:
            yield tenant, table.full_name


def _user(table: Relation, found: Mapping[str, Owner]) -> str | None:
    """The column that holds a user's id, by a key to auth.users or to a table with one row for each user."""
    if table.full_name in found and found[table.full_name].parent is None:
        return found[table.full_name].column
    keys = (key for key in table.keys if key.target in found and _speaks(key.columns[-1]) and _to_profile(key, found))
    return next((key.columns[-1] for key in keys), None)


def _told(relations: Sequence[Relation], told: Mapping[str, str]) -> Iterator[tuple[str, Owner]]:
    names = {relation.full_name: relation for relation in relations}
    for said, column in told.items():
        relation = names.get(said) or names.get(f"public.{said}")
        if relation is None:
            known = tuple(name.removeprefix("public.") for name in names)
            raise ConfigError(f"[tool.gate] owners names the table {said!r}; {nearest(said, known)}")
        if relation.column(column) is None:
            columns = tuple(c.name for c in relation.columns)
            raise ConfigError(f"[tool.gate] owners: {said} has no column {column!r}; {nearest(column, columns)}")
        yield relation.full_name, Owner(column, "said in [tool.gate] owners", _target(relation, column))


def _target(relation: Relation, column: str) -> str | None:
    """The table that a told column leads to; its own values are users' ids where there is none."""
    return next((key.target for key in relation.keys if key.columns == (column,) and key.target != USERS), None)


def _direct(table: Relation) -> Owner | None:
    keyed = {key.columns[0]: key for key in table.keys if len(key.columns) == 1}
    to_users = [column.name for column in table.columns if column.name in keyed and keyed[column.name].target == USERS]
    if table.primary_key and table.primary_key[0] in to_users:
        return Owner(table.primary_key[0], "key to auth.users")
    best = min(filter(_speaks, to_users), key=_rank, default=None)
    if best and not _signed(best):
        return Owner(best, "key to auth.users")
    named = [c.name for c in table.columns if c.name.lower() in OWNERS and c.name not in keyed and _holds_id(c)]
    if named:
        return Owner(named[0], "named like an owner")
    if table.name.lower() in PROFILES and len(table.primary_key) == 1:
        column = table.column(table.primary_key[0])
        if column and column.type == "uuid" and column.default is None and column.name not in keyed:
            return Owner(column.name, "the id of a profile that nothing else makes up")
    if best:
        return Owner(best, "key to auth.users", author=True)
    signed = [c.name for c in table.columns if _signed(c.name) and c.name not in keyed and c.type == "uuid"]
    return Owner(signed[0], "named like an author", author=True) if signed else None


def _by_policies(table: Relation) -> Owner | None:
    named = named_by_policies(table)
    if named is None:
        return None
    what = f"the claim {'.'.join(named.claim)}" if named.claim else "the caller"
    reason = f"compared with {what} by its policies"
    author = not _speaks(named.column) or _signed(named.column)
    return Owner(named.column, reason, author=author, form=named.form, key=named.key, claim=named.claim)


def _holds_id(column: Column) -> bool:
    return column.type == "uuid" or column.category == "S"


def _signed(name: str) -> bool:
    return bool(AUTHOR.search(name)) and not OWNING.search(name)


def _speaks(name: str) -> bool:
    """Whether a column of this name says anything of the row's owner."""
    return _signed(name) or not HANDLER.search(name)


def _rank(name: str) -> tuple[bool, bool, bool]:
    """The best name first; of equals the first column."""
    return (_signed(name), name.lower() not in OWNERS, not OWNING.search(name))


def _parent(table: Relation, found: Mapping[str, Owner]) -> Key | None:
    """The key to the parent. One to a user's profile says most; of others one that must be set and takes our row with it."""
    keys = [
        key
        for key in table.keys
        if key.target in found
        and key.target != table.full_name
        and (key.cascades or _required(table, key) or _to_profile(key, found))
        and _speaks(key.columns[-1])
    ]

    def weight(key: Key) -> tuple[bool, ...]:
        to_profile = _to_profile(key, found)
        named = _rank(key.columns[-1]) if to_profile else (_signs(key, found),)
        return (len(key.columns) > 1, not to_profile, not _required(table, key), not key.cascades, *named)

    return min(keys, key=weight, default=None)


def _to_profile(key: Key, found: Mapping[str, Owner]) -> bool:
    """Whether the values of the key are users' ids, by way of a table that has one row for each."""
    target = found[key.target]
    return target.names_user and key.target_columns[-1] == target.column


def _signs(key: Key, found: Mapping[str, Owner]) -> bool:
    return found[key.target].author or _signed(key.columns[-1])


def _required(table: Relation, key: Key) -> bool:
    return all((column := table.column(name)) and column.required for name in key.columns)
