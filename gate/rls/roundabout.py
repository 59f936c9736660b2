"""What can be tried on a table in a roundabout way: overwriting, taking over, adding something that leads to B's row.

Looking by another filter, counting, embedding and asking for what was changed are not tried apart: the server asks the
same of row security for each of them.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from gate.config import Config
from gate.rls.actors import role
from gate.rls.attempt import Actor
from gate.rls.constraints import Row, named
from gate.rls.membership import MEMBERS
from gate.rls.ownership import USERS, Owner
from gate.rls.rows import Seeds
from gate.rls.schema import Key, Relation
from gate.rls.statements import equals, exists, insert, update, where
from gate.rls.trials import ACTORS, Trial, changes, fresh, more, naming, privileged
from gate.rls.values import A, B

# Values that are one for all by their nature, and those that nobody guesses.
EVERYBODYS = re.compile(
    r"(?i)e?mail|user_?name|handle|slug|domain|url|path|token|key|hash|secret|session|code|external|stripe|uuid|_id$|^id$"
)


def roundabout(
    relation: Relation,
    relations: Mapping[str, Relation],
    seeds: Seeds,
    owned: Mapping[str, Owner],
    config: Config,
    made_at_sign_up: Collection[str] = (),
) -> Iterator[Trial]:
    """Everything of the kind on a table that has a row of B. The rows of some tables are made when a user signs up."""
    owner = owned.get(relation.full_name)
    if owner is None:
        return
    for actor in ACTORS:
        yield from _upsert(relation, seeds, owner, config, actor)
    theirs = naming(relation, seeds, B, "authenticated")
    if theirs:
        yield from _take(relation, seeds, owner, theirs)
    if relation.full_name not in made_at_sign_up:
        yield from _start_with(relation, seeds, owner, config)
    yield from _probe(relation, seeds, owner, config)
    if owner.names_user and not MEMBERS.search(relation.name):
        private = {name: above for name, above in owned.items() if name not in {*config.public_tables, USERS}}
        for key in relation.keys:
            above, target = private.get(key.target), relations.get(key.target)
            if above and target and not above.author and owner.column not in key.columns and not _person(target, above):
                yield from _attach(relation, key, seeds, fresh(relation, seeds, owner, config, A), owner)


def _upsert(relation: Relation, seeds: Seeds, owner: Owner, config: Config, actor: Actor) -> Iterator[Trial]:
    """A row of the actor's own, under the key of B's."""
    stored, key = seeds.stored[relation.full_name, B], relation.primary_key
    here = where(relation, stored, key)
    changed = changes(relation, seeds, actor)
    if here is None or owner.column in key or owner.members or any(role(actor) not in c.updates for c, _ in changed):
        return
    row = fresh(relation, seeds, owner, config, A)
    row |= {name: stored[name] for name in key} | {column.name: value for column, value in changed}
    sets = ", ".join(f"{column.sql} = excluded.{column.sql}" for column, _ in changed)
    arbiter = ", ".join(column.sql for name in key if (column := relation.column(name)))
    if changed:
        proof = exists(relation, here, *(equals(column, value) for column, value in changed))
        yield Trial(actor, "upsert", f"{insert(relation, row)} on conflict ({arbiter}) do update set {sets}", proof)


def _take(relation: Relation, seeds: Seeds, owner: Owner, theirs: str) -> Iterator[Trial]:
    """A makes B's row A's own: a policy may ask whose it is then, and not whose it was."""
    column = relation.column(owner.column)
    mine = owner.holds(A) or seeds.stored.get((relation.full_name, A), {}).get(owner.column)
    if column is None or column.given or owner.members or mine is None or relation.unique(owner.column):
        return
    if column.sql not in theirs:
        statement = update(relation, {column.name: mine}, theirs)
        yield Trial("A", "take", statement, exists(relation, theirs, equals(column, mine)), column.name)


def _start_with(relation: Relation, seeds: Seeds, owner: Owner, config: Config) -> Iterator[Trial]:
    """A adds the own row, as if it were not there yet, with more power than it has by default."""
    if seeds.stored.get((relation.full_name, A)) is None or not owner.names_user:
        return
    row = fresh(relation, seeds, owner, config, A)
    here = where(relation, row, [owner.column])
    for column in privileged(relation, owner, config):
        better = more(column, row.get(column.name), named(relation, column.name))
        if here and better is not None and relation.unique(owner.column):
            statement = insert(relation, row | {column.name: better})
            proof = exists(relation, here, equals(column, better))
            yield Trial("A", "start with", statement, proof, column.name, without=(relation.full_name, A))


def _probe(relation: Relation, seeds: Seeds, owner: Owner, config: Config) -> Iterator[Trial]:
    """A asks whether somebody has a value, by giving it to an own row: a unique key says so, whoever may see the other row."""
    if not owner.names_user or relation.unique(owner.column):
        return
    for name in sorted({key[0] for key in relation.uniques if len(key) == 1 and key != relation.primary_key}):
        column, value = relation.column(name), seeds.stored[relation.full_name, B].get(name)
        if column and value and column.category == "S" and not EVERYBODYS.search(name):
            row = fresh(relation, seeds, owner, config, A) | {name: value}
            yield Trial("A", "probe", insert(relation, row), detail=name)


def _attach(relation: Relation, key: Key, seeds: Seeds, row: Row, owner: Owner) -> Iterator[Trial]:
    """A adds a row of A's own that leads to a row of B's, as a task in B's project, or moves one there.

    It counts where B then sees it.
    """
    theirs = seeds.stored.get((key.target, B))
    if theirs is None:
        return
    led = dict(zip(key.columns, (theirs.get(name) for name in key.target_columns), strict=True))
    mine = naming(relation, seeds, A, "authenticated") if (relation.full_name, A) in seeds.stored else None
    if mine and not any(column.sql in mine for column in relation.columns if column.name in led):
        proof = exists(relation, mine, *(equals(c, led[c.name]) for c in relation.columns if c.name in led))
        yield Trial("A", "move under", update(relation, led, mine), proof, key.target, witness="B")
    if condition := where(relation, row | led, [owner.column, *key.columns]):
        yield Trial("A", "attach", insert(relation, row | led), exists(relation, condition), key.target, witness="B")


def _person(target: Relation, above: Owner) -> bool:
    """Whether the table has one row for each user: whoever leads there follows somebody or writes to somebody."""
    return above.names_user and target.unique(above.column)
