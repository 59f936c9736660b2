"""What newer statements drop."""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Name
from gate.audit.release import Change
from gate.audit.replay import functions, parser, references
from gate.audit.replay.noting import change, new_table, of_function, release_of, typed, words
from gate.audit.replay.state import State


def drop(state: State, tree: Any) -> Iterator[Change]:
    """DROP of anything, with the views that CASCADE takes along."""
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    handler = DROPS.get(parser.enum(tree, "remove_type"))
    for node in tree.objects if handler else ():
        assert handler
        for one in handler(state, tree, node):
            yield one
            if cascade and one.act in {"drop table", "drop view"}:
                yield from _dependent_views(state, one.name)


def _dependent_views(state: State, name: Name) -> Iterator[Change]:
    for view in state.catalog.views.values():
        if name in view.sources and view.name != name:
            made = view.name not in release_of(state).base.views
            yield change(state, "drop view", view.name, made=made, words=frozenset({"cascade"}))


def _drop_relation(state: State, tree: Any, node: Any) -> Iterator[Change]:
    name = state.found_as(parser.strings(parser.items(node)))
    release = release_of(state)
    if name.name in release.temporary and name not in state.catalog.tables:
        return
    if name in state.catalog.views:
        yield change(state, "drop view", name, made=name not in release.base.views)
    elif name in state.catalog.sequences:
        sequence = state.catalog.sequences[name]
        used = tuple(
            f"{table.name}.{column.name}"
            for table in state.catalog.tables.values()
            for column in table.columns.values()
            if f"nextval('{name}'" in column.default
            or (column.default_node is not None and name in references.sequences(state, column.default_node))
        )
        yield change(state, "drop sequence", name, made=sequence.place.path in release.files, columns=used)
    elif name in state.catalog.tables:
        yield change(state, "drop table", name, made=new_table(state, state.catalog.tables[name]))
    elif not tree.missing_ok:
        yield change(state, "drop table", name)


def _drop_function(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    for one in functions.find(state, parser.unwrap(node)):
        yield of_function(state, "drop function", one)


def _drop_part(act: str) -> Callable[[State, Any, Any], Iterator[Change]]:
    """A policy or trigger of a table."""

    def noted(state: State, _tree: Any, node: Any) -> Iterator[Change]:
        *where, part = parser.strings(parser.items(node))
        table = state.catalog.tables.get(state.found_as(tuple(where)))
        held: Any = {} if table is None else table.policies if act == "drop policy" else table.triggers
        if table is not None and part in held:
            release = release_of(state)
            before = release.tables.get(id(table))
            known: Any = {} if before is None else before.policies if act == "drop policy" else before.triggers
            other = held[part].function if act == "drop trigger" else None
            yield change(state, act, table.name, part, made=part not in known, other=other)

    return noted


def _drop_schema(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    name = parser.unwrap(node).sval
    if name in state.catalog.schemas:
        inside = tuple(str(one) for one in state.catalog.tables if one.schema == name)
        made = name not in release_of(state).base.schemas
        yield change(state, "drop schema", Name("", name), made=made, columns=inside)


def _drop_type(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    name = state.type_named(parser.strings(parser.unwrap(node).names))
    if name:
        used = typed(state, name)
        yield change(state, "drop type", name, made=name not in release_of(state).base.types, columns=used)


def _drop_extension(state: State, _tree: Any, node: Any) -> Iterator[Change]:
    name = parser.unwrap(node).sval
    if name in state.catalog.extensions:
        made = name not in release_of(state).base.extensions
        yield change(state, "drop extension", Name("", name), made=made)


def _drop_index(state: State, tree: Any, node: Any) -> Iterator[Change]:
    parts = parser.strings(parser.items(node))
    release = release_of(state)
    for home in (parts[-2],) if len(parts) > 1 else state.path:
        found = state.catalog.indexes.get(Name(home, parts[-1]))
        if found:
            table = state.catalog.tables.get(found.table)
            yield change(
                state,
                "drop index",
                found.table,
                parts[-1],
                made=new_table(state, table) or Name(home, parts[-1]) not in release.base.indexes,
                columns=found.columns,
                was=f"{found.details} {found.where}",
                words=words(unique=found.unique, concurrently=tree.concurrent),
            )
            return


Noted = Callable[[State, Any, Any], Iterator[Change]]
DROPS: MappingProxyType[str, Noted] = MappingProxyType(
    {
        "OBJECT_TABLE": _drop_relation,
        "OBJECT_FOREIGN_TABLE": _drop_relation,
        "OBJECT_VIEW": _drop_relation,
        "OBJECT_MATVIEW": _drop_relation,
        "OBJECT_SEQUENCE": _drop_relation,
        "OBJECT_FUNCTION": _drop_function,
        "OBJECT_PROCEDURE": _drop_function,
        "OBJECT_ROUTINE": _drop_function,
        "OBJECT_AGGREGATE": _drop_function,
        "OBJECT_POLICY": _drop_part("drop policy"),
        "OBJECT_TRIGGER": _drop_part("drop trigger"),
        "OBJECT_SCHEMA": _drop_schema,
        "OBJECT_TYPE": _drop_type,
        "OBJECT_DOMAIN": _drop_type,
        "OBJECT_EXTENSION": _drop_extension,
        "OBJECT_INDEX": _drop_index,
    }
)
