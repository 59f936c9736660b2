"""CREATE, ALTER and DROP of functions and procedures."""

from typing import Any

from gate.audit.catalog import Function, Name
from gate.audit.replay import constraints, parser, references
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import DEFAULT_PATH, State

INPUT = {"FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC"}


def create(state: State, tree: Any) -> None:
    """CREATE [OR REPLACE] FUNCTION: replacing resets options to what is written; grants stay."""
    name = state.made_as(parser.strings(tree.funcname))
    if name.schema == "pg_temp":
        return
    parameters = [parser.unwrap(node) for node in tree.parameters]
    arguments = tuple(
        (one.name, constraints.resolved_type(state, one.arg_type))
        for one in parameters
        if parser.enum(one, "mode") in INPUT
    )
    key = (name, tuple(kind for _, kind in arguments))
    old = state.catalog.functions.get(key)
    if old and not tree.replace:
        state.missing(f"function {old.signature} exists already")
        return
    made = Function(
        name=name,
        arguments=arguments,
        returns=parser.type_text(tree.return_type) if parser.present(tree, "return_type") else "void",
        language="sql",
        definer=False,
        volatility="volatile",
        settings={},
        body="",
        place=state.place,
        acl=old.acl if old else born_with(state.catalog, name.schema, "functions", state.role),
        kind="procedure" if tree.is_procedure else "function",
    )
    made.defaults = {one.name: one.defexpr for one in parameters if parser.present(one, "defexpr")}
    for option in (parser.unwrap(node) for node in tree.options):
        _option(state, made, option)
    if parser.present(tree, "sql_body"):
        made.body_node = parser.copied(tree.sql_body)
        references.qualify(state, made.body_node)
        made.body = parser.body_text(made.body_node)
    made.lost_path = (
        bool(old and ("search_path" in old.settings or old.lost_path)) and "search_path" not in made.settings
    )
    made.lost_definer = bool(old and (old.definer or old.lost_definer)) and not made.definer
    state.catalog.functions[key] = made


def _option(state: State, function: Function, option: Any) -> None:
    match option.defname:
        case "language":
            function.language = parser.option_text(option.arg).lower()
        case "security":
            function.definer = parser.option_text(option.arg) == "true"
        case "volatility":
            function.volatility = parser.option_text(option.arg)
        case "as":
            function.body = "\n".join(parser.strings(parser.items(option.arg)))
        case "set":
            _setting(state, function, parser.unwrap(option.arg))


def _setting(state: State, function: Function, node: Any) -> None:
    name = node.name.lower()
    match parser.enum(node, "kind"):
        case "VAR_SET_VALUE":
            function.settings[name] = ", ".join(parser.literal(arg) or "" for arg in node.args)
        case "VAR_RESET" | "VAR_SET_DEFAULT":
            function.settings.pop(name, None)
        case "VAR_RESET_ALL":
            function.settings.clear()
        case _:
            function.settings[name] = _current_path(state) if name == "search_path" else "current"


def _current_path(state: State) -> str:
    return ", ".join(('"$user"', *state.path) if state.path == DEFAULT_PATH else state.path)


def alter(state: State, tree: Any) -> None:
    """ALTER FUNCTION: options one by one."""
    found = find(state, tree.func)
    if not found:
        state.missing(f"function {'.'.join(parser.strings(tree.func.objname))} was never created")
    for function in found:
        for option in (parser.unwrap(node) for node in tree.actions):
            _option(state, function, option)


def find(state: State, node: Any) -> list[Function]:
    """The functions that a statement names; all of that name where it gives no arguments."""
    parts = parser.strings(node.objname)
    schemas = (parts[-2],) if len(parts) > 1 else state.path
    kinds = tuple(constraints.resolved_type(state, parser.unwrap(one)) for one in node.objargs)
    for schema in schemas:
        found = [
            function
            for function in state.catalog.functions.named(Name(schema, parts[-1]))
            if node.args_unspecified or function.key[1] == kinds
        ]
        if len(found) > 1:
            state.missing(f"function {found[0].name} is not unique; say its argument types")
            return []
        if found:
            return found
    return []


def oid(state: State, word: str) -> Function | None:
    """The function that a text names, as in 'public.f(uuid, text)'."""
    trees = parser.parse(f"drop function {word}")
    if len(trees) != 1:
        return None
    found = find(state, parser.unwrap(parser.unwrap(trees[0]).objects[0]))
    return found[0] if found else None
