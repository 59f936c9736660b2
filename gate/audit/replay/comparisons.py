"""Which equalities of a policy compare a column with itself, because a name was caught by the inner query."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Catalog, Name, Policy
from gate.audit.replay import parser
from gate.audit.replay.references import ranges

Scope = dict[str, Name | None]


def self_comparisons(catalog: Catalog, policy: Policy) -> Iterator[tuple[str, str]]:
    """The (relation, column) of each equality whose two sides are one column of one row."""
    for node in policy.expressions():
        if _alike(node):
            yield from _search(catalog, node, ({policy.table.name: policy.table},))


@parser.remembered
def _alike(node: Any) -> bool:
    """Whether any equality has one column name on both sides, whatever these names mean."""
    return any(
        parser.strings(sides[0].fields)[-1:] == parser.strings(sides[1].fields)[-1:]
        for one in parser.walk(node)
        if parser.kind(one) == "A_Expr" and parser.strings(one.name) == ("=",)
        for sides in [(parser.unwrap(one.lexpr), parser.unwrap(one.rexpr))]
        if parser.kind(sides[0]) == parser.kind(sides[1]) == "ColumnRef"
    )


def _search(catalog: Catalog, node: Any, scopes: tuple[Scope, ...]) -> Iterator[tuple[str, str]]:
    inner = parser.unwrap(node)
    if not parser.is_message(inner):
        return
    if parser.kind(inner) == "SelectStmt":
        scopes = (*scopes, dict(ranges(inner.from_clause)))
    if parser.kind(inner) == "A_Expr" and parser.strings(inner.name) == ("=",):
        sides = [_resolved(catalog, parser.unwrap(side), scopes) for side in (inner.lexpr, inner.rexpr)]
        if sides[0] and sides[0] == sides[1]:
            yield sides[0][1], sides[0][2]
    for child in parser.children(inner):
        yield from _search(catalog, child, scopes)


def _resolved(catalog: Catalog, node: Any, scopes: tuple[Scope, ...]) -> tuple[int, str, str] | None:
    """The depth of the query, the alias and the column that a reference means; None where it cannot be told."""
    if parser.kind(node) != "ColumnRef":
        return None
    *prefix, column = parser.strings(node.fields) or ("",)
    for depth, scope in reversed(list(enumerate(scopes))):
        if prefix:
            if prefix[-1] in scope:
                return depth, prefix[-1], column
            continue
        holders = [alias for alias, name in scope.items() if _has(catalog, name, column)]
        if holders:
            return depth, holders[0], column
        if not all(name in catalog.tables for name in scope.values()):
            return None
    return None


def _has(catalog: Catalog, name: Name | None, column: str) -> bool:
    return name in catalog.tables and column in catalog.tables[name].columns
