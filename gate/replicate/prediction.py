"""A prediction as Replicate tells of it, read with care: fields go missing, statuses are new, outputs are empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gate.replicate.errors import Fate, PredictionFailed, ReplicateError

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction. `output` is the list of its output addresses or values; empty when there is none yet."""

    id: str
    status: str
    output: tuple[Any, ...]
    error: str
    input: Mapping[str, Any]
    created_at: str

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in TERMINAL

    def result(self) -> tuple[Any, ...]:
        """The output of a prediction that succeeded. Raises PredictionFailed for every other end."""
        if self.status != "succeeded":
            words = f": {self.error}" if self.error else ""
            raise PredictionFailed(f"prediction {self.id} {self.status}{words}", prediction=self.id, status=self.status)
        if not self.output:
            message = f"prediction {self.id} succeeded without an output; treat it as failed and refund it"
            raise PredictionFailed(message, prediction=self.id, status=self.status)
        return self.output


def read_prediction(body: object) -> Prediction:
    """Read the prediction object of an answer. Raises ReplicateError when it is none: its fate is then unknown."""
    if not isinstance(body, Mapping) or not isinstance(body.get("id"), str) or not isinstance(body.get("status"), str):
        raise ReplicateError("Replicate answered with something that is no prediction", fate=Fate.UNKNOWN)
    output = body.get("output")
    if output is None or output in ("", [], {}):
        values: tuple[Any, ...] = ()
    elif isinstance(output, list):
        values = tuple(value for value in output if value)
    else:
        values = (output,)
    given = body.get("input")
    return Prediction(
        id=body["id"],
        status=body["status"],
        output=values,
        error=str(body.get("error") or ""),
        input=given if isinstance(given, Mapping) else {},
        created_at=str(body.get("created_at") or ""),
    )
