"""What the app makes when a user signs up: found out by signing one up, with the triggers awake."""

from collections.abc import Mapping

import psycopg

from gate.postgres import Connection
from gate.rls.ownership import Owner
from gate.rls.schema import Relation
from gate.rls.statements import exists, user_row, where

NEWCOMER = "dddddddd-dddd-4ddd-8ddd-dddddddddddd"
PATIENCE = "set local statement_timeout = '5s'"


def made_at_sign_up(db: Connection, tables: Mapping[str, Relation], owned: Mapping[str, Owner]) -> frozenset[str]:
    """The tables that hold a row of a user who has done nothing but sign up; none where that fails."""
    asked = {}
    for name, owner in owned.items():
        table = tables.get(name)
        condition = where(table, {owner.column: owner.holds(NEWCOMER)}, [owner.column]) if table else None
        if table and condition:
            asked[name] = f"({exists(table, condition)})"
    if not asked:
        return frozenset()
    try:
        with db.transaction(force_rollback=True):
            db.execute(PATIENCE)
            db.execute(user_row(NEWCOMER, "d@gate.example").encode())
            found = db.execute(f"select array[{', '.join(asked.values())}]".encode()).fetchone()
    except psycopg.Error:
        if db.closed:
            raise
        return frozenset()
    return frozenset(name for name, there in zip(asked, found[0] if found else (), strict=False) if there)
