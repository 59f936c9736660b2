"""CREATE and ALTER of functions, procedures and aggregates."""

from typing import Any

from gate.audit.catalog import Function, Name
from gate.audit.replay import columns, datatypes, owners, parser, references
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import DEFAULT_PATH, State

INPUT = {"FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC"}
ALTERED = {
    "OBJECT_FUNCTION": ("function",),
    "OBJECT_PROCEDURE": ("procedure",),
    "OBJECT_ROUTINE": ("function", "procedure"),
}
OUTPUT = {"FUNC_PARAM_OUT", "FUNC_PARAM_INOUT", "FUNC_PARAM_TABLE"}


def create(state: State, tree: Any) -> None:
    """CREATE [OR REPLACE] FUNCTION: replacing resets options to what is written; grants stay."""
    name = state.made_as(parser.strings(tree.funcname))
    if name.schema == "pg_temp":
        return
    made = _new(state, tree, name)
    old = state.catalog.functions.get(made.key)
    if old is None:
        owners.may_create(state, name.schema)
    else:
        _replaceable(state, old, made, replace=tree.replace)
        made.acl, made.owner, made.comment = old.acl, old.owner, old.comment
    for option in (parser.unwrap(node) for node in tree.options):
        _option(state, made, option)
    if parser.present(tree, "sql_body"):
        made.body_node = parser.copied(tree.sql_body)
        references.qualify(state, made.body_node)
        references.must_be_there(state, made.body_node, f"function {made.signature}")
        made.body = parser.body_text(made.body_node)
    made.lost_path = (
        bool(old and ("search_path" in old.settings or old.lost_path)) and "search_path" not in made.settings
    )
    made.lost_definer = bool(old and (old.definer or old.lost_definer)) and not made.definer
    made.reopened = made.key in state.catalog.closed
    state.catalog.functions[made.key] = made


def _new(state: State, tree: Any, name: Name) -> Function:
    parameters = [parser.unwrap(node) for node in tree.parameters]
    arguments = tuple(
        (one.name, columns.resolved_type(state, one.arg_type))
        for one in parameters
        if parser.enum(one, "mode") in INPUT
    )
    outputs = tuple(
        (one.name, columns.resolved_type(state, one.arg_type))
        for one in parameters
        if parser.enum(one, "mode") in OUTPUT
    )
    for node in (*(one.arg_type for one in parameters), *((tree.return_type,) if _returns(tree) else ())):
        columns.known(state, node)
    made = Function(
        name=name,
        arguments=arguments,
        returns=_return_type(state, tree, outputs),
        language="sql",
        definer=False,
        volatility="volatile",
        settings={},
        body="",
        place=state.place,
        acl=born_with(state.catalog, name.schema, "functions", state.role),
        kind="procedure" if tree.is_procedure else "function",
        outputs=outputs,
        owner=state.role,
    )
    given = [parser.present(one, "defexpr") for one in parameters if parser.enum(one, "mode") in INPUT]
    made.defaulted = sum(given)
    made.returns_set = (_returns(tree) and tree.return_type.setof) or bool(_table(parameters))
    made.defaults = {one.name: one.defexpr for one in parameters if parser.present(one, "defexpr")}
    return made


def _returns(tree: Any) -> bool:
    return parser.present(tree, "return_type")


def _table(parameters: list[Any]) -> list[Any]:
    return [one for one in parameters if parser.enum(one, "mode") == "FUNC_PARAM_TABLE"]


def _return_type(state: State, tree: Any, outputs: tuple[tuple[str, str], ...]) -> str:
    if _table([parser.unwrap(node) for node in tree.parameters]) or len(outputs) > 1:
        return "record"
    if _returns(tree):
        return columns.resolved_type(state, tree.return_type)
    return outputs[0][1] if outputs else "void"


def _replaceable(state: State, old: Function, new: Function, *, replace: bool) -> None:
    """What Postgres lets a CREATE OR REPLACE change: not the kind, what it returns, its arguments' names or defaults."""
    if not replace:
        state.refuse(f"function {old.signature} exists already")
    owners.must_own(state, old.signature, old.owner)
    if old.kind != new.kind:
        state.refuse(f"{old.signature} is a {old.kind}")
    known = "?" not in (old.returns, new.returns)
    if known and ((old.returns, old.returns_set) != (new.returns, new.returns_set) or old.outputs != new.outputs):
        state.refuse(f"function {old.signature} must keep what it returns")
    for (before, _), (after, _) in zip(old.arguments, new.arguments, strict=True):
        if before and before != after and old.returns != "?":
            state.refuse(f"function {old.signature} must keep the name of its argument {before!r}")
    if new.defaulted < old.defaulted:
        state.refuse(f"function {old.signature} must keep the defaults of its arguments")


