"""DROP: an object goes only if nothing depends on it, or everything that does goes along."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Former, Function, Lost, Moved, Name, Policy, Table, View
from gate.audit.replay import constraints, functions, parser, references
from gate.audit.replay.state import State

RELATIONS = {
    "OBJECT_TABLE",
    "OBJECT_FOREIGN_TABLE",
    "OBJECT_VIEW",
    "OBJECT_MATVIEW",
    "OBJECT_SEQUENCE",
}


def drop(state: State, tree: Any) -> None:
    """DROP of one or more objects of a kind."""
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    kind = parser.enum(tree, "remove_type")
    if kind in RELATIONS:
        names = [state.found_as(parser.strings(parser.items(node))) for node in tree.objects]
        for name in names:
            _relation(state, name, tree, cascade=cascade, together=names)
        return
    for node in tree.objects:
        match kind:
            case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE" | "OBJECT_AGGREGATE":
                _functions(state, parser.unwrap(node), missing_ok=tree.missing_ok, cascade=cascade)
            case "OBJECT_POLICY":
                _policy(state, parser.strings(parser.items(node)), missing_ok=tree.missing_ok)
            case "OBJECT_SCHEMA":
                _schema(state, parser.unwrap(node).sval, missing_ok=tree.missing_ok, cascade=cascade)
            case "OBJECT_TRIGGER":
                _trigger(state, parser.strings(parser.items(node)), missing_ok=tree.missing_ok)
            case "OBJECT_TYPE" | "OBJECT_DOMAIN":
                _type(state, parser.strings(parser.unwrap(node).names), missing_ok=tree.missing_ok, cascade=cascade)
            case "OBJECT_EXTENSION":
                state.catalog.extensions.pop(parser.unwrap(node).sval, None)
            case "OBJECT_INDEX":
                parts = parser.strings(parser.items(node))
                homes = (parts[-2],) if len(parts) > 1 else state.path
                for home in homes:
                    if state.catalog.indexes.pop(Name(home, parts[-1]), None):
                        break


def _relation(state: State, name: Name, tree: Any, *, cascade: bool, together: list[Name]) -> None:
    catalog = state.catalog
    if name in catalog.sequences:
        if _drawn(state, name) and not cascade:
            state.missing(f"sequence {name} cannot be dropped: a column draws from it")
            return
        sequence(state, name)
    elif name in catalog.tables or name in catalog.views:
        blockers = [str(one) for one in dependents(state, name) if one not in together]
        if blockers and not cascade:
            state.missing(f"{name} cannot be dropped: {blockers[0]} depends on it")
            return
        relation(state, name)
    elif not tree.missing_ok:
        state.missing(f"table {name} was never created")


def dependents(state: State, name: Name) -> Iterator[Name | str]:
    """What keeps a table or view from being dropped: views, other tables' policies and keys, children."""
    for view in state.catalog.views.values():
        if name in view.sources and view.name != name:
            yield view.name
    for table in state.catalog.tables.values():
        if table.name == name:
            continue
        if name in table.parents and not table.partition:
            yield table.name
        yield from (f"policy {one.name!r} on {table.name}" for one in table.policies.values() if name in one.relations)
        for key in table.foreign_keys:
            if key.target == name:
                yield table.name
    for function in state.catalog.functions.values():
        if function.body_node is not None and name in references.relations(function.body_node):
            yield function.signature


def relation(state: State, name: Name) -> None:
    """Take a table or view away, with everything that depends on it."""
    catalog = state.catalog
    for view in [view for view in catalog.views.values() if name in view.sources and view.name != name]:
        if view.name in catalog.views:
            relation(state, view.name)
    for table in list(catalog.tables.values()):
        for policy in [p for p in table.policies.values() if name in p.relations and table.name != name]:
            _lose(state, policy, str(name))
        for key in [key for key in table.foreign_keys if key.target == name and table.name != name]:
            constraints.drop_constraint(table, key.name)
        if name in table.parents and table.name != name:
            relation(state, table.name)
    for function in list(catalog.functions.values()):
        if function.body_node is not None and name in references.relations(function.body_node):
            routine(state, function)
    catalog.views.pop(name, None)
    gone = catalog.tables.pop(name, None)
    catalog.gone[str(name)] = state.place
    catalog.moved.append(Moved(name, "", "", state.place))
    if gone and gone.rls:
        catalog.protected[name] = gone.changed or gone.place
    catalog.types.pop(name, None)
    catalog.indexes = {index: one for index, one in catalog.indexes.items() if one.table != name}
    for one in [one for one in catalog.sequences.values() if one.owner and one.owner[0] == name]:
        sequence(state, one.name)


