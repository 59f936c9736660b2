"""A step of the smoke as it went: what was asked, what was learnt, how it ended. This is what the rules judge."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from gate.smoke.exchange import Category, Exchange, StepFailed

Content = Literal["picture", "no picture", "same as the input", "not readable", "not looked at"]


# Whose concern it is when a rule finds fault with a step; all others are the backend's processing.
CONCERNS = {"output": Category.SECURITY, "isolation": Category.SECURITY}
JOB = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")  # every run makes other ids, and a place should stay the same


@dataclass(frozen=True, slots=True)
class Nothing:
    """The step taught nothing that a rule would ask for."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of a job; `again` says that it had succeeded before.

    `spent` is the drop of A's balance in credits, None where there is no balance. `predictions` is how many of
    Replicate's predictions it made, None where they cannot be told from others; `predict_time` the seconds that the model ran
    for them, None where nobody knows.
    """

    job: str
    again: bool
    status: str
    price: int
    spent: int | None
    predictions: int | None
    kind: str
    predict_time: float | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """Where the output is, where it should be, and what A finds there."""

    path: str
    folder: str
    content: Content


@dataclass(frozen=True, slots=True)
class Seen:
    """What B sees of A's job and output. `output` is None where storage could not be asked."""

    job: str
    listed: bool
    opened: bool
    output: bool | None


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven steps, or one observation of a probe. `learnt` is what it taught, of a type that a rule knows.

    `failure` says why it could not go on; `seconds` is wall time, `began` the seconds since the first step did.
    """

    name: str
    exchanges: tuple[Exchange, ...]
    seconds: float
    learnt: object = Nothing()
    failure: StepFailed | None = None
    began: float = 0.0

    @property
    def place(self) -> str:
        """The request that findings point at: the last that did something, else the last."""
        deeds = [one for one in self.exchanges if one.method != "GET"] or list(self.exchanges)
        return JOB.sub("/{id}", str(deeds[-1])) if deeds else f"the step {self.name}"

    def row(self) -> dict[str, Any]:
        """How reports show it. A step that a rule finds fault with is told apart by the findings."""
        ran = self.learnt if isinstance(self.learnt, Ran) else None
        asked = sum(one.seconds for one in self.exchanges)
        return {
            "step": self.name,
            "status": "failed" if self.failure else "ok",
            "began": round(self.began, 3),
            "seconds": round(self.seconds, 3),
            "attempts": len(self.exchanges),
            "waited": round(max(0.0, self.seconds - asked), 3),
            "credits": ran.spent if ran else None,
            "predictions": ran.predictions if ran else None,
            "predict_time": ran.predict_time if ran else None,
            "category": self.failure.category.value if self.failure else None,
            "problem": str(self.failure) if self.failure else None,
            "concern": CONCERNS.get(self.name, Category.PROCESSING).value,
            "trace": [
                {"request": str(one), "status": one.status, "seconds": round(one.seconds, 3), "problem": one.problem}
                for one in self.exchanges
            ],
        }
