"""DROP, and what goes with it: a dropped object is kept if something depends on it, or everything that does goes along."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Former, Function, Lost, Moved, Name, Policy, Table, View
from gate.audit.replay import columns, constraints, functions, indexes, owners, parser, publications, references
from gate.audit.replay.state import State

RELATIONS = {
    "OBJECT_TABLE": "table",
    "OBJECT_FOREIGN_TABLE": "foreign table",
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "materialized view",
    "OBJECT_SEQUENCE": "sequence",
}
ROUTINES = {
    "OBJECT_FUNCTION": ("function",),
    "OBJECT_PROCEDURE": ("procedure",),
    "OBJECT_ROUTINE": ("function", "procedure", "aggregate"),
    "OBJECT_AGGREGATE": ("aggregate",),
}


def drop(state: State, tree: Any) -> None:
    """DROP of one or more objects of a kind: all of them, or none."""
    kind = parser.enum(tree, "remove_type")
    if kind in RELATIONS:
        _relations(state, tree, RELATIONS[kind])
    elif kind in ROUTINES:
        _routines(state, tree, ROUTINES[kind])
    elif len(tree.objects) == 1:
        _one(state, tree, kind, tree.objects[0])
    else:
        for node in tree.objects:
            state.part(_one, tree, kind, node)


def _one(state: State, tree: Any, kind: str, node: Any) -> None:
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    catalog = state.catalog
    match kind:
        case "OBJECT_POLICY":
            _policy(state, parser.strings(parser.items(node)), missing_ok=tree.missing_ok)
        case "OBJECT_SCHEMA":
            _schema(state, parser.unwrap(node).sval, missing_ok=tree.missing_ok, cascade=cascade)
        case "OBJECT_TRIGGER":
            _trigger(state, parser.strings(parser.items(node)), missing_ok=tree.missing_ok)
        case "OBJECT_TYPE" | "OBJECT_DOMAIN":
            parts = parser.strings(parser.unwrap(node).names)
            name = state.type_named(parts)
            if kind == "OBJECT_DOMAIN" and name and catalog.types[name].kind != "domain":
                state.refuse(f"{name} is no domain")
            _type(state, parts, missing_ok=tree.missing_ok, cascade=cascade)
        case "OBJECT_INDEX":
            indexes.drop(state, parser.strings(parser.items(node)), missing_ok=tree.missing_ok)
        case "OBJECT_EXTENSION":
            _extension(state, parser.unwrap(node).sval, cascade=cascade)
        case "OBJECT_PUBLICATION":
            _named(state, catalog.publications, parser.unwrap(node).sval, tree)
        case "OBJECT_EVENT_TRIGGER":
            _named(state, catalog.event_triggers, parser.unwrap(node).sval, tree)
        case "OBJECT_FOREIGN_SERVER":
            _server(state, parser.unwrap(node).sval, tree, cascade=cascade)


def _named(state: State, held: dict[str, Any], name: str, tree: Any) -> None:
    """A publication or event trigger."""
    if held.pop(name, None) is None and not tree.missing_ok:
        state.missing(f"{name!r} was never created")


def _extension(state: State, name: str, *, cascade: bool) -> None:
    """An extension with what is known to rest on it: columns of its types, indexes by its operator classes."""
    catalog = state.catalog
    if name not in catalog.extensions:
        return  # it may be one of the platform's
    types, operators, calls = EXTENSIONS.get(name, (frozenset(), "?", "?"))
    columns_ = [(t, c) for t in catalog.tables.values() for c in t.columns.values() if c.type.lstrip("_") in types]
    indexes_ = [one.name for one in catalog.indexes.values() if operators in one.details]
    drawn = [c for t in catalog.tables.values() for c in t.columns.values() if calls in c.default]
    if (columns_ or indexes_ or drawn) and not cascade:
        state.refuse(f"extension {name!r} cannot be dropped: something depends on it")
    del catalog.extensions[name]
    for index in indexes_:
        del catalog.indexes[index]
    for table, column_ in columns_:
        for user in list(_column_users(state, table.name, column_.name)):
            _take_user(state, user, f"extension {name!r}")
        take_column(state, table, column_.name)
    for column_ in drawn:
        column_.forget_default()


EXTENSIONS: dict[str, tuple[frozenset[str], str, str]] = {  # types, operator classes, functions in defaults
    "pg_trgm": (frozenset(), "_trgm_ops", "?"),
    "vector": (frozenset({"vector", "halfvec", "sparsevec"}), "vector_", "?"),
    "citext": (frozenset({"citext"}), "citext_", "?"),
    "hstore": (frozenset({"hstore"}), "hstore_", "?"),
    "ltree": (frozenset({"ltree", "lquery"}), "ltree_", "?"),
    "postgis": (frozenset({"geometry", "geography", "box2d", "box3d"}), "geometry_", "?"),
    "uuid-ossp": (frozenset(), "?", "uuid_generate_"),
}


def _server(state: State, name: str, tree: Any, *, cascade: bool) -> None:
    users = [table.name for table in state.catalog.tables.values() if table.server == name]
    if users and not cascade:
        state.refuse(f"server {name!r} cannot be dropped: {users[0]} depends on it")
    _named(state, state.catalog.servers, name, tree)
    for user in users:
        relation(state, user)


def _relations(state: State, tree: Any, kind: str) -> None:
    catalog = state.catalog
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    asked = [state.found_as(parser.strings(parser.items(node))) for node in tree.objects]
    names = []
    for name in dict.fromkeys(asked):
        found = kind_of(state, name)
        if found is None or (found != kind and tree.missing_ok and name in catalog.indexes):
            if not tree.missing_ok:
                if len(asked) > 1 and not state.complete and not state.handlers:
                    state.note(f"{kind} {name} was never created")
                    continue
                state.missing(f"{kind} {name} was never created")
        elif found != kind:
            state.refuse(f"{name} is a {found}, not a {kind}")
        else:
            names.append(name)
    for name in names:
        holder = catalog.tables.get(name) or catalog.views.get(name) or catalog.sequences.get(name)
        if holder:
            owners.must_own(state, str(name), holder.owner)
        identity = next(_of_identity(state, name), None)
        if identity is not None:
            state.refuse(f"{name} cannot be dropped: {identity} is an identity and needs it")
        blocker = None if cascade else next((one for one in dependents(state, name) if one not in names), None)
        if blocker is not None:
            state.refuse(f"{name} cannot be dropped: {blocker} depends on it")
    for name in names:
        if name in catalog.sequences:
            sequence(state, name)
        elif name in catalog.tables or name in catalog.views:  # it may have gone with one before
            relation(state, name)


def kind_of(state: State, name: Name) -> str | None:
    """What a relation is."""
    catalog = state.catalog
    if name in catalog.sequences:
        return "sequence"
    if name in catalog.views:
        return "materialized view" if catalog.views[name].materialized else "view"
    if name in catalog.tables:
        return "foreign table" if catalog.tables[name].kind == "foreign" else "table"
    return "index" if name in catalog.indexes else None


def must_be(state: State, name: Name, kind: str) -> None:
    """Refuse ALTER VIEW and the like of something else; ALTER TABLE takes every relation."""
    wanted = RELATIONS.get(kind, "table")
    found = kind_of(state, name)
    if wanted != "table" and found not in {None, wanted}:
        state.refuse(f"{name} is a {found}, not a {wanted}")


def dependents(state: State, name: Name) -> Iterator[Name | str]:
    """What keeps a relation from being dropped: views, other tables' policies, keys and columns, children, functions."""
    catalog = state.catalog
    own = {one.name for one in catalog.sequences.values() if one.column and one.column[0] == name} | {name}
    for view in catalog.views.values():
        if name in view.sources and view.name != name:
            yield view.name
    for table in catalog.tables.values():
        if table.name == name:
            continue
        if name in table.parents and not table.partition:
            yield table.name
        yield from (f"policy {one.name!r} on {table.name}" for one in table.policies.values() if name in one.relations)
        yield from (table.name for key in table.foreign_keys if key.target == name)
        for column in table.columns.values():
            if own & _draws(state, column) or _of_type(column.type, name):
                yield f"column {column.name!r} of {table.name}"
    for function in catalog.functions.values():
        if uses_type(function, name) or (
            function.body_node is not None and name in references.relations(function.body_node)
        ):
            yield function.signature


