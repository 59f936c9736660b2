"""CREATE TABLE in its forms: plain, LIKE, INHERITS, PARTITION OF, AS, foreign."""

from dataclasses import replace
from typing import Any

from gate.audit.catalog import Column, Name, Table
from gate.audit.replay import columns as cols
from gate.audit.replay import constraints, outputs, owners, parser, references
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State

LIKE_COMMENTS, LIKE_CONSTRAINTS, LIKE_DEFAULTS = 1, 4, 8
LIKE_GENERATED, LIKE_IDENTITY, LIKE_INDEXES = 16, 32, 64


def create(state: State, tree: Any) -> None:
    """CREATE TABLE, PARTITION OF and INHERITS included."""
    if tree.relation.relpersistence == "t":
        return
    table = _new(state, tree.relation, if_not_exists=tree.if_not_exists)
    if table is None:
        return
    table.partitioned = parser.present(tree, "partspec")
    table.partition_key = tuple(parser.unwrap(one).name for one in tree.partspec.part_params)
    table.partition = parser.present(tree, "partbound")
    for node in map(parser.unwrap, tree.inh_relations):
        _inherit(state, table, state.found(node))
    catalog = state.catalog
    catalog.tables[table.name] = table
    try:
        _elements(state, table, [parser.unwrap(node) for node in tree.table_elts])
        if table.partition and table.parents:
            constraints.hand_down(state, catalog.tables[table.parents[0]], table)
    except BaseException:  # nothing of a table that is refused remains
        del catalog.tables[table.name]
        for name in [one.name for one in catalog.sequences.values() if one.column and one.column[0] == table.name]:
            del catalog.sequences[name]
        for name in [one.name for one in catalog.indexes.values() if one.table == table.name]:
            del catalog.indexes[name]
        raise


def _new(state: State, relation: Any, *, if_not_exists: bool) -> Table | None:
    """An empty table of a free name; None where there is one already and that is fine."""
    name = state.made(relation)
    if cols.taken(state, name) or name in state.catalog.types:
        if if_not_exists and cols.taken(state, name):
            return None
        state.refuse(f"table {name} exists already")
    owners.may_create(state, name.schema)
    acl = born_with(state.catalog, name.schema, "tables", state.role)
    return Table(name, state.place, acl=acl, owner=state.role)


def _elements(state: State, table: Table, nodes: list[Any]) -> None:
    """Columns first, then constraints: keys last, as they may name any column."""
    later: list[tuple[Any, tuple[str, ...]]] = []
    written: set[str] = set()
    for node in nodes:
        match parser.kind(node):
            case "Constraint":
                later.append((node, ()))
            case "ColumnDef":
                if node.colname in written:
                    state.refuse(f"column {node.colname!r} of {table.name} is written twice")
                written.add(node.colname)
                _column(state, table, node)
                later += [(one, (node.colname,)) for one in map(parser.unwrap, node.constraints)]
            case "TableLikeClause":
                _like(state, table, node)
    for node, at in constraints.without_doubles(sorted(later, key=lambda pair: _turn(pair[0]))):
        constraints.add_constraint(state, table, node, at)


def _turn(node: Any) -> int:
    """Postgres makes what belongs to columns first, then checks, then indexes, then keys to other tables."""
    order = {"CONSTR_CHECK": 1, "CONSTR_PRIMARY": 2, "CONSTR_UNIQUE": 3, "CONSTR_EXCLUSION": 3, "CONSTR_FOREIGN": 4}
    return order.get(parser.enum(node, "contype"), 0)


def _column(state: State, table: Table, node: Any) -> None:
    known = table.columns.get(node.colname)
    if known is not None and not table.parents:
        state.refuse(f"column {node.colname!r} of {table.name} is written twice")
    if known is not None:  # merged with an inherited one
        if not table.partition:
            known.own = True
            kind = cols.resolved_type(state, node.type_name)
            if "?" not in (kind, known.type) and kind != known.type:
                state.refuse(f"column {node.colname!r} of {table.name} has another type in its parent")
    elif parser.present(node, "type_name"):
        if table.partition:
            state.refuse(f"column {node.colname!r} of {table.name} is not in its parent")
        cols.add_column(state, table, node)
    else:
        state.missing(f"column {node.colname!r} of {table.name} was never created")


