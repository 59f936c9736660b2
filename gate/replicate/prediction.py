"""A prediction as Replicate tells of it, read with care: fields go missing, statuses are new, outputs are empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any

from gate.replicate.errors import Fate, PredictionFailed, ReplicateError
from gate.replicate.words import words

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
RUNNING = frozenset({"starting", "processing"})


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction. `output` is the list of its output addresses or values; empty when there is none yet."""

    id: str
    status: str
    output: tuple[Any, ...]
    error: str
    input: Mapping[str, Any]
    created_at: str
    predict_time: float | None = None  # seconds that the model ran, which is what is billed
    completed_at: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more; a status that is new has ended once there is a time of its end."""
        return self.status in TERMINAL or (self.status not in RUNNING and bool(self.completed_at))

    def made_before(self, moment: datetime) -> bool:
        """Whether it is older than a moment; an unreadable time is not older."""
        try:
            made = datetime.fromisoformat(self.created_at)
        except ValueError:
            return False
        return (made if made.tzinfo else made.replace(tzinfo=UTC)) < moment

    def result(self) -> tuple[Any, ...]:
        """The output of a prediction that succeeded. Raises PredictionFailed for every other end."""
        if self.status == "succeeded" and self.output:
            return self.output
        if self.status == "succeeded":
            why = "succeeded without an output; treat it as failed and refund it"
        elif self.ended:
            why = f"{words(self.status)}: {self.error}" if self.error else words(self.status)
        else:
            why = f"has not ended: {words(self.status)}"
        raise PredictionFailed(f"prediction {words(self.id)} {why}", prediction=self.id, status=self.status)


def read_prediction(body: object) -> Prediction:
    """Read the prediction object of an answer. Raises ReplicateError when it is none: its fate is then unknown."""
    if not isinstance(body, Mapping) or not isinstance(body.get("id"), str) or not isinstance(body.get("status"), str):
        raise ReplicateError("Replicate answered with something that is no prediction", fate=Fate.UNKNOWN)
    given = body.get("input")
    return Prediction(
        id=body["id"],
        status=body["status"],
        output=_values(body.get("output")),
        error=words(body.get("error")),
        input=given if isinstance(given, Mapping) else {},
        created_at=str(body.get("created_at") or ""),
        predict_time=_seconds(body.get("metrics")),
        completed_at=str(body.get("completed_at") or ""),
    )


def _seconds(metrics: object) -> float | None:
    ran = metrics.get("predict_time") if isinstance(metrics, Mapping) else None
    return float(ran) if isinstance(ran, int | float) and not isinstance(ran, bool) and 0 <= ran < inf else None


def _values(output: object) -> tuple[Any, ...]:
    """A missing output, null and every kind of emptiness are none."""
    if output is None or output in ("", [], {}):
        return ()
    return tuple(value for value in output if value) if isinstance(output, list) else (output,)
