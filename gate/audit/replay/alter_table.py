"""ALTER TABLE and ALTER VIEW, command by command; what a parent gets, its children get."""

from typing import Any

from gate.audit.catalog import Column, Name, Table, View
from gate.audit.replay import columns, constraints, drops, owners, parser, triggers
from gate.audit.replay.constraints import family
from gate.audit.replay.state import Refused, State

SWITCHES = {
    "AT_EnableRowSecurity": ("rls", True),
    "AT_DisableRowSecurity": ("rls", False),
    "AT_ForceRowSecurity": ("forced", True),
    "AT_NoForceRowSecurity": ("forced", False),
}
INHERITANCE = {"AT_AttachPartition", "AT_DetachPartition", "AT_AddInherit", "AT_DropInherit"}


def alter(state: State, tree: Any) -> None:
    """All commands, or none where Postgres refuses one."""
    catalog = state.catalog
    name = state.found(tree.relation)
    commands = [parser.unwrap(node) for node in tree.cmds]
    found = catalog.views.get(name) or catalog.tables.get(name)
    if found is None:
        _other(state, tree, name, commands)
        return
    drops.must_be(state, name, parser.enum(tree, "objtype"))
    owners.must_own(state, f"{name}", found.owner)
    if len(commands) == 1:
        _one(state, found, commands[0])
        return
    for command in sorted(commands, key=_pass):
        state.part(lambda _state, command=command: _one(state, found, command))


def _pass(command: Any) -> int:
    """Postgres drops first, then changes types, then adds columns, then constraints."""
    subtype = parser.enum(command, "subtype")
    if subtype == "AT_ColumnDefault" and parser.unwrap(getattr(command, "def")) is None:
        return 0
    order = {
        "AT_DropColumn": 0,
        "AT_DropConstraint": 0,
        "AT_DropNotNull": 0,
        "AT_DropIdentity": 0,
        "AT_DropExpression": 0,
        "AT_AlterColumnType": 1,
        "AT_AddColumn": 3,
        "AT_SetExpression": 3,
        "AT_ColumnDefault": 4,
        "AT_AddIdentity": 4,
        "AT_AddConstraint": 5,
    }
    return order.get(subtype, 6)


def _other(state: State, tree: Any, name: Name, commands: list[Any]) -> None:
    """ALTER TABLE also takes sequences, indexes and composite types."""
    catalog = state.catalog
    held = catalog.sequences.get(name)
    made = catalog.types.get(name)
    if parser.enum(tree, "objtype") == "OBJECT_TYPE" and made:
        for command in commands:
            _attribute(state, command, made.attributes)
    elif held:
        for command in commands:
            if parser.enum(command, "subtype") == "AT_ChangeOwner":
                held.owner = owners.new_owner(state, held.owner, command.newowner, name.schema)
    elif name not in catalog.indexes and not tree.missing_ok:
        state.missing(f"table {name} was never created")


def _attribute(state: State, command: Any, attributes: dict[str, str]) -> None:
    """ALTER TYPE ... ADD, DROP and ALTER ATTRIBUTE."""
    definition = parser.unwrap(getattr(command, "def"))
    match parser.enum(command, "subtype"):
        case "AT_AddColumn":
            if definition.colname in attributes:
                state.refuse(f"attribute {definition.colname!r} exists already")
            attributes[definition.colname] = columns.resolved_type(state, definition.type_name)
        case "AT_DropColumn":
            if attributes.pop(command.name, None) is None and not command.missing_ok:
                state.missing(f"attribute {command.name!r} was never created")
        case "AT_AlterColumnType" if command.name in attributes:
            attributes[command.name] = columns.resolved_type(state, definition.type_name)


def _one(state: State, found: Table | View, command: Any) -> None:
    if isinstance(found, View):
        _of_view(state, found, command)
    else:
        _command(state, found, command)


def _of_view(state: State, view: View, command: Any) -> None:
    """Options, owner and the defaults of a view's columns."""
    named = [parser.unwrap(node) for node in parser.items(getattr(command, "def"))]
    match parser.enum(command, "subtype"):
        case "AT_SetRelOptions":
            view.options.update({one.defname: parser.option_text(one.arg) for one in named})
        case "AT_ResetRelOptions":
            for one in named:
                view.options.pop(one.defname, None)
        case "AT_ChangeOwner":
            view.owner = owners.new_owner(state, view.owner, command.newowner, view.name.schema)
        case "AT_ColumnDefault" if command.name not in view.columns:
            state.missing(f"column {command.name!r} of {view.name} was never created")


