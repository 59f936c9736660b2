"""What an expression of a block comes to, as far as literals, variables and the system catalogs tell; else UNKNOWN."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from gate.audit import quoting
from gate.audit.replay import functions, parser
from gate.audit.replay.state import MIGRATOR, Refused, State


class Unknown:
    """The third value: only the server could tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
MANY = 200_000  # pairs of rows that a join may look at


@dataclass(frozen=True, slots=True)
class Frame:
    """Names in sight: variables by name, rows by alias."""

    values: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Frames = tuple[Frame, ...]


def known(*values: Any) -> bool:
    """Whether none of them is UNKNOWN."""
    return all(value is not UNKNOWN for value in values)


def evaluate(state: State, node: Any, frames: Frames) -> Any:
    """The value of an expression; None is NULL."""
    inner = parser.unwrap(node)
    handler = EXPRESSIONS.get(parser.kind(inner))
    return handler(state, inner, frames) if handler else UNKNOWN


def _constant(_state: State, node: Any, _frames: Frames) -> Any:
    match None if node.isnull else node.WhichOneof("val"):
        case "sval":
            return node.sval.sval
        case "boolval":
            return bool(node.boolval.boolval)
        case "ival":
            return int(node.ival.ival)
        case "fval":
            return float(node.fval.fval)
    return None


def _column(_state: State, node: Any, frames: Frames) -> Any:
    fields = parser.strings(node.fields)
    if len(fields) == 1:
        for frame in reversed(frames):
            for row in frame.rows.values():
                if fields[0] in row:
                    return row[fields[0]]
            if fields[0] in frame.rows:
                return dict(frame.rows[fields[0]])
            if fields[0] in frame.values:
                return frame.values[fields[0]]
    elif len(fields) == 2:
        for frame in reversed(frames):
            holder = frame.rows.get(fields[0], frame.values.get(fields[0]))
            if isinstance(holder, Mapping):
                return holder.get(fields[1], UNKNOWN)
    return UNKNOWN


def _cast(state: State, node: Any, frames: Frames) -> Any:
    value = evaluate(state, node.arg, frames)
    kind = parser.type_text(node.type_name)
    if not isinstance(value, str):
        return value
    match kind:
        case "regclass":
            return regclass(state, value)
        case "regprocedure" if "(" in value:
            return _regprocedure(state, value)
        case "regnamespace" | "text" | "name" | "varchar" | "regprocedure" | "regproc" | "oid" | "regtype":
            return value
        case "bool":
            return value.lower() in {"t", "true", "on", "yes", "1"}
        case "int4" | "int8" | "int2":
            return int(value) if re.fullmatch(r"-?\d+", value) else UNKNOWN
        case "_text" | "_name" | "_varchar":
            return value.strip("{}").split(",") if value != "{}" else []
    return value


def regclass(state: State, word: str) -> str:
    """A relation's canonical name. Postgres refuses one that is not there."""
    name = state.spelled(word)
    catalog = state.catalog
    if name not in catalog.tables and name not in catalog.views and name not in catalog.sequences:
        state.missing(f"table {name} was never created")
    return quoting.spelled(name)


def _regprocedure(state: State, word: str) -> str:
    found = functions.oid(state, word)
    if found is None:
        state.missing(f"function {word} was never created")
    return quoting.signature(found)


def _array(state: State, node: Any, frames: Frames) -> Any:
    values = [evaluate(state, one, frames) for one in node.elements]
    return values if known(*values) else UNKNOWN


def _logic(state: State, node: Any, frames: Frames) -> Any:
    operator_name = parser.enum(node, "boolop")
    if operator_name == "NOT_EXPR":
        value = evaluate(state, node.args[0], frames)
        return (not value) if isinstance(value, bool) else value
    decisive = operator_name == "OR_EXPR"
    values = []
    for one in node.args:
        value = evaluate(state, one, frames)
        if value is decisive:
            return decisive
        values.append(value)
    return _undecided(values, decided=not decisive)


def _undecided(values: list[Any], *, decided: bool) -> Any:
    return UNKNOWN if not known(*values) else None if None in values else decided


