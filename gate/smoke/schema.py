"""What of the project's tables and functions has to do with money and power, as somebody at the data API would try them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from gate.audit.catalog import Catalog, Table
from gate.config import Config

NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"})
TEXTS = frozenset({"text", "varchar", "bpchar", "citext"})
MONEY = re.compile(
    r"amount|credit|balance|refund|grant|bonus|reward|coin|point|token|wallet|delta|top_?up|earn|pay|charge"
)
LABELS = 4  # of an enum, that are tried
MUCH = 1000
USER, JOB = "{user}", "{job}"

Values = Mapping[str, object]  # in which USER and JOB stand for ids


@dataclass(frozen=True, slots=True)
class Schema:
    """What is tried past the backend.

    `powers` are the columns that hold power or money, per table; `rows` are rows to insert, per table that is a book of
    money; `calls` are the arguments for each function that may move money.
    """

    powers: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, tuple[Values, ...]]
    calls: Mapping[str, Values]


def schema_of(catalog: Catalog, config: Config) -> Schema:
    """The tables and functions of `public`."""
    tables = {table.name.name: table for table in catalog.tables.values() if table.name.schema == "public"}
    powers = {
        name: tuple(column for column in table.columns if column in config.privileged_columns)
        for name, table in tables.items()
    }
    rows = {name: tuple(islice(_rows(catalog, table), LABELS)) for name, table in tables.items()}
    calls = {
        function.name.name: {name: _value(name, kind) for name, kind in function.arguments if name}
        for function in catalog.functions.values()
        if function.name.schema == "public"
        and function.arguments
        and function.returns not in {"trigger", "event_trigger"}
        if MONEY.search(function.name.name) or any(kind in NUMBERS for _, kind in function.arguments)
    }
    return Schema(
        {name: columns for name, columns in powers.items() if columns},
        {name: some for name, some in rows.items() if some},
        calls,
    )


def _rows(catalog: Catalog, table: Table) -> "list[Values]":
    """A row that adds to somebody's credits, once per label of its enum; none for a table that is no such book."""
    money = [c.name for c in table.columns.values() if c.type in NUMBERS and MONEY.search(c.name)]
    owner = [c.name for c in table.columns.values() if c.type == "uuid" and _value(c.name, c.type) == USER]
    if not money or not owner:
        return []
    row: dict[str, object] = {owner[0]: USER, **dict.fromkeys(money, MUCH)}
    choices: list[tuple[str, str]] = []
    for column in table.columns.values():
        if column.name in row or not column.not_null or column.default:
            continue
        labels = next((one.labels for name, one in catalog.types.items() if name.name == column.type), [])
        choices = choices or [(column.name, label) for label in labels]
        row[column.name] = labels[0] if labels else _value(column.name, column.type)
    return [row | {name: label} for name, label in choices] or [row]


def _value(name: str, kind: str) -> object:
    """Something that a column or an argument may hold."""
    if kind == "uuid":
        return JOB if "job" in name or "order" in name or "prediction" in name else USER
    if kind in NUMBERS:
        return MUCH
    if kind == "bool":
        return True
    return "{}" if kind in {"json", "jsonb"} else "grant"
