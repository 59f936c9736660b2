"""Roles: made, dropped, given to one another, become for a while, and their settings."""

from typing import Any

from gate.audit.catalog import Membership, Role
from gate.audit.replay import owners, parser
from gate.audit.replay.drops import relation, routine, sequence, take_type
from gate.audit.replay.state import DEFAULT_PATH, MIGRATOR, State

POWERS = ("canlogin", "bypassrls", "superuser")
VERIFIERS = ("SCRAM-SHA-256$", "md5")  # what the server keeps of a password, in dumps
ATTRIBUTES = {
    "canlogin": "login",
    "superuser": "superuser",
    "bypassrls": "bypasses_rls",
    "inherit": "inherits",
    "createrole": "creates_roles",
    "createdb": "creates_databases",
    "isreplication": "replication",
}
ADMIN_ONLY = Membership(inherit=False, set=False, admin=True)  # what a role has of those that it makes


def create(state: State, tree: Any) -> None:
    """CREATE ROLE, with IN ROLE and ROLE lists."""
    roles = state.catalog.roles
    if tree.role in roles:
        state.refuse(f"role {tree.role!r} exists already")
    if tree.role.startswith("pg_"):
        state.refuse(f"role {tree.role!r} has a name that is kept for the system")
    made = Role(tree.role, state.place, login=parser.enum(tree, "stmt_type") == "ROLESTMT_USER")
    if made.login:
        state.catalog.powers.setdefault(made.name, {})["canlogin"] = state.place
    _attributes(state, made, tree.options)
    named = {
        option.defname: [parser.role(node) for node in parser.items(option.arg)]
        for option in map(parser.unwrap, tree.options)
    }
    unknown = next((one for held in named.values() for one in held if one not in roles), None)
    if unknown is not None:
        state.missing(f"role {unknown!r} was never created")
    roles[made.name] = made
    if state.role in roles:
        roles[state.role].member_of[made.name] = ADMIN_ONLY
    for parent in named.get("addroleto", ()):
        made.member_of[parent] = Membership(inherit=made.inherits)
    for kind, members in named.items():
        for member in members if kind in {"rolemembers", "adminmembers"} else ():
            how = Membership(inherit=roles[member].inherits, admin=kind == "adminmembers")
            roles[member].member_of[made.name] = how
            state.catalog.memberships[member, made.name] = state.place
    _password(state, made.name, tree.options)


def _attributes(state: State, role: Role, options: Any) -> None:
    for option in map(parser.unwrap, options):
        name = ATTRIBUTES.get(option.defname)
        if name:
            value = parser.option_text(option.arg) in {"true", "1"}
            if name in {"superuser", "replication"} and value and state.role == MIGRATOR:
                state.refuse(f"{state.role} cannot make a role with {name}")
            setattr(role, name, value)
            _power(state, role.name, option.defname, held=value)


def _power(state: State, role: str, name: str, *, held: bool) -> None:
    """Keep which statement let a role log in or pass row security."""
    powers = state.catalog.powers.setdefault(role, {})
    if name in POWERS and held:
        powers[name] = state.place
    elif name in POWERS:
        powers.pop(name, None)


def alter(state: State, tree: Any) -> None:
    """ALTER ROLE: its attributes, and that its password was written down, never the word."""
    name = parser.role(tree.role, state.role)
    found = state.catalog.roles.get(name)
    if found is None:
        state.missing(f"role {name!r} was never created")
    _attributes(state, found, tree.options)
    _password(state, name, tree.options)


def _password(state: State, role: str, options: Any) -> None:
    for option in map(parser.unwrap, options):
        if option.defname == "password":
            word = parser.literal(option.arg)
            if word is not None and not word.startswith(VERIFIERS):
                state.catalog.passwords.append((role, state.place))


def drop(state: State, tree: Any) -> None:
    """DROP ROLE: one that owns something or holds a grant stays."""
    roles = state.catalog.roles
    names = []
    for name in (parser.role(node) for node in tree.roles):
        if name in roles:
            names.append(name)
        elif not tree.missing_ok:
            state.missing(f"role {name!r} was never created")
    for name in names:
        if roles[name].place is None:
            state.refuse(f"role {name!r} belongs to the platform")
        use = _use(state, name)
        if use:
            state.refuse(f"role {name!r} cannot be dropped: {use} depends on it")
    for name in names:
        del roles[name]
        state.catalog.powers.pop(name, None)
        for role in roles.values():
            role.member_of.pop(name, None)