def _option(state: State, function: Function, option: Any) -> None:
    match option.defname:
        case "language":
            function.language = parser.option_text(option.arg).lower()
        case "security":
            function.definer = parser.option_text(option.arg) == "true"
        case "leakproof":
            if parser.option_text(option.arg) == "true":
                state.refuse(f"only a superuser can make {function.signature} leakproof")
        case "strict":
            function.strict = parser.option_text(option.arg) == "true"
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


def define(state: State, tree: Any) -> None:
    """CREATE AGGREGATE, and CREATE TYPE of a base type."""
    if parser.enum(tree, "kind") == "OBJECT_TYPE":
        datatypes.create(state, tree)
    if parser.enum(tree, "kind") != "OBJECT_AGGREGATE":
        return
    name = state.made_as(parser.strings(tree.defnames))
    options = {one.defname: one for one in map(parser.unwrap, tree.definition)}
    arguments: tuple[tuple[str, str], ...] = ()
    if len(tree.args):
        arguments = tuple(
            (one.name, columns.resolved_type(state, one.arg_type))
            for one in map(parser.unwrap, parser.items(tree.args[0]))
        )
    stored = parser.type_text(parser.unwrap(options["stype"].arg)) if "stype" in options else "?"
    made = Function(
        name=name,
        arguments=arguments,
        returns="?" if "finalfunc" in options else stored,
        language="internal",
        definer=False,
        volatility="immutable",
        settings={},
        body="",
        place=state.place,
        acl=born_with(state.catalog, name.schema, "functions", state.role),
        kind="aggregate",
        owner=state.role,
    )
    old = state.catalog.functions.get(made.key)
    if old is None:
        owners.may_create(state, name.schema)
    if old:
        if not tree.replace or old.kind != "aggregate":
            state.refuse(f"function {old.signature} exists already")
        made.acl, made.owner, made.comment = old.acl, old.owner, old.comment
    state.catalog.functions[made.key] = made


def alter(state: State, tree: Any) -> None:
    """ALTER FUNCTION: options one by one."""
    found = find(state, tree.func, ALTERED[parser.enum(tree, "objtype")])
    if not found:
        state.missing(f"function {'.'.join(parser.strings(tree.func.objname))} was never created")
    for function in found:
        if function.kind not in ALTERED[parser.enum(tree, "objtype")]:
            state.refuse(f"{function.signature} is a {function.kind}")
        owners.must_own(state, function.signature, function.owner)
        for option in (parser.unwrap(node) for node in tree.actions):
            _option(state, function, option)


def find(state: State, node: Any, kinds: tuple[str, ...] = ()) -> list[Function]:
    """The function that a statement names, in a list: empty where there is none.

    Without arguments any of that name is meant, and there must be only one of these kinds.
    """
    parts = parser.strings(node.objname)
    schemas = (parts[-2],) if len(parts) > 1 else state.path
    types = _types(state, node)
    for schema in schemas:
        found = [
            function
            for function in state.catalog.functions.named(Name(schema, parts[-1]))
            if node.args_unspecified or function.key[1] == types
        ]
        if kinds and len(found) > 1:
            found = [one for one in found if one.kind in kinds]
        if len(found) > 1:
            state.refuse(f"function {found[0].name} is not unique; say its argument types")
        if found:
            return found
    return []


def _types(state: State, node: Any) -> tuple[str, ...]:
    """The types of the input arguments; OUT ones may be written as well."""
    if len(node.objfuncargs):
        given = [parser.unwrap(one) for one in node.objfuncargs]
        return tuple(columns.resolved_type(state, one.arg_type) for one in given if parser.enum(one, "mode") in INPUT)
    return tuple(columns.resolved_type(state, parser.unwrap(one)) for one in node.objargs)


def oid(state: State, word: str) -> Function | None:
    """The function that a text names, as in 'public.f(uuid, text)'."""
    trees = parser.parse(f"drop function {word}")
    if len(trees) != 1:
        return None
    found = find(state, parser.unwrap(parser.unwrap(trees[0]).objects[0]))
    return found[0] if found else None
