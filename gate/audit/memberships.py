"""Tables that say who belongs to a group, who believes them, and whether users may add themselves."""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Policy, Table
from gate.audit.meaning import AUTHORS, USERS, open_to, owner_columns
from gate.audit.replay.conditions import own_row

CALLED = re.compile(r"member|participant|collaborat|enrol|attendee|roster|staff|_users$|_admins$", re.IGNORECASE)


def joined_freely(catalog: Catalog, table: Table, policy: Policy) -> bool:
    """Whether a policy lets users make themselves members of a group of their choice, and other policies believe it."""
    if not (policy.permissive and table.rls and policy.covers("insert") and table.name not in catalog.platform):
        return False
    node = policy.using_node if policy.check_node is None else policy.check_node
    if not groups(catalog, table) or table.triggers or not own_row(node):
        return False
    return bool(open_to(catalog, table, policy, "INSERT")) and next(believers(catalog, table), None) is not None


def groups(catalog: Catalog, table: Table) -> tuple[str, ...]:
    """The columns that point at what a row is a membership of; none where the rows are something else."""
    owners = set(owner_columns(catalog, table)) - AUTHORS
    found = tuple(
        column
        for key in table.foreign_keys
        if key.target != USERS and len(key.columns) == 1 and not owners & set(key.columns)
        for column in key.columns
    )
    keyed = any({*owners, column} >= set(table.primary_key) > {column} for column in found)
    return found if owners and (keyed or CALLED.search(table.name.name)) else ()


def believers(catalog: Catalog, table: Table) -> Iterator[Name]:
    """The group, or what belongs to it, whose policies ask this table, themselves or in a function that they call."""
    targets = {key.target for key in table.foreign_keys}
    for other, policy in catalog.policies():
        near = other.name in targets or any(key.target in targets for key in other.foreign_keys)
        if other.name == table.name or not near or not policy.permissive:
            continue
        asked = table.name in policy.relations or any(
            table.name.name in function.body for name in policy.calls for function in catalog.functions.named(name)
        )
        if asked:
            yield other.name
