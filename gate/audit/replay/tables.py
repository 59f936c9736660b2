"""CREATE TABLE in its forms: plain, LIKE, INHERITS, PARTITION OF, AS, foreign."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Column, Name, Table
from gate.audit.replay import constraints, parser
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State

LIKE_DEFAULTS, LIKE_GENERATED, LIKE_IDENTITY, LIKE_INDEXES = 8, 16, 32, 64


def create(state: State, tree: Any) -> None:
    """CREATE TABLE, PARTITION OF and INHERITS included."""
    if tree.relation.relpersistence == "t":
        return
    name = state.made(tree.relation)
    if constraints.taken(state, name):
        if not tree.if_not_exists:
            state.missing(f"table {name} exists already")
        return
    if name.schema not in state.catalog.schemas:
        state.missing(f"schema {name.schema} of table {name} was never created")
        return
    table = Table(name, state.place, acl=born_with(state.catalog, name.schema, "tables", state.role))
    for parent in tree.inh_relations:
        _inherit(state, table, state.found(parser.unwrap(parent)))
    table.partition = parser.present(tree, "partbound")
    state.catalog.tables[name] = table
    later = []
    for element in map(parser.unwrap, tree.table_elts):
        if parser.kind(element) == "Constraint":
            later.append(element)
        else:
            _element(state, table, element)
    for element in later:
        constraints.add_constraint(state, table, element, ())


def _inherit(state: State, table: Table, parent: Name) -> None:
    source = state.catalog.tables.get(parent)
    if source is None:
        state.missing(f"table {parent}, the parent of {table.name}, was never created")
        return
    table.parents.append(parent)
    for column in source.columns.values():
        table.columns.setdefault(column.name, column.inherited())


def _element(state: State, table: Table, node: Any) -> None:
    match parser.kind(node):
        case "ColumnDef" if node.colname in table.columns:  # merged with an inherited one
            for constraint in map(parser.unwrap, node.constraints):
                constraints.add_constraint(state, table, constraint, (node.colname,))
        case "ColumnDef" if not parser.present(node, "type_name"):
            pass
        case "ColumnDef":
            constraints.add_column(state, table, node)
        case "TableLikeClause":
            _like(state, table, node)


def _like(state: State, table: Table, node: Any) -> None:
    """LIKE copies columns and NOT NULL; row security, policies and grants are never copied."""
    name = state.found(node.relation)
    source = state.catalog.tables.get(name)
    if source is None:
        if name not in state.catalog.views:
            state.missing(f"table {name} was never created")
        return
    for column in source.columns.values():
        made = Column(column.name, column.type, column.not_null)
        wanted = {"generated": LIKE_GENERATED, "identity": LIKE_IDENTITY}.get(column.kind, LIKE_DEFAULTS)
        if node.options & wanted:
            made = column.inherited()
        table.columns[column.name] = made
        if node.options & wanted and column.kind == "identity":
            constraints.add_identity(state, table, made)
    if node.options & LIKE_INDEXES and source.primary_key:
        table.primary_key = source.primary_key
        table.constraints[f"{table.name.name}_pkey"] = "primary"


def create_foreign(state: State, tree: Any) -> None:
    """CREATE FOREIGN TABLE."""
    create(state, tree.base_stmt)
    table = state.catalog.tables.get(state.made(tree.base_stmt.relation))
    if table:
        table.kind = "foreign"


def create_as(state: State, tree: Any) -> None:
    """CREATE TABLE AS: rows are copied, protection is not."""
    into(state, tree.into, tree.query, if_not_exists=tree.if_not_exists)


def into(state: State, target: Any, query: Any, *, if_not_exists: bool = False) -> None:
    """A table made from a query, also by SELECT INTO."""
    if target.rel.relpersistence == "t":
        return
    name = state.made(target.rel)
    if constraints.taken(state, name):
        if not if_not_exists:
            state.missing(f"table {name} exists already")
        return
    table = Table(name, state.place, acl=born_with(state.catalog, name.schema, "tables", state.role))
    named = parser.strings(target.col_names)
    for number, column in enumerate(_selected(state, parser.unwrap(query))):
        column.name = named[number] if number < len(named) else column.name
        table.columns[column.name] = column
    state.catalog.tables[name] = table


def _selected(state: State, query: Any) -> Iterator[Column]:
    """The columns of a query: names are certain where they are written, types where they come from a known table."""
    if parser.kind(query) != "SelectStmt":
        return
    sources = [
        table
        for one in query.from_clause
        if parser.kind(one) == "RangeVar"
        for table in [state.catalog.tables.get(state.found(parser.unwrap(one)))]
        if table
    ]
    for target in map(parser.unwrap, query.target_list):
        fields = parser.unwrap(target.val)
        names = parser.strings(fields.fields) if parser.kind(fields) == "ColumnRef" else ()
        if parser.kind(fields) == "ColumnRef" and parser.kind(fields.fields[-1]) == "A_Star":
            for table in sources:
                yield from (Column(column.name, column.type) for column in table.columns.values())
            continue
        label = target.name or (names[-1] if names else _label(fields))
        found = next((t.columns[names[-1]].type for t in sources if names and names[-1] in t.columns), "?")
        yield Column(label, found)


def _label(node: Any) -> str:
    match parser.kind(node):
        case "FuncCall":
            return parser.strings(node.funcname)[-1]
        case "TypeCast":
            return (
                _label(parser.unwrap(node.arg))
                if parser.kind(node.arg) != "A_Const"
                else parser.type_text(node.type_name)
            )
        case "CoalesceExpr":
            return "coalesce"
        case "CaseExpr":
            return "case"
    return "?column?"