def _null_test(state: State, node: Any, frames: Frames) -> Any:
    value = evaluate(state, node.arg, frames)
    if value is UNKNOWN:
        return UNKNOWN
    return (value is None) == (parser.enum(node, "nulltesttype") == "IS_NULL")


def _operator(state: State, node: Any, frames: Frames) -> Any:
    symbol = parser.strings(node.name)[-1] if len(node.name) else ""
    left = evaluate(state, node.lexpr, frames) if parser.present(node, "lexpr") else None
    kind = parser.enum(node, "kind")
    if kind == "AEXPR_IN":
        options = [evaluate(state, one, frames) for one in parser.items(node.rexpr)]
        if not known(left, *options):
            return UNKNOWN
        return (left in options) == (symbol == "=")
    right = evaluate(state, node.rexpr, frames)
    if not known(left, right):
        return UNKNOWN
    if kind in {"AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"}:
        return (left != right) == (kind == "AEXPR_DISTINCT")
    if left is None or right is None:
        return None
    if kind in {"AEXPR_OP_ANY", "AEXPR_OP_ALL"}:
        return _over_array(symbol, left, right, all_of_them=kind == "AEXPR_OP_ALL")
    return compare(symbol, left, right)


def _over_array(symbol: str, left: Any, right: Any, *, all_of_them: bool) -> Any:
    if not isinstance(right, list):
        return UNKNOWN
    answers = [compare(symbol, left, one) for one in right]
    if not known(*answers):
        return UNKNOWN
    return all(answers) if all_of_them else any(answers)


def compare(name: str, left: Any, right: Any) -> Any:
    """A binary operator over known values."""
    try:
        return OPERATORS[name](left, right) if name in OPERATORS else UNKNOWN
    except (TypeError, ValueError, re.error):
        return UNKNOWN


def _joined(left: Any, right: Any) -> Any:
    return [*left, right] if isinstance(left, list) else text(left) + text(right)


def _matches(value: str, pattern: str) -> bool:
    return re.search(pattern, value) is not None


def _matches_any_case(value: str, pattern: str) -> bool:
    return re.search(pattern, value, re.IGNORECASE) is not None


def _like(value: str, pattern: str, *, insensitive: bool = False) -> bool:
    parts = re.split(r"(\\.|%|_)", pattern)
    regex = "".join({"%": ".*", "_": "."}.get(part, re.escape(part.removeprefix("\\"))) for part in parts)
    return re.fullmatch(regex, value, (re.IGNORECASE if insensitive else 0) | re.DOTALL) is not None


OPERATORS: MappingProxyType[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "=": operator.eq,
        "<>": operator.ne,
        "<": operator.lt,
        ">": operator.gt,
        "<=": operator.le,
        ">=": operator.ge,
        "+": operator.add,
        "-": operator.sub,
        "||": _joined,
        "~~": _like,
        "~~*": partial(_like, insensitive=True),
        "!~~": lambda left, right: not _like(left, right),
        "!~~*": lambda left, right: not _like(left, right, insensitive=True),
        "~": _matches,
        "~*": _matches_any_case,
        "!~": lambda left, right: not _matches(left, right),
        "!~*": lambda left, right: not _matches_any_case(left, right),
    }
)


def text(value: Any) -> str:
    """A value as Postgres prints it."""
    match value:
        case None:
            return ""
        case bool():
            return "t" if value else "f"
        case list():
            return "{" + ",".join(map(text, value)) + "}"
    return str(value)


def _sublink(state: State, node: Any, frames: Frames) -> Any:
    found = select(state, parser.unwrap(node.subselect), frames)
    if found is UNKNOWN:
        return UNKNOWN
    match parser.enum(node, "sub_link_type"):
        case "EXISTS_SUBLINK":
            return bool(found)
        case "EXPR_SUBLINK":
            return next(iter(found[0].values()), None) if found else None
        case "ARRAY_SUBLINK":
            return [next(iter(row.values()), None) for row in found]
        case "ANY_SUBLINK":
            left = evaluate(state, node.testexpr, frames)
            options = [next(iter(row.values()), None) for row in found]
            return left in options if known(left, *options) else UNKNOWN
    return UNKNOWN


def _coalesce(state: State, node: Any, frames: Frames) -> Any:
    for one in node.args:
        value = evaluate(state, one, frames)
        if value is not None:
            return value
    return None


