"""The matrix of the reports: who tried what on which relation, what came of it, and which finding says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gate.finding import fingerprint
from gate.rls.attempt import Attempt
from gate.rule import Rule, load_rules

RULES = "gate.rls.rules"


@dataclass(slots=True)
class Matrix:
    """Attempts by regime and relation, in the order made.

    As JSON a row is `{"regime", "relation", "kind", "owner", "cells"}` and a cell is `[actor, verb, answer]`, with the
    finding's fingerprint as a fourth where there is one. Of like attempts the one that says most is kept.
    """

    rules: Sequence[Rule] = field(default_factory=lambda: load_rules(RULES))
    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    cells: dict[tuple[str, str], dict[tuple[str, str], list[str]]] = field(default_factory=dict)

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt."""
        place = (attempt.regime, attempt.relation)
        owner = attempt.owner.column if attempt.owner and attempt.kind in {"r", "p"} else None
        row = {"regime": attempt.regime, "relation": attempt.relation, "kind": attempt.kind, "owner": owner}
        self.rows.setdefault(place, row)
        verb = f"{attempt.verb} {attempt.detail}" if attempt.verb == "raise" and attempt.detail else attempt.verb
        cell = [attempt.actor, verb, attempt.answer, *self._findings(attempt)]
        cells = self.cells.setdefault(place, {})
        known = cells.get((attempt.actor, verb))
        if known is None or len(known) < len(cell) or (known[2] == "refused" and len(known) == len(cell)):
            cells[attempt.actor, verb] = cell

    def _findings(self, attempt: Attempt) -> Iterator[str]:
        """The fingerprint of the finding that an attempt leads to, if any."""
        if attempt.answer not in {"let through", "recursion"}:
            return
        for rule in self.rules:
            try:
                hits = list(rule.judge(attempt))
            except Exception:  # noqa: BLE001, S112 - the runner puts the rule to it again, and records the failure
                continue
            for hit in hits:
                yield fingerprint(rule.id, hit.subject, hit.statement)
                return

    def value(self) -> dict[str, Any]:
        """All of it as JSON."""
        seen = [cell for cells in self.cells.values() for cell in cells.values()]
        return {
            "actors": list(dict.fromkeys(cell[0] for cell in seen)),
            "verbs": list(dict.fromkeys(cell[1] for cell in seen)),
            "rows": [row | {"cells": list(self.cells[place].values())} for place, row in self.rows.items()],
        }
