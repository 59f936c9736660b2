"""GRANT, REVOKE, ALTER DEFAULT PRIVILEGES and role memberships."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import API_ROLES, PUBLIC, Acl, Name, Widening
from gate.audit.replay import functions, parser
from gate.audit.replay.platform import ALL
from gate.audit.replay.state import State

KINDS = {
    "OBJECT_TABLE": "tables",
    "OBJECT_SEQUENCE": "sequences",
    "OBJECT_FUNCTION": "functions",
    "OBJECT_PROCEDURE": "functions",
    "OBJECT_ROUTINE": "functions",
    "OBJECT_SCHEMA": "schemas",
}


def grant(state: State, tree: Any) -> None:
    """GRANT and REVOKE on tables, columns, schemas and functions, one by one or ALL IN SCHEMA."""
    kind = KINDS.get(parser.enum(tree, "objtype"))
    if kind is None or kind == "sequences":
        return
    roles = [parser.role(node) for node in tree.grantees]
    for label, acl in list(_targets(state, tree, kind)):
        for privilege, columns in _privileges(tree, kind):
            _apply(state, acl, (tree.is_grant, privilege, columns), roles)
        if not tree.is_grant:
            _remember(state, label, acl, kind, roles)


def _apply(state: State, acl: Acl, change: tuple[bool, set[str], tuple[str, ...]], roles: list[str]) -> None:
    giving, privileges, columns = change
    for role in roles:
        if columns:
            for column in columns:
                held = acl.columns.setdefault((role, column), set())
                if giving:
                    held.update(privileges)
                else:
                    held.difference_update(privileges)
        elif giving:
            acl.grant(role, privileges)
        else:
            acl.revoke(role, privileges)
    _ = state


def _privileges(tree: Any, kind: str) -> Iterator[tuple[set[str], tuple[str, ...]]]:
    if not len(tree.privileges):
        yield set(ALL[kind]), ()
    for one in (parser.unwrap(node) for node in tree.privileges):
        yield ({one.priv_name.upper()} if one.priv_name else set(ALL[kind])), parser.strings(one.cols)


def _targets(state: State, tree: Any, kind: str) -> Iterator[tuple[str, Acl]]:
    catalog = state.catalog
    if parser.enum(tree, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        for schema in parser.strings(tree.objects):
            if kind == "functions":
                yield from ((f.signature, f.acl) for f in catalog.functions.values() if f.name.schema == schema)
            else:
                yield from ((str(n), t.acl) for n, t in catalog.tables.items() if n.schema == schema)
                yield from ((str(n), v.acl) for n, v in catalog.views.items() if n.schema == schema)
        return
    for node in tree.objects:
        inner = parser.unwrap(node)
        if kind == "schemas":
            found = catalog.schemas.get(inner.sval)
            if found:
                yield found.name, found.acl
        elif kind == "functions":
            made = functions.find(state, inner)
            if not made:
                state.missing(f"function {'.'.join(parser.strings(inner.objname))} was never created")
            yield from ((function.signature, function.acl) for function in made)
        else:
            yield from _relation(state, state.found(inner))


def _relation(state: State, name: Name) -> Iterator[tuple[str, Acl]]:
    found = state.catalog.tables.get(name) or state.catalog.views.get(name)
    if found:
        yield str(name), found.acl
    else:
        state.missing(f"table {name} was never created")


def _remember(state: State, label: str, acl: Acl, kind: str, roles: list[str]) -> None:
    """Keep a REVOKE EXECUTE that leaves the API roles what it meant to take."""
    if kind != "functions":
        return
    others = API_ROLES if PUBLIC in roles else (PUBLIC,)
    for other in others:
        if other not in roles and "EXECUTE" in acl.grants.get(other, ()):
            revoked = ", ".join(role for role in roles if role == PUBLIC or role in API_ROLES)
            if revoked:
                widening = Widening(state.statement.text, label, "EXECUTE", revoked, other, state.place)
                state.catalog.revokes.append(widening)


def defaults(state: State, tree: Any) -> None:
    """ALTER DEFAULT PRIVILEGES: for later objects of the named roles, else of the one who runs the migration."""
    options = {one.defname: parser.items(one.arg) for one in (parser.unwrap(node) for node in tree.options)}
    owners = [parser.role(node) for node in options.get("roles", ())] or ["postgres"]
    schemas = parser.strings(options.get("schemas", ())) or ("",)
    kind = KINDS.get(parser.enum(tree.action, "objtype"))
    if kind is None:
        return
    for owner in owners:
        for schema in schemas:
            _default(state, tree.action, kind, (owner, schema))


def _default(state: State, action: Any, kind: str, where: tuple[str, str]) -> None:
    owner, schema = where
    key = (owner, schema, kind)
    table = state.catalog.defaults
    if key not in table:
        # The form without IN SCHEMA starts from what Postgres gives to everyone; the other one only ever adds.
        table[key] = {PUBLIC: {"EXECUTE"}} if kind == "functions" and not schema else {}
    for role in (parser.role(node) for node in action.grantees):
        held = table[key].setdefault(role, set())
        for privileges, _ in _privileges(action, kind):
            if action.is_grant:
                held.update(privileges)
            else:
                held.difference_update(privileges)


def membership(state: State, tree: Any) -> None:
    """GRANT role TO role and its reverse."""
    for member in (parser.role(node) for node in tree.grantee_roles):
        for granted in (parser.unwrap(node) for node in tree.granted_roles):
            held = state.catalog.roles.setdefault(member, set())
            if tree.is_grant:
                held.add(granted.priv_name)
            else:
                held.discard(granted.priv_name)