def _of_identity(state: State, name: Name) -> Iterator[str]:
    """The identity column that draws from a sequence, which even a CASCADE leaves alone."""
    held = state.catalog.sequences.get(name)
    table, column_ = held.column if held and held.column else (None, "")
    holder = state.catalog.tables.get(table) if table else None
    if holder and column_ in holder.columns and holder.columns[column_].kind == "identity":
        yield f"column {column_!r} of {holder.name}"


def uses_type(function: Function, name: Name) -> bool:
    """Whether a function takes or returns a type, also a table's own."""
    kinds = [kind for _, kind in (*function.arguments, *function.outputs)]
    return any(_of_type(kind, name) for kind in (*kinds, function.returns))


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
            constraints.drop_constraint(state, table, key.name)
        if name in table.parents and table.name != name and table.name in catalog.tables:
            relation(state, table.name)
        for column in [one for one in table.columns.values() if _of_type(one.type, name) and table.name != name]:
            take_column(state, table, column.name)
    for function in list(catalog.functions.values()):
        if uses_type(function, name) or (
            function.body_node is not None and name in references.relations(function.body_node)
        ):
            routine(state, function)
    catalog.views.pop(name, None)
    gone = catalog.tables.pop(name, None)
    catalog.gone[str(name)] = state.place
    catalog.moved.append(Moved(name, "", "", state.place))
    if gone and gone.rls:
        catalog.protected[name] = gone.changed or gone.place
    catalog.types.pop(name, None)
    catalog.indexes = {index: one for index, one in catalog.indexes.items() if one.table != name}
    publications.forget(state, name)
    for one in [one for one in catalog.sequences.values() if one.column and one.column[0] == name]:
        sequence(state, one.name)