def _inherit(state: State, table: Table, parent: Name) -> None:
    source = state.catalog.tables.get(parent)
    if source is None:
        state.lacks(f"table {parent}, the parent of {table.name}, was never created")
        return
    if table.partition != source.partitioned:
        state.refuse(f"{table.name} cannot be a child of {parent}")
    table.parents.append(parent)
    state.catalog.heirs.append(table)
    for column in source.columns.values():
        made = table.columns.setdefault(column.name, column.inherited())
        made.own = False
        made.not_null = made.not_null or column.not_null
    for made_ in source.constraints.values():
        if made_.kind == "check":
            table.constraints.setdefault(made_.name, replace(made_, inherited=True, comment=""))


def _like(state: State, table: Table, node: Any) -> None:
    """LIKE copies columns and NOT NULL; row security, policies and grants are never copied."""
    name = state.found(node.relation)
    source = state.catalog.tables.get(name) or state.catalog.views.get(name)
    if source is None or source is table:
        state.lacks(f"table {name} was never created")
        return
    for column in source.columns.values():
        if column.name in table.columns:
            state.refuse(f"column {column.name!r} of {table.name} is written twice")
        made = Column(column.name, column.type, column.not_null)
        wanted = {"generated": LIKE_GENERATED, "identity": LIKE_IDENTITY}.get(column.kind, LIKE_DEFAULTS)
        if node.options & wanted:
            made = replace(column.inherited(), own=True)
        if node.options & LIKE_COMMENTS:
            made.comment = column.comment
        table.columns[column.name] = made
        if node.options & wanted and column.kind == "identity":
            cols.add_identity(state, table, made)
    if isinstance(source, Table):
        _like_parts(state, table, source, node.options)


def _like_parts(state: State, table: Table, source: Table, options: int) -> None:
    """INCLUDING CONSTRAINTS and INCLUDING INDEXES."""
    noted = bool(options & LIKE_COMMENTS)
    for made in source.constraints.values():
        if made.kind == "check" and options & LIKE_CONSTRAINTS:
            copy = replace(made, node=parser.copied(made.node), inherited=False)
            copy.comment = made.comment if noted else ""
            table.constraints[made.name] = copy
    if options & LIKE_INDEXES:
        for index in [one for one in state.catalog.indexes.values() if one.table == source.name]:
            constraints.copy_index(state, table, source, index)


def create_foreign(state: State, tree: Any) -> None:
    """CREATE FOREIGN TABLE."""
    create(state, tree.base_stmt)
    table = state.catalog.tables.get(state.made(tree.base_stmt.relation))
    if table:
        table.kind, table.server = "foreign", tree.servername


def create_as(state: State, tree: Any) -> None:
    """CREATE TABLE AS: rows are copied, protection is not."""
    into(state, tree.into, tree.query, if_not_exists=tree.if_not_exists)


def into(state: State, target: Any, query: Any, *, if_not_exists: bool = False) -> None:
    """A table made from a query, also by SELECT INTO."""
    if target.rel.relpersistence == "t":
        return
    table = _new(state, target.rel, if_not_exists=if_not_exists)
    if table is None:
        return
    copy = parser.copied(query)
    if parser.kind(copy) == "SelectStmt":
        parser.unwrap(copy).ClearField("into_clause")  # what it makes is not what it reads
    references.qualify(state, copy)
    references.must_be_there(state, copy, f"table {table.name}")
    named = parser.strings(target.col_names)
    for number, column in enumerate(outputs.of_query(state, parser.unwrap(query)) or ()):
        column.name = named[number] if number < len(named) else column.name
        table.columns[column.name] = column
    state.catalog.tables[table.name] = table
