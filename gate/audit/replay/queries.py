"""Queries of a block over the system catalogs, literal lists and variables."""

from collections.abc import Iterator
from typing import Any

from gate.audit.replay import parser, system
from gate.audit.replay.state import State
from gate.audit.replay.values import MANY, UNKNOWN, Frame, Frames, evaluate, known

Row = dict[str, Any]
Joined = dict[str, Row]  # rows by alias
WANTED = "what columns must hold"  # no name of SQL: it holds blanks and stands in a frame of its own
AGGREGATES = {"count", "array_agg", "string_agg", "bool_or", "max", "min"}


def select(state: State, query: Any, frames: Frames) -> Any:
    """The rows of a query, or UNKNOWN."""
    if parser.kind(query) != "SelectStmt":
        return UNKNOWN
    for cte in map(parser.unwrap, query.with_clause.ctes) if parser.present(query, "with_clause") else ():
        found = select(state, parser.unwrap(cte.ctequery), frames)
        frames = (*frames, Frame({f"with {cte.ctename}": found}))
    if parser.enum(query, "op") != "SETOP_NONE":
        sides = [select(state, side, frames) for side in (query.larg, query.rarg)]
        return [*sides[0], *sides[1]] if known(*sides) else UNKNOWN
    if len(query.values_lists):
        return _values(state, query, frames)
    if len(query.group_clause):
        return UNKNOWN
    joined: Any = [{}]
    if len(query.from_clause) == 1 and parser.present(query, "where_clause"):
        frames = (*frames, Frame({WANTED: list(_equalities(state, parser.unwrap(query.where_clause), frames))}))
    for source in query.from_clause:
        joined = _times(joined, _source(state, parser.unwrap(source), (*_lateral(joined), *frames)))
        if joined is UNKNOWN:
            return UNKNOWN
    kept = _where(state, joined, query.where_clause if parser.present(query, "where_clause") else None, frames)
    if kept is UNKNOWN:
        return UNKNOWN
    return _limited(state, query, _targets(state, query, kept, frames), frames)


def _lateral(joined: list[Joined]) -> Frames:
    return (Frame({}, joined[0]),) if len(joined) == 1 else ()


def _values(state: State, query: Any, frames: Frames) -> Any:
    made = []
    for line in query.values_lists:
        values = [evaluate(state, one, frames) for one in parser.items(line)]
        made.append({f"column{number}": value for number, value in enumerate(values, 1)})
    return made


def _times(left: Any, right: Any) -> Any:
    if not known(left, right) or len(left) * len(right) > MANY:
        return UNKNOWN
    return [{**one, **other} for one in left for other in right]


def _where(state: State, joined: list[Joined], condition: Any, frames: Frames) -> Any:
    if condition is None:
        return joined
    kept = []
    for one in _narrowed(state, joined, condition, frames):
        answer = evaluate(state, condition, (*frames, Frame({}, one)))
        if answer is UNKNOWN:
            return UNKNOWN
        if answer:
            kept.append(one)
    return kept


def _narrowed(state: State, joined: list[Joined], condition: Any, frames: Frames) -> list[Joined]:
    """The rows that may pass, by the comparisons of a column with a constant alone: catalogs have thousands of rows."""
    for (_, column), value in _equalities(state, parser.unwrap(condition), frames):
        joined = [one for one in joined if _held(one, column, value) in {value, UNKNOWN}]
    return joined


def _equalities(state: State, condition: Any, frames: Frames) -> Iterator[tuple[tuple[str, str], str]]:
    """The alias, or '', and the name of each column that must hold a text."""
    if parser.kind(condition) == "BoolExpr" and parser.enum(condition, "boolop") == "AND_EXPR":
        for one in condition.args:
            yield from _equalities(state, parser.unwrap(one), frames)
    elif parser.kind(condition) == "A_Expr" and parser.strings(condition.name) == ("=",):
        left, right = parser.unwrap(condition.lexpr), parser.unwrap(condition.rexpr)
        if parser.enum(condition, "kind") == "AEXPR_OP" and parser.kind(left) == "ColumnRef" and _constant(right):
            value = evaluate(state, right, frames)
            fields = parser.strings(left.fields)
            if isinstance(value, str) and fields:
                yield (fields[-2] if len(fields) > 1 else "", fields[-1]), value


def _constant(node: Any) -> bool:
    return not any(parser.kind(one) in {"ColumnRef", "SubLink"} for one in parser.walk(node))


def _held(joined: Joined, column: str, value: Any) -> Any:
    """What the column holds where one row has it, or the value itself where that cannot be told."""
    held = [row[column] for row in joined.values() if column in row]
    return held[0] if len(held) == 1 and isinstance(held[0], str) else value


def _source(state: State, node: Any, frames: Frames) -> Any:
    match parser.kind(node):
        case "RangeVar":
            alias = node.alias.aliasname if parser.present(node, "alias") else node.relname
            found = _named(state, node, alias, frames)
            return found if found is UNKNOWN else [{alias: row} for row in found]
        case "RangeSubselect":
            inner = tuple(frame for frame in frames if WANTED not in frame.values)
            found = select(state, parser.unwrap(node.subquery), inner)
            return found if found is UNKNOWN else [{node.alias.aliasname: _renamed(row, node.alias)} for row in found]
        case "RangeFunction":
            return _from_function(state, node, frames)
        case "JoinExpr" if parser.enum(node, "jointype") == "JOIN_INNER":
            both = _times(
                _source(state, parser.unwrap(node.larg), frames), _source(state, parser.unwrap(node.rarg), frames)
            )
            return both if both is UNKNOWN else _where(state, both, node.quals, frames)
    return UNKNOWN