def _lose(state: State, policy: Policy, cause: str) -> None:
    """A policy goes with what it used."""
    held = state.catalog.tables.get(policy.table)
    if held and held.policies.pop(policy.name, None):
        state.catalog.lost.append(Lost(policy, cause, state.place))


def _draws(state: State, column: Any) -> set[Name]:
    return references.sequences(state, column.default_node) if column.default_node is not None else set()


def sequence(state: State, name: Name) -> None:
    """Take a sequence away; defaults that draw from it go too, and what reads it."""
    state.catalog.sequences.pop(name, None)
    for table in state.catalog.tables.values():
        for column in table.columns.values():
            if name in _draws(state, column) or column.default == f"nextval('{name}')":
                column.forget_default()


def owned_sequences(state: State, table: Name, column: str) -> None:
    """The sequences that belong to a column go with it."""
    for one in [one.name for one in state.catalog.sequences.values() if one.column == (table, column)]:
        del state.catalog.sequences[one]


def _routines(state: State, tree: Any, kinds: tuple[str, ...]) -> None:
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    gone: list[Function] = []
    for node in map(parser.unwrap, tree.objects):
        found = functions.find(state, node, kinds)
        named = ".".join(parser.strings(node.objname))
        if not found and not tree.missing_ok:
            if len(tree.objects) == 1 or state.complete or state.handlers:
                state.missing(f"function {named} was never created")
            state.note(f"function {named} was never created")
        for function in found:
            if function.kind not in kinds:
                state.refuse(f"{function.signature} is a {function.kind}")
            owners.must_own(state, function.signature, function.owner)
            gone.append(function)
    for function in gone:
        blocker = None if cascade else next(iter(_users(state, function)), None)
        if blocker is not None:
            state.refuse(f"function {function.signature} cannot be dropped: {blocker} depends on it")
    for function in gone:
        routine(state, function)


