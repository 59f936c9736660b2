"""What newer statements do to rows: copy, add, overwrite, delete and empty; and tables that are made to hold them."""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

from gate.audit.catalog import Name
from gate.audit.release import Change
from gate.audit.replay import parser
from gate.audit.replay.noting import change, new_column, new_table, release_of, table_meant
from gate.audit.replay.state import State

TRUE = {"true", "1 = 1", "'t'::bool"}


def create_table(state: State, tree: Any) -> Iterator[Change]:
    """CREATE TABLE, also of a foreign one; a temporary one is remembered by its name."""
    relation = tree.base_stmt.relation if parser.kind(tree) == "CreateForeignTableStmt" else tree.relation
    yield from _created(state, relation)


def _created(state: State, relation: Any) -> Iterator[Change]:
    if relation.relpersistence == "t":
        release_of(state).temporary.add(relation.relname)
    else:
        yield change(state, "create table", state.made(relation), made=True)


def create_as(state: State, tree: Any) -> Iterator[Change]:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    if parser.enum(tree, "objtype") == "OBJECT_MATVIEW":
        yield change(state, "create view", state.made(tree.into.rel), made=True)
        return
    yield from _created(state, tree.into.rel)
    yield from _copies(state, state.made(tree.into.rel), tree.query)


def _copies(state: State, target: Name, query: Any) -> Iterator[Change]:
    """The tables that a query reads, with the columns it names, or `*`."""
    read = tuple(
        parser.strings(one.fields)[-1] if parser.kind(one.fields[-1]) == "String" else "*"
        for one in parser.walk(query)
        if parser.kind(one) == "ColumnRef" and len(one.fields)
    )
    for one in parser.walk(query):
        if parser.kind(one) == "RangeVar":
            yield change(state, "copy rows", target, other=state.found(one), columns=read)


def select(state: State, tree: Any) -> Iterator[Change]:
    """SELECT: what its WITH changes, INTO, and setval()."""
    yield from _inside(state, tree)
    if parser.present(tree, "into_clause"):
        yield from _created(state, tree.into_clause.rel)
        yield from _copies(state, state.made(tree.into_clause.rel), tree)
    for one in parser.walk(tree):
        if parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[-1:] == ("setval",) and len(one.args) > 1:
            word, number = parser.literal(one.args[0]), parser.literal(one.args[1])
            if word and number is not None:
                yield change(state, "restart sequence", state.spelled(word), now=number)


def _inside(state: State, tree: Any) -> Iterator[Change]:
    """What the WITH clause of a statement changes by itself."""
    if parser.present(tree, "with_clause"):
        for one in map(parser.unwrap, tree.with_clause.ctes):
            query = parser.unwrap(one.ctequery)
            handler = INSIDE.get(parser.kind(query))
            yield from handler(state, query) if handler else ()


def insert(state: State, tree: Any) -> Iterator[Change]:
    """INSERT, with the tables that its rows come from."""
    yield from _inside(state, tree)
    yield change(state, "insert rows", state.found(tree.relation))
    yield from _copies(state, state.found(tree.relation), tree.select_stmt)


def every_row(tree: Any) -> bool:
    """Whether an UPDATE or DELETE has no condition that could leave a row out."""
    return parser.expression(tree.where_clause).strip("()").lower() in {"", *TRUE}


def update(state: State, tree: Any) -> Iterator[Change]:
    """UPDATE; of every row where nothing limits it."""
    yield from _inside(state, tree)
    found = table_meant(state, tree.relation)
    if found is None:
        return
    name, table = found
    read = [one for target in tree.target_list for one in parser.walk(target) if parser.kind(one) == "ColumnRef"]
    names = tuple(parser.strings(one.fields)[-1] for one in read if parser.strings(one.fields))
    yield change(state, "copy rows", name, other=name, columns=names)
    for one in (one for source in tree.from_clause for one in parser.walk(source)):
        if parser.kind(one) == "RangeVar":
            yield change(state, "copy rows", name, other=state.found(one), columns=names)
    if every_row(tree) and not len(tree.from_clause):
        assigned = [one.name for one in map(parser.unwrap, tree.target_list) if not _filled(one)]
        old = tuple(one for one in assigned if table is None or not new_column(state, table, one))
        if assigned:
            yield change(state, "update every row", name, made=not old, columns=old)


def _filled(target: Any) -> bool:
    """`column = coalesce(column, ...)`: only what was empty is set."""
    value = parser.unwrap(target.val)
    if parser.kind(value) != "CoalesceExpr":
        return False
    first = parser.unwrap(value.args[0])
    return parser.kind(first) == "ColumnRef" and parser.strings(first.fields)[-1:] == (target.name,)


def delete(state: State, tree: Any) -> Iterator[Change]:
    """DELETE of every row."""
    yield from _inside(state, tree)
    found = table_meant(state, tree.relation)
    if found and every_row(tree):
        yield change(state, "delete every row", found[0], made=new_table(state, found[1]))


def truncate(state: State, tree: Any) -> Iterator[Change]:
    """TRUNCATE, with the tables that CASCADE reaches."""
    cascade = parser.enum(tree, "behavior") == "DROP_CASCADE"
    for node in tree.relations:
        found = table_meant(state, parser.unwrap(node))
        if found:
            name, table = found
            reached = tuple(sorted(map(str, _reached(state, {name}) - {name}))) if cascade else ()
            yield change(state, "truncate", name, made=new_table(state, table), columns=reached)


def _reached(state: State, names: set[Name]) -> set[Name]:
    """The tables that a TRUNCATE ... CASCADE empties."""
    while True:
        more = {
            one.name for one in state.catalog.tables.values() if any(key.target in names for key in one.foreign_keys)
        }
        if more <= names:
            return names
        names = names | more


INSIDE: MappingProxyType[str, Callable[[State, Any], Iterator[Change]]] = MappingProxyType(
    {"SelectStmt": select, "InsertStmt": insert, "UpdateStmt": update, "DeleteStmt": delete}
)