def _lose(state: State, policy: Policy, cause: str) -> None:
    """A policy goes with what it used."""
    state.catalog.tables[policy.table].policies.pop(policy.name, None)
    state.catalog.lost.append(Lost(policy, cause, state.place))


def _drawn(state: State, name: Name) -> bool:
    return any(name in _draws(state, column) for t in state.catalog.tables.values() for column in t.columns.values())


def _draws(state: State, column: Any) -> set[Name]:
    return references.sequences(state, column.default_node) if column.default_node is not None else set()


def sequence(state: State, name: Name) -> None:
    """Take a sequence away; defaults that draw from it go too."""
    state.catalog.sequences.pop(name, None)
    for table in state.catalog.tables.values():
        for column in table.columns.values():
            if name in _draws(state, column) or column.default == f"nextval('{name}')":
                column.forget_default()


def owned_sequences(state: State, table: Name, column: str) -> None:
    """The sequences that belong to a column go with it."""
    for one in [one.name for one in state.catalog.sequences.values() if one.owner == (table, column)]:
        del state.catalog.sequences[one]


def _functions(state: State, node: Any, *, missing_ok: bool, cascade: bool) -> None:
    found = functions.find(state, node)
    if not found and not missing_ok:
        state.missing(f"function {'.'.join(parser.strings(node.objname))} was never created")
    for function in found:
        users = [one for one in _users(state, function) if not cascade]
        if users:
            state.missing(f"function {function.signature} cannot be dropped: {users[0]} depends on it")
        else:
            routine(state, function)


def _alone(state: State, function: Function) -> bool:
    """Whether it is the only function of its name, so that a call without types must mean it."""
    return sum(one.name == function.name for one in state.catalog.functions.values()) == 1


def _users(state: State, function: Function) -> Iterator[str]:
    if not _alone(state, function):
        return
    for table in state.catalog.tables.values():
        for trigger, (called, *_) in table.triggers.items():
            if called == function.name:
                yield f"trigger {trigger!r} on {table.name}"
        yield from (f"policy {p.name!r} on {table.name}" for p in table.policies.values() if function.name in p.calls)
        for column in table.columns.values():
            if function.name in column.calls:
                yield f"the default of {table.name}.{column.name}"
    yield from (f"view {view.name}" for view in state.catalog.views.values() if function.name in view.calls)


def routine(state: State, function: Function) -> None:
    """Take a function away, with policies, triggers, defaults and views that call it."""
    if _alone(state, function):
        for table in state.catalog.tables.values():
            table.triggers = {k: v for k, v in table.triggers.items() if v[0] != function.name}
            for policy in [one for one in table.policies.values() if function.name in one.calls]:
                _lose(state, policy, function.signature)
            for column in table.columns.values():
                if function.name in column.calls:
                    column.forget_default()
        for view in [view for view in state.catalog.views.values() if function.name in view.calls]:
            if view.name in state.catalog.views:
                relation(state, view.name)
    if function.key in state.catalog.functions:
        del state.catalog.functions[function.key]


def _policy(state: State, parts: tuple[str, ...], *, missing_ok: bool) -> None:
    *where, policy = parts
    name = state.found_as(tuple(where))
    table = state.catalog.tables.get(name)
    gone = table.policies.pop(policy, None) if table else None
    if table and gone:
        state.catalog.former[table.name, policy] = Former(gone, state.place)
    elif not missing_ok:
        state.missing(f"policy {policy!r} on {name} was never created")


def _trigger(state: State, parts: tuple[str, ...], *, missing_ok: bool) -> None:
    *where, trigger = parts
    holder = state.catalog.tables.get(state.found_as(tuple(where)))
    if not (holder and holder.triggers.pop(trigger, None)) and not missing_ok:
        state.missing(f"trigger {trigger!r} on {state.found_as(tuple(where))} was never created")


def _schema(state: State, name: str, *, missing_ok: bool, cascade: bool) -> None:
    catalog = state.catalog
    if name not in catalog.schemas:
        if not missing_ok:
            state.missing(f"schema {name} was never created")
        return
    kept = (*catalog.tables, *catalog.views, *catalog.sequences, *catalog.types, *(n for n, _ in catalog.functions))
    inside = [one for one in kept if one.schema == name]
    if inside and not cascade:
        state.missing(f"schema {name} cannot be dropped: {inside[0]} is in it")
        return
    for one in inside:
        if one in catalog.tables or one in catalog.views:
            relation(state, one)
        elif one in catalog.sequences:
            sequence(state, one)
        elif one in catalog.types:
            _take_type(state, one)
    for function in [function for function in catalog.functions.values() if function.name.schema == name]:
        routine(state, function)
    del catalog.schemas[name]
    catalog.extensions = {one: home for one, home in catalog.extensions.items() if home != name}
    catalog.defaults = {key: value for key, value in catalog.defaults.items() if key[1] != name}


