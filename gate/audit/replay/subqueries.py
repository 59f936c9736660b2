"""What a condition's sub-selects and column names come to: one value or several, and columns that there are not."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Name
from gate.audit.replay import parser
from gate.audit.replay.conditions import demands

ONE_ROW = {
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "bool_or",
    "bool_and",
    "array_agg",
    "string_agg",
    "jsonb_agg",
    "json_agg",
}


@parser.remembered
def compared(node: Any) -> tuple[tuple[Name, frozenset[str]], ...]:
    """Sub-selects that stand for one value, as in `team = (select ...)`: the table they read and the columns they fix.

    Those with a limit, an aggregate or more than one table are left out.
    """
    return tuple(
        found
        for one in parser.walk(node)
        if parser.kind(one) == "A_Expr" and parser.enum(one, "kind") == "AEXPR_OP"
        for side in map(parser.unwrap, (one.lexpr, one.rexpr))
        if parser.kind(side) == "SubLink" and parser.enum(side, "sub_link_type") == "EXPR_SUBLINK"
        for found in _one_table(parser.unwrap(side.subselect))
    )


def _one_table(query: Any) -> Iterator[tuple[Name, frozenset[str]]]:
    if len(query.from_clause) != 1 or len(query.target_list) != 1 or parser.present(query, "limit_count"):
        return
    source = parser.unwrap(query.from_clause[0])
    value = parser.unwrap(parser.unwrap(query.target_list[0]).val)
    gathered = any(
        parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[-1] in ONE_ROW for one in parser.walk(value)
    )
    if parser.kind(source) == "RangeVar" and source.schemaname and not gathered and not len(query.distinct_clause):
        yield Name(source.schemaname, source.relname), frozenset(_fixed(query.where_clause))


def _fixed(node: Any) -> Iterator[str]:
    """The columns that a condition compares with something, as in `user_id = auth.uid()`."""
    for demand in map(parser.unwrap, demands(node)):
        if parser.kind(demand) == "A_Expr" and parser.strings(demand.name) == ("=",):
            for side in map(parser.unwrap, (demand.lexpr, demand.rexpr)):
                if parser.kind(side) == "ColumnRef" and parser.strings(side.fields):
                    yield parser.strings(side.fields)[-1]


@parser.remembered
def own_columns(node: Any, table: Name) -> tuple[str, ...]:
    """The columns of its own table that a policy names outside of sub-selects."""
    return tuple(_own(node, table))


def _own(node: Any, table: Name) -> Iterator[str]:
    inner = parser.unwrap(node)
    if not parser.is_message(inner) or parser.kind(inner) == "SubLink":
        return
    if parser.kind(inner) == "ColumnRef":
        *prefix, column = parser.strings(inner.fields) or ("",)
        if column and (not prefix or prefix in ([table.name], list(table))):
            yield column
        return
    for child in parser.children(inner):
        yield from _own(child, table)


@parser.remembered
def callers(node: Any) -> tuple[str, ...]:
    """The columns that a condition compares with the caller's id, as in `owner = (select auth.uid())`."""
    return tuple(_callers(node))


def _callers(node: Any) -> Iterator[str]:
    for one in parser.walk(node):
        if parser.kind(one) == "A_Expr" and parser.strings(one.name) == ("=",):
            sides = [parser.unwrap(one.lexpr), parser.unwrap(one.rexpr)]
            texts = [parser.expression(one.lexpr), parser.expression(one.rexpr)]
            for side, other in ((sides[0], texts[1]), (sides[1], texts[0])):
                if parser.kind(side) == "ColumnRef" and "auth.uid()" in other and parser.strings(side.fields):
                    yield parser.strings(side.fields)[-1]


@parser.remembered
def wrapped_columns(node: Any, table: Name) -> tuple[str, ...]:
    """Expressions that a policy compares with the caller and that are made of a column, as in `lower(email) = ...`."""
    return tuple(_wrapped(node, table))


def _wrapped(node: Any, table: Name) -> Iterator[str]:
    inner = parser.unwrap(node)
    if not parser.is_message(inner) or parser.kind(inner) == "SubLink":
        return
    if parser.kind(inner) == "A_Expr" and parser.strings(inner.name) == ("=",):
        for side, other in ((inner.lexpr, inner.rexpr), (inner.rexpr, inner.lexpr)):
            made = parser.unwrap(side)
            if parser.kind(made) == "FuncCall" and "auth." in parser.expression(other):
                named = own_columns(made, table)
                if named and "auth." not in parser.expression(side):
                    yield parser.expression(side)
    for child in parser.children(inner):
        yield from _wrapped(child, table)
