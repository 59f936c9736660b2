"""Plants one row per user in every table, in any order the keys ask for, without making anybody powerful."""

import itertools
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from gate.postgres import Connection
from gate.rls.ownership import USERS, Owner
from gate.rls.schema import Check, Column, Relation

A = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
B = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.])(-?\d+(?:\.\d+)?)(?![\w.])")
TRIES = 300

Row = dict[str, Any]


@dataclass(slots=True)
class Seeds:
    """The planted rows: per table and user the values, and per table why there is none."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def plant(db: Connection, relations: Sequence[Relation], owned: Mapping[str, Owner]) -> Seeds:
    """Plant A's and B's rows. Keys and triggers are off while it happens; CHECKs hold."""
    seeds = Seeds()
    db.execute("set session_replication_role = replica")
    for user, name in ((A, "a"), (B, "b")):
        db.execute(
            "insert into auth.users (id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, email_confirmed_at)"
            " values (%s, 'authenticated', 'authenticated', %s, '{}', '{}', now(), now()) on conflict do nothing",
            [user, f"{name}@gate.example"],
        )
        seeds.rows[USERS, user] = {"id": user, "email": f"{name}@gate.example"}
    for table in _ordered([relation for relation in relations if relation.is_table]):
        for user in (A, B):
            row = draft(table, user, seeds, owned.get(table.full_name))
            planted = _insert(db, table, row)
            if isinstance(planted, str):
                seeds.failed[table.full_name] = planted
            else:
                seeds.rows[table.full_name, user] = planted
    db.execute("set session_replication_role = origin")
    return seeds


def _ordered(tables: Sequence[Relation]) -> list[Relation]:
    """Parents first; within a circle in the order given, as keys are off anyway."""
    left = {table.full_name: table for table in tables}
    done: list[Relation] = []
    while left:
        free = [t for t in left.values() if not any(k.target in left and k.target != t.full_name for k in t.keys)]
        for table in free or [next(iter(left.values()))]:
            done.append(table)
            del left[table.full_name]
    return done


def draft(table: Relation, user: str, seeds: Seeds, owner: Owner | None) -> Row:
    """A plain row of that user: keys point at the user's own rows, everything else is as harmless as it can be."""
    row: Row = {}
    for key in table.keys:
        target = seeds.rows.get((key.target, user), {})
        for own, theirs in zip(key.columns, key.target_columns, strict=True):
            if theirs in target and own not in row:
                row[own] = target[theirs]
    if owner and owner.parent is None:
        row[owner.column] = user
    for column in table.columns:
        if column.name in row or column.generated:
            continue
        if column.name in table.primary_key or (column.required and not column.default):
            row[column.name] = plain(column, user)
    return row


BY_TYPE: Mapping[str, Callable[[], object]] = {
    "uuid": lambda: str(uuid.uuid4()),
    "boolean": lambda: False,
    "json": lambda: "{}",
    "jsonb": lambda: "{}",
    "date": lambda: "2026-01-01",
    "time without time zone": lambda: "12:00",
    "time with time zone": lambda: "12:00",
    "timestamp without time zone": lambda: "2026-01-01T00:00:00Z",
    "timestamp with time zone": lambda: "2026-01-01T00:00:00Z",
    "inet": lambda: "192.0.2.1",
    "cidr": lambda: "192.0.2.1",
    "bytea": lambda: b"gate",
    "interval": lambda: "1 hour",
}


def plain(column: Column, user: str) -> object:
    """A harmless value of the column's type: the last enum label, false, an empty document, a small number."""
    if column.labels:
        return column.labels[-1]
    if column.category == "A":
        return "{}"
    if column.type in BY_TYPE:
        return BY_TYPE[column.type]()
    match column.category:
        case "N":
            return uuid.uuid4().int % 30000 + 1
        case "S":
            text = f"gate-{'a' if user == A else 'b'}-{uuid.uuid4().hex[:8]}"
            return text[-column.length :] if column.length else text
        case "R":
            return "empty"
    return None


def _insert(db: Connection, table: Relation, row: Row) -> Row | str:
    """Insert the row, trying other values where a CHECK refuses; the row as stored, or why it could not be."""
    problem = "no value satisfies its constraints"
    for attempt in itertools.islice(_variants(table, row), TRIES):
        try:
            stored = db.execute(insert_statement(table, attempt, returning=True)).fetchone()
        except psycopg.errors.CheckViolation as fault:
            problem = f"constraint {fault.diag.constraint_name!r} refuses every value tried"
            continue
        except psycopg.Error as fault:
            return f"{fault.sqlstate}: {fault.diag.message_primary}"
        if stored is None:
            return "the row was not stored"
        return dict(zip((column.name for column in table.columns), stored, strict=True))
    return problem


def _variants(table: Relation, row: Row) -> Iterator[Row]:
    yield row
    columns = list(dict.fromkeys(column for check in table.checks for column in check.columns))
    choices = {name: [row.get(name), *_candidates(table, name)] for name in columns if table.column(name)}
    choices = {name: values for name, values in choices.items() if len(values) > 1}
    for values in itertools.product(*choices.values()):
        yield row | dict(zip(choices, values, strict=True))


def _candidates(table: Relation, name: str) -> list[Any]:
    """Values that the constraints themselves name, their neighbours, and a few shapes that constraints ask for."""
    column = table.column(name)
    found: list[Any] = []
    for check in table.checks:
        if name in check.columns:
            found += _named(check)
    if column and column.category == "N":
        numbers = [float(value) for value in found if re.fullmatch(r"-?\d+(\.\d+)?", str(value))]
        return [
            int(n) if n.is_integer() else n
            for n in dict.fromkeys(x for n in [*numbers, 1.0, 0.0] for x in (n, n + 1, n - 1))
        ]
    if column and column.category == "S":
        shapes = [
            "a@gate.example",
            "https://gate.example/a",
            "abcdef",
            "ABCDEF",
            "123456",
            "x" * 40,
            "en",
            "+14155550100",
            "#ffffff",
        ]
        return list(dict.fromkeys([*map(str, found), *shapes]))
    return list(dict.fromkeys(map(str, found)))


def _named(check: Check) -> list[str]:
    return [(text or number).replace("''", "'") for text, number in LITERAL.findall(check.text)]


def insert_statement(table: Relation, row: Row, *, returning: bool = False) -> sql.Composed:
    """The INSERT of a row with its values written out."""
    if row:
        columns = sql.SQL(", ").join(map(sql.Identifier, row))
        values = sql.SQL(", ").join(
            sql.SQL("default") if value is None else sql.Literal(value) for value in row.values()
        )
        text = sql.SQL("insert into {} ({}) overriding system value values ({})").format(
            name_of(table), columns, values
        )
    else:
        text = sql.SQL("insert into {} default values").format(name_of(table))
    return text + sql.SQL(" returning *") if returning else text


def name_of(table: Relation) -> sql.Identifier:
    """The table's quoted name."""
    return sql.Identifier(table.schema, table.name)