def _case(state: State, node: Any, frames: Frames) -> Any:
    given = evaluate(state, node.arg, frames) if parser.present(node, "arg") else None
    for when in map(parser.unwrap, node.args):
        answer = evaluate(state, when.expr, frames)
        if parser.present(node, "arg"):
            answer = compare("=", given, answer) if known(given, answer) else UNKNOWN
        if answer is UNKNOWN:
            return UNKNOWN
        if answer:
            return evaluate(state, when.result, frames)
    return evaluate(state, node.defresult, frames) if parser.present(node, "defresult") else None


def _function(state: State, node: Any, frames: Frames) -> Any:
    name = parser.strings(node.funcname)[-1]
    given = [evaluate(state, one, frames) for one in node.args]
    if name == "coalesce":
        return next((one for one in given if one is not None), None)
    if name in {"to_regclass", "to_regprocedure"}:
        look_up = regclass if name == "to_regclass" else _regprocedure
        try:
            return look_up(state, given[0]) if isinstance(given[0], str) else UNKNOWN
        except Refused:
            return None
    if name == "current_schema":
        return state.home
    if not known(*given) or name not in FUNCTIONS:
        return UNKNOWN
    try:
        return FUNCTIONS[name](*given)
    except (TypeError, ValueError, IndexError, AttributeError):
        return UNKNOWN


def format_text(pattern: str, *given: Any) -> str:
    """format() with %s, %I and %L, by order or by position."""
    queue = iter(given)

    def one(found: re.Match[str]) -> str:
        if found.group() == "%%":
            return "%"
        at = found.group(1)
        value = given[int(at[:-1]) - 1] if at else next(queue)
        match found.group(2):
            case "I":
                return quoting.quoted(text(value))
            case "L":
                return literal(value)
        return text(value)

    return re.sub(r"%%|%(\d+\$)?-?\d*([sIL])", one, pattern)


def literal(value: Any) -> str:
    """quote_nullable()."""
    return "NULL" if value is None else "'" + text(value).replace("'", "''") + "'"


FUNCTIONS: MappingProxyType[str, Callable[..., Any]] = MappingProxyType(
    {
        "format": format_text,
        "quote_ident": quoting.quoted,
        "quote_literal": literal,
        "quote_nullable": literal,
        "concat": lambda *words: "".join(map(text, words)),
        "concat_ws": lambda joint, *words: text(joint).join(text(word) for word in words if word is not None),
        "lower": lambda word: word.lower(),
        "upper": lambda word: word.upper(),
        "btrim": lambda word, what=" ": word.strip(what),
        "replace": lambda word, old, new: word.replace(old, new),
        "left": lambda word, count: word[:count],
        "array_length": lambda items, _dimension: len(items) or None,
        "cardinality": len,
        "string_to_array": lambda word, joint: word.split(joint),
        "array_to_string": lambda items, joint: joint.join(map(text, items)),
        "pg_get_function_identity_arguments": lambda oid: oid.partition("(")[2].removesuffix(")"),
        "length": len,
    }
)


def _name_of(state: State, node: Any, _frames: Frames) -> Any:
    """CURRENT_USER and its kin."""
    match parser.enum(node, "op"):
        case "SVFOP_CURRENT_USER" | "SVFOP_CURRENT_ROLE" | "SVFOP_USER":
            return state.role
        case "SVFOP_SESSION_USER":
            return MIGRATOR
    return UNKNOWN


def select(state: State, query: Any, frames: Frames) -> Any:
    """The rows of a query, each a dictionary, or UNKNOWN."""
    from gate.audit.replay import queries

    return queries.select(state, query, frames)


EXPRESSIONS: MappingProxyType[str, Callable[[State, Any, Frames], Any]] = MappingProxyType(
    {
        "A_Const": _constant,
        "ColumnRef": _column,
        "TypeCast": _cast,
        "A_ArrayExpr": _array,
        "BoolExpr": _logic,
        "NullTest": _null_test,
        "A_Expr": _operator,
        "SubLink": _sublink,
        "CoalesceExpr": _coalesce,
        "CaseExpr": _case,
        "FuncCall": _function,
        "SQLValueFunction": _name_of,
    }
)
