"""What a certificate says: an in-toto statement with a verification summary, made from a report and the project as it is."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gate.certificate.words import (
    DIRTY,
    FAILED,
    PREDICATE,
    REAL,
    REHEARSAL,
    REHEARSED,
    RELEASE,
    STATEMENT,
    VERIFIER,
)
from gate.config import CHECKS
from gate.errors import GateError, UsageError
from gate.outcome import GO, Broken, Completed, Outcome, Skipped, Verdict, work_of
from gate.source import Source

STAMP = "%Y-%m-%dT%H:%M:%SZ"
IMAGE = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the one who certifies adds to a report: the app, the environment it is for, for how long, an image perhaps."""

    resource: str
    environment: str
    hours: float
    image: str | None = None


def statement(verdict: Verdict, report: bytes, now: Source, migrations: str, claim: Claim) -> bytes:
    """The statement as canonical JSON: sorted keys, no blanks, ASCII.

    `report` are the bytes of the JSON report, `now` the project at this moment, `migrations` the folder's path. Raises GateError when the
    report speaks of another project than the one that lies here, or cannot be certified at all.
    """
    source = _same_project(verdict, now)
    passed = verdict.exit_code == GO
    environment = claim.environment if not (passed and verdict.rehearsal) else REHEARSAL
    said = {
        "_type": STATEMENT,
        "subject": _subjects(source, migrations, claim.image),
        "predicateType": PREDICATE,
        "predicate": {
            "verifier": {"id": VERIFIER, "version": {"supagate": _version()}},
            "timeVerified": source.time,
            "resourceUri": f"{claim.resource}#{environment}",
            "policy": {"uri": "pyproject.toml#tool.gate", "digest": {"sha256": source.config}},
            "inputAttestations": [{"uri": "gate.json", "digest": {"sha256": hashlib.sha256(report).hexdigest()}}],
            "verificationResult": "PASSED" if passed else "FAILED",
            "verifiedLevels": [_level(verdict, source) if passed else FAILED],
            "slsaVersion": "1.2",
            RELEASE: {
                "checks": {check: _status(verdict, check) for check in CHECKS},
                "dirty": source.dirty,
                "exitCode": verdict.exit_code,
                "expires": (_time(source.time) + timedelta(hours=claim.hours)).strftime(STAMP),
                "findings": len(verdict.findings),
                "waived": verdict.waived,
            },
        },
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _same_project(verdict: Verdict, now: Source) -> Source:
    source = verdict.source
    if not verdict.whole:
        raise GateError("the report is of one check alone; only a whole run (`gate run`) can be certified")
    if source is None or source.commit is None or source.tree is None:
        raise GateError("the report names no commit; a certificate needs a git repository with one")
    if source.commit != now.commit:
        raise GateError(f"the report is of commit {source.commit[:12]}, and here is {(now.commit or 'none')[:12]}")
    if source.config != now.config:
        raise GateError("the configuration is not the one by which the report was made; run the gate again")
    if source.state != now.state:
        raise GateError("files have changed since the report was made; run the gate again")
    return source


def _subjects(source: Source, migrations: str, image: str | None) -> list[dict[str, Any]]:
    subjects: list[dict[str, Any]] = [
        {"name": "source", "digest": {"gitCommit": source.commit}},
        {"name": "tree", "digest": {"gitTree": source.tree}},
    ]
    if source.migrations:
        subjects.append({"name": migrations, "digest": {"gitTree": source.migrations}})
    if image is not None:
        found = IMAGE.fullmatch(image)
        if found is None:
            raise UsageError(f"--image {image!r} must be a digest, sha256: and 64 hexadecimal digits")
        subjects.append({"name": "image", "digest": {"sha256": found.group(1)}})
    return subjects


def _level(verdict: Verdict, source: Source) -> str:
    if source.dirty:
        return DIRTY
    return REHEARSED if verdict.rehearsal else REAL


def _status(verdict: Verdict, check: str) -> str:
    """One word: passed, failed, incomplete, or not required."""
    found: Outcome | None = next((outcome for outcome in verdict.outcomes if outcome.check == check), None)
    match found:
        case Completed() if not found.work.examined:
            return "incomplete"
        case Completed():
            return "failed" if any(finding.blocks for finding in work_of(found).findings) else "passed"
        case Skipped() if check not in verdict.required:
            return "not required"
        case None | Skipped() | Broken():
            return "incomplete"


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, STAMP)  # noqa: DTZ007 - always UTC, and written the same way again
    except ValueError as fault:
        raise GateError("the report's time cannot be read; run the gate again") from fault


def _version() -> str:
    from importlib.metadata import version

    return version("supagate")
