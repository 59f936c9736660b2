"""B's rows in other states: many a function does something only to a row that is waiting, or done, or still empty somewhere."""

import re
from collections.abc import Iterable, Iterator

from gate.rls.constraints import Row, named
from gate.rls.mutate.world import World
from gate.rls.seeding import ASLEEP, AWAKE
from gate.rls.statements import update, where
from gate.rls.values import B

MOST = 12  # states by one column


def states(world: World, tables: Iterable[str], body: str) -> Iterator[tuple[str, str]]:
    """B's rows in each other state that an enum or a constraint names: in words, and the SQL that brings it about.

    What the function's body asks to be empty is emptied as well.
    """
    for name in tables:
        relation, stored = world.relations[name], world.seeds.stored.get((name, B))
        here = where(relation, stored, relation.primary_key) if stored else None
        if here is None or stored is None:
            continue
        empty: Row = {c.name: None for c in relation.columns if not c.required and _asked_empty(c.name, body)}
        if any(stored.get(column) is not None for column in empty):
            change = update(relation, empty, here)
            yield f"{' and '.join(empty)} in {name} is empty", f"{ASLEEP} {change}; {AWAKE}"
        for column in relation.columns:
            labels = column.labels or (named(relation, column.name) if column.category == "S" else ())
            for label in labels[:MOST]:
                if label != stored.get(column.name):
                    change = update(relation, {**empty, column.name: label}, here)
                    yield f"{column.name} in {name} is {label!r}", f"{ASLEEP} {change}; {AWAKE}"


def _asked_empty(column: str, body: str) -> bool:
    return bool(re.search(rf"(?i)\b{re.escape(column)}\s+is\s+null", body))
