"""ALTER TABLE and ALTER VIEW, command by command; what a parent gets, its children get."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Column, Table
from gate.audit.replay import constraints, drops, parser
from gate.audit.replay.state import State


def alter(state: State, tree: Any) -> None:
    """Each command on its own."""
    name = state.found(tree.relation)
    view = state.catalog.views.get(name)
    commands = [parser.unwrap(node) for node in tree.cmds]
    if view:
        for command in commands:
            view_option(view.options, command)
        return
    table = state.catalog.tables.get(name)
    if table is None:
        if (
            not tree.missing_ok
            and parser.enum(tree, "objtype") == "OBJECT_TABLE"
            and name not in state.catalog.sequences
        ):
            state.missing(f"table {name} was never created")
        return
    for command in commands:
        _command(state, table, command)


def view_option(options: dict[str, str], command: Any) -> None:
    """SET and RESET of a view's options."""
    named = [parser.unwrap(node) for node in parser.items(getattr(command, "def"))]
    match parser.enum(command, "subtype"):
        case "AT_SetRelOptions":
            options.update({one.defname: parser.option_text(one.arg) for one in named})
        case "AT_ResetRelOptions":
            for one in named:
                options.pop(one.defname, None)


def family(state: State, table: Table) -> Iterator[Table]:
    """A table and everything that inherits from it."""
    yield table
    for other in list(state.catalog.tables.values()):
        if table.name in other.parents:
            yield from family(state, other)


def _command(state: State, table: Table, command: Any) -> None:
    definition = parser.unwrap(getattr(command, "def"))
    match parser.enum(command, "subtype"):
        case "AT_EnableRowSecurity":
            table.rls, table.changed = True, state.place
        case "AT_DisableRowSecurity":
            table.rls, table.changed = False, state.place
        case "AT_ForceRowSecurity":
            table.forced = True
        case "AT_NoForceRowSecurity":
            table.forced = False
        case "AT_AddColumn":
            _add_column(state, table, command, definition)
        case "AT_DropColumn":
            drops.column(state, table, command)
        case "AT_AddConstraint":
            constraints.add_constraint(state, table, definition, ())
        case "AT_DropConstraint":
            constraints.alter_drop(state, table, command)
        case "AT_ValidateConstraint":
            constraints.validate(table, command.name)
        case "AT_AttachPartition" | "AT_DetachPartition" | "AT_AddInherit" | "AT_DropInherit":
            _inheritance(state, table, parser.enum(command, "subtype"), definition)
        case subtype if subtype.startswith(("AT_EnableTrig", "AT_DisableTrig")):
            for name in [command.name] if command.name else list(table.triggers):  # ALL and USER name none
                if name in table.triggers:
                    function, place, _ = table.triggers[name]
                    table.triggers[name] = (function, place, subtype.startswith("AT_Enable"))
        case subtype:
            _change_column(state, table, command, (subtype, definition))


def _add_column(state: State, table: Table, command: Any, definition: Any) -> None:
    if definition.colname in table.columns:
        if not command.missing_ok:
            state.missing(f"column {definition.colname!r} of {table.name} exists already")
        return
    constraints.add_column(state, table, definition)
    made = table.columns[definition.colname]
    for child in list(family(state, table))[1:]:
        child.columns.setdefault(made.name, made.inherited())


def _change_column(state: State, table: Table, command: Any, change: tuple[str, Any]) -> None:
    subtype, definition = change
    if not subtype.startswith("AT_") or not command.name or subtype not in COLUMN_COMMANDS:
        return
    if command.name not in table.columns:
        state.missing(f"column {command.name!r} of {table.name} was never created")
        return
    for one in family(state, table):
        column = one.columns.get(command.name)
        if column:
            _change(state, one, column, (subtype, definition, getattr(command, "def")))


def _change(state: State, table: Table, column: Column, change: tuple[str, Any, Any]) -> None:
    subtype, definition, raw = change
    match subtype:
        case "AT_SetNotNull":
            column.not_null = True
        case "AT_DropNotNull":
            column.not_null = False
        case "AT_AlterColumnType":
            column.type = constraints.resolved_type(state, definition.type_name)
            constraints.set_size(column, definition.type_name)
        case "AT_ColumnDefault" if definition is None:
            column.forget_default()
        case "AT_ColumnDefault" | "AT_SetExpression":
            constraints.set_default(state, column, raw)
        case "AT_AddIdentity":
            constraints.add_identity(state, table, column, definition.options)
        case "AT_DropIdentity" | "AT_DropExpression":
            if subtype == "AT_DropIdentity":
                drops.owned_sequences(state, table.name, column.name)
            column.kind = ""
            column.forget_default()


COLUMN_COMMANDS = {
    "AT_SetNotNull",
    "AT_DropNotNull",
    "AT_AlterColumnType",
    "AT_ColumnDefault",
    "AT_SetExpression",
    "AT_AddIdentity",
    "AT_DropIdentity",
    "AT_DropExpression",
}


def _inheritance(state: State, table: Table, subtype: str, definition: Any) -> None:
    """A child keeps its own row security, whatever its parent's is."""
    attaching = subtype == "AT_AttachPartition"
    if subtype in {"AT_AttachPartition", "AT_DetachPartition"}:
        child, parent = state.catalog.tables.get(state.found(definition.name)), table.name
    else:
        child, parent = table, state.found(definition)
    if child is None:
        state.missing(f"table {state.found(definition.name)} was never created")
        return
    if attaching or subtype == "AT_AddInherit":
        child.parents.append(parent)
        child.partition = attaching
        for column in table.columns.values() if attaching else ():
            if column.not_null:
                constraints.set_not_null(child, column.name)
    elif parent in child.parents:
        child.parents.remove(parent)
        child.partition = False
