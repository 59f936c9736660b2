"""The fold: one statement after the other changes the catalog."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Catalog, Name, Schema, Type
from gate.audit.catalog import Sequence as Numbers
from gate.audit.replay import (
    alter_table,
    blocks,
    changes,
    drops,
    functions,
    grants,
    indexes,
    parser,
    policies,
    renames,
    roles,
    storage,
    tables,
    transactions,
    views,
)
from gate.audit.replay.enum_values import Early
from gate.audit.replay.platform import EXTENSION_SCHEMAS, born_with, start
from gate.audit.replay.state import State
from gate.config import Config, Regime
from gate.migration import Statement


def replay(
    statements: Iterable[Statement], config: Config, regime: Regime, newer: Sequence[str] = (), since: str = ""
) -> Catalog:
    """The catalog that Postgres would hold after these statements. Never raises for what the SQL says.

    `newer` are the paths of the files that are new `since` something; they come last, and what they do is kept as changes.
    """
    catalog = start(config, regime)
    state: State | None = None
    given, early = list(statements), Early()
    catalog.transactions = list(transactions.controls(given))
    for statement in transactions.kept(given):
        if state is None:
            state = State(catalog, statement, step=step)
        if not catalog.files or statement.place.path != catalog.files[-1][0]:
            state.begin_file()
            if statement.place.path in newer and catalog.release is None:
                changes.begin(state, since, tuple(newer))
            catalog.files.append((statement.place.path, statement.place))
        state.statement = statement
        if statement.tree is None:
            catalog.failed.append(statement)
        elif catalog.release is not None or parser.packed_kind(statement.tree) in HANDLERS:
            _follow(state, statement, early)
    if catalog.release:
        catalog.release.sizes = Counter(one.place.path for one in given)
    return catalog


def _follow(state: State, statement: Statement, early: Early) -> None:
    """Apply one statement. One that is nested too deeply for that is as if it did not parse; rows are only listed."""
    packed = statement.tree or b""
    try:
        tree = parser.opened(packed)
        early.see(state, parser.unwrap(tree))
        step(state, tree)
    except (parser.TooDeep, RecursionError) as fault:
        problem = str(fault) if isinstance(fault, parser.TooDeep) else "too much in it is nested to be followed"
        if parser.packed_kind(packed) in ROWS:
            state.unmodelled(problem)
        else:
            state.catalog.failed.append(replace(statement, tree=None, problem=problem))


def step(state: State, node: Any) -> None:
    """Apply one statement."""
    tree = parser.unwrap(node)
    handler = HANDLERS.get(parser.kind(tree))
    if state.catalog.release is None:
        if handler:
            handler(state, tree)
        return
    found, known = changes.of(state, tree), len(state.catalog.missing)
    if handler:
        handler(state, tree)
    changes.keep(state, found, [what for what, _ in state.catalog.missing[known:]])


def _schema(state: State, tree: Any) -> None:
    name = tree.schemaname or (parser.role(tree.authrole, state.role) if parser.present(tree, "authrole") else "")
    if name in state.catalog.schemas:
        if not tree.if_not_exists:
            state.missing(f"schema {name} exists already")
        return
    state.catalog.schemas[name] = Schema(name, born_with(state.catalog, "", "schemas", state.role))
    before = state.path
    state.path = (name, *before)
    for element in tree.schema_elts:
        step(state, element)
    state.path = before


def _select(state: State, tree: Any) -> None:
    """SELECT INTO makes a table; dumps empty the search path by a function call; a function may change anything."""
    if parser.present(tree, "into_clause"):
        tables.into(state, tree.into_clause, tree)
        return
    for one in parser.walk(tree):
        if parser.kind(one) != "FuncCall":
            continue
        if parser.strings(one.funcname)[-1] == "set_config" and len(one.args) > 1:
            name, value = parser.literal(one.args[0]), parser.literal(one.args[1])
            if name == "search_path" and value is not None:
                state.path = tuple(word.strip(' "') for word in value.split(",") if word.strip(' "'))
        else:
            blocks.call(state, one)


def _call(state: State, tree: Any) -> None:
    blocks.call(state, tree.funccall)


def _trigger(state: State, tree: Any) -> None:
    table = state.catalog.tables.get(state.found(tree.relation))
    if table is None:
        if state.found(tree.relation) not in state.catalog.views:
            state.missing(f"table {state.found(tree.relation)} of trigger {tree.trigname!r} was never created")
        return
    if tree.trigname in table.triggers and not tree.replace:
        state.missing(f"trigger {tree.trigname!r} on {table.name} exists already")
        return
    parts = parser.strings(tree.funcname)
    homes = (parts[-2],) if len(parts) > 1 else state.path
    known = (home for home in homes if state.catalog.functions.named(Name(home, parts[-1])))
    home = next(known, homes[0] if homes else state.home)
    table.triggers[tree.trigname] = (Name(home, parts[-1]), state.place, True)


def _create_as(state: State, tree: Any) -> None:
    if parser.enum(tree, "objtype") == "OBJECT_MATVIEW":
        views.create_materialized(state, tree)
    else:
        tables.create_as(state, tree)


def _type(state: State, tree: Any) -> None:
    """CREATE TYPE and CREATE DOMAIN."""
    match parser.kind(tree):
        case "CompositeTypeStmt":
            name = state.made(tree.typevar)
        case "CreateDomainStmt":
            name = state.made_as(parser.strings(tree.domainname))
        case "DefineStmt" if parser.enum(tree, "kind") != "OBJECT_TYPE":
            return
        case "DefineStmt":
            name = state.made_as(parser.strings(tree.defnames))
        case _:
            name = state.made_as(parser.strings(tree.type_name))
    if name in state.catalog.types:
        state.missing(f"type {name} exists already")
        return
    labels = list(parser.strings(tree.vals)) if parser.kind(tree) == "CreateEnumStmt" else []
    state.catalog.types[name] = Type(name, state.place, labels)


def _enum(state: State, tree: Any) -> None:
    parts = parser.strings(tree.type_name)
    for home in (parts[-2],) if len(parts) > 1 else state.path:
        found = state.catalog.types.get(Name(home, parts[-1]))
        if found:
            labels = [tree.new_val if label == tree.old_val else label for label in found.labels]
            found.labels = labels if tree.old_val or tree.new_val in labels else [*labels, tree.new_val]
            return


def _extension(state: State, tree: Any) -> None:
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    home = EXTENSION_SCHEMAS.get(tree.extname) or options.get("schema") or state.home
    state.catalog.extensions.setdefault(tree.extname, home)
    state.catalog.installed.setdefault(tree.extname, state.place)
    state.catalog.schemas.setdefault(home, Schema(home))


def _sequence(state: State, tree: Any) -> None:
    name = state.made(tree.sequence)
    if name in state.catalog.sequences:
        if not tree.if_not_exists:
            state.missing(f"sequence {name} exists already")
        return
    made = Numbers(name, state.place, acl=born_with(state.catalog, name.schema, "sequences", state.role))
    state.catalog.sequences[name] = made
    _owned_by(state, made, tree.options)


def _alter_sequence(state: State, tree: Any) -> None:
    found = state.catalog.sequences.get(state.found(tree.sequence))
    if found:
        _owned_by(state, found, tree.options)


def _owned_by(state: State, sequence: Any, options: Any) -> None:
    for option in map(parser.unwrap, options):
        if option.defname == "owned_by":
            parts = parser.strings(parser.items(option.arg))
            sequence.owner = (state.found_as(parts[:-1]), parts[-1]) if len(parts) > 1 else None


def _event_trigger(state: State, _tree: Any) -> None:
    state.unmodelled("what an event trigger does to later statements is not followed")


ROWS = {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}
HANDLERS: MappingProxyType[str, Callable[[State, Any], None]] = MappingProxyType(
    {
        "CreateStmt": tables.create,
        "CreateForeignTableStmt": tables.create_foreign,
        "CreateTableAsStmt": _create_as,
        "AlterTableStmt": alter_table.alter,
        "CreatePolicyStmt": policies.create,
        "AlterPolicyStmt": policies.alter,
        "ViewStmt": views.create,
        "CreateFunctionStmt": functions.create,
        "AlterFunctionStmt": functions.alter,
        "GrantStmt": grants.grant,
        "GrantRoleStmt": roles.membership,
        "AlterDefaultPrivilegesStmt": grants.defaults,
        "CreateSchemaStmt": _schema,
        "CreateSeqStmt": _sequence,
        "AlterSeqStmt": _alter_sequence,
        "CreateEnumStmt": _type,
        "CompositeTypeStmt": _type,
        "CreateDomainStmt": _type,
        "DefineStmt": _type,
        "AlterEnumStmt": _enum,
        "CreateExtensionStmt": _extension,
        "CreateEventTrigStmt": _event_trigger,
        "DropStmt": drops.drop,
        "DropRoleStmt": roles.drop,
        "DropOwnedStmt": roles.drop_owned,
        "RenameStmt": renames.rename,
        "AlterObjectSchemaStmt": renames.set_schema,
        "VariableSetStmt": roles.change_setting,
        "AlterRoleSetStmt": roles.settings,
        "AlterDatabaseSetStmt": roles.settings,
        "SelectStmt": _select,
        "CallStmt": _call,
        "DoStmt": blocks.do,
        "IndexStmt": indexes.create,
        "CreateRoleStmt": roles.create,
        "AlterRoleStmt": roles.alter,
        "CreateTrigStmt": _trigger,
        "InsertStmt": storage.insert,
        "UpdateStmt": storage.update,
        "DeleteStmt": storage.delete,
    }
)