def _named(state: State, node: Any, alias: str, frames: Frames) -> Any:
    for frame in reversed(frames):
        if not node.schemaname and f"with {node.relname}" in frame.values:
            return frame.values[f"with {node.relname}"]
    equal = frames[-1].values.get(WANTED, ()) if frames else ()
    wanted = {column: value for (whose, column), value in equal if whose in {"", alias}}
    found = system.rows(state.catalog, node.schemaname, node.relname, wanted)
    return UNKNOWN if found is None else found


def _renamed(row: Row, alias: Any) -> Row:
    names = parser.strings(alias.colnames)
    return {names[at] if at < len(names) else name: value for at, (name, value) in enumerate(row.items())}


def _from_function(state: State, node: Any, frames: Frames) -> Any:
    call = parser.unwrap(parser.items(node.functions[0])[0])
    if parser.kind(call) == "FuncCall" and parser.strings(call.funcname)[-1] == "pg_event_trigger_ddl_commands":
        alias = node.alias.aliasname if parser.present(node, "alias") else "pg_event_trigger_ddl_commands"
        return [{alias: row} for row in state.commands]
    if parser.kind(call) != "FuncCall" or parser.strings(call.funcname)[-1] != "unnest" or len(call.args) != 1:
        return UNKNOWN
    array = evaluate(state, call.args[0], frames)
    if not isinstance(array, list):
        return UNKNOWN
    alias = node.alias.aliasname or "unnest"
    column = next(iter(parser.strings(node.alias.colnames)), alias)
    return [{alias: {column: value}} for value in array]


def _targets(state: State, query: Any, joined: list[Joined], frames: Frames) -> Any:
    targets = [parser.unwrap(node) for node in query.target_list]
    if any(_aggregate(target.val) for target in targets):
        values = [_folded(state, parser.unwrap(target.val), joined, frames) for target in targets]
        return [
            {
                target.name or f"column{at}": value
                for at, (target, value) in enumerate(zip(targets, values, strict=True))
            }
        ]
    made = []
    for one in joined:
        inner = (*frames, Frame({}, one))
        row: Row = {}
        for at, target in enumerate(targets):
            row.update(_target(state, target, (at, one), inner))
        made.append(row)
    if len(targets) == 1 and parser.kind(targets[0].val) == "FuncCall":
        made = list(_unnested(made, parser.strings(parser.unwrap(targets[0].val).funcname)[-1]))
    return made


def _unnested(rows: list[Row], name: str) -> Iterator[Row]:
    """SELECT unnest(array): one row for each member."""
    for row in rows:
        (label, value) = next(iter(row.items()))
        if name == "unnest" and isinstance(value, list):
            yield from ({label: one} for one in value)
        else:
            yield row


def _target(state: State, target: Any, place: tuple[int, Joined], frames: Frames) -> Row:
    at, joined = place
    value = parser.unwrap(target.val)
    if parser.kind(value) == "ColumnRef" and parser.kind(value.fields[-1]) == "A_Star":
        wanted = parser.strings(value.fields)
        return {
            name: one for alias, row in joined.items() if not wanted or wanted[0] == alias for name, one in row.items()
        }
    label = target.name
    if not label and parser.kind(value) == "ColumnRef":
        label = parser.strings(value.fields)[-1]
    if not label and parser.kind(value) == "FuncCall":
        label = parser.strings(value.funcname)[-1]
    if parser.kind(value) == "FuncCall" and parser.strings(value.funcname)[-1] == "unnest":
        return {label: evaluate(state, value.args[0], frames)}
    return {label or f"column{at}": evaluate(state, value, frames)}


def _aggregate(node: Any) -> bool:
    inner = parser.unwrap(node)
    return parser.kind(inner) == "FuncCall" and parser.strings(inner.funcname)[-1] in AGGREGATES


def _folded(state: State, call: Any, joined: list[Joined], frames: Frames) -> Any:
    name = parser.strings(call.funcname)[-1] if parser.kind(call) == "FuncCall" else ""
    if name == "count" and call.agg_star:
        return len(joined)
    values = [evaluate(state, call.args[0], (*frames, Frame({}, one))) for one in joined] if len(call.args) else []
    if not known(*values):
        return UNKNOWN
    match name:
        case "count":
            return sum(value is not None for value in values)
        case "array_agg":
            return values or None
        case "string_agg":
            joint = evaluate(state, call.args[1], frames)
            return joint.join(map(str, values)) if isinstance(joint, str) and values else None
        case "max" | "min" if values:
            return max(values) if name == "max" else min(values)
        case "bool_or" if values:
            return any(values)
    return UNKNOWN if values else None


def _limited(state: State, query: Any, rows: Any, frames: Frames) -> Any:
    if not parser.present(query, "limit_count"):
        return rows
    count = evaluate(state, query.limit_count, frames)
    return rows[:count] if isinstance(count, int) else UNKNOWN
