"""What users may set in their own row: which columns decide rights or money, and whether anything guards them."""

import re

from gate.audit.catalog import API_ROLES, Catalog, Policy, Table
from gate.audit.meaning import USERS, open_to, owner_columns, privileged_columns
from gate.audit.memberships import groups
from gate.audit.remedies import columns_only
from gate.audit.replay.conditions import own_row

RIGHTS = {"role", "roles", "permissions"}
PEOPLE = re.compile(
    r"(^|_)(user|profile|member|membership|account|person|people|staff|employee|participant|collaborator|player|admin|role)s?$",
    re.IGNORECASE,
)
TEXTS = {"content", "message", "body", "text", "prompt", "file_path"}


def settable(catalog: Catalog, table: Table, policy: Policy, command: str) -> tuple[str, ...]:
    """The privileged columns that a policy lets users set in their own row, by `insert` or `update`."""
    node = policy.check_node if command == "insert" and policy.check_node is not None else policy.using_node
    if not (policy.permissive and table.rls and policy.covers(command) and own_row(node)):
        return ()
    if table.name in catalog.platform or not open_to(catalog, table, policy, command.upper()):
        return ()
    columns = tuple(
        column
        for column in privileged_columns(catalog, table)
        if writable(catalog, table, column, command.upper())
        and not guarded(catalog, table, column)
        and not _of_a_message(table, column)
        and not _of_a_thing(catalog, table, column)
    )
    return () if any(column in policy.check for column in columns) else columns


def made_at_sign_up(catalog: Catalog, table: Table) -> bool:
    """Whether a trigger on auth.users makes the row, and its key is the owner, so that a user cannot add another."""
    if not table.primary_key or not set(table.primary_key) <= set(owner_columns(catalog, table)):
        return False
    users = catalog.tables[USERS]
    called = {one.function for one in users.triggers.values() if one.fires}
    return any(
        "insert into" in f.body.lower() and table.name.name in f.body
        for name in called
        for f in catalog.functions.named(name)
    )


def writable(catalog: Catalog, table: Table, column: str, privilege: str) -> bool:
    """Whether an API role holds a privilege on a column, by itself or with the whole table."""
    for role in API_ROLES:
        for one in catalog.identities(role):
            if privilege in table.acl.grants.get(one, ()) or privilege in table.acl.columns.get((one, column), ()):
                return True
    return False


def _of_a_message(table: Table, column: str) -> bool:
    """Whether `role` says who speaks in a chat, and `tokens` how long a text is."""
    return column in {"role", "tokens"} and bool(TEXTS & set(table.columns))


def _of_a_thing(catalog: Catalog, table: Table, column: str) -> bool:
    """Whether `role` or `permissions` describe a thing of the user's, as of a contact or a key, and nobody's rights."""
    key = set(table.primary_key)
    person = PEOPLE.search(table.name.name) or (key and key <= set(owner_columns(catalog, table)))
    return column in RIGHTS and not person and not groups(catalog, table)


def guarded(catalog: Catalog, table: Table, column: str) -> bool:
    """Whether a trigger of the table speaks of the column."""
    called = {one.function for one in table.triggers.values() if one.fires}
    return any(column in f.body for name in called for f in catalog.functions.named(name))


def narrowed(catalog: Catalog, table: Table) -> str:
    """The writing of own rows left to the columns that decide nothing, as SQL."""
    verbs = [
        verb
        for verb in ("insert", "update")
        if any(settable(catalog, table, one, verb) for one in table.policies.values())
    ]
    decided = set(privileged_columns(catalog, table))
    harmless = [name for name, column in table.columns.items() if name not in decided and column.kind != "generated"]
    fixed = {*owner_columns(catalog, table), *table.primary_key}  # whose row it is, and which, does not change
    lines = [
        columns_only(table, (verb,), (one for one in harmless if verb == "insert" or one not in fixed))
        for verb in verbs
    ]
    return "\n".join(lines)
