"""Plants one row per user in every table, in any order the keys ask for."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import psycopg

from gate.config import Config
from gate.postgres import Connection
from gate.rls.constraints import Row, solve
from gate.rls.ownership import USERS, Owner
from gate.rls.partitions import fitting
from gate.rls.rows import Seeds, draft, keyed, named_twice, powerful
from gate.rls.schema import Relation
from gate.rls.statements import insert, select, update, user_row, where
from gate.rls.values import LETTER, A, B, C, plain

TURNS = 6
HASHED = 60  # of a partition by hash only every so many-th value is its own
ASLEEP = "set local session_replication_role = replica;"
AWAKE = "set local session_replication_role = origin;"


def plant(
    db: Connection,
    relations: Sequence[Relation],
    owned: Mapping[str, Owner],
    config: Config,
    before_each: Callable[[], None] = lambda: None,
) -> Seeds:
    """Plant B's and A's rows, the victim's first. Keys and triggers sleep while it happens; CHECKs hold."""
    seeds = Seeds(claims=tuple(sorted({owner.claim for owner in owned.values() if owner.claim})))
    db.execute("set session_replication_role = replica")
    for user in (B, A, C):
        email = f"{LETTER[user]}@gate.example"
        line = f"{user_row(user, email)};"
        db.execute(line.encode())
        seeds.lines[USERS, user] = [line]
        seeds.stored[USERS, user] = seeds.written[USERS, user] = {"id": user, "email": email}
    tables = [relation for relation in relations if relation.is_table]
    twice = named_twice(tables)
    for table in _ordered(tables):
        before_each()
        owner = owned.get(table.full_name)
        _plant(db, table, B, seeds, owner, config)
        if table.full_name in seeds.failed:
            continue
        if table.full_name in twice:
            _plant(db, table, C, seeds, owner, config)
        if why := powerful(table, owner, config):
            seeds.withheld[table.full_name] = why
        else:
            _plant(db, table, A, seeds, owner, config)
    for table in tables:
        _tie(db, table, seeds)
    db.execute("set session_replication_role = origin")
    return seeds


def _ordered(tables: Sequence[Relation]) -> Iterator[Relation]:
    """Parents first; within a circle in the order given, as keys are off anyway."""
    left = {table.full_name: table for table in tables}
    needs = {t.full_name: {k.target for k in t.keys if k.target in left and k.target != t.full_name} for t in tables}
    while left:
        free = [name for name in left if not needs[name] & left.keys()] or [next(iter(left))]
        for name in free:
            yield left.pop(name)


def _plant(db: Connection, table: Relation, user: str, seeds: Seeds, owner: Owner | None, config: Config) -> None:
    row = draft(table, user, seeds, owner, config)
    result = _insert(db, table, row, user, _choices(table, row, user, seeds, owner))
    if isinstance(result, str) and owner is None and user == B:
        result = _adopted(db, table) or result
    if isinstance(result, str):
        if user != C:
            (seeds.failed if user == B else seeds.withheld)[table.full_name] = result
        return
    written, stored, line = result
    seeds.written[table.full_name, user], seeds.stored[table.full_name, user] = written, stored
    seeds.lines[table.full_name, user] = [line] if line else []


def _choices(table: Relation, row: Row, user: str, seeds: Seeds, owner: Owner | None) -> dict[str, list[str | None]]:
    """All that a column with a key may hold: the user's own row, that of the other party, or nothing."""
    found: dict[str, list[str | None]] = {}
    others = keyed(table, C, seeds)
    for name in {name for key in table.keys for name in key.columns}:
        column = table.column(name)
        own: list[str | None] = [row[name]] if name in row else []
        empty: list[str | None] = [] if column is None or column.required else [None]
        if owner and owner.column == name:
            found[name] = own or empty
        elif values := [*own, *([others[name]] if name in others else []), *empty]:
            found[name] = values
    if owner and (held := owner.holds(user)):
        found[owner.column] = [held]
    return found


def _adopted(db: Connection, table: Relation) -> tuple[Row, Row, str] | None:
    """A row that the migrations left in a table that takes no more, such as the one row of its settings."""
    found = db.execute(f"{select(table, None, _as_text(table))} limit 1".encode()).fetchone()
    return None if found is None else ({}, dict(zip((c.name for c in table.columns), found, strict=True)), "")


