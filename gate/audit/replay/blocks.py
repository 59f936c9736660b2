"""DO blocks and functions that are called: their PL/pgSQL is followed, statement by statement.

Conditions and loops are decided from literals, variables and the system catalogs. What depends on anything else is noted
as not followed, if it could touch what rules judge.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Function, Name
from gate.audit.replay import changes, parser
from gate.audit.replay.state import Refused, State
from gate.audit.replay.values import UNKNOWN, Frame, Frames, evaluate, select

DEEP = 5  # calls and blocks inside one another that are followed
ROUNDS = 10_000  # of one loop
ERROR = 21  # RAISE EXCEPTION's level
CHANGES = re.compile(r"\b(?:create|alter|drop|grant|revoke|execute|call|perform)\b", re.IGNORECASE)
ROWS = re.compile(r"\b(?:truncate|delete|update)\b", re.IGNORECASE)
SECURITY = re.compile(
    r"\b(policy|row level security|grant|revoke|security definer|security_invoker|(?:create|drop|alter) table)\b",
    re.IGNORECASE,
)
Node = dict[str, Any]


class Leave(Exception):  # noqa: N818 - a jump, not a fault
    """RETURN."""


class Jump(Exception):  # noqa: N818 - a jump, not a fault
    """EXIT or CONTINUE, of a labelled loop or of the innermost one."""

    def __init__(self, *, leaves: bool, label: str) -> None:
        super().__init__(label)
        self.leaves, self.label = leaves, label


@dataclass(slots=True)
class Block:
    """A running block: its variables by name, and their names by number."""

    state: State
    values: dict[str, Any] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)

    @property
    def frames(self) -> Frames:
        """What its expressions see."""
        return (Frame(self.values),)


def do(state: State, tree: Any) -> None:
    """DO: the block runs as the migration's role; what it refuses is noted once."""
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.args)}
    run(state, options.get("as", ""), options.get("language", "plpgsql").lower(), {})


def call(state: State, node: Any) -> None:
    """SELECT f(...) and CALL p(...) of a function of the project that changes objects."""
    parts = parser.strings(node.funcname)
    for schema in (parts[-2],) if len(parts) > 1 else state.path:
        name = Name(schema, parts[-1])
        found = [f for f in state.catalog.functions.named(name) if len(f.arguments) >= len(node.args)]
        if found:
            rows = state.catalog.release is not None and ROWS.search(found[0].body)
            if name not in state.calling and (rows or CHANGES.search(found[0].body)):
                state.calling.append(name)
                run(state, found[0].body, found[0].language, _arguments(state, found[0], node))
                state.calling.pop()
            return


def _arguments(state: State, function: Function, node: Any) -> dict[str, Any]:
    """The arguments of a call by name and by number; one that is not given has its default."""
    given: dict[str, Any] = {}
    for number, one in enumerate(map(parser.unwrap, node.args)):
        named = parser.kind(one) == "NamedArgExpr"
        value = evaluate(state, one.arg if named else one, ())
        given[one.name if named else function.arguments[number][0] or f"${number + 1}"] = value
    values: dict[str, Any] = {}
    for number, (name, _) in enumerate(function.arguments, 1):
        value = given.get(name or f"${number}", UNKNOWN)
        if value is UNKNOWN and name not in given and name in function.defaults:
            value = evaluate(state, function.defaults[name], ())
        values[f"${number}"] = values[name or f"${number}"] = value
    return values


def after_event(state: State, function: Function, tag: str, commands: list[dict[str, Any]]) -> None:
    """The function of an event trigger, after a statement that made these."""
    before, state.commands = state.commands, commands
    try:
        run(state, function.body, function.language, {"tg_tag": tag, "tg_event": "ddl_command_end"})
    finally:
        state.commands = before


def run(state: State, body: str, language: str, values: dict[str, Any]) -> None:
    """A body in SQL or PL/pgSQL."""
    if state.depth >= DEEP:
        state.unmodelled("blocks inside blocks are followed only so far")
        return
    state.depth += 1
    try:
        if language == "sql":
            for tree in parser.parse(body):
                _step(state, tree)
        else:
            _function(state, body, values)
    except Leave:
        pass
    finally:
        state.depth -= 1


