"""Whether a query only counts and adds up the rows of some tables, and which columns it names."""

from collections.abc import Collection, Iterator
from typing import Any

from gate.audit.catalog import Name
from gate.audit.replay import parser
from gate.audit.replay.references import ranges

TOTALS = {"count", "sum", "avg", "min", "max", "percentile_cont", "percentile_disc", "stddev", "bool_or", "bool_and"}


def only_totals(query: Any, tables: Collection[Name], keys: Collection[str]) -> bool:
    """Whether no row of the tables comes out by itself, nor a total for each value of a key."""
    scopes = (one for one in parser.walk(query) if parser.kind(one) == "SelectStmt")
    read = (one for one in scopes if {name for _, name in ranges(one.from_clause)} & set(tables))
    return all(_adds_up(one, keys) for one in read)


def columns(node: Any) -> Iterator[str]:
    """The names of the columns that are mentioned, `*` for all."""
    for one in parser.walk(node):
        if parser.kind(one) == "ColumnRef":
            yield (parser.strings(one.fields) or ("*",))[-1]


def _adds_up(query: Any, keys: Collection[str]) -> bool:
    totals = [call for target in query.target_list for call in _totals(target)]
    named = {name for target in query.target_list for name in _beside_totals(target)}
    if "*" in named or named & set(keys):
        return False
    return bool(totals) or len(query.group_clause) > 0


def _totals(node: Any) -> Iterator[Any]:
    for one in parser.walk(node):
        if _is_total(one):
            yield one


def _beside_totals(node: Any) -> Iterator[str]:
    """The columns of a target that stand in no total."""
    inner = parser.unwrap(node)
    if not parser.is_message(inner) or _is_total(inner):
        return
    if parser.kind(inner) == "ColumnRef":
        yield from columns(inner)
    for child in parser.children(inner):
        yield from _beside_totals(child)


def _is_total(node: Any) -> bool:
    return parser.kind(node) == "FuncCall" and parser.strings(node.funcname)[-1] in TOTALS and not node.HasField("over")
