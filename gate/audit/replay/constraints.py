"""Constraints, as CREATE TABLE and ALTER TABLE write them: made, dropped, and handed down to children."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gate.audit.catalog import Constraint, ForeignKey, Index, Name, Table
from gate.audit.replay import columns as cols
from gate.audit.replay import outputs, parser, references
from gate.audit.replay.naming import made_up
from gate.audit.replay.state import State

IMPLICIT = {
    "CONSTR_PRIMARY": "pkey",
    "CONSTR_UNIQUE": "key",
    "CONSTR_FOREIGN": "fkey",
    "CONSTR_CHECK": "check",
    "CONSTR_EXCLUSION": "excl",
}
ACTIONS = {"a": "", "": "", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}


def add_constraint(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    """One constraint; `columns` is the column it was written at, if any."""
    match parser.enum(node, "contype"):
        case "CONSTR_NOTNULL":
            for name in columns or parser.strings(node.keys):
                _known(state, table, (name,))
                cols.set_not_null(table, name)
        case "CONSTR_IDENTITY":
            for name in columns:
                cols.add_identity(state, table, table.columns[name], node.options)
        case "CONSTR_DEFAULT":
            for name in columns:
                cols.set_default(state, table.columns[name], node.raw_expr)
        case "CONSTR_GENERATED":
            for name in columns:
                _generated(state, table, name, node)
        case "CONSTR_PRIMARY":
            _primary(state, table, node, parser.strings(node.keys) or columns)
        case "CONSTR_FOREIGN":
            _foreign(state, table, node, parser.strings(node.fk_attrs) or columns)
        case "CONSTR_UNIQUE":
            _unique(state, table, node, parser.strings(node.keys) or columns)
        case "CONSTR_CHECK":
            _check(state, table, node, columns)
        case "CONSTR_EXCLUSION":
            _exclusion(state, table, node)


Written = tuple[Any, tuple[str, ...]]  # a constraint, and the column that it stands at


def without_doubles(nodes: Sequence[Written]) -> Iterator[Written]:
    """The constraints of one statement; a UNIQUE on the columns of another one, or of the primary key, is that one."""
    keyed: dict[object, Any] = {}
    for node, at in sorted(nodes, key=lambda pair: parser.enum(pair[0], "contype") != "CONSTR_PRIMARY"):
        if parser.enum(node, "contype") in {"CONSTR_PRIMARY", "CONSTR_UNIQUE"} and not node.indexname:
            first: Any = keyed.setdefault(parser.strings(node.keys) or at, node)
            if first is not node:
                first.conname = first.conname or node.conname
    kept = {id(node) for node in keyed.values()}
    for node, at in nodes:
        indexed = parser.enum(node, "contype") in {"CONSTR_PRIMARY", "CONSTR_UNIQUE"} and not node.indexname
        if not indexed or id(node) in kept:
            yield node, at


def _generated(state: State, table: Table, name: str, node: Any) -> None:
    read = references.bare(node.raw_expr)
    _known(state, table, tuple(sorted(read)))
    if name in read or any(table.columns[one].kind == "generated" for one in read):
        state.refuse(f"column {name!r} of {table.name} may read no generated column")
    cols.set_default(state, table.columns[name], node.raw_expr, generated=True)
    table.columns[name].kind = "generated"


def fits_partitions(state: State, table: Table, columns: tuple[str, ...]) -> None:
    """Refuse a unique key of a partitioned table that leaves out a column by which it is partitioned."""
    if table.partitioned and not set(table.partition_key) <= set(columns):
        state.refuse(f"a unique key of {table.name} must have every column that it is partitioned by")


def _known(state: State, table: Table, columns: tuple[str, ...]) -> None:
    """Refuse a constraint on columns that are not there."""
    unknown = next((one for one in columns if one not in table.columns), None)
    if unknown is not None:
        state.missing(f"column {unknown!r} of {table.name} was never created")


def _name(state: State, table: Table, node: Any, columns: tuple[str, ...], *, index: bool) -> str:
    """A constraint's name, written or made up. One with an index shares the names of relations."""
    if node.conname:
        name = str(node.conname)
        if name in table.constraints or (index and cols.taken(state, Name(table.name.schema, name))):
            state.refuse(f"constraint {name!r} of {table.name} exists already")
        return name
    return named(state, table, node, columns, index=index)