def _alone(state: State, function: Function) -> bool:
    """Whether it is the only function of its name, so that a call without types must mean it."""
    return len(state.catalog.functions.named(function.name)) == 1


def _users(state: State, function: Function) -> Iterator[str]:
    """What calls a function; with several of its name, only triggers are certain, which call the one without arguments."""
    catalog = state.catalog
    if not function.arguments:
        for holder in catalog.relations():
            for trigger in holder.triggers.values():
                if trigger.function == function.name:
                    yield f"trigger {trigger.name!r} on {holder.name}"
        for event in catalog.event_triggers.values():
            if event.function == function.name:
                yield f"event trigger {event.name!r}"
    if not _alone(state, function):
        return
    for table in catalog.tables.values():
        yield from (f"policy {p.name!r} on {table.name}" for p in table.policies.values() if function.name in p.calls)
        for column in table.columns.values():
            if function.name in column.calls:
                yield f"the default of {table.name}.{column.name}"
        yield from (
            f"constraint {c.name!r} on {table.name}" for c in table.constraints.values() if function.name in c.calls
        )
    yield from (f"view {view.name}" for view in catalog.views.values() if function.name in view.calls)
    for index in catalog.indexes.values():
        if function.name in indexes.calls(index):
            yield f"index {index.name}"
    for other in catalog.functions.values():
        if other is not function and other.body_node is not None and function.name in references.calls(other.body_node):
            yield f"function {other.signature}"


def routine(state: State, function: Function) -> None:
    """Take a function away, with policies, triggers, defaults, constraints, indexes and views that call it."""
    catalog = state.catalog
    alone = _alone(state, function)
    if function.key not in catalog.functions:
        return
    catalog.closed.update([function.key] if function.acl.taken else ())
    del catalog.functions[function.key]
    if not function.arguments:
        for holder in catalog.relations():
            holder.triggers = {k: v for k, v in holder.triggers.items() if v.function != function.name}
        catalog.event_triggers = {k: v for k, v in catalog.event_triggers.items() if v.function != function.name}
    if not alone:
        return
    for table in list(catalog.tables.values()):
        for policy in [one for one in table.policies.values() if function.name in one.calls]:
            _lose(state, policy, function.signature)
        for column in list(table.columns.values()):
            if function.name in column.calls and column.kind == "generated":
                take_column(state, table, column.name)
            elif function.name in column.calls:
                column.forget_default()
        for made in [one for one in table.constraints.values() if function.name in one.calls]:
            constraints.drop_constraint(state, table, made.name)
    catalog.indexes = {k: one for k, one in catalog.indexes.items() if function.name not in indexes.calls(one)}
    for view in [view for view in catalog.views.values() if function.name in view.calls]:
        if view.name in catalog.views:
            relation(state, view.name)
    for other in [one for one in catalog.functions.values() if one.body_node is not None]:
        if function.name in references.calls(other.body_node):
            routine(state, other)


def _policy(state: State, parts: tuple[str, ...], *, missing_ok: bool) -> None:
    *where, policy = parts
    name = state.found_as(tuple(where))
    table = state.catalog.tables.get(name)
    if table:
        owners.must_own(state, str(name), table.owner)
    gone = table.policies.pop(policy, None) if table else None
    if gone:
        state.catalog.former[name, policy] = Former(gone, state.place)
    elif not missing_ok:
        state.missing(f"policy {policy!r} on {name} was never created")


def _trigger(state: State, parts: tuple[str, ...], *, missing_ok: bool) -> None:
    *where, trigger = parts
    name = state.found_as(tuple(where))
    holder = state.catalog.tables.get(name) or state.catalog.views.get(name)
    if holder:
        owners.must_own(state, str(name), holder.owner)
    if not (holder and holder.triggers.pop(trigger, None)) and not missing_ok:
        state.missing(f"trigger {trigger!r} on {name} was never created")


