"""A request to the backend and what came of it, and the ways in which a step cannot go on."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gate.errors import GateError

Actor = str  # A, B, or a name that a probe gives to somebody


class Category(StrEnum):
    """Who has to act: the five causes of a failure."""

    CONFIGURATION = "configuration"
    AUTHENTICATION = "authentication"
    CONNECTIVITY = "connectivity"
    PROCESSING = "processing"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `status` is None when none came; `problem` then says why. `seconds` is wall time.

    The body is for the rules; reports never show it, because it may hold anything.
    """

    actor: Actor
    method: str
    path: str
    status: int | None
    seconds: float
    problem: str = ""
    body: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path} as {self.actor}"

    @property
    def ok(self) -> bool:
        """Whether the answer is a 2xx."""
        return self.status is not None and 200 <= self.status < 300


class StepFailed(GateError):  # noqa: N818 - it says what happened
    """A step that cannot go on: what happened, whose concern it is, and what to do."""

    def __init__(self, category: Category, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}; {remedy}" if remedy else what)
        self.category = category


def refused(exchange: Exchange, remedy: str = "") -> StepFailed:
    """The failure that an unwelcome answer means."""
    words = f"{exchange}: {exchange.problem}" if exchange.problem else f"{exchange} answered {exchange.status}"
    match exchange.status:
        case None:
            return StepFailed(Category.CONNECTIVITY, words, remedy or "is the backend running where API says?")
        case 401:
            return StepFailed(Category.AUTHENTICATION, words, f"is TOKEN_{exchange.actor} still valid?")
        case 402:
            return StepFailed(Category.CONFIGURATION, words, f"give {exchange.actor} enough credits for one job")
        case 403 | 404 | 405 | 415 | 422:
            return StepFailed(
                Category.CONFIGURATION, words, remedy or "does the backend keep the contract of docs/smoke.md?"
            )
    return StepFailed(Category.PROCESSING, words, remedy)