def _command(state: State, table: Table, command: Any) -> None:
    definition = parser.unwrap(getattr(command, "def"))
    match parser.enum(command, "subtype"):
        case subtype if subtype in SWITCHES:
            name, value = SWITCHES[subtype]
            setattr(table, name, value)
            if name == "rls":
                table.changed = state.place
        case "AT_AddColumn":
            _add_column(state, table, command, definition)
        case "AT_DropColumn":
            drops.column(state, table, command)
        case "AT_AddConstraint":
            constraints.add_constraint(state, table, definition, ())
        case "AT_DropConstraint":
            constraints.alter_drop(state, table, command)
        case "AT_ValidateConstraint":
            constraints.validate(state, table, command.name)
        case "AT_ChangeOwner":
            owners.table(state, table, command.newowner)
        case subtype if subtype in INHERITANCE:
            _inheritance(state, table, subtype, definition)
        case subtype if subtype in triggers.SWITCHES:
            triggers.switch(state, table, command)
        case subtype:
            _change_column(state, table, command, (subtype, definition))


def _add_column(state: State, table: Table, command: Any, definition: Any) -> None:
    if definition.colname in table.columns:
        if not command.missing_ok:
            state.refuse(f"column {definition.colname!r} of {table.name} exists already")
        return
    if table.partition:
        state.refuse(f"{table.name} is a partition: its columns are those of its parent")
    kind = columns.resolved_type(state, definition.type_name)
    kind = parser.SERIALS.get(kind, kind)
    for child in list(family(state, table))[1:]:
        if definition.colname in child.columns and child.columns[definition.colname].type not in {kind, "?"}:
            state.refuse(f"column {definition.colname!r} of {child.name}, a child of {table.name}, has another type")
    made = columns.add_column(state, table, definition)
    for child in list(family(state, table))[1:]:
        if made.name not in child.columns:
            child.columns[made.name] = made.inherited()
            child.columns[made.name].own = False
    try:
        written = [(one, (made.name,)) for one in map(parser.unwrap, definition.constraints)]
        for node, at in constraints.without_doubles(written):
            constraints.add_constraint(state, table, node, at)
    except Refused:  # nothing of a column that is refused remains
        for member in family(state, table):
            drops.take_column(state, member, made.name)
        raise
    for child in list(family(state, table))[1:]:
        _handed_down(child.columns[made.name], made)


def _handed_down(column: Column, made: Column) -> None:
    """What a new column's constraints say holds for the children's as well."""
    copy = made.inherited()
    column.not_null, column.default, column.default_node = copy.not_null, copy.default, copy.default_node
    column.kind, column.calls = copy.kind, copy.calls


COLUMN_COMMANDS = {
    "AT_SetNotNull",
    "AT_DropNotNull",
    "AT_AlterColumnType",
    "AT_ColumnDefault",
    "AT_SetExpression",
    "AT_AddIdentity",
    "AT_DropIdentity",
    "AT_DropExpression",
    "AT_SetIdentity",
    "AT_SetStatistics",
    "AT_SetStorage",
    "AT_SetCompression",
    "AT_SetOptions",
}


def _change_column(state: State, table: Table, command: Any, change: tuple[str, Any]) -> None:
    subtype, definition = change
    if not command.name or subtype not in COLUMN_COMMANDS:
        return
    column = table.columns.get(command.name)
    if column is None:
        state.missing(f"column {command.name!r} of {table.name} was never created")
    _fitting(state, table, column, (subtype, command, definition))
    for one in family(state, table):
        if command.name in one.columns:
            _change(state, one, one.columns[command.name], (subtype, definition, getattr(command, "def")))


def _fitting(state: State, table: Table, column: Column, change: tuple[str, Any, Any]) -> None:
    """Refuse what does not go with what the column is."""
    subtype, command, definition = change
    label = f"column {column.name!r} of {table.name}"
    match subtype:
        case "AT_DropNotNull" if column.name in table.primary_key or column.kind == "identity":
            state.refuse(f"{label} must be required: it is a key or an identity")
        case "AT_DropNotNull" if not table.columns[column.name].own and column.not_null:
            state.refuse(f"{label} is required by its parent")
        case "AT_ColumnDefault" if column.kind:
            state.refuse(f"{label} is {column.kind} and takes no default")
        case "AT_AddIdentity" if column.default or not column.not_null:
            state.refuse(f"{label} has a default already, or may be empty")
        case "AT_DropIdentity" | "AT_SetIdentity" if column.kind != "identity" and not command.missing_ok:
            state.refuse(f"{label} is no identity")
        case "AT_DropExpression" | "AT_SetExpression" if column.kind != "generated" and not command.missing_ok:
            state.refuse(f"{label} is not generated")
        case "AT_AlterColumnType":
            _retypable(state, table, column, definition)


