"""One line of the doctor's: what was looked at, how it is, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something is: as it should be, worth knowing, or in the way of a check."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "missing"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was looked at and how it is. `remedy` says what to do, for all that is not as it should be."""

    what: str
    state: State
    said: str
    remedy: str = ""


def good(what: str, said: str) -> Diagnosis:
    """As it should be."""
    return Diagnosis(what, State.GOOD, said)


def note(what: str, said: str, remedy: str = "") -> Diagnosis:
    """Worth knowing."""
    return Diagnosis(what, State.NOTE, said, remedy)


def bad(what: str, said: str, remedy: str) -> Diagnosis:
    """In the way of a check."""
    return Diagnosis(what, State.BAD, said, remedy)