def _step(state: State, tree: Any) -> None:
    """One statement of a block."""
    if parser.kind(tree) == "SelectStmt" and not parser.present(parser.unwrap(tree), "into_clause"):
        state.step(state, tree)
    else:
        state.tried(state.step, tree)


def _function(state: State, body: str, values: dict[str, Any]) -> None:
    parsed = parser.parse_body(body)
    if parsed is None:
        changes.not_followed(state, body)
        if SECURITY.search(body):
            state.unmodelled("the block's language or a part of its PL/pgSQL is not followed")
        return
    block = Block(state, values)
    for datum in parsed.get("datums", ()):
        ((kind, inner),) = datum.items()
        block.numbers.append(inner.get("refname", ""))
        if kind in {"PLpgSQL_var", "PLpgSQL_rec"} and inner["refname"] not in block.values:
            default = inner.get("default_val")
            block.values[inner["refname"]] = _expression(block, default) if default else None
    _statement(block, parsed["action"])


def _statement(block: Block, node: Node) -> None:
    ((kind, inner),) = node.items()
    handler = STATEMENTS.get(kind)
    if handler:
        handler(block, inner)


def _body(block: Block, nodes: list[Node] | None) -> None:
    for node in nodes or ():
        _statement(block, node)


def _query(expression: Node) -> str:
    return str(expression["PLpgSQL_expr"]["query"])


def _expression(block: Block, expression: Node) -> Any:
    return _value(block, _query(expression))


def _value(block: Block, text: str) -> Any:
    trees = parser.parse(f"select {text}")
    if len(trees) != 1:
        return UNKNOWN
    query = parser.unwrap(trees[0])
    if parser.kind(query) != "SelectStmt" or len(query.target_list) != 1:
        return UNKNOWN
    if len(query.from_clause):  # as in `v := count(*) from pg_policies`
        rows = select(block.state, query, block.frames)
        return UNKNOWN if rows is UNKNOWN else next(iter(rows[0].values()), None) if rows else None
    return evaluate(block.state, parser.unwrap(query.target_list[0]).val, block.frames)


def _not_followed(block: Block, part: object, why: str) -> None:
    text = json.dumps(part)
    changes.not_followed(block.state, text)
    if SECURITY.search(text):
        block.state.unmodelled(why)


def _block(block: Block, node: Node) -> None:
    if "exceptions" in node:
        _guarded(block, node)
    else:
        _body(block, node.get("body"))


def _guarded(block: Block, node: Node) -> None:
    """A block with handlers: what it did before it was refused is taken back, then the handler runs."""
    state = block.state
    state.guarded += 1
    key, before = (state.number, state.guarded), state.changes
    known = state.without.get(key)
    state.handlers += 1
    try:
        _body(block, node.get("body")) if known is None else state.refuse(known)
        state.handlers -= 1
    except Refused as refused:
        state.handlers -= 1
        handlers = [one["PLpgSQL_exception"] for one in node["exceptions"]["PLpgSQL_exception_block"]["exc_list"]]
        chosen = next((one for one in handlers if conditions(str(refused)) & _named(one)), None)
        if chosen is None:
            raise
        if known is None:
            state.take_back(key, str(refused), since=before)
        block.values["sqlerrm"] = block.values["sqlstate"] = UNKNOWN
        _body(block, chosen.get("action"))
    except (Leave, Jump):
        state.handlers -= 1
        raise


def _named(handler: Node) -> set[str]:
    """The conditions that a handler is for, in lower case."""
    return {
        str(one["PLpgSQL_condition"].get("condname", "others")).lower() for one in handler.get("conditions", ())
    } or {"others"}


