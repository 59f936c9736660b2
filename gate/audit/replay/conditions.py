"""What a condition is made of: its alternatives, and whether one of them asks only whose row it is."""

from collections.abc import Iterator
from typing import Any

from gate.audit.replay import parser

CALLER = {"uid", "jwt", "email"}


def own_row(node: Any) -> bool:
    """Whether one alternative lets a user through merely because the row is the user's own."""
    return any(_own(list(_all_of(one))) for one in _any_of(parser.unwrap(node)))


def _any_of(node: Any) -> Iterator[Any]:
    """The alternatives of an OR."""
    if parser.kind(node) == "BoolExpr" and parser.enum(node, "boolop") == "OR_EXPR":
        for one in node.args:
            yield from _any_of(parser.unwrap(one))
    elif parser.is_message(node):
        yield node


def _all_of(node: Any) -> Iterator[Any]:
    """The demands of an AND."""
    if parser.kind(node) == "BoolExpr" and parser.enum(node, "boolop") == "AND_EXPR":
        for one in node.args:
            yield from _all_of(parser.unwrap(one))
    elif parser.is_message(node):
        yield node


def _own(demands: list[Any]) -> bool:
    return any(map(_names_the_owner, demands)) and all(_names_the_owner(one) or not _asks_more(one) for one in demands)


def _names_the_owner(node: Any) -> bool:
    """`column = auth.uid()`, either way round, with or without a sub-select and casts."""
    if parser.kind(node) != "A_Expr" or parser.strings(node.name) != ("=",):
        return False
    sides = [_bare(node.lexpr), _bare(node.rexpr)]
    return any(map(_caller, sides)) and any(parser.kind(side) == "ColumnRef" for side in sides)


def _bare(node: Any) -> Any:
    """An operand without casts and without the sub-select that is written for speed."""
    inner = parser.unwrap(node)
    while True:
        if parser.kind(inner) == "TypeCast":
            inner = parser.unwrap(inner.arg)
        elif parser.kind(inner) == "SubLink" and parser.enum(inner, "sub_link_type") == "EXPR_SUBLINK":
            query = parser.unwrap(inner.subselect)
            if len(query.from_clause) or len(query.target_list) != 1:
                return inner
            inner = parser.unwrap(parser.unwrap(query.target_list[0]).val)
        else:
            return inner


def _caller(node: Any) -> bool:
    if parser.kind(node) != "FuncCall":
        return False
    names = parser.strings(node.funcname)
    return names[-1] in CALLER and names[:-1] in {("auth",), ()}


def _asks_more(node: Any) -> bool:
    """Whether a demand looks beyond the row: a function of the project, or another table."""
    for one in parser.walk(node):
        if parser.kind(one) == "RangeVar":
            return True
        if (
            parser.kind(one) == "FuncCall"
            and len(one.funcname) > 1
            and parser.strings(one.funcname)[0] not in {"auth", "pg_catalog"}
        ):
            return True
    return False