def _tie(db: Connection, table: Relation, seeds: Seeds) -> None:
    """Close circles: keys to rows that were planted later, or to the row itself."""
    for user in (B, C, A):
        written = seeds.written.get((table.full_name, user))
        if written is None:
            continue
        stored = seeds.stored[table.full_name, user]
        late = {n: v for n, v in keyed(table, user, seeds).items() if stored.get(n) != v and n not in table.primary_key}
        condition = where(table, stored, table.primary_key)
        if not late or condition is None:
            continue
        line = f"{update(table, late, condition)};"
        try:
            db.execute(line.encode())
        except psycopg.Error:
            if db.closed:
                raise
            continue
        written |= late
        stored |= late
        seeds.lines[table.full_name, user].append(line)


def _insert(
    db: Connection, table: Relation, row: Row, user: str, choices: Mapping[str, Sequence[str | None]]
) -> tuple[Row, Row, str] | str:
    """Insert the row, with other values where a constraint refuses; what was written and stored, or why neither."""
    solved = False
    inside = fitting(table)
    for turn in range(1, (HASHED if table.bounds else TURNS) + 1):
        line = insert(table, row)
        try:
            stored = db.execute(f"{line} returning {_as_text(table)}".encode()).fetchone()
        except psycopg.errors.CheckViolation as fault:
            if fault.diag.constraint_name is None:  # no partition takes it
                fit = next(inside, None)
                row = row | (fit if fit is not None else _others(table, row, user, turn))
                continue
            if solved:
                return f"constraint {fault.diag.constraint_name!r} refuses every value tried"
            values = solve(db, table, row, choices)
            if values is None:
                return f"found no values for constraint {fault.diag.constraint_name!r}"
            row, solved = row | values, True
        except (psycopg.errors.UniqueViolation, psycopg.errors.ExclusionViolation) as fault:
            other = _others if isinstance(fault, psycopg.errors.UniqueViolation) else _elsewhere
            row = row | other(table, row, user, turn)
            if turn >= TURNS:
                return f"every value tried is taken ({fault.diag.constraint_name})"
        except psycopg.errors.NotNullViolation as fault:
            column = table.column(fault.diag.column_name or "")
            if column is None or row.get(column.name) is not None or plain(column, user) is None:
                return f"no value for {fault.diag.column_name}, of type {column.type if column else 'unknown'}"
            row = row | {column.name: plain(column, user)}
        except psycopg.Error as fault:
            if db.closed:
                raise
            return f"{fault.sqlstate}: {fault.diag.message_primary}"
        else:
            if stored is None:
                return "the row was not stored"
            kept = dict(zip((column.name for column in table.columns), stored, strict=True))
            return row, kept, f"{insert(table, row | _made_up(table, kept))};"
    return "no partition takes any of the values tried" if table.bounds else "no values satisfy its constraints"


def _made_up(table: Relation, stored: Row) -> Row:
    """What the server made up in the row and another time would make otherwise: its key, or all where it has none."""
    names = table.primary_key or tuple(column.name for column in table.columns if column.default is not None)
    counted = {column.name for column in table.columns if not column.given or column.default == "identity"}
    return {name: stored[name] for name in names if name in counted}


def _others(table: Relation, row: Row, user: str, turn: int) -> Row:
    """Other values for the columns of unique keys, and those that choose the partition, as far as they are free to choose."""
    tied = {name for key in table.keys for name in key.columns}
    free = [c for c in table.columns if c.name not in tied and not c.given and row.get(c.name) != user]
    return {
        column.name: plain(column, user, turn)
        for column in free
        if (column.name in table.bound_columns or any(column.name in unique for unique in table.uniques))
        and (column.name in row or column.default is not None)
    }


def _elsewhere(table: Relation, row: Row, user: str, turn: int) -> Row:
    """Other moments, numbers and words wherever they are free to choose: what may not overlap is not told by column."""
    tied = {name for key in table.keys for name in key.columns} | set(table.primary_key)
    free = [column for column in table.columns if column.name in row and column.name not in tied and not column.given]
    free = [column for column in free if column.category in "DNS" and row[column.name] != user]
    return {column.name: plain(column, user, turn) for column in free}


def _as_text(table: Relation) -> str:
    return ", ".join(f"({column.sql})::text" for column in table.columns)
