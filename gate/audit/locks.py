"""What a newer statement holds while it reads or writes a whole table, and what does the same without.

Measured on Postgres: `tests/audit/test_locks.py` runs the examples of every rule about locks and reads `pg_locks`.
"""

from gate.audit.catalog import Catalog
from gate.audit.quoting import quoted, spelled
from gate.audit.release import Change

INSTEAD = "-- instead of this statement:"
ALONE = "-- instead of this statement, in a migration of its own:"
LATER = "-- in a later migration of its own:"
BRIEF = {  # these hold nothing that keeps an app from writing to the table
    "copy rows",
    "insert rows",
    "update every row",
    "delete every row",
    "grant",
    "revoke",
    "publish",
    "create view",
    "create function",
    "setting",
    "refresh view",
    "validate constraint",
}


def held(catalog: Catalog, change: Change) -> bool:
    """Whether an earlier statement of the same file, which is one transaction, keeps others from writing to the table."""
    for one in catalog.release.about(change.name) if catalog.release else ():
        if one is change:
            return False
        if one.name == change.name and one.place.path == change.place.path and one.act not in BRIEF:
            return True
    return False


def alone(catalog: Catalog, change: Change) -> bool:
    """Whether the statement is the only one of its file."""
    return catalog.release is not None and catalog.release.sizes.get(change.place.path, 0) <= 1


def in_transaction(catalog: Catalog, change: Change) -> bool:
    """Whether the file itself opened a transaction before the statement."""
    same = [(place.line, word) for word, place in catalog.transactions if place.path == change.place.path]
    before = [word for line, word in same if line < change.place.line]
    return before[-1:] == ["BEGIN"]


def single(catalog: Catalog, change: Change) -> bool:
    """Whether the statement does nothing else, so that another one can stand in its place."""
    assert catalog.release
    return not change.hidden and catalog.release.at(change.place) == 1


def not_valid(catalog: Catalog, change: Change) -> str | None:
    """The same constraint, added without a look at the rows that are there, which are looked at in a later transaction."""
    if not single(catalog, change):
        return None
    text = change.text.rstrip().rstrip(";")
    return "\n".join((INSTEAD, f"{text} not valid;", LATER, validated(change)))


def validated(change: Change) -> str:
    """The look at the rows of a constraint."""
    return f"alter table {spelled(change.name)} validate constraint {quoted(change.part)};"


def proved_not_null(change: Change) -> str:
    """NOT NULL by way of a check that is validated while others write."""
    table, column = spelled(change.name), quoted(change.part)
    check = quoted(f"{change.part}_is_there")
    return "\n".join(
        (
            INSTEAD,
            f"alter table {table} add constraint {check} check ({column} is not null) not valid;",
            LATER,
            f"alter table {table} validate constraint {check};",
            LATER,
            f"alter table {table} alter column {column} set not null;",
            f"alter table {table} drop constraint {check};",
        )
    )


def unique_by_index(change: Change) -> str | None:
    """A unique constraint or primary key on an index that was built while others write."""
    kind = "primary key" if "primary" in change.words else "unique"
    if not change.columns or "exclusion" in change.words:
        return None
    table, name = spelled(change.name), quoted(change.part)
    return "\n".join(
        (
            ALONE,
            f"create unique index concurrently {name} on {table} ({', '.join(map(quoted, change.columns))});",
            LATER,
            f"alter table {table} add constraint {name} {kind} using index {name};",
        )
    )
