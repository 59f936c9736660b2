"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import API_ROLES, PUBLIC, Acl, Name, Regained, Widening
from gate.audit.replay import functions, parser
from gate.audit.replay.platform import ALL
from gate.audit.replay.state import MIGRATOR, State

KINDS = {
    "OBJECT_TABLE": "tables",
    "OBJECT_SEQUENCE": "sequences",
    "OBJECT_FUNCTION": "functions",
    "OBJECT_PROCEDURE": "functions",
    "OBJECT_ROUTINE": "functions",
    "OBJECT_SCHEMA": "schemas",
}
ROUTINES = {
    "OBJECT_FUNCTION": ("function",),
    "OBJECT_PROCEDURE": ("procedure",),
    "OBJECT_ROUTINE": ("function", "procedure"),
}
COLUMN_ALL = {"SELECT", "INSERT", "UPDATE", "REFERENCES"}
OUT_OF_REACH = {"supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "supabase_realtime_admin"}


def grant(state: State, tree: Any) -> None:
    """GRANT and REVOKE on tables, columns, sequences, schemas and functions, one by one or ALL IN SCHEMA."""
    kind = KINDS.get(parser.enum(tree, "objtype"))
    if kind is None or (tree.grant_option and not tree.is_grant):
        return  # REVOKE GRANT OPTION FOR leaves the privilege itself
    roles = [parser.role(node, state.role) for node in tree.grantees]
    unknown = [role for role in roles if role != PUBLIC and role not in state.catalog.roles]
    if unknown:
        state.missing(f"role {unknown[0]!r} was never created")
        return
    for label, acl in list(_targets(state, tree, kind)):
        for privilege, columns in _privileges(tree, kind):
            _apply(acl, (tree.is_grant, privilege, columns), roles)
            _regain(state, label, acl, (tree, frozenset(privilege)), roles)
        if not tree.is_grant:
            _remember(state, label, acl, kind, roles)
            _remember_columns(state, label, acl, list(_privileges(tree, kind)), roles)


def _apply(acl: Acl, change: tuple[bool, set[str], tuple[str, ...]], roles: list[str]) -> None:
    giving, privileges, columns = change
    for role in roles:
        if columns:
            for column in columns:
                held = acl.columns.setdefault((role, column), set())
                if giving:
                    held.update(privileges & COLUMN_ALL)
                else:
                    held.difference_update(privileges)
        elif giving:
            acl.grant(role, privileges)
            acl.named.add(role)
        else:
            acl.revoke(role, privileges)
            acl.named.discard(role)


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


def _targets(state: State, tree: Any, kind: str) -> Iterator[tuple[str, Acl]]:
    catalog = state.catalog
    routines = ROUTINES.get(parser.enum(tree, "objtype"), ())
    if parser.enum(tree, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        for schema in parser.strings(tree.objects):
            if schema not in catalog.schemas:
                state.missing(f"schema {schema} was never created")
            elif kind == "functions":
                inside = [f for f in catalog.functions.values() if f.name.schema == schema and f.kind in routines]
                yield from ((f.signature, f.acl) for f in inside)
            elif kind == "sequences":
                yield from ((str(n), s.acl) for n, s in catalog.sequences.items() if n.schema == schema)
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
            else:
                state.missing(f"schema {inner.sval} was never created")
        elif kind == "functions":
            made = functions.find(state, inner)
            if not made and not _of_an_extension(state, parser.strings(inner.objname)):
                state.missing(f"function {'.'.join(parser.strings(inner.objname))} was never created")
            yield from ((function.signature, function.acl) for function in made)
        else:
            yield from _relation(state, state.found(inner))


def _of_an_extension(state: State, parts: tuple[str, ...]) -> bool:
    """Whether an extension lives in the schema: dumps grant its functions one by one."""
    homes = (parts[-2],) if len(parts) > 1 else state.path
    return any(home in homes for home in state.catalog.extensions.values())


def _relation(state: State, name: Name) -> Iterator[tuple[str, Acl]]:
    catalog = state.catalog
    found = catalog.tables.get(name) or catalog.views.get(name) or catalog.sequences.get(name)
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


def _remember_columns(
    state: State, label: str, acl: Acl, taken: list[tuple[set[str], tuple[str, ...]]], roles: list[str]
) -> None:
    """Keep a REVOKE on columns that takes nothing, because the privilege is held on the whole table."""
    for privileges, columns in taken:
        for privilege in sorted(privileges & COLUMN_ALL) if columns else ():
            for role in (role for role in roles if role == PUBLIC or role in API_ROLES):
                through = next((one for one in (role, PUBLIC) if privilege in acl.grants.get(one, ())), None)
                if through:
                    what = f"{privilege} ({', '.join(columns)})"
                    state.catalog.revokes.append(
                        Widening(state.statement.text, label, what, role, through, state.place)
                    )


def defaults(state: State, tree: Any) -> None:
    """ALTER DEFAULT PRIVILEGES: for later objects of the named roles, else of the one who runs the migration."""
    options = {one.defname: parser.items(one.arg) for one in (parser.unwrap(node) for node in tree.options)}
    owners = [parser.role(node, state.role) for node in options.get("roles", ())] or [state.role]
    schemas = parser.strings(options.get("schemas", ())) or ("",)
    kind = KINDS.get(parser.enum(tree.action, "objtype"))
    if kind is None or (tree.action.grant_option and not tree.action.is_grant):
        return
    if not set(owners) <= {MIGRATOR, state.role} and not all(_may_become(state, owner) for owner in owners):
        state.missing(f"the default privileges of {owners[0]!r} cannot be altered by {state.role}")
        return
    for owner in owners:
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
        table[key] = {PUBLIC: {"EXECUTE"}} if kind == "functions" and not schema else {}
    for role in (parser.role(node, state.role) for node in action.grantees):
        held = table[key].setdefault(role, set())
        for privileges, _ in _privileges(action, kind):
            if action.is_grant:
                held.update(privileges)
                state.catalog.defaulted[*key, role] = state.place
            else:
                held.difference_update(privileges)
