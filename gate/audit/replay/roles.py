"""Roles: made, dropped, given to one another, become for a while, and their settings."""

from typing import Any

from gate.audit.replay import parser
from gate.audit.replay.state import DEFAULT_PATH, MIGRATOR, State

VERIFIERS = ("SCRAM-SHA-256$", "md5")  # what the server keeps of a password, in dumps


def create(state: State, tree: Any) -> None:
    """CREATE ROLE, with IN ROLE and ROLE lists."""
    if tree.role in state.catalog.roles:
        state.missing(f"role {tree.role!r} exists already")
        return
    held = state.catalog.roles.setdefault(tree.role, set())
    _password(state, tree.role, tree.options)
    for option in map(parser.unwrap, tree.options):
        named = [parser.role(node) for node in parser.items(option.arg)]
        match option.defname:
            case "addroleto":
                held.update(named)
            case "rolemembers" | "adminmembers":
                for member in named:
                    state.catalog.roles.setdefault(member, set()).add(tree.role)
                    state.catalog.memberships[member, tree.role] = state.place


def alter(state: State, tree: Any) -> None:
    """ALTER ROLE: only its password is remembered, and that it was written down."""
    name = parser.role(tree.role, state.role)
    if name in state.catalog.roles:
        _password(state, name, tree.options)


def _password(state: State, role: str, options: Any) -> None:
    for option in map(parser.unwrap, options):
        if option.defname == "password":
            word = parser.literal(option.arg)
            if word is not None and not word.startswith(VERIFIERS):
                state.catalog.passwords.append((role, state.place))


def drop(state: State, tree: Any) -> None:
    """DROP ROLE."""
    for name in (parser.role(node) for node in tree.roles):
        if state.catalog.roles.pop(name, None) is None and not tree.missing_ok:
            state.missing(f"role {name!r} was never created")
        for held in state.catalog.roles.values():
            held.discard(name)


def drop_owned(state: State, tree: Any) -> None:
    """DROP OWNED BY: the role's grants go, and it is struck from policies; those for it alone go too."""
    for name in (parser.role(node, state.role) for node in tree.roles):
        for acl in state.catalog.acls():
            acl.drop_role(name)
        for key, held in list(state.catalog.defaults.items()):
            held.pop(name, None)
            if key[0] == name:
                del state.catalog.defaults[key]
        for table in state.catalog.tables.values():
            for policy in [policy for policy in table.policies.values() if name in policy.roles]:
                policy.roles = tuple(role for role in policy.roles if role != name)
                if not policy.roles:
                    del table.policies[policy.name]


def membership(state: State, tree: Any) -> None:
    """GRANT role TO role and its reverse."""
    only_an_option = not tree.is_grant and len(tree.opt)
    if only_an_option:
        return
    for member in (parser.role(node, state.role) for node in tree.grantee_roles):
        for granted in (parser.unwrap(node) for node in tree.granted_roles):
            if granted.priv_name not in state.catalog.roles:
                state.missing(f"role {granted.priv_name!r} was never created")
                continue
            held = state.catalog.roles.setdefault(member, set())
            if tree.is_grant:
                held.add(granted.priv_name)
                state.catalog.memberships[member, granted.priv_name] = state.place
            else:
                held.discard(granted.priv_name)


def settings(state: State, tree: Any) -> None:
    """ALTER ROLE postgres SET search_path: from the next connection on, so from the next file."""
    change = tree.setstmt
    ours = parser.kind(tree) == "AlterDatabaseSetStmt" or parser.role(tree.role, state.role) == MIGRATOR
    if ours and change.name == "search_path":
        state.login_path = path_of(change)


def path_of(node: Any) -> tuple[str, ...]:
    """The search path that a SET gives."""
    if parser.enum(node, "kind") != "VAR_SET_VALUE":
        return DEFAULT_PATH
    return tuple(word for arg in node.args if (word := parser.literal(arg)) and word != "$user")


def change_setting(state: State, node: Any) -> None:
    """SET and RESET of what a replay must know: the search path and the role."""
    given = parser.enum(node, "kind") == "VAR_SET_VALUE"
    match node.name:
        case "search_path":
            state.path = path_of(node) if given else state.login_path
        case "role" | "session_authorization":
            word = parser.literal(node.args[0]) if given and len(node.args) else None
            name = word if word and word != "none" else MIGRATOR
            if name in state.catalog.roles:
                state.role = name
            else:
                state.missing(f"role {name!r} was never created")
        case "" if parser.enum(node, "kind") == "VAR_RESET_ALL":
            state.path = state.login_path
