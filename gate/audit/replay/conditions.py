"""What a condition is made of: its alternatives and demands, and whether one asks only whose row it is."""

from collections.abc import Iterator
from typing import Any

from gate.audit.replay import parser

CALLER = {"uid", "jwt", "email"}


@parser.remembered
def own_row(node: Any) -> bool:
    """Whether one alternative lets a user through merely because the row is the user's own."""
    return any(_own(list(demands(one))) for one in alternatives(node))


def alternatives(node: Any) -> Iterator[Any]:
    """The alternatives of an OR."""
    yield from _parts(node, "OR_EXPR")


def demands(node: Any) -> Iterator[Any]:
    """The demands of an AND."""
    yield from _parts(node, "AND_EXPR")


def _parts(node: Any, operator: str) -> Iterator[Any]:
    inner = parser.unwrap(node)
    if parser.kind(inner) == "BoolExpr" and parser.enum(inner, "boolop") == operator:
        for one in inner.args:
            yield from _parts(one, operator)
    elif parser.is_message(inner):
        yield node


def nobody(node: Any) -> bool:
    """`auth.uid() is null`, or the role of those who are not signed in."""
    inner = parser.unwrap(node)
    if parser.kind(inner) == "NullTest":
        return parser.enum(inner, "nulltesttype") == "IS_NULL" and _caller(_bare(inner.arg))
    if parser.kind(inner) == "A_Expr" and parser.strings(inner.name) == ("=",):
        sides = [inner.lexpr, inner.rexpr]
        asked = any(parser.kind(_bare(one)) == "FuncCall" and _named(_bare(one)) == ("auth", "role") for one in sides)
        return asked and any(parser.literal(one) == "anon" for one in sides)
    return False


def _named(call: Any) -> tuple[str, ...]:
    return parser.strings(call.funcname)


def _own(parts: list[Any]) -> bool:
    return any(map(_names_the_owner, parts)) and all(_names_the_owner(one) or not _asks_more(one) for one in parts)


def _names_the_owner(node: Any) -> bool:
    """`column = auth.uid()`, either way round, with or without a sub-select and casts."""
    inner = parser.unwrap(node)
    if parser.kind(inner) != "A_Expr" or parser.strings(inner.name) != ("=",):
        return False
    sides = [_bare(inner.lexpr), _bare(inner.rexpr)]
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


def listed(node: Any) -> str:
    """What is compared with a list of constants, as in `state in ('open', 'closed')`; '' for another condition."""
    inner = parser.unwrap(node)
    if parser.kind(inner) != "A_Expr":
        return ""
    if parser.enum(inner, "kind") == "AEXPR_IN" and parser.strings(inner.name) == ("=",):
        return parser.expression(inner.lexpr)
    if parser.enum(inner, "kind") == "AEXPR_OP_ANY" and parser.strings(inner.name) == ("=",):
        return parser.expression(inner.lexpr)
    return ""


def bound(node: Any) -> tuple[str, str, float] | None:
    """A bound on something, as in `balance >= 0`: what, '>' or '<', and the number."""
    inner = parser.unwrap(node)
    sign = parser.strings(inner.name)[-1:] if parser.kind(inner) == "A_Expr" else ()
    if sign not in {(">",), (">=",), ("<",), ("<=",)}:
        return None
    number = parser.literal(inner.rexpr)
    try:
        value = float(number) if number is not None else None
    except ValueError:
        value = None
    return None if value is None else (parser.expression(inner.lexpr), sign[0][0], value)


def holds(demand: Any, node: Any) -> bool:
    """Whether a CHECK demands at least this much: the same, a higher bound, or a list of values for the same thing."""
    text = parser.expression(demand)
    for one in demands(node):
        if parser.expression(one) == text or (listed(demand) and listed(demand) == listed(one)):
            return True
        before, after = bound(demand), bound(one)
        if before and after and before[:2] == after[:2]:
            return after[2] >= before[2] if before[1] == ">" else after[2] <= before[2]
    return False


@parser.remembered
def always_holds(node: Any) -> bool:
    """Whether a condition holds for every row by its form: `true`, two equal constants, `x or not x`."""
    ways = list(alternatives(node))
    texts = [parser.expression(one) for one in ways]
    opposite = {text for one in ways for text in _denied(one)}
    if any(text in opposite for text in texts) or any(map(_constant, ways)):
        return True
    parts = list(demands(node))
    return len(parts) > 1 and all(map(always_holds, parts))


def _denied(node: Any) -> Iterator[str]:
    """The texts of what a condition is the opposite of."""
    inner = parser.unwrap(node)
    if parser.kind(inner) == "BoolExpr" and parser.enum(inner, "boolop") == "NOT_EXPR":
        yield parser.expression(inner.args[0])
    elif parser.kind(inner) == "NullTest" and parser.enum(inner, "nulltesttype") == "IS_NOT_NULL":
        yield parser.expression(node).replace(" IS NOT NULL", " IS NULL")


def _constant(node: Any) -> bool:
    """`true`, or an equality of two equal constants."""
    inner = parser.unwrap(node)
    if parser.kind(inner) == "A_Expr" and parser.strings(inner.name) == ("=",):
        sides = [parser.literal(inner.lexpr), parser.literal(inner.rexpr)]
        return sides[0] is not None and sides[0] == sides[1]
    return parser.kind(inner) == "A_Const" and parser.literal(node) == "true"


def compares_role(node: object) -> bool:
    """Whether a condition compares a column with current_user, session_user or their like."""
    for one in parser.walk(node):
        if parser.kind(one) == "A_Expr" and parser.strings(one.name) == ("=",):
            kinds = {parser.kind(_bare(side)) for side in (one.lexpr, one.rexpr)}
            if kinds == {"SQLValueFunction", "ColumnRef"}:
                return True
    return False
