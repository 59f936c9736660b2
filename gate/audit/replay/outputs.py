"""What a query gives: the names of its columns, and their types where they come straight from a known relation."""

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Column, Name
from gate.audit.replay import parser
from gate.audit.replay.naming import numbered
from gate.audit.replay.state import State

Source = tuple[str, list[Column] | None]  # an alias, and its columns where they are known
Ctes = dict[str, list[Column] | None]
NAMELESS = "?column?"
TYPED = {"count": "int8", "now": "timestamptz", "lower": "text", "upper": "text", "gen_random_uuid": "uuid"}


def of_query(state: State, query: Any, ctes: Ctes | None = None) -> list[Column] | None:
    """The columns of a SELECT in order; None where a `*` stands for something unknown."""
    if parser.kind(query) != "SelectStmt":
        return None
    known: Ctes = dict(ctes or {})
    for cte in map(parser.unwrap, query.with_clause.ctes) if parser.present(query, "with_clause") else ():
        found = of_query(state, parser.unwrap(cte.ctequery), known)
        known[cte.ctename] = _renamed(found, parser.strings(cte.aliascolnames))
    if parser.enum(query, "op") != "SETOP_NONE":
        return of_query(state, query.larg, known)
    if len(query.values_lists):
        row = parser.items(query.values_lists[0])
        return [Column(f"column{number}", "?") for number in range(1, len(row) + 1)]
    sources = [one for node in query.from_clause for one in _sources(state, parser.unwrap(node), known)]
    made: list[Column] = []
    for target in map(parser.unwrap, query.target_list):
        found = _target(target, sources)
        if found is None:
            return None
        made += found
    return made


def _renamed(columns: list[Column] | None, names: tuple[str, ...]) -> list[Column] | None:
    if columns is None:
        return None
    return [Column(names[at] if at < len(names) else one.name, one.type) for at, one in enumerate(columns)]


def _sources(state: State, node: Any, ctes: Ctes) -> Iterator[Source]:
    match parser.kind(node):
        case "RangeVar":
            alias = node.alias.aliasname if parser.present(node, "alias") else node.relname
            if not node.schemaname and node.relname in ctes:
                yield alias, ctes[node.relname]
                return
            name = state.found(node)
            yield alias, _renamed(relation(state, name), parser.strings(node.alias.colnames))
        case "RangeSubselect":
            found = of_query(state, parser.unwrap(node.subquery), ctes)
            yield node.alias.aliasname, _renamed(found, parser.strings(node.alias.colnames))
        case "JoinExpr" if len(node.using_clause) or node.is_natural:
            for alias, _ in (
                *_sources(state, parser.unwrap(node.larg), ctes),
                *_sources(state, parser.unwrap(node.rarg), ctes),
            ):
                yield alias, None
        case "JoinExpr":
            yield from _sources(state, parser.unwrap(node.larg), ctes)
            yield from _sources(state, parser.unwrap(node.rarg), ctes)
        case _:
            yield "", None


def relation(state: State, name: Name) -> list[Column] | None:
    """The columns of a table or view, as far as they are known."""
    table = state.catalog.tables.get(name)
    view = state.catalog.views.get(name)
    if table:
        return list(table.columns.values())
    return list(view.columns.values()) if view and view.columns else None


def _target(target: Any, sources: list[Source]) -> list[Column] | None:
    value = parser.unwrap(target.val)
    if parser.kind(value) == "ColumnRef" and parser.kind(value.fields[-1]) == "A_Star":
        wanted = parser.strings(value.fields)
        chosen = [one for one in sources if not wanted or one[0] == wanted[-1]]
        if any(columns is None for _, columns in chosen) or not chosen:
            return None
        return [Column(one.name, one.type) for _, columns in chosen for one in columns or ()]
    return [Column(target.name or label(value), _type(value, sources))]


def _type(value: Any, sources: list[Source]) -> str:
    match parser.kind(value):
        case "ColumnRef":
            *prefix, name = parser.strings(value.fields) or ("",)
            for alias, columns in sources:
                if prefix and alias != prefix[-1]:
                    continue
                found = next((one.type for one in columns or () if one.name == name), None)
                if found:
                    return found
        case "TypeCast":
            return parser.type_text(value.type_name)
        case "FuncCall":
            return TYPED.get(parser.strings(value.funcname)[-1], "?")
    return "?"


def label(node: Any) -> str:
    """What Postgres calls a column without a name, NAMELESS where nothing gives one."""
    handler = LABELS.get(parser.kind(node))
    return handler(node) if handler else NAMELESS


def _of_cast(node: Any) -> str:
    inner = label(parser.unwrap(node.arg))
    return inner if inner != NAMELESS else parser.type_text(node.type_name)


def _of_case(node: Any) -> str:
    inner = label(parser.unwrap(node.defresult)) if parser.present(node, "defresult") else NAMELESS
    return inner if inner != NAMELESS else "case"


def _of_member(node: Any) -> str:
    named = parser.strings(node.indirection)
    return named[-1] if named else label(parser.unwrap(node.arg))


def _of_sublink(node: Any) -> str:
    match parser.enum(node, "sub_link_type"):
        case "EXISTS_SUBLINK":
            return "exists"
        case "ARRAY_SUBLINK":
            return "array"
        case "EXPR_SUBLINK":
            query = parser.unwrap(node.subselect)
            if len(query.target_list):
                target = parser.unwrap(query.target_list[0])
                return target.name or label(parser.unwrap(target.val))
    return NAMELESS


LABELS: MappingProxyType[str, Callable[[Any], str]] = MappingProxyType(
    {
        "ColumnRef": lambda node: parser.strings(node.fields)[-1],
        "FuncCall": lambda node: parser.strings(node.funcname)[-1],
        "TypeCast": _of_cast,
        "CoalesceExpr": lambda _node: "coalesce",
        "CaseExpr": _of_case,
        "MinMaxExpr": lambda node: "greatest" if parser.enum(node, "op") == "IS_GREATEST" else "least",
        "SubLink": _of_sublink,
        "A_ArrayExpr": lambda _node: "array",
        "RowExpr": lambda _node: "row",
        "A_Indirection": _of_member,
        "CollateClause": lambda node: label(parser.unwrap(node.arg)),
        "SQLValueFunction": lambda node: parser.enum(node, "op").removeprefix("SVFOP_").removesuffix("_N").lower(),
    }
)


def index_words(keys: Iterable[str], expressions: Iterable[Any]) -> list[str]:
    """The words from which the name of an index is made up: its columns, and what its expressions are called."""
    rest = iter(expressions)
    words = (key or label(parser.unwrap(next(rest))) for key in keys)
    return numbered("expr" if word == NAMELESS else word for word in words)
