"""Which arguments of a PL/pgSQL function become text of the SQL that it EXECUTEs."""

import re
from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Function
from gate.audit.replay import parser

TEXTS = {"text", "varchar", "bpchar", "name", "json", "jsonb", "_text", "_varchar", "unknown"}
QUOTING = {"quote_ident", "quote_literal", "quote_nullable", "to_regclass", "length", "count", "md5", "digest"}
SPEC = re.compile(r"%(?:(\d+)\$)?-?\d*([sIL%])")
DYNAMIC = {"PLpgSQL_stmt_dynexecute": "query", "PLpgSQL_stmt_dynfors": "query", "PLpgSQL_stmt_return_query": "dynquery"}
ASSIGNED = re.compile(r'^\s*"?(\w+)"?\s*:?=\s*', re.DOTALL)
NAMES = {"text", "varchar", "name", "regclass"}
BEFORE_TABLE = re.compile(r"\b(from|join|into|update|table|truncate)\s+(only\s+)?([\w\"]+\.|%I\.)?\"?$", re.IGNORECASE)
RETURNS = ("void", "text", "setof record")  # the parser refuses a RETURN that does not fit


def injected(function: Function) -> tuple[str, ...]:
    """The text arguments that reach an EXECUTE unquoted and unchecked."""
    body = function.body
    if function.language != "plpgsql" or not re.search(r"\bexecute\b", body, re.IGNORECASE):
        return ()
    trees = (parser.parse_body(body, returns=kind) for kind in RETURNS)
    tree = next((found for found in trees if found), None)
    carried = {name: {name} for name, kind in function.arguments if name and kind in TEXTS and not _checked(name, body)}
    assignments = [found for found in map(_assignment, _all(tree, "PLpgSQL_stmt_assign")) if found]
    for _ in assignments:  # a variable may be built from one that is built later in the text, as in a loop
        before = {name: set(held) for name, held in carried.items()}
        for variable, node in assignments:
            carried.setdefault(variable, set()).update(_reaching(node, carried))
        if before == carried:
            break
    found: set[str] = set()
    for kind, key in DYNAMIC.items():
        for statement in _all(tree, kind):
            node = _expression(statement.get(key, {}).get("PLpgSQL_expr", {}).get("query", ""))
            found |= _reaching(node, carried) if node is not None else set()
    return tuple(name for name, _ in function.arguments if name in found)


def _checked(name: str, body: str) -> bool:
    """Whether the body compares the argument with a list, a pattern or the catalogs before it uses it."""
    word = re.escape(name)
    listed = rf"\b{word}\s*(not\s+in|in|!?~\*?|<>\s*all|=\s*any|not\s+similar|similar)\b|\b{word}\s*!?~"
    looked_up = rf"(table_name|tablename|relname|column_name|proname|attname)\s*=\s*{word}\b"
    return bool(re.search(listed, body, re.IGNORECASE) or re.search(looked_up, body, re.IGNORECASE))


def _all(tree: Any, kind: str) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == kind:
                yield value
            yield from _all(value, kind)
    elif isinstance(tree, list):
        for one in tree:
            yield from _all(one, kind)


def _assignment(statement: dict[str, Any]) -> tuple[str, Any] | None:
    text = statement.get("expr", {}).get("PLpgSQL_expr", {}).get("query", "")
    match = ASSIGNED.match(text)
    node = _expression(text[match.end() :]) if match else None
    return (match.group(1), node) if match and node is not None else None


def _expression(text: str) -> Any:
    trees = parser.parse(f"select {text}") if text else ()
    query = parser.unwrap(trees[0]) if len(trees) == 1 else None
    return parser.unwrap(query.target_list[0]).val if query is not None and len(query.target_list) else None


