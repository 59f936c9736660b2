"""CREATE, ALTER, RENAME and DROP of tables, with their columns, keys and row security switches."""

from typing import Any

from gate.audit.catalog import Column, ForeignKey, Name, Table
from gate.audit.replay import parser
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE TABLE, PARTITION OF and INHERITS included."""
    if tree.relation.relpersistence == "t":
        return
    name = state.made(tree.relation)
    if name in state.catalog.tables:
        if not tree.if_not_exists:
            state.missing(f"table {name} exists already")
        return
    table = Table(name, state.place, acl=born_with(state.catalog, name.schema, "tables"))
    for parent in tree.inh_relations:
        source = state.catalog.tables.get(state.found(parser.unwrap(parent)))
        if source:
            table.columns |= {c.name: Column(c.name, c.type, c.not_null, c.default) for c in source.columns.values()}
            table.foreign_keys += source.foreign_keys
            table.primary_key = table.primary_key or source.primary_key
    for element in tree.table_elts:
        _element(state, table, parser.unwrap(element))
    state.catalog.tables[name] = table


def create_foreign(state: State, tree: Any) -> None:
    """CREATE FOREIGN TABLE."""
    create(state, tree.base_stmt)
    table = state.catalog.tables.get(state.made(tree.base_stmt.relation))
    if table:
        table.kind = "foreign"


def create_as(state: State, tree: Any) -> None:
    """CREATE TABLE AS and SELECT INTO: rows are copied, protection is not."""
    if tree.into.rel.relpersistence == "t":
        return
    name = state.made(tree.into.rel)
    if name not in state.catalog.tables:
        state.catalog.tables[name] = Table(name, state.place, acl=born_with(state.catalog, name.schema, "tables"))


def _element(state: State, table: Table, node: Any) -> None:
    match parser.kind(node):
        case "ColumnDef":
            _column(state, table, node)
        case "Constraint":
            _constraint(state, table, node, ())
        case "TableLikeClause":
            source = state.catalog.tables.get(state.found(node.relation))
            if source:
                table.columns |= {c.name: Column(c.name, c.type, c.not_null) for c in source.columns.values()}


def _column(state: State, table: Table, node: Any) -> None:
    column = Column(node.colname, parser.type_text(node.type_name))
    if column.type in {"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"}:
        column.not_null, column.default = True, "nextval"
    table.columns[column.name] = column
    for constraint in node.constraints:
        _constraint(state, table, parser.unwrap(constraint), (column.name,))


def _constraint(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    match parser.enum(node, "contype"):
        case "CONSTR_NOTNULL" | "CONSTR_IDENTITY":
            for name in columns:
                table.columns[name].not_null = True
        case "CONSTR_DEFAULT":
            for name in columns:
                table.columns[name].default = parser.expression(node.raw_expr)
        case "CONSTR_PRIMARY":
            table.primary_key = parser.strings(node.keys) or columns
            for name in table.primary_key:
                if name in table.columns:
                    table.columns[name].not_null = True
        case "CONSTR_FOREIGN":
            target = state.found(node.pktable)
            known = state.catalog.tables.get(target)
            theirs = parser.strings(node.pk_attrs) or (known.primary_key if known else ())
            table.foreign_keys.append(ForeignKey(parser.strings(node.fk_attrs) or columns, target, theirs))


def alter(state: State, tree: Any) -> None:
    """ALTER TABLE and ALTER VIEW: each command on its own."""
    name = state.found(tree.relation)
    view = state.catalog.views.get(name)
    if view:
        for command in (parser.unwrap(node) for node in tree.cmds):
            _view_option(view.options, command)
        return
    table = state.catalog.tables.get(name)
    if table is None:
        if not tree.missing_ok and parser.enum(tree, "objtype") == "OBJECT_TABLE":
            state.missing(f"table {name} was never created")
        return
    for command in (parser.unwrap(node) for node in tree.cmds):
        _command(state, table, command)


def _view_option(options: dict[str, str], command: Any) -> None:
    named = [parser.unwrap(node) for node in parser.items(getattr(command, "def"))]
    match parser.enum(command, "subtype"):
        case "AT_SetRelOptions":
            options.update({one.defname: parser.option_text(one.arg) for one in named})
        case "AT_ResetRelOptions":
            for one in named:
                options.pop(one.defname, None)


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
            if definition.colname not in table.columns:
                _column(state, table, definition)
        case "AT_DropColumn":
            _drop_column(state, table, command)
        case "AT_SetNotNull" if command.name in table.columns:
            table.columns[command.name].not_null = True
        case "AT_DropNotNull" if command.name in table.columns:
            table.columns[command.name].not_null = False
        case "AT_AlterColumnType" if command.name in table.columns:
            table.columns[command.name].type = parser.type_text(definition.type_name)
        case "AT_ColumnDefault" if command.name in table.columns:
            table.columns[command.name].default = parser.expression(getattr(command, "def")) if definition else ""
        case "AT_AddConstraint":
            _constraint(state, table, definition, ())


def _drop_column(state: State, table: Table, command: Any) -> None:
    table.columns.pop(command.name, None)
    table.foreign_keys = [key for key in table.foreign_keys if command.name not in key.columns]
    if parser.enum(command, "behavior") == "DROP_CASCADE":
        for name, policy in list(table.policies.items()):
            if command.name in _columns_of(policy.expressions()):
                del table.policies[name]
        _ = state


def _columns_of(nodes: Any) -> set[str]:
    return {
        parser.strings(one.fields)[-1]
        for node in nodes
        for one in parser.walk(node)
        if parser.kind(one) == "ColumnRef" and parser.strings(one.fields)
    }


def drop(state: State, name: Name, *, cascade: bool) -> None:
    """DROP TABLE: keys to it go, and with CASCADE views and policies that read it."""
    state.catalog.tables.pop(name, None)
    for other in state.catalog.tables.values():
        other.foreign_keys = [key for key in other.foreign_keys if key.target != name]
        if cascade:
            for policy in [p for p in other.policies.values() if name in relations(state, p.expressions())]:
                del other.policies[policy.name]
    if cascade:
        for view in [view for view in state.catalog.views.values() if name in view.sources]:
            del state.catalog.views[view.name]


def relations(state: State, nodes: Any) -> set[Name]:
    """Every relation that some parse trees read."""
    return {state.found(one) for node in nodes for one in parser.walk(node) if parser.kind(one) == "RangeVar"}


def move(state: State, old: Name, new: Name) -> None:
    """RENAME and SET SCHEMA: row security, policies and grants move along, and so do keys and views."""
    catalog = state.catalog
    if old in catalog.views:
        view = catalog.views.pop(old)
        view.name = new
        catalog.views[new] = view
        return
    table = catalog.tables.pop(old, None)
    if table is None:
        state.missing(f"table {old} was never created")
        return
    table.name = new
    for policy in table.policies.values():
        policy.table = new
    catalog.tables[new] = table
    for other in catalog.tables.values():
        for key in other.foreign_keys:
            if key.target == old:
                key.target = new
    for view in catalog.views.values():
        view.sources = tuple(new if source == old else source for source in view.sources)


def rename_column(table: Table, old: str, new: str) -> None:
    """RENAME COLUMN."""
    if old in table.columns:
        table.columns = {new if n == old else n: c for n, c in table.columns.items()}
        table.columns[new].name = new
    for key in table.foreign_keys:
        key.columns = tuple(new if column == old else column for column in key.columns)
    table.primary_key = tuple(new if column == old else column for column in table.primary_key)
    for policy in table.policies.values():
        for node in policy.expressions():
            for one in parser.walk(node):
                if parser.kind(one) == "ColumnRef" and parser.strings(one.fields)[-1:] == (old,):
                    parser.unwrap(one.fields[-1]).sval = new
        policy.using = parser.expression(policy.using_node)
        policy.check = parser.expression(policy.check_node)
