"""The fold: one statement after the other changes the catalog."""

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Catalog, Name, Schema
from gate.audit.replay import dynamic, functions, grants, parser, policies, storage, tables, views
from gate.audit.replay.platform import start
from gate.audit.replay.state import DEFAULT_PATH, State
from gate.config import Config, Regime
from gate.migration import Statement

DEEP = 5  # nesting of DO blocks that is followed


def replay(statements: Iterable[Statement], config: Config, regime: Regime) -> Catalog:
    """The catalog that Postgres would hold after these statements. Never raises for what the SQL says."""
    catalog = start(config, regime)
    path = DEFAULT_PATH
    file = ""
    for statement in statements:
        if statement.place.path != file:
            file, path = statement.place.path, DEFAULT_PATH
        if statement.tree is None:
            catalog.failed.append(statement)
            continue
        state = State(catalog, statement, path)
        step(state, statement.tree)
        path = state.path
    return catalog


def step(state: State, node: Any) -> None:
    """Apply one statement."""
    tree = parser.unwrap(node)
    handler = HANDLERS.get(parser.kind(tree))
    if handler:
        handler(state, tree)


def _schema(state: State, tree: Any) -> None:
    name = tree.schemaname or (tree.authrole.rolename if parser.present(tree, "authrole") else "")
    state.catalog.schemas.setdefault(name, Schema(name))
    before = state.path
    state.path = (name, *before)
    for element in tree.schema_elts:
        step(state, element)
    state.path = before


def _drop(state: State, tree: Any) -> None:
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    match parser.enum(tree, "remove_type"):
        case "OBJECT_TABLE" | "OBJECT_FOREIGN_TABLE" | "OBJECT_VIEW" | "OBJECT_MATVIEW":
            for node in tree.objects:
                _drop_relation(state, _named(state, node), tree, cascade=cascade)
        case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE":
            for node in tree.objects:
                functions.drop(state, parser.unwrap(node), missing_ok=tree.missing_ok)
        case "OBJECT_POLICY":
            for node in tree.objects:
                *relation, policy = parser.strings(parser.items(node))
                name = state.lookup(relation[-2] if len(relation) > 1 else "", relation[-1])
                table = state.catalog.tables.get(name)
                known = table is not None and table.policies.pop(policy, None) is not None
                if not known and not tree.missing_ok:
                    state.missing(f"policy {policy!r} on {name} was never created")
        case "OBJECT_SCHEMA":
            for node in tree.objects:
                _drop_schema(state, parser.unwrap(node).sval)
        case "OBJECT_TRIGGER":
            for node in tree.objects:
                *relation, trigger = parser.strings(parser.items(node))
                table = state.catalog.tables.get(state.lookup(relation[-2] if len(relation) > 1 else "", relation[-1]))
                if table:
                    table.triggers.pop(trigger, None)


def _named(state: State, node: Any) -> Name:
    parts = parser.strings(parser.items(node))
    return state.lookup(parts[-2] if len(parts) > 1 else "", parts[-1])


def _drop_relation(state: State, name: Name, tree: Any, *, cascade: bool) -> None:
    if name in state.catalog.views:
        del state.catalog.views[name]
        if cascade:
            for view in [view for view in state.catalog.views.values() if name in view.sources]:
                del state.catalog.views[view.name]
    elif name in state.catalog.tables:
        tables.drop(state, name, cascade=cascade)
    elif not tree.missing_ok:
        state.missing(f"table {name} was never created")


def _drop_schema(state: State, name: str) -> None:
    catalog = state.catalog
    for relation in [one for one in (*catalog.tables, *catalog.views) if one.schema == name]:
        catalog.views.pop(relation, None)
        if relation in catalog.tables:
            tables.drop(state, relation, cascade=True)
    for key in [key for key in catalog.functions if key[0].schema == name]:
        del catalog.functions[key]
    catalog.schemas.pop(name, None)