def named(state: State, table: Table, node: Any, columns: tuple[str, ...], *, index: bool = False) -> str:
    """The name of a constraint as written, or made up as Postgres does."""
    if node.conname or node.indexname:
        return str(node.conname or node.indexname)
    kind = parser.enum(node, "contype")
    if kind == "CONSTR_CHECK" and not columns:
        read = references.bare(node.raw_expr)
        columns = tuple(read) if len(read) == 1 else ()
    middle = "" if kind == "CONSTR_PRIMARY" else "_".join(columns)
    return made_up(
        table.name.name,
        middle,
        IMPLICIT[kind],
        lambda name: _used(state, table, name) or (index and cols.taken(state, Name(table.name.schema, name))),
    )


def _used(state: State, table: Table, name: str) -> bool:
    """Whether a constraint of the schema has a name: this table's, or one that was called like it before."""
    if name in table.constraints:
        return True
    return any(
        name in one.constraints and one.name.schema == table.name.schema and state.catalog.tables.get(one.name) is one
        for one in state.renamed
    )


def _primary(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    if table.primary_key:
        state.refuse(f"table {table.name} has a primary key already")
    columns = _of_index(state, table, node) or columns
    _known(state, table, columns)
    name = node.conname or node.indexname or _name(state, table, node, (), index=True)
    if node.conname and not node.indexname:
        _name(state, table, node, (), index=True)
    fits_partitions(state, table, columns)
    table.primary_key = columns
    for member in family(state, table):
        for column in columns:
            cols.set_not_null(member, column)
    _with_index(state, table, Constraint(name, "primary", columns, place=state.place))


def _unique(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    columns = _of_index(state, table, node) or columns
    _known(state, table, columns)
    name = node.indexname if node.indexname and not node.conname else _name(state, table, node, columns, index=True)
    fits_partitions(state, table, columns)
    _with_index(state, table, Constraint(name, "unique", columns, place=state.place))


def _of_index(state: State, table: Table, node: Any) -> tuple[str, ...]:
    """USING INDEX: the index becomes the constraint's and takes its name."""
    if not node.indexname:
        return ()
    used = state.catalog.indexes.get(Name(table.name.schema, node.indexname))
    if used is None or used.table != table.name:
        state.missing(f"index {node.indexname!r} of {table.name} was never created")
    if not used.unique or used.where or "" in used.keys or used.constraint:
        state.refuse(f"index {node.indexname!r} cannot become a constraint")
    del state.catalog.indexes[used.name]
    return used.columns


def _with_index(state: State, table: Table, made: Constraint) -> None:
    table.constraints[made.name] = made
    name = Name(table.name.schema, made.name)
    state.catalog.indexes[name] = Index(name, table.name, made.columns, unique=True, constraint=True)
    for child in partitions(state, table):
        _to_partition(state, child, made)


def _exclusion(state: State, table: Table, node: Any) -> None:
    elements = [parser.unwrap(parser.items(one)[0]) for one in node.exclusions]
    columns = tuple(one.name for one in elements)
    _known(state, table, tuple(one for one in columns if one))
    name = _name(state, table, node, tuple(one or "expr" for one in columns), index=True)
    table.constraints[name] = Constraint(name, "exclusion", columns, place=state.place)
    index = Name(table.name.schema, name)
    made = Index(index, table.name, columns, method=node.access_method or "btree", constraint=True)
    if parser.present(node, "where_clause"):
        made.where_node = parser.copied(node.where_clause)
        references.qualify(state, made.where_node)
        made.where = parser.expression(made.where_node)
    state.catalog.indexes[index] = made


def _check(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    condition = parser.copied(node.raw_expr)
    references.qualify(state, condition)
    read = tuple(dict.fromkeys(own_columns(table, condition)))
    _known(state, table, tuple(sorted(references.bare(condition))))
    references.must_be_there(state, condition, f"a check of {table.name}")
    named_after = columns or (read if len(read) == 1 else ())
    made = Constraint(
        name=_name(state, table, node, named_after, index=False),
        kind="check",
        columns=read,
        check=parser.expression(condition),
        node=condition,
        place=state.place,
        valid=not node.skip_validation,
        calls=frozenset(references.calls(condition)),
    )
    for member in family(state, table) if not node.is_no_inherit else (table,):
        known = member.constraints.get(made.name)
        if known is None:
            member.constraints[made.name] = made if member is table else replace(made, inherited=True)


def own_columns(table: Table, node: Any) -> Iterator[str]:
    """The table's columns that an expression reads, in the table's order."""
    read = set(references.bare(node))
    yield from (name for name in table.columns if name in read)


def _foreign(state: State, table: Table, node: Any, columns: tuple[str, ...]) -> None:
    _known(state, table, columns)
    target = state.found(node.pktable)
    known = table if target == table.name else state.catalog.tables.get(target)
    if known is None:
        state.lacks(f"table {target}, which {table.name} has a key to, was never created")
    theirs = parser.strings(node.pk_attrs) or (known.primary_key if known else ())
    if known is not None:
        _referable(state, table, known, (columns, theirs))
    name = _name(state, table, node, columns, index=False)
    key = ForeignKey(
        name, columns, target, theirs, ACTIONS.get(node.fk_del_action, ""), ACTIONS.get(node.fk_upd_action, "")
    )
    table.foreign_keys.append(key)
    made = Constraint(name, "foreign", columns, place=state.place, valid=not node.skip_validation)
    table.constraints[name] = made
    for child in partitions(state, table):
        _to_partition(state, child, made, key)


def _referable(state: State, table: Table, target: Table, keys: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    """Whether a key may point there: at columns that are unique, of types that can be compared."""
    ours, theirs = keys
    if target.name in state.catalog.platform:
        return
    _known(state, target, theirs)
    unique = set(theirs) == set(target.primary_key) or any(
        index.table == target.name and index.unique and not index.where and set(index.columns) == set(theirs)
        for index in state.catalog.indexes.values()
    )
    if not theirs or len(ours) != len(theirs) or not unique:
        state.missing(f"the columns of {target.name} that {table.name} has a key to are not unique")
    for our, their in zip(ours, theirs, strict=True):
        one, other = table.columns[our].type, target.columns[their].type
        if not cols.assignable(one, other) or not cols.assignable(other, one):
            state.refuse(f"a key of {table.name} compares {one} with {other}")


def family(state: State, table: Table) -> Iterator[Table]:
    """A table and everything that inherits from it."""
    yield table
    for other in children(state, table):
        yield from family(state, other)


def children(state: State, table: Table) -> list[Table]:
    """The tables that inherit from it directly."""
    catalog = state.catalog
    found = (one for one in catalog.heirs if table.name in one.parents and catalog.tables.get(one.name) is one)
    return list({one.name: one for one in found}.values())


def partitions(state: State, table: Table) -> list[Table]:
    """The partitions of a table: what its keys and indexes are handed down to."""
    if not table.partitioned:
        return []
    return [one for one in children(state, table) if one.partition]


def hand_down(state: State, parent: Table, child: Table) -> None:
    """A new partition gets the keys and indexes of its parent under names of its own."""
    for made in list(parent.constraints.values()):
        key = next((key for key in parent.foreign_keys if key.name == made.name), None)
        _to_partition(state, child, made, key)
    for index in [one for one in state.catalog.indexes.values() if one.table == parent.name and not one.constraint]:
        index_of_partition(state, child, index)


def _to_partition(state: State, child: Table, made: Constraint, key: ForeignKey | None = None) -> None:
    match made.kind:
        case "foreign" if key:
            name = made.name if made.name not in child.constraints else _free(state, child, made.columns, "fkey")
            child.foreign_keys.append(replace(key, name=name))
            child.constraints[name] = replace(made, name=name, inherited=True)
            for one in partitions(state, child):
                _to_partition(state, one, made, key)
        case "primary" | "unique":
            alike = [
                one
                for one in child.constraints.values()
                if one.kind == made.kind and one.columns == made.columns and not one.inherited
            ]
            if alike:
                alike[0].inherited = True
                return
            label, middle = ("pkey", ()) if made.kind == "primary" else ("key", made.columns)
            name = _free(state, child, middle, label)
            if made.kind == "primary":
                child.primary_key = made.columns
                for column in made.columns:
                    cols.set_not_null(child, column)
            _with_index(state, child, replace(made, name=name, inherited=True))
        case "check" if made.name not in child.constraints:
            child.constraints[made.name] = replace(made, inherited=True)


def _free(state: State, table: Table, columns: tuple[str, ...], label: str) -> str:
    return made_up(
        table.name.name,
        "_".join(columns),
        label,
        lambda name: _used(state, table, name) or cols.taken(state, Name(table.name.schema, name)),
    )


def index_of_partition(state: State, child: Table, index: Index) -> None:
    """The index that a partition gets from its parent's."""
    name = Name(
        child.name.schema, _free(state, child, tuple(outputs.index_words(index.keys, index.expressions)), "idx")
    )
    state.catalog.indexes[name] = replace(index, name=name, table=child.name)
    for one in partitions(state, child):
        index_of_partition(state, one, index)


def copy_index(state: State, table: Table, source: Table, index: Index) -> None:
    """An index of another table, with the constraint that it serves, for one made LIKE it."""
    if not index.constraint:
        name = Name(
            table.name.schema, _free(state, table, tuple(outputs.index_words(index.keys, index.expressions)), "idx")
        )
        state.catalog.indexes[name] = replace(index, name=name, table=table.name, place=state.place, comment="")
        return
    made = source.constraints[index.name.name]
    label = {"primary": "pkey", "unique": "key"}.get(made.kind, "excl")
    name_ = _free(state, table, () if made.kind == "primary" else made.columns, label)
    if made.kind == "primary":
        table.primary_key = made.columns
    table.constraints[name_] = replace(made, name=name_, place=state.place, inherited=False, comment="")
    copy = replace(index, name=Name(table.name.schema, name_), table=table.name, comment="")
    state.catalog.indexes[copy.name] = copy


def set_free(table: Table) -> None:
    """What came from a parent stays as the table's own when it is detached."""
    for made in table.constraints.values():
        made.inherited = False
    for column in table.columns.values():
        column.own = True


def drop_constraint(state: State, table: Table, name: str) -> None:
    """Forget a constraint, with its index and what its children had of it."""
    made = table.constraints.pop(name, None)
    if made is None:
        return
    if made.kind == "primary":
        table.primary_key = ()
    if made.kind in {"primary", "unique", "exclusion"}:
        state.catalog.indexes.pop(Name(table.name.schema, name), None)
    table.foreign_keys = [key for key in table.foreign_keys if key.name != name]
    for child in children(state, table):
        for other in [one for one in child.constraints.values() if one.inherited and _same(one, made)]:
            drop_constraint(state, child, other.name)


def _same(one: Constraint, other: Constraint) -> bool:
    return one.kind == other.kind and one.columns == other.columns and (one.kind != "check" or one.name == other.name)


def resting(state: State, table: Table, columns: tuple[str, ...]) -> list[tuple[Table, ForeignKey]]:
    """The keys of other tables, and of this one, that point at these columns."""
    return [
        (other, key)
        for other in state.catalog.tables.values()
        for key in other.foreign_keys
        if key.target == table.name and set(key.target_columns) == set(columns)
    ]


def validate(state: State, table: Table, name: str) -> None:
    """VALIDATE CONSTRAINT."""
    if name not in table.constraints:
        state.missing(f"constraint {name!r} of {table.name} was never created")
    if table.constraints[name].kind not in {"check", "foreign"}:
        state.refuse(f"constraint {name!r} of {table.name} is neither a check nor a key")
    table.constraints[name].valid = True


def alter_drop(state: State, table: Table, command: Any) -> None:
    """DROP CONSTRAINT: keys of other tables rest on a primary key or unique constraint, and go only with CASCADE."""
    made = table.constraints.get(command.name)
    if made is None:
        if not command.missing_ok:
            state.missing(f"constraint {command.name!r} of {table.name} was never created")
        return
    if made.inherited:
        state.refuse(f"constraint {command.name!r} of {table.name} comes from its parent")
    users = resting(state, table, made.columns) if made.kind in {"primary", "unique"} else []
    if users and parser.enum(command, "behavior") != "DROP_CASCADE":
        state.refuse(f"constraint {command.name!r} of {table.name} cannot be dropped: {users[0][0].name} depends on it")
    for other, key in users:
        drop_constraint(state, other, key.name)
    drop_constraint(state, table, command.name)
