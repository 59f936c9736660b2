"""Which columns of tables the columns of a view come from, where plain SQL tells."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Catalog, Name, View
from gate.audit.replay import parser, references


def flows(catalog: Catalog, view: View) -> dict[str, frozenset[tuple[Name, str]]]:
    """For each column of a view, the columns of tables that plain SQL takes it from, through other views as well.

    A `*` counts as the columns that there were. What goes through a function, a WITH or a sub-select in FROM is left out.
    """
    return _flows(catalog, view, ())


def _flows(catalog: Catalog, view: View, seen: tuple[Name, ...]) -> dict[str, frozenset[tuple[Name, str]]]:
    query = parser.unwrap(view.query)
    if parser.kind(query) != "SelectStmt" or view.name in seen:
        return {}
    return {
        name: frozenset(_bases(catalog, sources, (*seen, view.name)))
        for name, sources in zip(view.columns, _targets(catalog, view, query), strict=False)
    }


def _targets(catalog: Catalog, view: View, query: Any) -> Iterator[set[tuple[Name, str]]]:
    """What each output column of a query reads, a `*` taken apart."""
    scope = dict(references.ranges(query.from_clause))
    for target in map(parser.unwrap, query.target_list):
        value = parser.unwrap(target.val)
        if parser.kind(value) == "ColumnRef" and parser.kind(value.fields[-1]) == "A_Star":
            wanted = parser.strings(value.fields)
            for alias, name in scope.items():
                if name and (not wanted or wanted[-1] == alias):
                    yield from ({(name, column)} for column in view.starred.get(name, ()))
        else:
            yield set(_read(catalog, value, scope))


def _read(catalog: Catalog, value: Any, scope: dict[str, Name | None]) -> Iterator[tuple[Name, str]]:
    for one in parser.walk(value):
        if parser.kind(one) != "ColumnRef":
            continue
        *prefix, column = parser.strings(one.fields) or ("",)
        for alias, name in scope.items():
            held = catalog.tables.get(name) or catalog.views.get(name) if name else None
            if held and column in held.columns and (not prefix or prefix[-1] == alias):
                yield held.name, column


def _bases(catalog: Catalog, sources: set[tuple[Name, str]], seen: tuple[Name, ...]) -> Iterator[tuple[Name, str]]:
    for name, column in sources:
        view = catalog.views.get(name)
        if view:
            yield from _flows(catalog, view, seen).get(column, ())
        else:
            yield name, column
