"""Whether a certificate lets a release pass: who signed it, what it speaks of, what it says, and how old it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gate.certificate.envelope import Envelope
from gate.certificate.keys import Pinned
from gate.certificate.statement import STAMP
from gate.certificate.words import (
    DIRTY,
    GRACE,
    PAYLOAD_TYPE,
    PREDICATE,
    REAL,
    REHEARSAL,
    REHEARSED,
    RELEASE,
    STATEMENT,
    VERIFIER,
)


class Refused(Exception):  # noqa: N818 - an answer
    """Why the certificate does not let the release pass, in one line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the one who deploys asks for.

    `digests` are those of what is about to be deployed, as ("gitCommit", hex): every one must be a subject. `checks` must
    have passed. `hours` is the highest age; `policy` the configuration's digest, where it is pinned; `changed` are files that
    lie here otherwise than in the commit.
    """

    digests: tuple[tuple[str, str], ...]
    environment: str
    checks: tuple[str, ...]
    hours: float
    rehearsal: bool = False
    dirty: bool = False
    policy: str | None = None
    changed: tuple[str, ...] = ()


def verify(envelope: Envelope, keys: Sequence[Pinned], wanted: Wanted, now: datetime) -> str:
    """Say in a line what was verified. Raises Refused with the first reason, in the order of what is trusted by then."""
    signer = envelope.signer(keys)
    if signer is None:
        raise Refused("it is not signed by any of the pinned keys")
    if signer.revoked:
        raise Refused(f"the key that signed it, {signer.id}, is revoked")
    if envelope.kind != PAYLOAD_TYPE:
        raise Refused("it is signed, but it is no in-toto statement")
    try:
        said = json.loads(envelope.payload)
        predicate = said["predicate"]
        release = predicate[RELEASE]
        _kind(said, predicate)
        _subject(said, wanted)
        _result(predicate, release, wanted)
        _age(predicate, release, wanted, now)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("it does not say all that a certificate of this gate says") from None
    level = predicate["verifiedLevels"][0]
    return f"{level}, signed by {signer.id}, judged {predicate['timeVerified']}, until {release['expires']}"


def _kind(said: Mapping[str, Any], predicate: Mapping[str, Any]) -> None:
    if said["_type"] != STATEMENT or said["predicateType"] != PREDICATE:
        raise Refused("it is a statement of another kind")
    if predicate["verifier"]["id"] != VERIFIER:
        raise Refused("another verifier than this gate speaks in it")


def _subject(said: Mapping[str, Any], wanted: Wanted) -> None:
    digests = {(kind, value) for subject in said["subject"] for kind, value in subject["digest"].items()}
    for kind, value in wanted.digests:
        if (kind, value) not in digests:
            raise Refused(f"it speaks of another {WORDS[kind]} than {value[:12]}")
    if wanted.changed and not wanted.dirty:
        raise Refused(f"{wanted.changed[0]} is not as committed, so what lies here was not judged")
    environment = said["predicate"]["resourceUri"].rpartition("#")[2]
    if environment != wanted.environment and not (wanted.rehearsal and environment == REHEARSAL):
        raise Refused(f"it is for {environment[:40]!r}, not for {wanted.environment!r}")


WORDS = {"gitCommit": "commit", "gitTree": "tree", "sha256": "image"}


def _result(predicate: Mapping[str, Any], release: Mapping[str, Any], wanted: Wanted) -> None:
    if predicate["verificationResult"] != "PASSED" or release["exitCode"] != 0:
        raise Refused(f"the gate said NO-GO (code {int(release['exitCode'])})")
    allowed = {REAL} | ({REHEARSED} if wanted.rehearsal else set()) | ({DIRTY} if wanted.dirty else set())
    levels = predicate["verifiedLevels"]
    if len(levels) != 1 or levels[0] not in allowed:
        raise Refused(LEVELS.get(str(levels[0]) if levels else "", "its level is not known"))
    if release["dirty"] is not False and not wanted.dirty:
        raise Refused(LEVELS[DIRTY])
    for check in wanted.checks:
        if release["checks"].get(check) != "passed":
            raise Refused(f"{check} did not pass: {str(release['checks'].get(check, 'not there'))[:40]}")
    if wanted.policy is not None and predicate["policy"]["digest"]["sha256"] != wanted.policy:
        raise Refused("it was judged by another configuration")


LEVELS = {
    REHEARSED: "it is of a rehearsal on stand-ins, and a real run is asked for",
    DIRTY: "the files that were judged are not those of the commit",
}


def _age(predicate: Mapping[str, Any], release: Mapping[str, Any], wanted: Wanted, now: datetime) -> None:
    judged, expires = _time(predicate["timeVerified"]), _time(release["expires"])
    if judged > now + timedelta(seconds=GRACE):
        raise Refused("it was made in the future; check the clocks")
    if now >= expires:
        raise Refused(f"it expired at {expires.strftime(STAMP)}")
    if now - judged > timedelta(hours=wanted.hours):
        raise Refused(f"it is older than {wanted.hours:g} hours")


def _time(text: str) -> datetime:
    return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
