"""Rows that a user may add, and what a trigger then books: credits taken from another, or given to oneself.

The policy asks whose row it is. The trigger believes the amount, the sign and the other user that stand in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import psycopg

from gate.postgres import Connection
from gate.rls.arguments import AMOUNT, AMOUNTS, PERSON
from gate.rls.attack import Attack
from gate.rls.attempt import Attempt
from gate.rls.calling import MONEY, After, Caller, number
from gate.rls.ownership import USERS, Owner
from gate.rls.schema import Column, Relation
from gate.rls.server_says import Said
from gate.rls.statements import exists, insert, literal, where
from gate.rls.trials import Trial, fresh
from gate.rls.values import A, B

OTHERS = " of others"
# With a trigger that fires when a row is added.
BOOKED = """
select distinct tgrelid from pg_trigger where not tgisinternal and tgenabled in ('O', 'A') and tgtype & 4 = 4
"""


def attack_bookings(attack: Attack, caller: Caller) -> Iterator[Attempt]:
    """Every table with a trigger and an amount, to which A adds own rows of either sign, about B."""
    for table in booked(attack.admin, caller.tables):
        owner = attack.owned.get(table.full_name)
        if owner is None or not table.exposed or (table.full_name, B) not in attack.seeds.stored:
            continue
        if not table.unique(owner.column):
            yield from _attack(attack, caller, table, owner)


def booked(db: Connection, tables: Mapping[int, Relation]) -> Iterator[Relation]:
    """The tables that a trigger watches and that hold an amount."""
    for (oid,) in db.execute(BOOKED).fetchall():
        if oid in tables and any(map(_is_amount, tables[oid].columns)):
            yield tables[oid]


def _attack(attack: Attack, caller: Caller, table: Relation, owner: Owner) -> Iterator[Attempt]:
    found: dict[str, Trial] = {}
    for statement in _rows(attack, table, owner):
        try:
            _, after = caller.watch("A", table.schema, f"{statement};")
        except psycopg.Error:
            if caller.db.closed:
                raise
            continue
        for trial in _booked(caller, table, statement, after):
            found.setdefault(trial.detail, trial)
    told: set[str] = set()  # what is given to oneself and taken from others is one problem
    for trial in sorted(found.values(), key=lambda trial: not trial.detail.endswith(OTHERS)):
        other = trial.detail.split(maxsplit=1)[0]
        attempt = attack.attempt(table, trial, Said("let through", 1, ""), attack.needed([table.full_name, other]))
        yield replace(attempt, already=attempt.already or other in told)
        told |= {other} if attempt.leak else set()


def _rows(attack: Attack, table: Relation, owner: Owner) -> Iterator[str]:
    """A's row with an amount of either sign, the other people in it B, and what it leads to A's own or B's."""
    mine = fresh(table, attack.seeds, owner, attack.config, A)
    theirs = attack.seeds.stored[table.full_name, B]
    people: dict[str, str | None] = {column.name: B for column in table.columns if _is_somebody(table, column, owner)}
    led = {name for key in table.keys for name in key.columns} - {owner.column}
    for amount in (AMOUNT, -AMOUNT):
        row = mine | people | {column.name: str(amount) for column in table.columns if _is_amount(column)}
        yield insert(table, row)
        if others := {name: theirs[name] for name in led if name in row and theirs.get(name)}:
            yield insert(table, row | others)


def _booked(caller: Caller, table: Relation, statement: str, after: After) -> Iterator[Trial]:
    """The money that A gained or B lost by it in other tables."""
    tables = {one.full_name: one for one in caller.tables.values()}
    for (name, user), now in after.items():
        other, was = tables[name], caller.was(tables[name], user)
        here = where(other, was or {}, other.primary_key)
        if other is table or was is None or now is None or here is None:
            continue
        for column in other.columns:
            gain = number(now[column.name]) - number(was[column.name])
            if column.category != "N" or not MONEY.search(column.name):
                continue
            held = f"{literal(was[column.name] or '0')}::numeric"
            if user == A and gain >= AMOUNT:
                proof = exists(other, here, f"{column.sql} >= {held} + {AMOUNT}")
                yield Trial("A", "book", statement, proof, f"{name} {column.name}")
            elif user == B and gain < 0:
                proof = exists(other, here, f"{column.sql} < {held}")
                yield Trial("A", "book", statement, proof, f"{name} {column.name}{OTHERS}")


def _is_amount(column: Column) -> bool:
    return column.category == "N" and not column.given and bool(AMOUNTS.search(column.name.lower()))


def _is_somebody(table: Relation, column: Column, owner: Owner) -> bool:
    """Whether it holds the id of a user other than the row's owner."""
    keyed = any(key.columns == (column.name,) and key.target == USERS for key in table.keys)
    named = column.type == "uuid" and bool(PERSON.search(column.name.lower()))
    return column.name != owner.column and not column.given and (keyed or named)
