"""The kinds of keys, and a key that was met. A `Secret` says where and what kind, and never holds the value."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a key is."""

    SERVICE_ROLE = "service-role key"
    LOCAL = "local development key"
    EXPIRED = "expired service-role key"
    SECRET_KEY = "secret key"  # noqa: S105 - a kind, not a key
    MANAGEMENT = "management token"
    REPLICATE = "Replicate token"
    WEBHOOK = "webhook secret"
    DATABASE = "database password"


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that was met: its kind, its line, and the client-side variable that holds it, if any."""

    kind: Kind
    line: int
    variable: str | None


PRIVILEGED = frozenset({Kind.SERVICE_ROLE, Kind.SECRET_KEY})
