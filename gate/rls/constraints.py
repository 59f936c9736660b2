"""Finds values that satisfy a table's CHECK constraints, by asking the server about combinations of likely ones."""
# ruff: noqa: S608 - every part is quoted, or the server's own words

import math
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence

import psycopg

from gate.postgres import Connection
from gate.rls.schema import Check, Column, Relation
from gate.rls.statements import literal

Row = dict[str, str | None]
LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.'])(-?\d+(?:\.\d+)?)(?![\w.'])")
MOST = 200_000  # combinations; beyond it the candidates of each column are cut
PATIENCE = "3s"
LONGEST = 500  # characters of a text made up to a wanted length
# A constraint may name its words by functions without arguments.
CALL = re.compile(r"(?<![\w.\"])((?:[\w]+\.|\"[^\"]+\"\.)?(?:\w+|\"[^\"]+\")\(\))")
SHAPES = (
    *("a@gate.example", "https://gate.example/a", "gate", "abc", "ABC", "ab", "AB", "en", "en-US", "x", "123456", "12"),
    *("#ffffff", "+14155550100", "12:00", "2026-01-01", "1.0.0", "gate_a", "gate-a", "Gate", "/gate", "gate.example"),
    *("A1", "ABC-123", "0" * 64, "0x" + "0" * 40, "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", "192.0.2.1", "USD", ""),
    *("image/png", "audio/mpeg", "application/pdf", "text/plain", "gate.png", "P1D", "*"),
)
MOMENTS = ("2026-01-01 12:00:00", "2026-06-01 12:00:00", "2020-01-01 12:00:00", "2100-01-01 12:00:00")
DOCUMENTS = ("{}", "[]", '""', "null", '{"a": 1}', '["a"]', "0")


def named(relation: Relation, column: str) -> tuple[str, ...]:
    """Literals that the constraints on a column name, in the order written."""
    texts = [check.condition for check in relation.checks if column in check.columns]
    found = (string.replace("''", "'") or number for text in texts for string, number in LITERAL.findall(text))
    return tuple(dict.fromkeys(found))


def solve(
    db: Connection,
    relation: Relation,
    row: Mapping[str, str | None],
    fixed: Mapping[str, Sequence[str | None]],
) -> Row | None:
    """Values for the constrained columns that satisfy every constraint at once; None where none were found.

    `fixed` holds all that a column may be, for those whose values are not ours to make up. Constraints that share no
    column are solved apart, which keeps the number of combinations small.
    """
    solved: Row = {}
    for checks in _groups(relation.checks):
        columns = [c for c in relation.columns if any(c.name in check.columns for check in checks)]
        if not columns or any(column.given for column in columns):
            continue
        values = _ask(db, relation, columns, checks, row, fixed)
        if values is None:
            return None
        solved |= values
    return solved


def _groups(checks: Sequence[Check]) -> list[list[Check]]:
    groups: list[list[Check]] = []
    for check in checks:
        touching = [g for g in groups if any(set(check.columns) & set(other.columns) for other in g)]
        groups = [g for g in groups if g not in touching]
        groups.append([check, *(other for g in touching for other in g)])
    return groups


def _ask(
    db: Connection,
    relation: Relation,
    columns: Sequence[Column],
    checks: Sequence[Check],
    row: Mapping[str, str | None],
    fixed: Mapping[str, Sequence[str | None]],
) -> Row | None:
    calls = list(dict.fromkeys(call for check in checks for call in CALL.findall(check.condition)))
    choices: dict[str, list[str]] = {}
    for column in columns:
        if column.name in fixed:
            choices[column.name] = [f"{literal(value)}::{cast(column)}" for value in fixed[column.name]]
            continue
        default = column.default if column.name not in row and column.default != "identity" else None
        same = [row[c.name] for c in columns if c.type == column.type and c.name in row]
        written = [*([f"({default})"] if default else []), *map(literal, candidates(relation, column, row)), *calls]
        written += [literal(value) for value in same]
        choices[column.name] = list(_accepted(db, column, list(dict.fromkeys(written))))
    while math.prod(map(len, choices.values())) > MOST:
        longest = max(choices, key=lambda name: len(choices[name]))
        choices[longest].pop()
    sources = [
        f"(values {', '.join(f'({choice})' for choice in choices[column.name])}) as v{number} ({column.sql})"
        for number, column in enumerate(columns)
    ]
    wanted = " and ".join(f"({check.condition}) is not false" for check in checks)
    picked = ", ".join(f"(x.{column.sql})::text" for column in columns)
    query = f"select {picked} from (select * from {' cross join '.join(sources)}) as x where {wanted} limit 1"
    try:
        with db.transaction():
            db.execute(f"set local statement_timeout = '{PATIENCE}'")
            found = db.execute(query.encode()).fetchone()
    except psycopg.Error:
        if db.closed:
            raise
        return None
    return None if found is None else dict(zip((column.name for column in columns), found, strict=True))


def _accepted(db: Connection, column: Column, expressions: Sequence[str]) -> Iterator[str]:
    """Those of the expressions that the column's type can hold, cast to it."""
    typed = [f"{expression}::{cast(column)}" for expression in expressions]
    if _readable(db, ", ".join(typed)):  # mostly all of them are, and one question does
        yield from typed
        return
    yield from (expression for expression in typed if _readable(db, expression))


def _readable(db: Connection, expressions: str) -> bool:
    try:
        db.execute(f"select {expressions}".encode())
    except psycopg.Error:
        if db.closed:
            raise
        return False
    return True


def candidates(relation: Relation, column: Column, row: Mapping[str, str | None]) -> list[str | None]:
    """Likely values, likeliest first: the one at hand, those the constraints name, their neighbours, common shapes."""
    words = named(relation, column.name)
    found: list[str | None] = [row[column.name]] if column.name in row else []
    numbers = [float(word) for word in words if re.fullmatch(r"-?\d+(\.\d+)?", word)]
    match column.category:
        case "N":
            near = [n + step for n in numbers for step in (0, 1, -1)]
            likely = (*near, 1, 0, 0.5, 2, 5, 10, 100, 1000, -1)
            found += [str(int(n)) if float(n).is_integer() else str(n) for n in likely]
        case "S":
            lengths = [int(n) for n in numbers if 0 < n <= LONGEST]
            found += [*words, *SHAPES, *("g" * n for length in lengths for n in (length, length + 1, length - 1))]
        case "D":
            found += [*words, *MOMENTS, "12:00", "18:00", "08:00"]
        case "A":
            found += ["{}", *("{" + _element(word) + "}" for word in words), "{gate}", "{1}"]
        case "B":
            found += ["false", "true"]
        case "E":
            found += column.labels
        case _ if column.type in {"json", "jsonb"}:
            keys = [word for word in words if re.fullmatch(r"\w+", word)]
            found += [*DOCUMENTS, "{" + ", ".join(f'"{key}": "gate"' for key in keys) + "}", *words]
        case _ if column.type == "uuid":
            found += [*words, str(uuid.uuid4())]
        case _:
            found += words
    return list(dict.fromkeys([*found, *([] if column.required else [None])]))


def _element(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def cast(column: Column) -> str:
    """The type to cast to. The bare names of two types mean a length of one."""
    return {"character": "bpchar", "bit": "varbit"}.get(column.type, column.type)
