"""The kinds of keys, and a key that was met. A `Secret` says where and what kind, and never holds the value."""

import hashlib
import secrets
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
    """A key that was met: its kind, its place, the client-side variable that holds it, if any, and its clothing.

    `mark` tells two keys apart in this run: a hash under a key that lives as long as the process.
    """

    kind: Kind
    line: int
    column: int
    variable: str | None
    dress: str
    mark: bytes

    @property
    def described(self) -> str:
        """The kind, and the clothing where there is any."""
        return f"{self.kind} ({self.dress})" if self.dress else str(self.kind)

    @property
    def dressed(self) -> str:
        """The clothing, to follow a name."""
        return f" ({self.dress})" if self.dress else ""


_RUN = secrets.token_bytes(32)


def mark(value: str) -> bytes:
    """What stands for a value in this run, and says nothing about it afterwards."""
    return hashlib.blake2b(value.encode(errors="replace"), key=_RUN, digest_size=16).digest()


PRIVILEGED = frozenset({Kind.SERVICE_ROLE, Kind.SECRET_KEY})
