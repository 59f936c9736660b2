"""How a condition matches texts: patterns that hold something of the caller, and patterns that the caller's e-mail must fit."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gate.audit.replay import parser

LIKE = {"AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_SIMILAR"}
REGEXES = {("~",), ("~*",)}
SEARCHES = {"strpos", "position"}


class Match(NamedTuple):
    """A pattern with something of the caller: `uid`, `email` or another `claim`, anywhere in the text or from its start."""

    claim: str
    anywhere: bool


class Domain(NamedTuple):
    """A pattern that the caller's e-mail address must fit, and whether anything may follow it."""

    pattern: str
    open_ended: bool


def matches(node: object) -> Iterator[Match]:
    """The matches of a condition whose pattern holds something of the caller."""
    for one in parser.walk(node):
        if parser.kind(one) == "A_Expr" and _is_match(one):
            parts = list(_joined(one.rexpr))
            claims = [claim_of(part) for part in parts]
            at = next((number for number, claim in enumerate(claims) if claim), None)
            if at is not None:
                start = (parser.literal(parts[0]) or "") if at else ""
                yield Match(claims[at] or "", start.startswith("%") or (_regex(one) and not start.startswith("^")))
        elif parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[-1] in SEARCHES:
            claim = next((claim for part in one.args if (claim := claim_of(part))), None)
            if claim:
                yield Match(claim, anywhere=True)


def domains(node: object) -> Iterator[Domain]:
    """The patterns of a condition that the caller's e-mail address must fit, and comparisons of its domain alone."""
    for one in parser.walk(node):
        if parser.kind(one) != "A_Expr" or claim_of(one.lexpr) != "email":
            continue
        pattern = parser.literal(one.rexpr)
        if pattern is not None and _is_match(one):
            yield Domain(pattern, not pattern.endswith("$") if _regex(one) else pattern.endswith("%"))
        elif pattern is not None and parser.strings(one.name) == ("=",) and _cut_at_the_sign(one.lexpr):
            yield Domain(pattern, open_ended=False)


def claim_of(node: object) -> str | None:
    """What of the caller an expression holds: `uid`, `email`, another `claim`; None for nothing."""
    called = {
        parser.strings(one.funcname)[-1]
        for one in parser.walk(node)
        if parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[:-1] in {("auth",), ()}
    }
    if "jwt" in called:
        words = {parser.literal(one) for one in parser.walk(node) if parser.kind(one) == "A_Const"}
        return "email" if "email" in words else "claim"
    return next((name for name in ("uid", "email") if name in called), None)


def _cut_at_the_sign(node: object) -> bool:
    return any(
        parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[-1] in {"split_part", "substring", "right"}
        for one in parser.walk(node)
    )


def _is_match(node: Any) -> bool:
    return parser.enum(node, "kind") in LIKE or _regex(node)


def _regex(node: Any) -> bool:
    return parser.enum(node, "kind") == "AEXPR_OP" and parser.strings(node.name) in REGEXES


def _joined(node: Any) -> Iterator[Any]:
    """The parts of a concatenation."""
    inner = parser.unwrap(node)
    if parser.kind(inner) == "A_Expr" and parser.strings(inner.name) == ("||",):
        yield from _joined(inner.lexpr)
        yield from _joined(inner.rexpr)
    else:
        yield node


def compares_email(node: object) -> bool:
    """Whether a condition compares a column with the caller's address."""
    for one in parser.walk(node):
        if parser.kind(one) == "A_Expr" and parser.strings(one.name) == ("=",):
            claims = [claim_of(side) for side in (one.lexpr, one.rexpr)]
            other = one.rexpr if claims[0] == "email" else one.lexpr
            if "email" in claims and None in claims and any(parser.kind(x) == "ColumnRef" for x in parser.walk(other)):
                return True
    return False


def constant_identity(node: object) -> str | None:
    """The one account that a condition compares the caller with: its id or address as a constant."""
    for one in parser.walk(node):
        if parser.kind(one) == "A_Expr" and parser.strings(one.name) == ("=",):
            for asked, said in ((one.lexpr, one.rexpr), (one.rexpr, one.lexpr)):
                value = parser.literal(said)
                if value and claim_of(asked) in {"uid", "email"} and ("@" in value or value.count("-") == 4):
                    return value
    return None