def _rename(state: State, tree: Any) -> None:
    match parser.enum(tree, "rename_type"):
        case "OBJECT_TABLE" | "OBJECT_VIEW" | "OBJECT_MATVIEW" | "OBJECT_FOREIGN_TABLE":
            old = state.found(tree.relation)
            tables.move(state, old, Name(old.schema, tree.newname))
        case "OBJECT_COLUMN":
            table = state.catalog.tables.get(state.found(tree.relation))
            if table:
                tables.rename_column(table, tree.subname, tree.newname)
        case "OBJECT_POLICY":
            table = state.catalog.tables.get(state.found(tree.relation))
            policy = table.policies.pop(tree.subname, None) if table else None
            if table and policy:
                policy.name = tree.newname
                table.policies[tree.newname] = policy
        case "OBJECT_SCHEMA" | "OBJECT_FUNCTION":
            state.unmodelled("renaming is not followed here")


def _set_schema(state: State, tree: Any) -> None:
    match parser.enum(tree, "object_type"):
        case "OBJECT_TABLE" | "OBJECT_VIEW" | "OBJECT_MATVIEW":
            old = state.found(tree.relation)
            tables.move(state, old, Name(tree.newschema, old.name))
        case "OBJECT_FUNCTION":
            for function in functions.find(state, parser.unwrap(tree.object)):
                kinds = tuple(kind for _, kind in function.arguments)
                del state.catalog.functions[function.name, kinds]
                function.name = Name(tree.newschema, function.name.name)
                state.catalog.functions[function.name, kinds] = function


def _set(state: State, tree: Any) -> None:
    if tree.name == "search_path":
        words = tuple(word for arg in tree.args if (word := parser.literal(arg)))
        state.path = words if parser.enum(tree, "kind") == "VAR_SET_VALUE" else DEFAULT_PATH


def _select(state: State, tree: Any) -> None:
    """Dumps empty the search path by a function call."""
    for one in parser.walk(tree):
        if parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[-1] == "set_config" and len(one.args) > 1:
            name, value = parser.literal(one.args[0]), parser.literal(one.args[1])
            if name == "search_path" and value is not None:
                state.path = tuple(word.strip(' "') for word in value.split(",") if word.strip())


def _do(state: State, tree: Any) -> None:
    if state.depth >= DEEP:
        return
    state.depth += 1
    for inner in dynamic.statements(state, tree):
        step(state, inner)
    state.depth -= 1


def _role(state: State, tree: Any) -> None:
    state.catalog.roles.setdefault(tree.role, set())


def _trigger(state: State, tree: Any) -> None:
    table = state.catalog.tables.get(state.found(tree.relation))
    parts = parser.strings(tree.funcname)
    if table and parts:
        table.triggers[tree.trigname] = (Name(parts[-2] if len(parts) > 1 else state.home, parts[-1]), state.place)


def _create_as(state: State, tree: Any) -> None:
    if parser.enum(tree, "objtype") == "OBJECT_MATVIEW":
        views.create_materialized(state, tree)
    else:
        tables.create_as(state, tree)


HANDLERS: MappingProxyType[str, Callable[[State, Any], None]] = MappingProxyType(
    {
        "CreateStmt": tables.create,
        "CreateForeignTableStmt": tables.create_foreign,
        "CreateTableAsStmt": _create_as,
        "AlterTableStmt": tables.alter,
        "CreatePolicyStmt": policies.create,
        "AlterPolicyStmt": policies.alter,
        "ViewStmt": views.create,
        "CreateFunctionStmt": functions.create,
        "AlterFunctionStmt": functions.alter,
        "GrantStmt": grants.grant,
        "GrantRoleStmt": grants.membership,
        "AlterDefaultPrivilegesStmt": grants.defaults,
        "CreateSchemaStmt": _schema,
        "DropStmt": _drop,
        "RenameStmt": _rename,
        "AlterObjectSchemaStmt": _set_schema,
        "VariableSetStmt": _set,
        "SelectStmt": _select,
        "DoStmt": _do,
        "CreateRoleStmt": _role,
        "CreateTrigStmt": _trigger,
        "InsertStmt": storage.insert,
        "UpdateStmt": storage.update,
        "DeleteStmt": storage.delete,
    }
)