def _retypable(state: State, table: Table, column: Column, definition: Any) -> None:
    """A type stays while views, policies, triggers or generated columns read the column, or where no cast is known."""
    label = f"column {column.name!r} of {table.name}"
    if not column.own and table.parents:
        state.refuse(f"{label} is inherited")
    user = next(drops.readers(state, table.name, column.name), None)
    if user is not None:
        state.refuse(f"the type of {label} cannot change: {user} uses it")
    columns.known(state, definition.type_name)
    new = columns.resolved_type(state, definition.type_name)
    using = parser.present(definition, "raw_default")
    made = state.type_named(parser.strings(definition.type_name.names))
    own = made is not None and state.catalog.types[made].kind in {"enum", "composite"} and new != column.type
    if not using and (own or not columns.assignable(column.type, new)):
        state.refuse(f"{label} cannot be cast to {new}")


def _change(state: State, table: Table, column: Column, change: tuple[str, Any, Any]) -> None:
    subtype, definition, raw = change
    match subtype:
        case "AT_SetNotNull":
            column.not_null = True
        case "AT_DropNotNull":
            column.not_null = False
        case "AT_AlterColumnType":
            column.type = columns.resolved_type(state, definition.type_name)
            columns.set_size(column, definition.type_name)
        case "AT_ColumnDefault" if definition is None:
            column.forget_default()
        case "AT_ColumnDefault" | "AT_SetExpression":
            columns.set_default(state, column, raw, generated=column.kind == "generated")
        case "AT_AddIdentity":
            columns.add_identity(state, table, column, parser.items(definition.options) or definition.options)
        case "AT_DropIdentity" | "AT_DropExpression" if column.kind:
            if subtype == "AT_DropIdentity":
                drops.owned_sequences(state, table.name, column.name)
            column.kind = ""
            column.forget_default()


def _inheritance(state: State, table: Table, subtype: str, definition: Any) -> None:
    """A child keeps its own row security, whatever its parent's is."""
    ours = subtype in {"AT_AttachPartition", "AT_DetachPartition"}
    named = state.found(definition.name if ours else definition)
    other = state.catalog.tables.get(named)
    if other is None:
        state.missing(f"table {named} was never created")
    parent, child = (table, other) if ours else (other, table)
    match subtype:
        case "AT_AttachPartition":
            _attach(state, parent, child)
        case "AT_AddInherit":
            _adopt(state, parent, child)
        case _:
            _detach(state, parent, child)


def _attach(state: State, parent: Table, child: Table) -> None:
    if not parent.partitioned or child.partition or child.parents:
        state.refuse(f"{child.name} cannot become a partition of {parent.name}")
    if set(child.columns) - set(parent.columns):
        state.refuse(f"{child.name} has columns that {parent.name} lacks")
    _alike(state, parent, child)
    child.parents.append(parent.name)
    state.catalog.heirs.append(child)
    child.partition = True
    for column in parent.columns.values():
        if column.not_null:
            columns.set_not_null(child, column.name)
    constraints.hand_down(state, parent, child)


def _adopt(state: State, parent: Table, child: Table) -> None:
    if parent.name in child.parents or parent in family(state, child):
        state.refuse(f"{child.name} cannot inherit from {parent.name}")
    _alike(state, parent, child)
    child.parents.append(parent.name)
    state.catalog.heirs.append(child)


def _alike(state: State, parent: Table, child: Table) -> None:
    """A child must have its parent's columns and checks."""
    for column in parent.columns.values():
        theirs = child.columns.get(column.name)
        if theirs is None or ("?" not in (theirs.type, column.type) and theirs.type != column.type):
            state.refuse(f"{child.name} lacks the column {column.name!r} of {parent.name}, or has another type for it")
        if column.not_null and not theirs.not_null and not child.partition and not parent.partitioned:
            state.refuse(f"column {column.name!r} of {child.name} must be required, as in {parent.name}")
    for made in parent.constraints.values():
        if made.kind == "check" and made.name not in child.constraints:
            state.refuse(f"{child.name} lacks the constraint {made.name!r} of {parent.name}")


def _detach(state: State, parent: Table, child: Table) -> None:
    if parent.name not in child.parents:
        state.refuse(f"{child.name} does not belong to {parent.name}")
    child.parents.remove(parent.name)
    child.partition = False
    constraints.set_free(child)
