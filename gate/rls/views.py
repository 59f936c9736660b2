"""Whose rows does a view show? Asked by taking B's rows away: what an attacker no longer sees then was B's.

This needs no owner column in the view and no reading of its definition. Rows that go as well when A's are taken away
are sums over both, and give nobody away.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from gate.postgres import Connection
from gate.rls.actors import opening, role
from gate.rls.attempt import Actor
from gate.rls.constraints import Row
from gate.rls.ownership import Owner
from gate.rls.rows import Seeds
from gate.rls.schema import Column, Relation
from gate.rls.statements import delete, equals, select, where
from gate.rls.values import A, B

Seen = Counter[tuple[str | None, ...]]
MOST = 1000  # rows read of one view
Looker = Actor | None  # None: postgres itself, as B; the positive control


@dataclass(frozen=True, slots=True)
class Shown:
    """What one looker saw of a view: rows of B's, or why it is not known.

    `row` is one of them, by column, and `condition` names it, where a column tells it from the others.
    """

    view: Relation
    looker: Looker
    theirs: Seen
    row: Row
    condition: str | None = None
    problem: str | None = None


def look(
    db: Connection,
    views: Sequence[Relation],
    seeds: Seeds,
    private: Mapping[str, Owner],
    tables: Mapping[str, Relation],
) -> Iterator[Shown]:
    """What anon, A and postgres see of B's rows in each view. Everything happens in one transaction of `postgres`."""
    lookers: tuple[Looker, ...] = ("anon", "A", None)
    with _undone(db):
        _refresh(db, views)
        whole = {(view.oid, looker): _read(db, view, looker, seeds) for view in views for looker in lookers}
        stuck: set[str] = set()
        left: dict[str, dict[tuple[int, Looker], Seen | str]] = {}
        for user in (B, A):
            with _undone(db):
                stuck |= _take_away(db, user, seeds, private, tables)
                _refresh(db, views)
                left[user] = {
                    (view.oid, looker): _read(db, view, looker, seeds)
                    for view in views
                    for looker in lookers
                    if whole[view.oid, looker]
                }
    for view in views:
        if unmoved := stuck.intersection(view.below):
            yield Shown(view, None, Counter(), {}, problem=f"rows of {min(unmoved)} cannot be taken away")
            continue
        for looker in lookers:
            here = (view.oid, looker)
            seen, without_b, without_a = whole[here], left[B].get(here, Counter()), left[A].get(here, Counter())
            if isinstance(seen, str) or isinstance(without_b, str) or isinstance(without_a, str):
                problem = next(answer for answer in (seen, without_b, without_a) if isinstance(answer, str))
                yield Shown(view, looker, Counter(), {}, problem=problem)
                continue
            theirs = (seen - without_b) & without_a
            columns = columns_of(view, looker)
            row = dict(zip((column.name for column in columns), next(iter(theirs), ()), strict=False))
            yield Shown(view, looker, theirs, row, _condition(columns, row, seen - theirs))


@contextmanager
def _undone(db: Connection) -> Iterator[None]:
    with db.transaction(force_rollback=True):
        yield


def _refresh(db: Connection, views: Sequence[Relation]) -> None:
    for view in sorted(views, key=lambda view: view.oid):
        if view.kind == "m":
            try:
                with db.transaction():
                    db.execute(f"refresh materialized view {view.sql}".encode())
            except psycopg.Error:  # it then shows what it showed before
                if db.closed:
                    raise


def _take_away(
    db: Connection, user: str, seeds: Seeds, private: Mapping[str, Owner], tables: Mapping[str, Relation]
) -> set[str]:
    """Delete the user's rows in these tables; the tables where that cannot be done."""
    stuck = set()
    db.execute("set local session_replication_role = replica")
    for name in private:
        table, stored = tables.get(name), seeds.stored.get((name, user))
        if table is None or stored is None:
            continue
        condition = where(table, stored, table.primary_key) or where(table, stored, (private[name].column,))
        if condition is None:
            stuck.add(name)
            continue
        try:
            with db.transaction():
                db.execute(delete(table, condition).encode())
        except psycopg.Error:
            if db.closed:
                raise
            stuck.add(name)
    db.execute("set local session_replication_role = origin")
    return stuck


def columns_of(view: Relation, looker: Looker) -> list[Column]:
    """The columns that the looker may read; all where there are none, so that the server says no itself."""
    readable = [column for column in view.columns if looker is None or role(looker) in column.selects]
    return readable or list(view.columns)


def _read(db: Connection, view: Relation, looker: Looker, seeds: Seeds) -> Seen | str:
    """The rows as text; none where reading is refused; the server's words where it says something else."""
    picked = ", ".join(f"({column.sql})::text" for column in columns_of(view, looker))
    setting = opening(looker or "B", view.schema, seeds.metadata, seeds.claims)
    try:
        with _undone(db):
            db.execute("set local statement_timeout = '5s'")
            for line in setting if looker else setting[1:]:
                db.execute(line.encode())
            return Counter(db.execute(f"{select(view, None, picked)} limit {MOST}".encode()).fetchall())
    except psycopg.errors.InsufficientPrivilege:
        return Counter()
    except psycopg.Error as fault:
        if db.closed:
            raise
        return f"{fault.sqlstate}: {fault.diag.message_primary}"


def _condition(columns: Sequence[Column], row: Row, others: Seen) -> str | None:
    """A column and value that name one of B's rows and no other row."""
    for place, column in enumerate(columns):
        value = row.get(column.name)
        if value is not None and all(other[place] != value for other in others):
            return equals(column, value)
    return None