def _schema(state: State, name: str, *, missing_ok: bool, cascade: bool) -> None:
    catalog = state.catalog
    if name not in catalog.schemas:
        if not missing_ok:
            state.missing(f"schema {name} was never created")
        return
    owners.must_own(state, f"schema {name}", catalog.schemas[name].owner)
    kept = (*catalog.tables, *catalog.views, *catalog.sequences, *catalog.types, *(n for n, _ in catalog.functions))
    inside = [one for one in kept if one.schema == name]
    if inside and not cascade:
        state.refuse(f"schema {name} cannot be dropped: {inside[0]} is in it")
    for one in inside:
        if one in catalog.tables or one in catalog.views:
            relation(state, one)
        elif one in catalog.sequences:
            sequence(state, one)
        elif one in catalog.types:
            take_type(state, one)
    for function in [function for function in catalog.functions.values() if function.name.schema == name]:
        routine(state, function)
    for publication in catalog.publications.values():
        publication.schemas.discard(name)
    del catalog.schemas[name]
    catalog.extensions = {one: home for one, home in catalog.extensions.items() if home != name}
    catalog.defaults = {key: value for key, value in catalog.defaults.items() if key[1] != name}


def _type(state: State, parts: tuple[str, ...], *, missing_ok: bool, cascade: bool) -> None:
    name = state.type_named(parts)
    if name is None:
        if not missing_ok:
            state.missing(f"type {parts[-1]} was never created")
        return
    owners.must_own(state, str(name), state.catalog.types[name].owner)
    user = next(_type_users(state, name), None)
    if user and not cascade:
        state.refuse(f"type {name} cannot be dropped: {user} uses it")
    take_type(state, name)


def _type_users(state: State, name: Name) -> Iterator[str]:
    catalog = state.catalog
    for table in catalog.tables.values():
        yield from (f"{table.name}.{one.name}" for one in table.columns.values() if _of_type(one.type, name))
        for policy in table.policies.values():
            if any(name.name in references.types(node) for node in policy.expressions()):
                yield f"policy {policy.name!r} on {table.name}"
    yield from (one.signature for one in catalog.functions.values() if uses_type(one, name))
    for other in catalog.types.values():
        if other.name != name and any(_of_type(kind, name) for kind in (other.base, *other.attributes.values())):
            yield f"type {other.name}"


def _of_type(kind: str, name: Name) -> bool:
    """Whether a column is of a type; a built-in one's name without a schema never means the project's."""
    return name.name not in columns.BUILT_IN and kind.removeprefix("_") == name.name


def take_type(state: State, name: Name) -> None:
    """Take a type away, with the columns, functions, policies and types that use it."""
    catalog = state.catalog
    for table in list(catalog.tables.values()):
        for column in [column for column in table.columns.values() if _of_type(column.type, name)]:
            for user in list(_column_users(state, table.name, column.name)):
                _take_user(state, user, f"type {name}")
            take_column(state, table, column.name)
        for policy in list(table.policies.values()):
            if any(name.name in references.types(node) for node in policy.expressions()):
                _lose(state, policy, str(name))
    for function in [one for one in catalog.functions.values() if uses_type(one, name)]:
        routine(state, function)
    catalog.types.pop(name, None)
    for other in list(catalog.types.values()):
        if other.kind == "domain" and _of_type(other.base, name):
            take_type(state, other.name)
        other.attributes = {key: kind for key, kind in other.attributes.items() if not _of_type(kind, name)}


