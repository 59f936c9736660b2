"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import API_ROLES, PUBLIC, Acl, Function, Regained, Schema, Sequence, Table, Type, View, Widening
from gate.audit.replay import functions, owners, parser
from gate.audit.replay.drops import ROUTINES
from gate.audit.replay.platform import ALL, EVERYONES, TABLE_ALL
from gate.audit.replay.state import MIGRATOR, Refused, State

KINDS = {
    "OBJECT_TABLE": "tables",
    "OBJECT_SEQUENCE": "sequences",
    "OBJECT_FUNCTION": "functions",
    "OBJECT_PROCEDURE": "functions",
    "OBJECT_ROUTINE": "functions",
    "OBJECT_SCHEMA": "schemas",
    "OBJECT_TYPE": "types",
    "OBJECT_DOMAIN": "types",
}
COLUMN_ALL = {"SELECT", "INSERT", "UPDATE", "REFERENCES"}
OUT_OF_REACH = {"supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "supabase_realtime_admin"}
Owned = Table | View | Sequence | Schema | Function | Type


def grant(state: State, tree: Any) -> None:
    """GRANT and REVOKE on tables, columns, sequences, schemas, types and functions, one by one or ALL IN SCHEMA."""
    kind = KINDS.get(parser.enum(tree, "objtype"))
    if kind is None:
        return
    roles = [parser.role(node, state.role) for node in tree.grantees]
    unknown = [role for role in roles if role != PUBLIC and role not in state.catalog.roles]
    if unknown:
        state.missing(f"role {unknown[0]!r} was never created")
    if tree.is_grant and tree.grant_option and PUBLIC in roles:
        state.refuse("grant options cannot be granted to PUBLIC")
    targets = list(_targets(state, tree, kind))
    for label, found in targets:
        _fitting(state, tree, kind, (label, found))
    for label, found in targets:
        for privileges, columns in _privileges(tree, kind):
            _apply(state, tree, found, (privileges, columns, roles))
            _regain(state, label, found.acl, (tree, frozenset(privileges)), roles)
        if not tree.is_grant and not tree.grant_option:
            _remember(state, label, found.acl, kind, roles)
            _remember_columns(state, label, found.acl, list(_privileges(tree, kind)), roles)


def _fitting(state: State, tree: Any, kind: str, target: tuple[str, Owned]) -> None:
    """Refuse privileges that there are not for the kind, columns that are not there, and what others depend on."""
    label, found = target
    allowed = ALL["sequences" if isinstance(found, Sequence) else kind]
    for privileges, columns in _privileges(tree, kind):
        known = allowed & COLUMN_ALL if columns else allowed | (TABLE_ALL if isinstance(found, Sequence) else set())
        if columns and privileges == ALL[kind]:
            continue
        if not privileges <= known:
            state.refuse(f"{min(privileges - known)} is no privilege of {label}")
        held = found.columns if isinstance(found, Table | View) else {}
        gone = next((one for one in columns if one not in held), None)
        if gone is not None and (held or isinstance(found, Table)):
            state.missing(f"column {gone!r} of {label} was never created")
        if not tree.is_grant and parser.enum(tree, "behavior") != "DROP_CASCADE":
            for role in (parser.role(node, state.role) for node in tree.grantees):
                if found.acl.passed_on(role, privileges) and not columns:
                    state.refuse(f"{role!r} has passed on privileges on {label}: say CASCADE")


def _apply(state: State, tree: Any, found: Owned, change: tuple[set[str], tuple[str, ...], list[str]]) -> None:
    privileges, columns, roles = change
    acl, by = found.acl, _grantor(state, found, privileges)
    if by and not columns:  # whoever does not own the object grants only what he may pass on
        privileges = privileges & acl.options.get(by, set())
    if isinstance(found, Sequence):
        privileges = privileges & ALL["sequences"]  # GRANT ON TABLE also takes a sequence, and means what it has
    for role in (role for role in roles if role != found.owner):
        if columns:
            for column in columns:
                held = acl.columns.setdefault((role, column), set())
                if not tree.is_grant:
                    held.difference_update(privileges)
                else:
                    held.update(privileges & COLUMN_ALL)
        elif tree.is_grant:
            acl.grant(role, privileges, option=tree.grant_option, by=by)
            acl.named.add(role)
        elif tree.grant_option:
            acl.revoke_option(role, privileges)
        else:
            acl.revoke(role, privileges, by=by)
            acl.named.discard(role)


def _grantor(state: State, found: Owned, privileges: set[str]) -> str:
    """Who grants: '' for the owner, else the current role, which must be allowed to pass something on."""
    if state.role == MIGRATOR or owners.acts_for(state, found.owner):
        return ""
    may_pass_on = privileges & found.acl.options.get(state.role, set())
    if not may_pass_on and not state.holds(found.acl, (state.role, PUBLIC), *set().union(*ALL.values())):
        state.refuse(f"{state.role} may grant nothing here")
    return state.role


def _regain(state: State, label: str, acl: Acl, change: tuple[Any, frozenset[str]], roles: list[str]) -> None:
    """Note who named an object in a GRANT or REVOKE, and what a GRANT on all of a schema gives back."""
    tree, privileges = change
    bulk = parser.enum(tree, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA"
    for role in roles:
        before = acl.taken.get(role, frozenset())
        if tree.is_grant:
            acl.given[role] = state.place
            if not bulk:
                acl.taken[role] = before - privileges
            elif before & privileges and acl.taken_in != state.place.path:
                state.catalog.regained.append(Regained(label, role, before & privileges, state.place))
        elif not bulk:
            acl.taken[role], acl.taken_in = before | privileges, state.place.path


def _privileges(tree: Any, kind: str) -> Iterator[tuple[set[str], tuple[str, ...]]]:
    if not len(tree.privileges):
        yield set(ALL[kind]), ()
    for one in (parser.unwrap(node) for node in tree.privileges):
        yield ({one.priv_name.upper()} if one.priv_name else set(ALL[kind])), parser.strings(one.cols)


def _targets(state: State, tree: Any, kind: str) -> Iterator[tuple[str, Owned]]:
    if parser.enum(tree, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        for schema in parser.strings(tree.objects):
            if schema not in state.catalog.schemas:
                state.missing(f"schema {schema} was never created")
            yield from _all_in(state, schema, tree, kind)
        return
    for node in tree.objects:
        try:
            yield from _named(state, tree, kind, parser.unwrap(node))
        except Refused as refused:
            if refused.certain or state.handlers or len(tree.objects) == 1:
                raise
            state.note(str(refused))


def _all_in(state: State, schema: str, tree: Any, kind: str) -> Iterator[tuple[str, Owned]]:
    catalog = state.catalog
    if kind == "functions":
        kinds = ROUTINES[parser.enum(tree, "objtype")]
        kinds = (*kinds, "aggregate") if "function" in kinds else kinds
        inside = [f for f in catalog.functions.values() if f.name.schema == schema and f.kind in kinds]
        yield from ((f.signature, f) for f in inside)
    elif kind == "sequences":
        yield from ((str(n), s) for n, s in catalog.sequences.items() if n.schema == schema)
    else:
        yield from ((str(n), t) for n, t in catalog.tables.items() if n.schema == schema)
        yield from ((str(n), v) for n, v in catalog.views.items() if n.schema == schema)


def _named(state: State, tree: Any, kind: str, node: Any) -> Iterator[tuple[str, Owned]]:
    catalog = state.catalog
    if kind == "schemas":
        if node.sval not in catalog.schemas:
            state.missing(f"schema {node.sval} was never created")
        yield node.sval, catalog.schemas[node.sval]
    elif kind == "functions":
        kinds = ROUTINES[parser.enum(tree, "objtype")]
        made = functions.find(state, node, kinds)
        if not made and not state.of_an_extension(tuple(parser.strings(node.objname)[:-1]) or state.path):
            state.missing(f"function {'.'.join(parser.strings(node.objname))} was never created")
        if made and made[0].kind not in (*kinds, "aggregate"):
            state.refuse(f"{made[0].signature} is a {made[0].kind}")
        yield from ((function.signature, function) for function in made)
    elif kind == "types":
        parts = parser.strings(parser.items(node)) or parser.strings(node.names)
        name = state.type_named(parts)
        if name is None:
            state.missing(f"type {parts[-1]} was never created")
        yield str(name), catalog.types[name]
    else:
        name = state.found(node)
        found = catalog.tables.get(name) or catalog.views.get(name) or catalog.sequences.get(name)
        if found is None or (kind == "sequences" and not isinstance(found, Sequence)):
            state.missing(f"table {name} was never created")
        yield str(name), found


def _remember(state: State, label: str, acl: Acl, kind: str, roles: list[str]) -> None:
    """Keep a REVOKE EXECUTE that leaves the API roles what it meant to take."""
    if kind != "functions":
        return
    others = API_ROLES if PUBLIC in roles else (PUBLIC,)
    for other in others:
        if other not in roles and "EXECUTE" in acl.grants.get(other, ()):
            lent = "EXECUTE" in acl.lent.get(other, ())
            revoked = ", ".join(role for role in roles if role == PUBLIC or role in API_ROLES)
            if revoked:
                widening = Widening(state.statement.text, label, "EXECUTE", revoked, other, state.place, lent)
                state.catalog.revokes.append(widening)


def _remember_columns(
    state: State, label: str, acl: Acl, taken: list[tuple[set[str], tuple[str, ...]]], roles: list[str]
) -> None:
    """Keep a REVOKE on columns that takes nothing, because the privilege is held on the whole table."""
    for privileges, columns in taken:
        for privilege in sorted(privileges & COLUMN_ALL) if columns else ():
            for role in (role for role in roles if role == PUBLIC or role in API_ROLES):
                through = [one for one in (role, PUBLIC) if privilege in acl.grants.get(one, ())]
                if through:
                    what = f"{privilege} ({', '.join(columns)})"
                    lent = privilege in acl.lent.get(through[0], ())
                    state.catalog.torn |= lent and len(through) > 1
                    state.catalog.revokes.append(
                        Widening(state.statement.text, label, what, role, through[0], state.place, lent)
                    )


def defaults(state: State, tree: Any) -> None:
    """ALTER DEFAULT PRIVILEGES: for later objects of the named roles, else of the one who runs the migration."""
    options = {one.defname: parser.items(one.arg) for one in (parser.unwrap(node) for node in tree.options)}
    who = [parser.role(node, state.role) for node in options.get("roles", ())] or [state.role]
    schemas = parser.strings(options.get("schemas", ())) or ("",)
    kind = KINDS.get(parser.enum(tree.action, "objtype"))
    if kind is None or (tree.action.grant_option and not tree.action.is_grant):
        return
    unknown = next((schema for schema in schemas if schema and schema not in state.catalog.schemas), None)
    if unknown is not None:
        state.missing(f"schema {unknown} was never created")
    roles = [parser.role(node, state.role) for node in tree.action.grantees]
    stranger = next((role for role in (*roles, *who) if role != PUBLIC and role not in state.catalog.roles), None)
    if stranger is not None:
        state.missing(f"role {stranger!r} was never created")
    if not set(who) <= {MIGRATOR, state.role} and not all(_may_become(state, owner) for owner in who):
        state.refuse(f"the default privileges of {who[0]!r} cannot be altered by {state.role}")
    for owner in who:
        for schema in schemas:
            _default(state, tree.action, kind, (owner, schema))


def _may_become(state: State, owner: str) -> bool:
    return owner in state.catalog.roles and owner not in OUT_OF_REACH


def _default(state: State, action: Any, kind: str, where: tuple[str, str]) -> None:
    owner, schema = where
    key = (owner, schema, kind)
    table = state.catalog.defaults
    if key not in table:
        # The form without IN SCHEMA starts from what Postgres gives to everyone; the other one only ever adds.
        table[key] = Acl({PUBLIC: {EVERYONES[kind]}} if kind in EVERYONES and not schema else {})
    for role in (parser.role(node, state.role) for node in action.grantees):
        for privileges, _ in _privileges(action, kind):
            if action.is_grant:
                table[key].grant(role, privileges)
                state.catalog.defaulted[*key, role] = state.place
            else:
                table[key].revoke(role, privileges)
