"""What the attack notes for the report, in a notebook for each grant regime, as the regimes run side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from gate.check import Context
from gate.config import Regime
from gate.errors import Incomplete


@dataclass(slots=True)
class Notes:
    """One notebook."""

    context: Context
    server: str = ""
    tables: int = 0
    seeded: int = 0

    def unjudged(self, what: str, why: str, *, blocking: bool = False) -> None:
        """List it. See `Context.unjudged` for `blocking`."""
        self.context.unjudged(what, why, blocking=blocking)

    def in_time(self, when: str) -> None:
        """Stop when the time is up."""
        if self.context.remaining() == 0:
            raise Incomplete(f"ran out of time {when}")

    def record(self, regime: Regime, key: str, value: object) -> None:
        """Keep evidence of one regime."""
        self.context.evidence.setdefault("by_regime", {}).setdefault(regime, {})[key] = value


def merge(context: Context, notebooks: Sequence[Notes]) -> None:
    """Put what was noted in each regime into one: what they share once, and of what differs the last one's."""
    said = set()
    for notes in notebooks:
        by_regime = context.evidence.get("by_regime", {}) | notes.context.evidence.get("by_regime", {})
        context.evidence.update(notes.context.evidence)
        context.record("by_regime", by_regime)
        for item in notes.context.not_judged:
            if (item.what, item.why) not in said:
                said.add((item.what, item.why))
                context.unjudged(item.what, item.why, blocking=item.blocking)
