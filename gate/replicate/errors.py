"""What can go wrong with Replicate, as types: each says what is known of the request's fate."""

from enum import StrEnum

from gate.errors import GateError


class Fate(StrEnum):
    """What became of a request on the server's side. `REJECTED` is also one that the client itself would not send."""

    NOT_SENT = "not sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class ReplicateError(GateError):
    """A request that failed. `status` is the HTTP status or None; `retry_after` the server's wish in seconds.

    `category` is one of the gate's five: configuration, authentication, connectivity, processing, security.
    """

    def __init__(
        self, message: str, *, fate: Fate, status: int | None = None, retry_after: float | None = None, title: str = ""
    ) -> None:
        super().__init__(message)
        self.fate = fate
        self.status = status
        self.retry_after = retry_after
        self.title = title

    @property
    def retryable(self) -> bool:
        """Whether asking again may help: it never got there, nobody knows, or it came too early (429)."""
        return self.fate is not Fate.REJECTED or self.status == 429

    @property
    def category(self) -> str:
        """The error category for people who have to act on it."""
        match self.status:
            case None:
                return "security" if self.fate is Fate.REJECTED else "connectivity"
            case 401 | 403:
                return "authentication"
            case 402:
                return "processing"
            case 408 | 429:
                return "connectivity"
        return "configuration" if self.status < 500 else "connectivity"


class PredictionFailed(GateError):  # noqa: N818 - it says what happened
    """The prediction ended without a usable output. `status` is Replicate's word; `prediction` its id."""

    category = "processing"

    def __init__(self, message: str, *, prediction: str, status: str) -> None:
        super().__init__(message)
        self.prediction = prediction
        self.status = status


class OutcomeUnknown(GateError):  # noqa: N818 - it says what is known
    """A create whose fate could not be settled: it may be running and cost money. Do not create again."""

    category = "connectivity"


class OutputRefused(GateError):  # noqa: N818 - it says what happened
    """An output was not fetched: a foreign host, too large, not an image, or gone."""

    category = "processing"
