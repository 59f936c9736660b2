"""Columns: their types, defaults, identities and the sequences behind them."""

from typing import Any

from gate.audit.catalog import Column, Name, Sequence, Table
from gate.audit.replay import parser, references
from gate.audit.replay.naming import made_up
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State

TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext"})
ALIKE = (
    frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"}),
    frozenset({"timestamptz", "timestamp", "date"}),
    frozenset({"json", "jsonb"}),
    frozenset({"uuid"}),
    frozenset({"bool"}),
    frozenset({"bytea"}),
    frozenset({"inet", "cidr"}),
    TEXTS,
)

MORE_TYPES = """
time timetz interval money point line lseg box path polygon circle xml oid record regclass regproc regtype regrole tsvector
tsquery macaddr macaddr8 bit varbit char void trigger event_trigger anyelement int4range int8range numrange tsrange tstzrange
daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange jsonpath int2vector cstring
oidvector internal pg_lsn txid_snapshot refcursor xid xid8 cid tid unknown aclitem
"""
BUILT_IN = frozenset(one for group in ALIKE for one in group) - {"citext"} | frozenset(MORE_TYPES.split())


def add_column(state: State, table: Table, node: Any) -> Column:
    """One column definition, its constraints left out."""
    kind = parser.type_text(node.type_name)
    serial = parser.SERIALS.get(kind) if len(node.type_name.names) == 1 else None
    if not serial:
        known(state, node.type_name)
    column = Column(node.colname, serial or resolved_type(state, node.type_name))
    set_size(column, node.type_name)
    if parser.present(node, "raw_default"):
        set_default(state, column, node.raw_default)
    table.columns[column.name] = column
    if serial:
        name = add_sequence(state, table.name, column.name)
        column.not_null, column.default = True, f"nextval('{name}')"
    return column


def set_size(column: Column, node: Any) -> None:
    """The length, or precision and scale, of a type as it is written."""
    column.limited = len(node.typmods) > 0
    column.size = tuple(word for one in node.typmods if (word := parser.literal(one)) is not None)


def resolved_type(state: State, node: Any) -> str:
    """A type's own name; `t.c%TYPE` is looked up."""
    names = parser.strings(node.names)
    if node.pct_type and len(names) > 1:
        table = state.catalog.tables.get(state.found_as(names[:-1]))
        column = table.columns.get(names[-1]) if table else None
        return column.type if column else "?"
    return parser.type_text(node)


def known(state: State, node: Any) -> None:
    """Note a type that is not there, neither made here nor built in, nor perhaps an extension's."""
    parts = parser.strings(node.names)
    if node.pct_type or state.type_named(parts):
        return
    if len(parts) == 1:
        plain = parts[0] in BUILT_IN or parts[0] in parser.SERIALS or parts[0].startswith(("any", "pg_", "reg", "_"))
        made = any(type_taken(state, Name(home, parts[0])) for home in state.path)
        if not plain and not made and not state.catalog.extensions:
            state.lacks(f"type {parts[0]} was never created")
        return
    elsewhere = parts[0] == "pg_catalog" or parts[0] in references.PLATFORM_SCHEMAS or state.of_an_extension(parts[:1])
    if not elsewhere and not type_taken(state, Name(parts[0], parts[1])):
        state.lacks(f"type {parts[0]}.{parts[1]} was never created")


def assignable(old: str, new: str) -> bool:
    """Whether Postgres turns values of one built-in type into the other by itself; True for types it may know."""
    if old == new or new in TEXTS:
        return True
    groups = [next((group for group in ALIKE if kind in group), None) for kind in (old, new)]
    return None in groups or groups[0] == groups[1]


def set_default(state: State, column: Column, node: Any, *, generated: bool = False) -> None:
    """SET DEFAULT; DEFAULT NULL is none, unless a cast of it to the column's length remains to be done."""
    if parser.is_null(node) and not (column.limited and parser.kind(node) == "TypeCast"):
        column.forget_default()
        return
    if not generated and references.bare(node):
        state.refuse(f"the default of column {column.name!r} reads a column")
    _fits(state, column, node)
    column.default_node = parser.copied(node)
    references.qualify(state, column.default_node)
    column.calls = frozenset(references.calls(column.default_node))
    column.default = parser.expression(column.default_node)


def _fits(state: State, column: Column, node: Any) -> None:
    """Refuse a default of a type that Postgres does not turn into the column's, and one that draws from nowhere."""
    constant = parser.unwrap(node)
    kind = CONSTANTS.get(constant.WhichOneof("val") or "") if parser.kind(constant) == "A_Const" else None
    for name in references.sequences(state, node):
        if name not in state.catalog.sequences and not state.of_an_extension((name.schema,)):
            state.lacks(f"sequence {name}, which a default draws from, was never created")
        kind = "int8" if parser.kind(constant) == "FuncCall" else kind
    if kind and not assignable(kind, column.type):
        state.refuse(f"the default of column {column.name!r} is {kind}, the column {column.type}")


CONSTANTS = {"ival": "int4", "fval": "numeric", "boolval": "bool"}


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
    holder = catalog.tables.get(table)
    catalog.sequences[name] = Sequence(name, state.place, (table, column), acl, holder.owner if holder else state.role)
    return name


def taken(state: State, name: Name) -> bool:
    """Whether a relation, index or composite type has that name."""
    catalog = state.catalog
    if name in catalog.tables or name in catalog.views or name in catalog.sequences or name in catalog.indexes:
        return True
    made = catalog.types.get(name)
    return made is not None and made.kind == "composite"


def type_taken(state: State, name: Name) -> bool:
    """Whether a type has that name; every table and view has one of its own."""
    catalog = state.catalog
    return name in catalog.types or name in catalog.tables or name in catalog.views


def set_not_null(table: Table, name: str) -> None:
    """Mark a column as required."""
    if name in table.columns:
        table.columns[name].not_null = True


def add_identity(state: State, table: Table, column: Column, options: Any = ()) -> None:
    """GENERATED ... AS IDENTITY."""
    add_sequence(state, table.name, column.name, options)
    column.not_null, column.kind, column.default = True, "identity", "identity"
