"""What can be tried on a table: one statement per verb and actor, written from the planted rows. Nothing runs here.

A attacks B's rows. Policies treat the two alike unless they name a user's id, and what was planted for them is the same
but for the values; so B attacking A would repeat each answer at twice the price.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gate.config import Config
from gate.rls.actors import role
from gate.rls.attempt import Actor, Verb
from gate.rls.constraints import Row, named
from gate.rls.ownership import Owner
from gate.rls.rows import POWER_TABLES, Seeds, draft
from gate.rls.schema import Column, Relation, Role
from gate.rls.statements import comparable, delete, equals, exists, gone, insert, select, update, where
from gate.rls.values import POWERFUL, A, B, plain

ACTORS: tuple[Actor, ...] = ("anon", "A")


@dataclass(frozen=True, slots=True)
class Trial:
    """A statement to try as an actor. `proof` is a query that says true when it really had its effect.

    `witness` runs the proof: A or B where what counts is what they then see, else `postgres`, who sees everything. `without` names a planted row that would only be in the way: an insert is proven by a row that was not there.
    `planted` are rows that this trial alone needs.
    """

    actor: Actor
    verb: Verb
    statement: str
    proof: str | None = None
    detail: str = ""
    without: tuple[str, str] | None = None
    witness: Literal["A", "B", "postgres"] = "postgres"
    planted: tuple[str, ...] = ()


def control(relation: Relation, seeds: Seeds, owner: Owner | None) -> Trial | None:
    """The positive control: B looks for the own row."""
    theirs = naming(relation, seeds, B, "authenticated", shared=owner is None)
    return Trial("B", "select", select(relation, theirs, _shown(relation, "authenticated"))) if theirs else None


def trials(relation: Relation, seeds: Seeds, owner: Owner | None, config: Config) -> Iterator[Trial]:
    """Everything to try on a table that has a row of B."""
    for actor in ACTORS:
        theirs = naming(relation, seeds, B, role(actor), shared=owner is None)
        if theirs:
            yield Trial(actor, "select", select(relation, theirs, _shown(relation, role(actor))))
            if changed := changes(relation, seeds, actor):
                proof = exists(relation, theirs, *(equals(column, value) for column, value in changed))
                statement = update(relation, {column.name: value for column, value in changed}, theirs)
                yield Trial(actor, "update", statement, proof)
            yield Trial(actor, "delete", delete(relation, theirs), gone(relation, theirs))
        if owner is None or owner.members is None:  # anybody may found a tenant
            yield _insert(relation, seeds, owner, config, actor)
    if owner:
        yield from _own_row(relation, seeds, owner, config)


def naming(relation: Relation, seeds: Seeds, user: str, who: Role, *, shared: bool = False) -> str | None:
    """The condition that names the planted row by columns that the role may read; by any, where it may read none.

    Of rows that all users share any one will do.
    """
    stored = seeds.stored[relation.full_name, user]
    other = {} if shared else seeds.stored.get((relation.full_name, A if user == B else B), {})
    readable = [c for c in relation.columns if who in c.selects] or list(relation.columns)
    names = {column.name for column in readable}
    for key in (relation.primary_key, *relation.uniques):
        if names.issuperset(key) and (condition := where(relation, stored, key)):
            return condition
    for column in readable:
        value = stored.get(column.name)
        if comparable(column) and value is not None and value != other.get(column.name):
            return equals(column, value)
    return None


def _shown(relation: Relation, who: Role) -> str:
    """What a select asks for: everything, or the columns that the role may read."""
    readable = [column.sql for column in relation.columns if who in column.selects]
    return "*" if not readable or len(readable) == len(relation.columns) else ", ".join(readable)


def changes(relation: Relation, seeds: Seeds, actor: Actor) -> list[tuple[Column, str | None]]:
    """A column of B's row that the role may write, and its new value: a free text if there is one, else what it holds."""
    stored = seeds.stored[relation.full_name, B]
    tied = {"id", *relation.primary_key, *(name for key in relation.keys for name in key.columns)}
    tied |= {name for key in relation.uniques for name in key}
    bound = {name for check in relation.checks for name in check.columns} | set(relation.bound_columns)
    ours = [column for column in relation.columns if not column.given]
    writable = [column for column in ours if role(actor) in column.updates] or ours
    for column in writable:
        if column.type == "text" and column.kind == "b" and column.name not in tied | bound:
            return [(column, f"changed by {actor}")]
    kept = [column for column in writable if column.name not in tied] or writable
    return [(column, stored.get(column.name)) for column in kept[:1]]


