"""Columns and constraints, as CREATE TABLE and ALTER TABLE write them."""

from typing import Any

from gate.audit.catalog import Check, Column, ForeignKey, Index, Name, Sequence, Table
from gate.audit.replay import parser, references
from gate.audit.replay.naming import made_up
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State

IMPLICIT = {"CONSTR_PRIMARY": "pkey", "CONSTR_UNIQUE": "key", "CONSTR_FOREIGN": "fkey", "CONSTR_CHECK": "check"}


def add_column(state: State, table: Table, node: Any) -> None:
    """One column definition with its constraints."""
    kind = parser.type_text(node.type_name)
    serial = parser.SERIALS.get(kind) if len(node.type_name.names) == 1 else None
    column = Column(node.colname, serial or resolved_type(state, node.type_name))
    set_size(column, node.type_name)
    if present_default(node):
        set_default(state, column, node.raw_default)
    table.columns[column.name] = column
    if serial:
        name = add_sequence(state, table.name, column.name)
        column.not_null, column.default = True, f"nextval('{name}')"
    for constraint in node.constraints:
        add_constraint(state, table, parser.unwrap(constraint), (column.name,))


def set_size(column: Column, node: Any) -> None:
    """The length, or precision and scale, of a type as it is written."""
    column.limited = len(node.typmods) > 0
    column.size = tuple(word for one in node.typmods if (word := parser.literal(one)) is not None)


def present_default(node: Any) -> bool:
    """Whether a column definition carries a default outside its constraints."""
    return parser.present(node, "raw_default")


def resolved_type(state: State, node: Any) -> str:
    """A type's own name; `t.c%TYPE` is looked up."""
    names = parser.strings(node.names)
    if node.pct_type and len(names) > 1:
        table = state.catalog.tables.get(state.found_as(names[:-1]))
        column = table.columns.get(names[-1]) if table else None
        return column.type if column else "?"
    return parser.type_text(node)


def set_default(state: State, column: Column, node: Any) -> None:
    """SET DEFAULT; DEFAULT NULL is none, unless a cast of it to the column's length remains to be done."""
    if parser.is_null(node) and not (column.limited and parser.kind(node) == "TypeCast"):
        column.forget_default()
        return
    column.default_node = parser.copied(node)
    references.qualify(state, column.default_node)
    column.calls = frozenset(references.calls(column.default_node))
    column.default = parser.expression(column.default_node)


def add_sequence(state: State, table: Name, column: str, options: Any = ()) -> Name:
    """The sequence behind a serial or identity column; an identity may name it."""
    catalog = state.catalog
    named = [
        parser.strings(parser.items(o.arg))[-1] for o in map(parser.unwrap, options) if o.defname == "sequence_name"
    ]
    text = (
        named[0] if named else made_up(table.name, column, "seq", lambda name: taken(state, Name(table.schema, name)))
    )
    name = Name(table.schema, text)
    acl = born_with(catalog, name.schema, "sequences", state.role)
    catalog.sequences[name] = Sequence(name, state.place, (table, column), acl)
    return name


def taken(state: State, name: Name) -> bool:
    """Whether a relation, index included, has that name."""
    catalog = state.catalog
    return name in catalog.tables or name in catalog.views or name in catalog.sequences or name in catalog.indexes