def _use(state: State, name: str) -> str:
    catalog = state.catalog
    for label, found in owners.everything(state):
        if found.owner == name:
            return str(label)
    for acl in catalog.acls():
        if acl.grants.get(name) or any(role == name and held for (role, _), held in acl.columns.items()):
            return "a grant"
        if any(grantor == name and held for (grantor, _), held in acl.foreign.items()):
            return "a grant"
    for table, policy in catalog.policies():
        if name in policy.roles:
            return f"policy {policy.name!r} on {table.name}"
    if any(key[0] == name or held.grants.get(name) for key, held in catalog.defaults.items()):
        return "a default privilege"
    return ""


def drop_owned(state: State, tree: Any) -> None:
    """DROP OWNED BY: what the role owns and its grants go, and it is struck from policies; those for it alone go too."""
    for name in (parser.role(node, state.role) for node in tree.roles):
        if name not in state.catalog.roles:
            state.missing(f"role {name!r} was never created")
        if not owners.acts_for(state, name):
            state.refuse(f"{state.role} may not act for {name!r}")
        _objects(state, name)
        for acl in state.catalog.acls():
            acl.drop_role(name)
        for key, held in list(state.catalog.defaults.items()):
            held.drop_role(name)
            if key[0] == name:
                del state.catalog.defaults[key]
        for table in state.catalog.tables.values():
            for policy in [policy for policy in table.policies.values() if name in policy.roles]:
                policy.roles = tuple(role for role in policy.roles if role != name)
                if not policy.roles:
                    del table.policies[policy.name]


def _objects(state: State, owner: str) -> None:
    catalog = state.catalog
    for name in [one.name for one in catalog.relations() if one.owner == owner]:
        if name in catalog.tables or name in catalog.views:
            relation(state, name)
    for function in [one for one in catalog.functions.values() if one.owner == owner]:
        routine(state, function)
    for name in [name for name, one in catalog.sequences.items() if one.owner == owner]:
        sequence(state, name)
    for name in [name for name, one in catalog.types.items() if one.owner == owner]:
        take_type(state, name)
    catalog.publications = {key: one for key, one in catalog.publications.items() if one.owner != owner}
    for schema in [name for name, one in catalog.schemas.items() if one.owner == owner]:
        del catalog.schemas[schema]


def membership(state: State, tree: Any) -> None:
    """GRANT role TO role and its reverse, with ADMIN, INHERIT and SET options."""
    roles = state.catalog.roles
    options = {one.defname: parser.option_text(one.arg) == "true" for one in map(parser.unwrap, tree.opt)}
    members = [parser.role(node, state.role) for node in tree.grantee_roles]
    granted = [parser.unwrap(node).priv_name for node in tree.granted_roles]
    unknown = next((one for one in (*members, *granted) if one not in roles), None)
    if unknown is not None:
        state.missing(f"role {unknown!r} was never created")
    for member in members:
        for parent in granted:
            if tree.is_grant:
                _give(state, member, parent, options)
            elif len(tree.opt):
                known = roles[member].member_of.get(parent)
                if known:
                    roles[member].member_of[parent] = known._replace(**dict.fromkeys(options, False))
            else:
                _take(state, member, parent)


def _give(state: State, member: str, parent: str, options: dict[str, bool]) -> None:
    roles = state.catalog.roles
    if parent == member or member in owners.members_up(state, parent):
        state.refuse(f"role {parent!r} is a member of {member!r}")
    known = roles[member].member_of.get(parent)
    fresh = Membership(inherit=roles[member].inherits)
    if known is not None and known != ADMIN_ONLY:
        fresh = known
    elif known is not None:
        fresh = fresh._replace(admin=True)
    roles[member].member_of[parent] = fresh._replace(**options)
    state.catalog.memberships[member, parent] = state.place


def _take(state: State, member: str, parent: str) -> None:
    """What a role has of one that it made, it keeps."""
    held = state.catalog.roles[member].member_of
    known = held.get(parent)
    made_it = member == MIGRATOR and state.catalog.roles[parent].place is not None
    if known is not None and made_it:
        held[parent] = ADMIN_ONLY
    else:
        held.pop(parent, None)


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
            if name not in state.catalog.roles:
                state.missing(f"role {name!r} was never created")
            if name != MIGRATOR and not owners.may_become(state, name):
                state.refuse(f"{MIGRATOR} may not become {name!r}")
            state.role = name
        case "" if parser.enum(node, "kind") == "VAR_RESET_ALL":
            state.path = state.login_path
