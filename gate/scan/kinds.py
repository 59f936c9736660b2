"""The kinds of keys, and a key that was met. A `Secret` says where and what kind, and never holds the value."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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
    SIGNING = "JWT signing secret"


class State(StrEnum):
    """What a project said of a key when it was asked."""

    NOT_ASKED = ""
    LIVE = "live"
    DEAD = "dead"
    UNKNOWN = "unknown"


SAID = {State.LIVE: "it still works", State.DEAD: "it works no longer", State.UNKNOWN: "whether it works is not known"}


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that was met: its kind, its place, the client-side variable that holds it, if any, and its clothing.

    `claims` is what a token says of itself and is no secret: its issuer, project, role and end.
    `mark` tells two keys apart in this run: a hash under a key that lives as long as the process. `state` is what its project said.
    """

    kind: Kind
    line: int
    column: int
    variable: str | None
    dress: str
    mark: bytes
    state: State = State.NOT_ASKED
    claims: str = ""

    @property
    def described(self) -> str:
        """The kind, with what is to be said of it."""
        return f"{self.kind}{self.dressed}"

    @property
    def dressed(self) -> str:
        """The clothing, the claims and the state, to follow a name."""
        words = [word for word in (self.dress, self.claims, SAID.get(self.state)) if word]
        return f" ({'; '.join(words)})" if words else ""


_RUN = secrets.token_bytes(32)


_witness: ContextVar[dict[bytes, str] | None] = ContextVar("witness", default=None)


def mark(value: str) -> bytes:
    """What stands for a value in this run, and says nothing about it afterwards."""
    digest = hashlib.blake2b(value.encode(errors="replace"), key=_RUN, digest_size=16).digest()
    values = _witness.get()
    if values is not None:
        values[digest] = value
    return digest


@contextmanager
def witnessed() -> Iterator[dict[bytes, str]]:
    """Keep the values of the marks that are made meanwhile, for whoever must show them to their own project."""
    values: dict[bytes, str] = {}
    before = _witness.set(values)
    try:
        yield values
    finally:
        values.clear()
        _witness.reset(before)


PRIVILEGED = frozenset({Kind.SERVICE_ROLE, Kind.SECRET_KEY})