def conditions(refusal: str) -> set[str]:
    """What Postgres calls a refusal, as far as our words for it tell: `others` is any."""
    subject = refusal.split(" ", 1)[0]
    if "exists already" in refusal:
        by_subject = {"column": "duplicate_column", "function": "duplicate_function", "schema": "duplicate_schema"}
        by_subject |= dict.fromkeys(
            ("policy", "trigger", "type", "role", "constraint", "publication"), "duplicate_object"
        )
        return {"others", by_subject.get(subject, "duplicate_table")}
    if "never created" in refusal:
        by_subject = {"table": "undefined_table", "column": "undefined_column", "function": "undefined_function"}
        by_subject |= {"schema": "invalid_schema_name", "view": "undefined_table", "sequence": "undefined_table"}
        return {
            "others",
            by_subject.get(subject, "undefined_object"),
            *({"undefined_schema"} if subject == "schema" else ()),
        }
    if "depends on it" in refusal:
        return {"others", "dependent_objects_still_exist"}
    if "the block raises" in refusal:
        return {"others", "raise_exception"}
    if "in publication" in refusal and "already" in refusal:
        return {"others", "duplicate_object"}
    return {"others", *EVERY_OTHER}


EVERY_OTHER = {"insufficient_privilege", "feature_not_supported", "wrong_object_type", "invalid_table_definition"}


def _sql(block: Block, node: Node) -> None:
    text = _query(node["sqlstmt"])
    trees = parser.parse(text)
    for tree in trees:
        inner = parser.unwrap(tree)
        if node.get("into") and parser.kind(inner) == "SelectStmt":
            _into(block, node.get("target"), select(block.state, inner, block.frames))
        else:
            _step(block.state, tree)


def _into(block: Block, target: Node | None, rows: Any) -> None:
    block.values["found"] = UNKNOWN if rows is UNKNOWN else bool(rows)
    if not target:
        return
    ((kind, inner),) = target.items()
    first = UNKNOWN if rows is UNKNOWN else (rows[0] if rows else {})
    if kind == "PLpgSQL_row":
        values = list(first.values()) if isinstance(first, dict) else []
        for number, one in enumerate(inner.get("fields", ())):
            missing = UNKNOWN if first is UNKNOWN else None
            block.values[one["name"]] = values[number] if number < len(values) else missing
    else:
        block.values[inner["refname"]] = first


def _execute(block: Block, node: Node) -> None:
    text = _expression(block, node["query"])
    if not isinstance(text, str):
        _not_followed(block, node, "it builds SQL from values that only the server knows")
        return
    trees = parser.parse(text)
    if not trees and text.strip():
        raise Refused(f"the SQL that a block builds does not parse: {text[:60]!r}")
    for tree in trees:
        if node.get("into") and parser.kind(tree) == "SelectStmt":
            _into(block, node.get("target"), select(block.state, parser.unwrap(tree), ()))
        else:
            _step(block.state, tree)


def _if(block: Block, node: Node) -> None:
    branches = [(node["cond"], node.get("then_body"))]
    branches += [
        (one["PLpgSQL_if_elsif"]["cond"], one["PLpgSQL_if_elsif"].get("stmts")) for one in node.get("elsif_list", ())
    ]
    for condition, body in branches:
        answer = _expression(block, condition)
        if answer is UNKNOWN:
            _not_followed(block, node, "whether a part of the block runs, only the server knows")
            return
        if answer:
            _body(block, body)
            return
    _body(block, node.get("else_body"))


def _case(block: Block, node: Node) -> None:
    if "t_expr" in node:
        block.values[block.numbers[node["t_varno"]]] = _expression(block, node["t_expr"])
    for one in node.get("case_when_list", ()):
        when = one["PLpgSQL_case_when"]
        answer = _expression(block, when["expr"])
        if answer is UNKNOWN:
            _not_followed(block, node, "whether a part of the block runs, only the server knows")
            return
        if answer:
            _body(block, when.get("stmts"))
            return
    _body(block, node.get("else_stmts"))


def _rounds(block: Block, node: Node, values: Any) -> None:
    """The body of a loop once for each value, until it is left."""
    if not isinstance(values, list):
        _not_followed(block, node, "what a loop goes through, only the server knows")
        return
    block.values["found"] = bool(values)
    for value in values[:ROUNDS]:
        if "var" in node:
            ((_, variable),) = node["var"].items()
            _bind(block, variable, value)
        elif "varno" in node:
            block.values[block.numbers[node["varno"]]] = value
        if not _round(block, node):
            return


