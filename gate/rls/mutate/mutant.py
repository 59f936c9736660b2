"""What came of weakening a guard: the rows of the score, and the subjects that rules judge."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gate.config import Regime
from gate.finding import Span
from gate.rls.attempt import Attempt
from gate.rls.mutate.guards import Guard

# killed: the attack got in. survived: another guard holds the same by itself. dead: it refuses nothing.
Result = Literal["killed", "survived", "dead", "not exercised"]
REFUSES_NOTHING = "as it stands it refuses nothing that was tried"
RESULTS: tuple[Result, ...] = ("killed", "survived", "dead", "not exercised")


@dataclass(frozen=True, slots=True)
class Row:
    """One mutant and what came of it."""

    guard: str
    kind: str
    table: str
    mutation: str
    result: Result
    why: str

    @classmethod
    def of(cls, guard: Guard, result: Result, why: str) -> "Row":
        """The row of a guard."""
        return cls(guard.name, guard.kind, guard.table, guard.mutation, result, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant(Attempt):
    """A weakened guard, as one more attempt: its verb is `weaken`."""

    row: Row


def subject(row: Row, regime: Regime, place: Span | None) -> Mutant:
    """The row as rules get it."""
    answer: Literal["let through", "refused", "nothing"] = "refused"
    if row.result in {"killed", "not exercised"}:
        answer = "let through" if row.result == "killed" else "nothing"
    return Mutant(row.table, row.kind, place, regime, "A", "weaken", answer, None, detail=row.guard, row=row)


def score(rows: Sequence[Row]) -> float | None:
    """The share of guards that hold something by themselves; those that another one doubles do not count."""
    counted = [row for row in rows if row.result != "survived"]
    return round(sum(row.result == "killed" for row in counted) / len(counted), 3) if counted else None


def holders(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Which guards hold which table by themselves."""
    held: dict[str, list[str]] = {row.table: [] for row in rows}
    for row in rows:
        if row.result == "killed":
            held[row.table].append(row.guard)
    return {table: list(dict.fromkeys(guards)) for table, guards in held.items()}


def as_json(rows: Sequence[Row], planned: int, regime: Regime, seconds: float) -> Mapping[str, Any]:
    """The evidence."""
    counts = {result.replace(" ", "_"): sum(row.result == result for row in rows) for result in RESULTS}
    return {
        "score": score(rows),
        **counts,
        "tried": len(rows),
        "planned": planned,
        "regime": regime,
        "seconds": round(seconds, 2),
        "holds": holders(rows),
        "rows": [asdict(row) for row in rows],
    }