def column(state: State, table: Table, command: Any) -> None:
    """DROP COLUMN: policies and views that use it keep it, unless CASCADE takes them along."""
    name = command.name
    held = table.columns.get(name)
    if held is None:
        if not command.missing_ok:
            state.missing(f"column {name!r} of {table.name} was never created")
        return
    if table.parents and not held.own:
        state.refuse(f"column {name!r} of {table.name} is inherited")
    if any(name in one.partition_key for one in constraints.family(state, table)):
        state.refuse(f"column {name!r} of {table.name} tells its partitions apart")
    cascade = parser.enum(command, "behavior") == "DROP_CASCADE"
    family = [one for one in constraints.family(state, table) if name in one.columns]
    gone = [one for one in family if one is table or not one.columns[name].own]
    for one in gone:
        blocker = None if cascade else next(readers(state, one.name, name, keys=True), None)
        if blocker is not None:
            state.refuse(f"column {name!r} of {one.name} cannot be dropped: {blocker} depends on it")
    for one in gone:
        for user in list(_column_users(state, one.name, name)):
            _take_user(state, user, f"column {name!r} of {one.name}")
        take_column(state, one, name)


def _take_user(state: State, user: Policy | View, cause: str) -> None:
    if isinstance(user, View):
        if user.name in state.catalog.views:
            relation(state, user.name)
    else:
        _lose(state, user, cause)


def readers(state: State, table: Name, column_name: str, *, keys: bool = False) -> Iterator[str]:
    """What reads a column and so keeps it as it is; with `keys` also the keys of other tables that point at it."""
    for user in _column_users(state, table, column_name):
        yield f"view {user.name}" if isinstance(user, View) else f"policy {user.name!r} on {user.table}"
    held = state.catalog.tables[table]
    for other in held.columns.values():
        if other.kind == "generated" and column_name in references.bare(other.default_node):
            yield f"column {other.name!r}"
    for trigger in held.triggers.values():
        read = trigger.condition is not None and column_name in references.of_rows(trigger.condition)
        if read or column_name in trigger.columns:
            yield f"trigger {trigger.name!r}"
    for publication in state.catalog.publications.values():
        if column_name in publication.tables.get(table, ()):
            yield f"publication {publication.name!r}"
    if keys:
        for other_table in state.catalog.tables.values():
            for key in other_table.foreign_keys:
                if key.target == table and column_name in key.target_columns and other_table.name != table:
                    yield f"constraint {key.name!r} on {other_table.name}"


def _column_users(state: State, table: Name, column_name: str) -> Iterator[Policy | View]:
    wanted = (table, column_name)
    for _, policy in state.catalog.policies():
        seen = policy.table == table or table in policy.relations
        if seen and any(references.reads(state, node, wanted, policy.table) for node in policy.expressions()):
            yield policy
    for view in list(state.catalog.views.values()):
        if table in view.sources and view_uses(state, view, wanted):
            yield view


def view_uses(state: State, view: View, wanted: tuple[Name, str]) -> bool:
    """Whether a view reads a column; by `*` it reads those that were there when it was made."""
    if wanted[1] in view.starred.get(wanted[0], ()):
        return True
    return references.reads(state, view.query, wanted)


def take_column(state: State, table: Table, name: str) -> None:
    """Take a column away, with its constraints, indexes, triggers, grants and sequences."""
    table.columns.pop(name, None)
    state.catalog.moved.append(Moved(table.name, name, "", state.place))
    for made in [one for one in table.constraints.values() if name in one.columns]:
        constraints.drop_constraint(state, table, made.name)
    state.catalog.indexes = {
        key: one
        for key, one in state.catalog.indexes.items()
        if one.table != table.name or name not in indexes.reads(one)
    }
    table.triggers = {
        key: one
        for key, one in table.triggers.items()
        if name not in one.columns and (one.condition is None or name not in references.of_rows(one.condition))
    }
    for other in [one for one in table.columns.values() if one.kind == "generated"]:
        if name in references.bare(other.default_node):
            take_column(state, table, other.name)
    table.acl.drop_column(name)
    for publication in state.catalog.publications.values():
        if name in publication.tables.get(table.name, ()):
            publications.forget_in(publication, table.name)
    owned_sequences(state, table.name, name)
    for holder in list(state.catalog.tables.values()):
        for key in [k for k in holder.foreign_keys if k.target == table.name and name in k.target_columns]:
            constraints.drop_constraint(state, holder, key.name)