def add_constraint(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    """One constraint; `columns` is the column it was written at, if any."""
    kind = parser.enum(node, "contype")
    match kind:
        case "CONSTR_NOTNULL":
            for name in columns or parser.strings(node.keys):
                set_not_null(table, name)
        case "CONSTR_NULL":
            pass
        case "CONSTR_IDENTITY":
            for name in columns:
                add_identity(state, table, table.columns[name], node.options)
        case "CONSTR_DEFAULT":
            for name in columns:
                set_default(state, table.columns[name], node.raw_expr)
        case "CONSTR_GENERATED":
            for name in columns:
                set_default(state, table.columns[name], node.raw_expr)
                table.columns[name].kind = "generated"
        case "CONSTR_PRIMARY":
            _primary(state, table, node, parser.strings(node.keys) or columns)
        case "CONSTR_FOREIGN":
            _foreign(state, table, node, parser.strings(node.fk_attrs) or columns)
        case "CONSTR_UNIQUE":
            _unique(state, table, node, parser.strings(node.keys) or columns)
        case "CONSTR_CHECK":
            name = named(state, table, node, columns[0] if columns else only_column(node))
            table.constraints[name] = "check"
            table.checks[name] = Check(node.raw_expr, valid=not node.skip_validation)
        case "CONSTR_EXCLUSION":
            table.constraints[node.conname or f"{table.name.name}_excl"] = "exclusion"


def set_not_null(table: Table, name: str) -> None:
    """Mark a column as required."""
    if name in table.columns:
        table.columns[name].not_null = True


def add_identity(state: State, table: Table, column: Column, options: Any = ()) -> None:
    """GENERATED ... AS IDENTITY."""
    add_sequence(state, table.name, column.name, options)
    column.not_null, column.kind, column.default = True, "identity", "identity"


def only_column(node: Any) -> str:
    """The column that a table CHECK is named after: the only one it reads."""
    names = {
        parser.strings(one.fields)[-1]
        for one in parser.walk(node.raw_expr)
        if parser.kind(one) == "ColumnRef" and parser.strings(one.fields)
    }
    return names.pop() if len(names) == 1 else ""


def named(state: State, table: Table, node: Any, columns: str) -> str:
    """The name of a constraint, made up as Postgres does where none is written."""
    if node.conname:
        return str(node.conname)
    label = IMPLICIT[parser.enum(node, "contype")]
    middle = "" if label == "pkey" else columns
    return made_up(
        table.name.name,
        middle,
        label,
        lambda name: name in table.constraints or taken(state, Name(table.name.schema, name)),
    )


def _primary(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    if table.primary_key:
        state.missing(f"table {table.name} has a primary key already")
        return
    if node.indexname:  # USING INDEX: the index takes the constraint's name
        used = state.catalog.indexes.pop(Name(table.name.schema, node.indexname), None)
        columns = used.columns if used else ()
    table.primary_key = columns
    for one in columns:
        set_not_null(table, one)
    name = node.conname or node.indexname or named(state, table, node, "")
    table.constraints[name] = "primary"
    state.catalog.indexes[Name(table.name.schema, name)] = Index(table.name, columns, unique=True)


def _unique(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    if node.indexname:  # USING INDEX: the index takes the constraint's name
        used = state.catalog.indexes.pop(Name(table.name.schema, node.indexname), None)
        columns = used.columns if used else columns
    name = node.conname or node.indexname or named(state, table, node, "_".join(columns))
    table.constraints[name] = "unique"
    state.catalog.indexes[Name(table.name.schema, name)] = Index(table.name, columns, unique=True)


def _foreign(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    target = state.found(node.pktable)
    known = table if target == table.name else state.catalog.tables.get(target)
    theirs = parser.strings(node.pk_attrs) or (known.primary_key if known else ())
    name = named(state, table, node, "_".join(columns))
    if name in table.constraints:
        state.missing(f"constraint {name!r} of {table.name} exists already")
        return
    table.constraints[name] = "foreign"
    table.foreign_keys.append(ForeignKey(name, columns, target, theirs, valid=not node.skip_validation))


def drop_constraint(table: Table, name: str) -> bool:
    """Forget a constraint; whether there was one of that name."""
    kind = table.constraints.pop(name, None)
    table.checks.pop(name, None)
    if kind == "primary":
        table.primary_key = ()
    table.foreign_keys = [key for key in table.foreign_keys if key.name != name]
    return kind is not None


def validate(table: Table, name: str) -> None:
    """VALIDATE CONSTRAINT."""
    for key in table.foreign_keys:
        key.valid = key.valid or key.name == name
    if name in table.checks:
        table.checks[name].valid = True


def alter_drop(state: State, table: Table, command: Any) -> None:
    """DROP CONSTRAINT: keys of other tables rest on a primary key or unique constraint, and go only with CASCADE."""
    kind = table.constraints.get(command.name)
    if kind is None:
        if not command.missing_ok:
            state.missing(f"constraint {command.name!r} of {table.name} was never created")
        return
    resting = [
        (other, key)
        for other in state.catalog.tables.values()
        for key in other.foreign_keys
        if kind == "primary" and key.target == table.name and set(key.target_columns) == set(table.primary_key)
    ]
    if resting and parser.enum(command, "behavior") != "DROP_CASCADE":
        state.missing(
            f"constraint {command.name!r} of {table.name} cannot be dropped: {resting[0][0].name} depends on it"
        )
        return
    for other, key in resting:
        drop_constraint(other, key.name)
    drop_constraint(table, command.name)
    state.catalog.indexes.pop(Name(table.name.schema, command.name), None)