def _reaching(node: Any, carried: dict[str, set[str]]) -> set[str]:
    """The arguments whose own text is part of an expression's value."""
    inner = parser.unwrap(node)
    match parser.kind(inner):
        case "ColumnRef":
            names = parser.strings(inner.fields)
            return set(carried.get(names[-1], ())) if names else set()
        case "A_Expr":
            joined = parser.strings(inner.name)[-1:] in {("||",), ("->>",), ("->",)}
            return _reaching(inner.lexpr, carried) | _reaching(inner.rexpr, carried) if joined else set()
        case "TypeCast":
            return _reaching(inner.arg, carried) if parser.type_text(inner.type_name) in TEXTS else set()
        case "FuncCall":
            return _of_call(inner, carried)
        case "CaseExpr":
            parts = [parser.unwrap(one).result for one in inner.args] + [inner.defresult]
            return {name for part in parts for name in _reaching(part, carried)}
        case "CoalesceExpr":
            return {name for part in inner.args for name in _reaching(part, carried)}
    return set()


def _of_call(call: Any, carried: dict[str, set[str]]) -> set[str]:
    name = parser.strings(call.funcname)[-1]
    if name in QUOTING:
        return set()
    values = list(call.args)
    if name == "format" and values:
        template = parser.literal(values[0])
        if template is not None:
            values = list(_unquoted(template, values[1:]))
    return {found for one in values for found in _reaching(one, carried)}


def _unquoted(template: str, values: list[Any]) -> Iterator[Any]:
    """What a format() puts in as it is, by %s."""
    at = 0
    for position, letter in SPEC.findall(template):
        if letter == "%":
            continue
        at = int(position) if position else at + 1
        if letter == "s" and at <= len(values):
            yield values[at - 1]


def named_relations(function: Function) -> tuple[str, ...]:
    """The arguments that say which table an EXECUTE of a PL/pgSQL function is about, quoted as they should be."""
    body = function.body
    if function.language != "plpgsql" or not re.search(r"\bexecute\b", body, re.IGNORECASE):
        return ()
    names = {name for name, kind in function.arguments if name and kind in NAMES and not _checked(name, body)}
    trees = (parser.parse_body(body, returns=kind) for kind in RETURNS if names)
    tree = next((one for one in trees if one), None)
    texts = [
        statement.get(key, {}).get("PLpgSQL_expr", {}).get("query", "")
        for kind, key in (*DYNAMIC.items(), ("PLpgSQL_stmt_assign", "expr"))
        for statement in _all(tree, kind)
    ]
    found: set[str] = set()
    for text in texts:
        match = ASSIGNED.match(text)
        node = _expression(text[match.end() :] if match else text)
        found.update(name for one in parser.walk(node) for name in _tables_of(one))
    return tuple(name for name, _ in function.arguments if name in names and name in found)


def _tables_of(node: Any) -> Iterator[str]:
    """The names that stand where a table does, in a format() or a concatenation."""
    if parser.kind(node) == "FuncCall" and parser.strings(node.funcname)[-1] == "format" and len(node.args):
        template, at = parser.literal(node.args[0]) or "", 0
        for spec in SPEC.finditer(template):
            if spec.group(2) == "%":
                continue
            at = int(spec.group(1)) if spec.group(1) else at + 1
            if BEFORE_TABLE.search(template[: spec.start()]) and at < len(node.args):
                yield from _bare_names(node.args[at])
    elif parser.kind(node) == "A_Expr" and parser.strings(node.name) == ("||",):
        left = parser.unwrap(node.lexpr)
        if parser.kind(left) == "A_Expr" and parser.strings(left.name) == ("||",):
            left = parser.unwrap(left.rexpr)
        if parser.kind(left) == "A_Const" and BEFORE_TABLE.search(parser.literal(left) or ""):
            yield from _bare_names(node.rexpr)


def _bare_names(node: Any) -> Iterator[str]:
    """The name that an expression passes on as it is, or quoted."""
    inner = parser.unwrap(node)
    if parser.kind(inner) == "ColumnRef":
        yield from parser.strings(inner.fields)[-1:]
    elif parser.kind(inner) == "TypeCast":
        yield from _bare_names(inner.arg)
    elif parser.kind(inner) == "FuncCall" and parser.strings(inner.funcname)[-1] == "quote_ident" and len(inner.args):
        yield from _bare_names(inner.args[0])
