"""CREATE, ALTER and DROP of functions and procedures."""

from typing import Any

from gate.audit.catalog import Function, Name
from gate.audit.replay import parser
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State

INPUT = {"FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC"}


def create(state: State, tree: Any) -> None:
    """CREATE [OR REPLACE] FUNCTION: replacing resets options to what is written; grants stay."""
    parts = parser.strings(tree.funcname)
    name = Name(parts[-2] if len(parts) > 1 else state.home, parts[-1])
    arguments = tuple(
        (one.name, parser.type_text(one.arg_type))
        for one in (parser.unwrap(node) for node in tree.parameters)
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
        acl=old.acl if old else born_with(state.catalog, name.schema, "functions"),
    )
    for option in (parser.unwrap(node) for node in tree.options):
        _option(made, option)
    state.catalog.functions[key] = made


def _option(function: Function, option: Any) -> None:
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
            _setting(function, parser.unwrap(option.arg))


def _setting(function: Function, node: Any) -> None:
    match parser.enum(node, "kind"):
        case "VAR_SET_VALUE":
            function.settings[node.name] = ", ".join(parser.literal(arg) or "" for arg in node.args)
        case "VAR_RESET" | "VAR_SET_DEFAULT":
            function.settings.pop(node.name, None)
        case "VAR_RESET_ALL":
            function.settings.clear()
        case _:
            function.settings[node.name] = "current"


def alter(state: State, tree: Any) -> None:
    """ALTER FUNCTION: options one by one."""
    found = find(state, tree.func)
    if not found:
        state.missing(f"function {'.'.join(parser.strings(tree.func.objname))} was never created")
    for function in found:
        for option in (parser.unwrap(node) for node in tree.actions):
            _option(function, option)


def find(state: State, node: Any) -> list[Function]:
    """The functions that a statement names; all of that name where it gives no arguments."""
    parts = parser.strings(node.objname)
    schemas = (parts[-2],) if len(parts) > 1 else state.path
    kinds = tuple(parser.type_text(parser.unwrap(one)) for one in node.objargs)
    for schema in schemas:
        found = [
            function
            for (name, types), function in state.catalog.functions.items()
            if name == Name(schema, parts[-1]) and (node.args_unspecified or types == kinds)
        ]
        if found:
            return found
    return []


def drop(state: State, node: Any, *, missing_ok: bool) -> None:
    """DROP FUNCTION."""
    found = find(state, node)
    if not found and not missing_ok:
        state.missing(f"function {'.'.join(parser.strings(node.objname))} was never created")
    for function in found:
        del state.catalog.functions[function.name, tuple(kind for _, kind in function.arguments)]
