"""What a planted row holds: keys that lead to its owner's other rows, and as little power as there is to hold."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from gate.config import Config
from gate.rls.constraints import Row, named
from gate.rls.ownership import Owner
from gate.rls.schema import Column, Key, Relation
from gate.rls.values import POWERFUL, C, gives_power, harmless, hidden, large, last, plain

# A row of one's own in such a table is power, whatever it holds.
POWER_TABLES = re.compile(
    r"(?i)(^|_)(admins?|superusers?|staff|moderators?|user_?roles?|role_assignments?|permissions?)(_|$)"
)
# Whoever stands in such a column has power; it is C.
POWER_COLUMNS = re.compile(
    r"(?i)(^|_)(admin|moderator|staff|reviewer|approver|manager)(_|$)|(approved|reviewed|verified)_by$"
)


@dataclass(slots=True)
class Seeds:
    """The planted rows, per table and user: what was `written` and what was then `stored`, and why others are not there.

    `failed` says why a table has no row of B, `withheld` why A has none. `lines` are the statements, in order.
    `metadata` is what A has written into the own `user_metadata`, and `forged` the statement that does it.
    `claims` are paths in every user's token at which it says the user's id.
    """

    written: dict[tuple[str, str], Row] = field(default_factory=dict)
    stored: dict[tuple[str, str], Row] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    metadata: str = "{}"
    claims: tuple[tuple[str, ...], ...] = ()
    forged: str = ""


def draft(table: Relation, user: str, seeds: Seeds, owner: Owner | None, config: Config) -> Row:
    """A plain row of that user: keys point at the user's own rows, everything else is as harmless as it can be."""
    row = keyed(table, user, seeds)
    if owner and (held := owner.holds(user)):
        row[owner.column] = held
    for column in table.columns:
        if column.counted and column.name in table.primary_key and column.name not in row:
            # Far from what the sequence counts, which moves on with every try and is never rolled back.
            row[column.name] = large(column, user)
        elif user == C and column.type == "uuid" and column.name in table.primary_key and column.name not in row:
            row[column.name] = last()
        if column.name in row or column.given:
            continue
        shut = None if column.name in config.privileged_columns else hidden(column, named(table, column.name))
        if shut is not None:
            row[column.name] = shut
        elif column.name in config.privileged_columns and (least := _least(column, named(table, column.name))):
            row[column.name] = least
        elif column.default is None and (column.required or _tells_apart(table, column)):
            row[column.name] = plain(column, user)
    return row


def _tells_apart(table: Relation, column: Column) -> bool:
    """Whether the column is one by which rows are told apart: of the key, or a word that is one for all."""
    return column.name in table.primary_key or (column.category == "S" and (column.name,) in table.uniques)


def _least(column: Column, words: tuple[str, ...]) -> str | None:
    """What a column of power holds in a row without any; None where the default or an empty value is harmless."""
    if column.type == "boolean":
        return "false"
    choices = column.labels or words
    default = column.default or ""
    return (
        harmless(choices) if choices and column.category in "ES" and (not default or POWERFUL.search(default)) else None
    )


def keyed(table: Relation, user: str, seeds: Seeds) -> Row:
    """The values that the table's keys ask for: the user's own rows in the tables they lead to."""
    row: Row = {}
    for key in table.keys:
        if key.target == table.full_name and not _required(table, key.columns):
            continue  # a row that is its own parent is nobody's idea of one
        holder = C if _for_power(key) and (key.target, C) in seeds.stored else user
        target = seeds.stored.get((key.target, holder), {})
        for own, theirs in zip(key.columns, key.target_columns, strict=True):
            column = table.column(own)
            if theirs in target and own not in row and column and not column.given:
                row[own] = target[theirs]
    return row


def _required(table: Relation, names: Sequence[str]) -> bool:
    return all((column := table.column(name)) and column.required for name in names)


def named_twice(tables: Sequence[Relation]) -> set[str]:
    """Tables that one row may have to name twice, as in who follows whom, and all that they lead to: C has rows there."""
    known = {table.full_name: table for table in tables}
    left = [
        target
        for table in tables
        for target, times in Counter(key.target for key in table.keys).items()
        if target in known and (times > 1 or any(_for_power(key) for key in table.keys if key.target == target))
    ]
    found: set[str] = set()
    while left:
        name = left.pop()
        if name in known and name not in found:
            found.add(name)
            left += [key.target for key in known[name].keys]
    return found


def _for_power(key: Key) -> bool:
    return bool(POWER_COLUMNS.search(key.columns[-1]))


def powerful(table: Relation, owner: Owner | None, config: Config) -> str | None:
    """Why a row of A's own in this table would make A powerful."""
    if owner is None or owner.parent is not None:
        return None
    if POWER_TABLES.search(table.name):
        return "a row of one's own there is power"
    for column in table.columns:
        if column.name in config.privileged_columns and gives_power(column.labels):
            return f"every label of {column.name} is power"
    return None