def _insert(relation: Relation, seeds: Seeds, owner: Owner | None, config: Config, actor: Actor) -> Trial:
    row = fresh(relation, seeds, owner, config, B)
    theirs = where(relation, row, [owner.column]) if owner else None
    if theirs is None:
        return Trial(actor, "insert", insert(relation, row))
    return Trial(actor, "insert", insert(relation, row), exists(relation, theirs), without=(relation.full_name, B))


def fresh(relation: Relation, seeds: Seeds, owner: Owner | None, config: Config, user: str) -> Row:
    """A row like the planted one, with other values in the unique columns that are free to choose."""
    row = dict(seeds.written.get((relation.full_name, user)) or draft(relation, user, seeds, owner, config))
    row = {name: value for name, value in row.items() if not ((column := relation.column(name)) and column.counted)}
    tied = {name for key in relation.keys for name in key.columns} | ({owner.column} if owner else set())
    tied |= {name for check in relation.checks for name in check.columns} | set(relation.bound_columns)
    for column in relation.columns:
        if column.name in row and column.name not in tied and any(column.name in key for key in relation.uniques):
            row[column.name] = plain(column, user, 7)
    return row


def _own_row(relation: Relation, seeds: Seeds, owner: Owner, config: Config) -> Iterator[Trial]:
    mine = seeds.stored.get((relation.full_name, A))
    here = naming(relation, seeds, A, "authenticated") if mine else None
    if mine and here:
        for column in privileged(relation, owner, config):
            better = more(column, mine.get(column.name), named(relation, column.name))
            if better is not None:
                yield _change_of_own(relation, "raise", column, better, here)
        owning = relation.column(owner.column)
        # Whoever runs a team may put others into it: a key that names the owner says that the row is a membership.
        membership = any(owner.column in key for key in relation.uniques)
        theirs = seeds.stored[relation.full_name, B].get(owner.column)
        if owning and theirs is not None and not membership and owner.members is None:
            yield _change_of_own(relation, "give away", owning, theirs, here)
    elif owner.parent is None and POWER_TABLES.search(relation.name):
        row = fresh(relation, seeds, owner, config, A)
        if condition := where(relation, row, [owner.column]):
            yield Trial("A", "raise", insert(relation, row), exists(relation, condition))


def _change_of_own(relation: Relation, verb: Verb, column: Column, value: str, here: str) -> Trial:
    # The row is looked for by what does not change, or the proof would look for a row that is no longer called so.
    after = here if column.sql not in here else "true"
    proof = exists(relation, after, equals(column, value))
    statement = update(relation, {column.name: value}, here)
    # A gift that the other never sees, as in a team that the other is not in, harms nobody.
    witness: Literal["B", "postgres"] = "B" if verb == "give away" else "postgres"
    return Trial("A", verb, statement, proof, column.name, witness=witness)


def privileged(relation: Relation, owner: Owner, config: Config) -> Iterator[Column]:
    """Columns whose value is power over the app.

    In a row that is the only one of its user: `role` in one chat message among many says who spoke, and `tokens` how long
    it was; and who runs a team may well set the own role in it.
    """
    alone = owner.parent is None and relation.unique(owner.column)
    for column in relation.columns:
        if column.name not in config.privileged_columns or column.given:
            continue
        if alone or POWER_TABLES.search(relation.name):
            yield column


def more(column: Column, held: str | None, words: tuple[str, ...]) -> str | None:
    """A value that gives more than the one held; None where we know none."""
    if column.labels or (words and column.category == "S"):
        choices = [word for word in (column.labels or words) if word != held]
        return next((word for word in choices if POWERFUL.search(word)), choices[0] if choices else None)
    match column.category:
        case "B":
            return "true" if held != "true" else None
        case "N":
            return str(int(float(held or 0)) + 1000)
        case "S":
            return "admin" if held != "admin" else "owner"
        case "A":
            return "{admin}"
    return '["admin"]' if column.type == "jsonb" else None
