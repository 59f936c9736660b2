"""CREATE INDEX and DROP INDEX."""

from typing import Any

from gate.audit.catalog import Index, Name
from gate.audit.replay import columns as cols
from gate.audit.replay import constraints, outputs, owners, parser, references
from gate.audit.replay.naming import made_up
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE [UNIQUE] INDEX, its name made up where it has none."""
    catalog = state.catalog
    table = state.found(tree.relation)
    elements = [parser.unwrap(node) for node in tree.index_params]
    name = Name(table.schema, tree.idxname or _made_up(state, table, elements))
    found = catalog.tables.get(table) or catalog.views.get(table)
    if found is None:
        state.missing(f"table {table} of index {tree.idxname!r} was never created")
    if cols.taken(state, name):
        if tree.if_not_exists:
            return
        state.refuse(f"{name} exists already")
    if table in catalog.views and not catalog.views[table].materialized:
        state.refuse(f"{table} is a view and takes no index")
    owners.must_own(state, str(table), found.owner)
    unknown = next((one.name for one in elements if one.name and one.name not in found.columns), None)
    if unknown is not None and found.columns:
        state.missing(f"column {unknown!r} of {table} was never created")
    made = described(state, name, table, tree)
    gone = next(
        (one for node in _nodes(made) for one in sorted(references.bare(node)) if one not in found.columns), None
    )
    if gone is not None and found.columns:
        state.missing(f"column {gone!r} of {table} was never created")
    for node in _nodes(made):
        references.must_be_there(state, node, f"index {name}")
    if tree.unique and table in catalog.tables:
        constraints.fits_partitions(state, catalog.tables[table], made.columns)
    catalog.indexes[name] = made
    if table in catalog.tables:
        for child in constraints.partitions(state, catalog.tables[table]):
            constraints.index_of_partition(state, child, made)


def described(state: State, name: Name, table: Name, tree: Any) -> Index:
    """An index as it is written."""
    elements = [parser.unwrap(node) for node in tree.index_params]
    details = [
        " ".join(
            (
                one.name or parser.expression(one.expr),
                *parser.strings(one.opclass),
                parser.enum(one, "ordering"),
                parser.enum(one, "nulls_ordering"),
            )
        )
        for one in elements
    ]
    where = _qualified(state, tree.where_clause) if parser.present(tree, "where_clause") else None
    return Index(
        name=name,
        table=table,
        keys=tuple(one.name for one in elements),
        unique=tree.unique,
        method=tree.access_method or "btree",
        details=f"{tree.access_method} {', '.join(details)}",
        where=parser.expression(where),
        where_node=where,
        expressions=tuple(_qualified(state, one.expr) for one in elements if not one.name),
        include=tuple(parser.unwrap(node).name for node in tree.index_including_params),
        place=state.place,
    )


def _qualified(state: State, node: Any) -> Any:
    copy = parser.copied(node)
    references.qualify(state, copy)
    return copy


def _made_up(state: State, table: Name, elements: list[Any]) -> str:
    keys = [one.name for one in elements]
    middle = "_".join(outputs.index_words(keys, [one.expr for one in elements if not one.name]))
    return made_up(table.name, middle, "idx", lambda name: cols.taken(state, Name(table.schema, name)))


def drop(state: State, parts: tuple[str, ...], *, missing_ok: bool) -> None:
    """DROP INDEX: one that a constraint made goes with the constraint only."""
    homes = (parts[-2],) if len(parts) > 1 else state.path
    name = next((Name(home, parts[-1]) for home in homes if Name(home, parts[-1]) in state.catalog.indexes), None)
    if name is None:
        if not missing_ok:
            state.missing(f"index {parts[-1]!r} was never created")
        return
    index = state.catalog.indexes[name]
    if index.constraint:
        state.refuse(f"index {name} belongs to a constraint")
    if index.unique:
        held = state.catalog.tables.get(index.table)
        users = constraints.resting(state, held, index.columns) if held else []
        alike = [
            one
            for one in state.catalog.indexes.values()
            if one.table == index.table and one.unique and set(one.columns) == set(index.columns)
        ]
        if users and len(alike) == 1:
            state.refuse(f"index {name} cannot be dropped: {users[0][0].name} depends on it")
    del state.catalog.indexes[name]


def reads(index: Index) -> set[str]:
    """The columns that an index needs: its own, included ones, and those of its expressions and predicate."""
    return {*index.columns, *index.include, *(name for node in _nodes(index) for name in references.bare(node))}


def calls(index: Index) -> set[Name]:
    """The functions that an index calls."""
    return {name for node in _nodes(index) for name in references.calls(node)}


def _nodes(index: Index) -> tuple[Any, ...]:
    return index.expressions if index.where_node is None else (*index.expressions, index.where_node)


def rename_column(index: Index, old: str, new: str) -> None:
    """Follow a column to its new name."""
    index.keys = tuple(new if one == old else one for one in index.keys)
    index.include = tuple(new if one == old else one for one in index.include)
    for node in _nodes(index):
        references.rename_bare(node, old, new)
    index.where = parser.expression(index.where_node)


def rename_function(index: Index, old: Name, new: Name) -> None:
    """Follow a function to its new name."""
    for node in _nodes(index):
        references.rename_function(node, old, new)
    index.where = parser.expression(index.where_node)