def _bind(block: Block, variable: Node, value: Any) -> None:
    if "fields" in variable:
        for number, one in enumerate(variable["fields"]):
            block.values[one["name"]] = list(value.values())[number] if isinstance(value, dict) else UNKNOWN
    elif variable.get("datatype") and isinstance(value, dict):
        block.values[variable["refname"]] = next(iter(value.values()), None)
    else:
        block.values[variable["refname"]] = value


def _round(block: Block, node: Node) -> bool:
    """One round; whether another may follow."""
    try:
        _body(block, node.get("body"))
    except Jump as jump:
        if jump.label and jump.label != node.get("label", ""):
            raise
        return not jump.leaves
    return True


def _for_query(block: Block, node: Node) -> None:
    trees = parser.parse(_query(node["query"]))
    _rounds(block, node, select(block.state, parser.unwrap(trees[0]), block.frames) if trees else UNKNOWN)


def _for_dynamic(block: Block, node: Node) -> None:
    text = _expression(block, node["query"])
    trees = parser.parse(text) if isinstance(text, str) else ()
    _rounds(block, node, select(block.state, parser.unwrap(trees[0]), ()) if trees else UNKNOWN)


def _for_each(block: Block, node: Node) -> None:
    _rounds(block, node, _expression(block, node["expr"]))


def _for_number(block: Block, node: Node) -> None:
    lower, upper = _expression(block, node["lower"]), _expression(block, node["upper"])
    counted = isinstance(lower, int) and isinstance(upper, int) and "step" not in node and not node.get("reverse")
    _rounds(block, node, list(range(lower, min(upper, lower + ROUNDS) + 1)) if counted else UNKNOWN)


def _while(block: Block, node: Node) -> None:
    for _ in range(ROUNDS):
        answer = _expression(block, node["cond"]) if "cond" in node else True
        if answer is UNKNOWN:
            _not_followed(block, node, "how often a loop runs, only the server knows")
            return
        if not answer or not _round(block, node):
            return


def _exit(block: Block, node: Node) -> None:
    if "cond" not in node or _expression(block, node["cond"]) is True:
        raise Jump(leaves=bool(node.get("is_exit")), label=node.get("label", ""))


def _assign(block: Block, node: Node) -> None:
    name, _, text = _query(node["expr"]).partition("=")
    name = name.strip().rstrip(":").strip()
    value = _value(block, text)
    record, _, part = name.partition(".")
    if part and isinstance(block.values.get(record), dict):
        block.values[record][part] = value
    else:
        block.values[name.strip('"')] = value


def _perform(block: Block, node: Node) -> None:
    for tree in parser.parse(_query(node["expr"])):
        query = parser.unwrap(tree)
        if parser.kind(query) == "SelectStmt" and len(query.from_clause):
            rows = select(block.state, query, block.frames)
            block.values["found"] = UNKNOWN if rows is UNKNOWN else bool(rows)
        _step(block.state, tree)


def _raise(_block: Block, node: Node) -> None:
    if node.get("elog_level", ERROR) >= ERROR:
        raise Refused(f"the block raises {node.get('message', 'an exception')!r}")


def _return(_block: Block, _node: Node) -> None:
    raise Leave


STATEMENTS: MappingProxyType[str, Callable[[Block, Node], None]] = MappingProxyType(
    {
        "PLpgSQL_stmt_block": _block,
        "PLpgSQL_stmt_execsql": _sql,
        "PLpgSQL_stmt_dynexecute": _execute,
        "PLpgSQL_stmt_if": _if,
        "PLpgSQL_stmt_case": _case,
        "PLpgSQL_stmt_fors": _for_query,
        "PLpgSQL_stmt_dynfors": _for_dynamic,
        "PLpgSQL_stmt_foreach_a": _for_each,
        "PLpgSQL_stmt_fori": _for_number,
        "PLpgSQL_stmt_while": _while,
        "PLpgSQL_stmt_loop": _while,
        "PLpgSQL_stmt_exit": _exit,
        "PLpgSQL_stmt_assign": _assign,
        "PLpgSQL_stmt_perform": _perform,
        "PLpgSQL_stmt_call": _perform,
        "PLpgSQL_stmt_raise": _raise,
        "PLpgSQL_stmt_return": _return,
    }
)
