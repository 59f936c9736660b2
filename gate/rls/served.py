"""The positive control of all: the service role looks for every planted row.

No policy holds it back. A row that it does not find is not there, and then it proves nothing that a stranger finds none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from gate.rls.attack import Attack
from gate.rls.schema import Relation
from gate.rls.statements import exists, select
from gate.rls.trials import Trial, naming
from gate.rls.values import B

AT_ONCE = 50  # tables in one round trip


@dataclass(slots=True)
class Served:
    """The tables that the service role has no right to, and those whose planted row is gone, with the server's words."""

    refused: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)

    def alone(self, table: Relation) -> bool:
        """Whether the table is for the service role alone, which finds the row where no policy lets anybody in."""
        return table.rls and not table.policed and table.full_name not in {*self.refused, *self.gone}


def serve(attack: Attack, tables: Sequence[Relation]) -> Served:
    """Ask for B's row in each of these tables, as the service role and, where that has no right to look, as `postgres`."""
    found = Served()
    asked = [
        (table, condition)
        for table in tables
        if (table.full_name, B) in attack.seeds.stored
        and (condition := naming(table, attack.seeds, B, "service_role", shared=table.full_name not in attack.owned))
    ]
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        todo = [Trial("service", "select", select(table, condition)) for table, condition in some]
        for (table, condition), said in zip(some, attack.ask_all(some[0][0], todo), strict=True):
            if said.answer == "let through":
                continue
            if _there(attack, table, condition):
                found.refused[table.full_name] = said.words
            else:
                found.gone[table.full_name] = said.words
    return found


def _there(attack: Attack, table: Relation, condition: str) -> bool:
    """Whether `postgres`, whom no policy holds back either, finds the row."""
    try:
        (there,) = attack.admin.execute(exists(table, condition).encode()).fetchone() or (False,)
    except psycopg.Error:
        if attack.admin.closed:
            raise
        return False
    return bool(there)