def _type(state: State, parts: tuple[str, ...], *, missing_ok: bool, cascade: bool) -> None:
    name = found_type(state, parts)
    if name is None:
        if not missing_ok:
            state.missing(f"type {parts[-1]} was never created")
        return
    used = any(_of_type(column.type, name) for t in state.catalog.tables.values() for column in t.columns.values())
    used = used or any(_of_type(kind, name) for _, kinds in state.catalog.functions for kind in kinds)
    if used and not cascade:
        state.missing(f"type {name} cannot be dropped: it is used")
        return
    _take_type(state, name)


def found_type(state: State, parts: tuple[str, ...]) -> Name | None:
    """The type that a statement means, if there is one."""
    homes = (parts[-2],) if len(parts) > 1 else state.path
    return next((Name(home, parts[-1]) for home in homes if Name(home, parts[-1]) in state.catalog.types), None)


def _of_type(kind: str, name: Name) -> bool:
    return kind.removeprefix("_") == name.name


def _take_type(state: State, name: Name) -> None:
    for table in state.catalog.tables.values():
        for column in [column for column in table.columns.values() if _of_type(column.type, name)]:
            take_column(state, table, column.name)
        for policy in list(table.policies.values()):
            if any(name.name in references.types(node) for node in policy.expressions()):
                _lose(state, policy, str(name))
    for function in list(state.catalog.functions.values()):
        if any(_of_type(kind, name) for _, kind in function.arguments) or _of_type(function.returns, name):
            routine(state, function)
    state.catalog.types.pop(name, None)


def column(state: State, table: Table, command: Any) -> None:
    """DROP COLUMN: policies and views that use it keep it, unless CASCADE takes them along."""
    name = command.name
    if name not in table.columns:
        if not command.missing_ok:
            state.missing(f"column {name!r} of {table.name} was never created")
        return
    users = list(_column_users(state, table.name, name))
    if users and parser.enum(command, "behavior") != "DROP_CASCADE":
        state.missing(f"column {name!r} of {table.name} cannot be dropped: {_described(users[0])} depends on it")
        return
    for user in users:
        if isinstance(user, View):
            relation(state, user.name)
        else:
            _lose(state, user, f"column {name!r} of {table.name}")
    take_column(state, table, name)
    for child in [one for one in state.catalog.tables.values() if table.name in one.parents]:
        if name in child.columns:
            take_column(state, child, name)


def _described(user: Policy | View) -> str:
    return f"view {user.name}" if isinstance(user, View) else f"policy {user.name!r} on {user.table}"


def _column_users(state: State, table: Name, column_name: str) -> Iterator[Policy | View]:
    wanted = (table, column_name)
    for _, policy in state.catalog.policies():
        if policy.table == table or table in policy.relations:
            found = (
                (t, c) for node in policy.expressions() for _, t, c in references.columns(state, node, policy.table)
            )
            if wanted in found:
                yield policy
    for view in list(state.catalog.views.values()):
        if table in view.sources and _view_uses(state, view, wanted):
            yield view


def _view_uses(state: State, view: View, wanted: tuple[Name, str]) -> bool:
    starred = any(
        parser.kind(one) == "ColumnRef" and parser.kind(one.fields[-1]) == "A_Star" for one in parser.walk(view.query)
    )
    return starred or wanted in ((t, c) for _, t, c in references.columns(state, view.query))


def take_column(state: State, table: Table, name: str) -> None:
    """Take a column away, with its keys, grants and sequences."""
    table.columns.pop(name, None)
    state.catalog.moved.append(Moved(table.name, name, "", state.place))
    indexes = state.catalog.indexes
    for index in [one for one, held in indexes.items() if held.table == table.name and name in held.columns]:
        del indexes[index]
    for key in [key for key in table.foreign_keys if name in key.columns]:
        constraints.drop_constraint(table, key.name)
    if name in table.primary_key:
        for one in [one for one, kind in table.constraints.items() if kind == "primary"]:
            constraints.drop_constraint(table, one)
        table.primary_key = ()
    table.acl.drop_column(name)
    owned_sequences(state, table.name, name)
    for other in state.catalog.tables.values():
        for key in [k for k in other.foreign_keys if k.target == table.name and name in k.target_columns]:
            constraints.drop_constraint(other, key.name)
