"""Calls functions and sees, in the rows themselves, what each call gave away or changed.

Every call is made in a transaction that is rolled back, as the API would make it. What was read is recognised by values
that only B's rows hold, what was changed by comparing the rows before and after. That a call went through proves nothing.
"""

# ruff: noqa: S608 - the calls are written by `arguments`, which quotes

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import psycopg

from gate.config import Config
from gate.postgres import Connection
from gate.rls.actors import opening
from gate.rls.arguments import Call
from gate.rls.attempt import Actor
from gate.rls.constraints import Row
from gate.rls.functions import Function
from gate.rls.ownership import USERS, Owner
from gate.rls.rows import POWER_TABLES, Seeds
from gate.rls.schema import Column, Relation
from gate.rls.statements import equals, exists, gone, literal, select, update, where
from gate.rls.trials import Trial, privileged
from gate.rls.values import LETTER, POWERFUL, A, B, C, text

PATIENCE = "set local statement_timeout = '2s';"
MOST = 500  # rows read of one function
MONEY = re.compile(r"(^|_)(credits?|balance|coins?|tokens|points|wallet|gems)(_|$)")
RICH = 4_242_000  # what B has, and a little more in each table
ID = re.compile(r"(^|_)(id|uuid)$")
# Moved by many calls on purpose, and nobody's harm.
COUNTERS = re.compile(
    r"(^|_)(views?|counts?|likes?|plays|downloads?|clicks?|shares?|visits?|impressions|votes?|upvotes|hits|uses|usage|score"
    r"|rating|popularity|total|attempts|streak|reads)(_|$)|_at$"
)
# Worked out anew from other rows.
DERIVED = re.compile(r"(^|_)(counters?|cache|metrics|stats|statistics|summary|summaries|analytics|rollups?)(_|$)")
# What was emptied by TRUNCATE counts no rows, but is locked as nothing else that a call may do to a table.
WROTE = """
select coalesce(array_agg(relid), '{}') from pg_stat_xact_user_tables
where pg_current_xact_id_if_assigned() is not null
  and (n_tup_ins + n_tup_upd + n_tup_del > 0 or relid in (
    select relation from pg_locks where pid = pg_backend_pid() and granted and mode = 'AccessExclusiveLock'))
"""
After = Mapping[tuple[str, str], Row | None]  # a user's row, by table and user


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call did: the columns of a table that were read or changed, and the trial that shows it again."""

    table: str
    columns: tuple[str, ...]
    trial: Trial


@dataclass(slots=True)
class Caller:
    """Who calls, among which rows. `told` maps a value that only a row of B's holds to its table and column.

    `begin` and `undo` surround each call: a transaction of its own, or a savepoint in one that is open already.
    """

    db: Connection
    tables: Mapping[int, Relation]
    seeds: Seeds
    owned: Mapping[str, Owner]
    config: Config
    begin: str = "begin;"
    undo: str = "rollback"
    told: dict[str, tuple[str, str]] = field(default_factory=dict)
    before: dict[tuple[str, str], Row | None] = field(default_factory=dict)

    def mark(self) -> None:
        """Make B's rows tell-tale: a text where they hold none, and an unlikely number in columns of money."""
        self.told["b@gate.example"] = (USERS, "email")
        rich = itertools.count(RICH + 1)
        self.db.execute("set session_replication_role = replica")
        for table in self.tables.values():
            stored = self.seeds.stored.get((table.full_name, B))
            if stored is None or table.full_name not in self.owned:
                continue
            marked: set[str] = set()
            for changes in _tell_tale(table, stored, self.owned[table.full_name], str(next(rich))):
                if changes and self._write(table, stored, changes):
                    marked |= changes.keys()
            if table.full_name not in self.config.public_tables:
                written = self.seeds.written[table.full_name, B].keys() | set(table.primary_key) | marked
                self._learn(table, stored, written)
        self.db.execute("set session_replication_role = origin")

    def _write(self, table: Relation, stored: Row, changes: Row) -> bool:
        condition = where(table, stored, table.primary_key)
        if condition is None:
            return False
        line = f"{update(table, changes, condition)};"
        try:
            self.db.execute(line.encode())
        except psycopg.Error:
            if self.db.closed:
                raise
            return False
        stored |= changes
        self.seeds.lines[table.full_name, B].append(line)
        return True

    def _learn(self, table: Relation, stored: Row, written: set[str]) -> None:
        others = {v for user in (A, C) for v in self.seeds.stored.get((table.full_name, user), {}).values()}
        tied = {name for key in table.keys for name in key.columns}
        for column in table.columns:
            value = stored.get(column.name)
            if value is None or column.name in tied or column.name not in written or value in {A, B, C} | others:
                continue
            money = column.category == "N" and value.startswith(str(RICH // 1000))
            if money or column.type == "uuid" or value.startswith(f"gate-{LETTER[B]}-"):
                self.told.setdefault(value, (table.full_name, column.name))

    def make(self, function: Function, call: Call) -> Iterator[Effect]:
        """Make one call and look. Raises the server's error when it fails."""
        asked = f"select left(r::text, 20000) from {call.text} as r limit {MOST};"
        rows, after = self.watch(call.actor, function.schema, asked)
        changes = list(self._changed(call, after))
        yield from sorted(changes, key=lambda effect: not any(MONEY.search(column) for column in effect.columns))
        yield from self._read(call, "\n".join(row[0] or "" for row in rows))

    def watch(self, actor: Actor, schema: str, statement: str) -> tuple[list[tuple[str | None, ...]], After]:
        """Run a statement as the API would and take it back: the rows it gave, and what A's and B's rows were after it."""
        lines = [self.begin, PATIENCE, *opening(actor, schema, self.seeds.metadata, self.seeds.claims)]
        lines += [statement, "reset role;", WROTE]
        try:
            cursor = self.db.execute("\n".join(lines).encode())
            for _ in range(len(lines) - 3):
                cursor.nextset()
            rows = cursor.fetchall() if cursor.description else []
            cursor.nextset()
            cursor.nextset()
            (wrote,) = cursor.fetchone() or ([],)
            after = {
                (name, user): self._row(self.tables[oid], user)
                for oid in sorted(wrote)
                if oid in self.tables and (name := self.tables[oid].full_name) in self.owned
                for user in (A, B)
            }
        finally:
            if not self.db.closed:
                self.db.execute(self.undo.encode())
        return rows, after

    def was(self, table: Relation, user: str) -> Row | None:
        """The user's planted row as it is when nothing was done."""
        if (table.full_name, user) not in self.before:
            self.before[table.full_name, user] = self._row(table, user)
        return self.before[table.full_name, user]

    def _row(self, table: Relation, user: str) -> Row | None:
        """The user's planted row as it is now; of a table of power any row that is the user's."""
        stored = self.seeds.stored.get((table.full_name, user))
        owner = self.owned[table.full_name]
        if stored is None:
            held = {owner.column: user}
            condition = where(table, held, [owner.column]) if POWER_TABLES.search(table.name) else None
        else:
            condition = where(table, stored, table.primary_key) or where(table, stored, [owner.column])
        if condition is None:
            return None
        columns = ", ".join(f"({column.sql})::text" for column in table.columns)
        found = self.db.execute(f"{select(table, condition, columns)} limit 1".encode()).fetchone()
        return None if found is None else dict(zip((c.name for c in table.columns), found, strict=True))

    def _read(self, call: Call, read: str) -> Iterator[Effect]:
        given = " ".join(call.values)
        seen: dict[str, list[tuple[str, str]]] = {}
        for value, (table, column) in self.told.items():
            if value in read and value not in given:
                seen.setdefault(table, []).append((column, value))
        # Of several tables the one that tells most; that a row is there, with this id, tells nothing.
        tables = [table for table, found in seen.items() if not all(ID.search(column) for column, _ in found)]
        for table in sorted(tables, key=lambda table: -len(seen[table]))[:1]:
            found = seen[table]
            condition = f"position({literal(found[0][1])} in r::text) > 0"
            trial = Trial(call.actor, "call to read", f"select * from {call.text} as r where {condition}")
            yield Effect(table, tuple(column for column, _ in found), trial)

    def _changed(self, call: Call, after: After) -> Iterator[Effect]:
        tables = {table.full_name: table for table in self.tables.values()}
        for (name, user), now in after.items():
            table, owner = tables[name], self.owned[name]
            was = self.was(table, user)
            stored = self.seeds.stored.get((name, user), {owner.column: user})
            here = where(table, stored, table.primary_key) or where(table, stored, [owner.column])
            if here is None or was == now or DERIVED.search(table.name):
                continue
            statement = f"select count(*) from {call.text}"
            if user == A:
                known = {column.name for column in privileged(table, owner, self.config)}
                for column, wanted in _raised(table, known, was, now, call.amount):
                    proof = exists(table, here, wanted)
                    yield Effect(name, (column,), Trial(call.actor, "call to raise", statement, proof))
                for column, wanted in () if call.amount else _given(table, was, now):
                    twice = f"select (select count(*) from {call.text}), (select count(*) from {call.text})"
                    proof = exists(table, here, wanted)
                    yield Effect(name, (column,), Trial(call.actor, "call to raise", twice, proof))
            elif was and now is None:
                yield Effect(name, (), Trial(call.actor, "call to change", statement, gone(table, here)))
            elif was and now:
                theirs = self.before.get((name, A)) or {}
                changed = [
                    c for c in _harmed(table, was, now) if not _paid(c.name, was, now, theirs, after.get((name, A)))
                ]
                if changed:
                    first = changed[0]
                    proof = exists(table, here, f"not ({equals(first, was[first.name])})")
                    if was[first.name] is not None and now[first.name] is None:
                        proof = exists(table, here, f"{first.sql} is null")
                    names = tuple(column.name for column in changed)
                    yield Effect(name, names, Trial(call.actor, "call to change", statement, proof))


def _tell_tale(table: Relation, stored: Row, owner: Owner, rich: str) -> tuple[Row, Row]:
    """Money and texts to write into B's row, apart, as a constraint may refuse either."""
    bound = {name for check in table.checks for name in check.columns} | set(table.bound_columns)
    tied = {owner.column, *table.primary_key, *(n for key in table.keys for n in key.columns)}
    tied |= {name for key in table.uniques for name in key}
    free = [column for column in table.columns if not column.given and column.kind == "b" and column.name not in tied]
    money: Row = {c.name: rich for c in free if c.category == "N" and MONEY.search(c.name)}
    texts: Row = {
        c.name: text(c, B)
        for c in free
        if c.type == "text" and c.name not in bound and c.default is None and stored.get(c.name) is None
    }
    return money, texts


def _harmed(table: Relation, was: Row, now: Row) -> list[Column]:
    """The columns that changed, moments and counters left out."""
    return [
        column
        for column in table.columns
        if was[column.name] != now[column.name]
        and column.category not in "DT"
        and not (COUNTERS.search(column.name) and not MONEY.search(column.name))
    ]


def _paid(name: str, was: Row, now: Row, mine: Row, mine_now: Row | None) -> bool:
    """Whether B merely received what the caller gave."""
    gain = number(now[name]) - number(was[name])
    return gain > 0 and mine_now is not None and number(mine.get(name)) - number(mine_now.get(name)) >= gain


def _raised(
    table: Relation, known: set[str], was: Row | None, now: Row | None, amount: int
) -> Iterator[tuple[str, str]]:
    """What A gained by the call in the own row: the amount asked for, or a word of power. With the condition that says so."""
    if was is None and now is not None and POWER_TABLES.search(table.name):
        yield table.name, "true"
    if was is None or now is None:
        return
    for column in table.columns:
        old, new = was[column.name], now[column.name]
        if old == new or new is None:
            continue
        money = column.category == "N" and (column.name in known or MONEY.search(column.name))
        if money and amount and number(new) - number(old) >= abs(amount):
            yield column.name, f"{column.sql} >= {literal(old or '0')}::numeric + {abs(amount)}"
        elif column.name in known and not money and (new == "true" or POWERFUL.search(new)):
            yield column.name, equals(column, new)


def _given(table: Relation, was: Row | None, now: Row | None) -> Iterator[tuple[str, str]]:
    """The money that A was given for nothing, with the condition that a second call gives as much again.

    Once may be meant, as a present for signing up.
    """
    if was is None or now is None:
        return
    for column in table.columns:
        gain = number(now[column.name]) - number(was[column.name])
        if gain > 0 and column.category == "N" and MONEY.search(column.name):
            yield column.name, f"{column.sql} >= {literal(was[column.name] or '0')}::numeric + {2 * gain}"


def number(value: str | None) -> float:
    """What the server's text says as a number; 0 where it is none."""
    try:
        return float(value or 0)
    except ValueError:
        return 0.0
