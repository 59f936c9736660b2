"""Findings: what a rule says of a place. No field here can hold a secret."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from gate.waiver import Waiver


class Severity(StrEnum):
    """SARIF's own three words, mildest first. Errors block a release, the others inform."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file: `path` relative to the judged root, with forward slashes; lines and columns from 1."""

    path: str
    line: int
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Target:
    """A place that is no file, such as a route or a table, with the statement that made it where it is known."""

    name: str
    span: Span | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.span})" if self.span else self.name


Place = Span | Target


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule yields: a place and a sentence. The rule's id and severity are added by the runner.

    `subject` names the judged object ("public.notes policy add"). `statement` is the normalised text that caused the
    hit; with the subject it makes the fingerprint, so neither may hold a line number or anything derived from a secret.
    `severity` may only lower what the rule says. `reproducer` is something that can be run to see the problem, `remedy` what
    can be pasted to mend it (of the audit: SQL for a new migration).
    """

    place: Place
    message: str
    subject: str
    statement: str = ""
    severity: Severity | None = None
    reproducer: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit, signed by its rule and check. `waived` is the waiver that is in force for it: then it does not block.

    `new` tells what newer files brought from what was there before; None where nobody said which are newer.
    """

    rule: str
    check: str
    severity: Severity
    place: Place
    message: str
    subject: str
    fingerprint: str
    reproducer: str | None = None
    remedy: str | None = None
    waived: Waiver | None = None
    new: bool | None = None

    @property
    def blocks(self) -> bool:
        """Whether it stands in the way of a release."""
        return self.severity is Severity.ERROR and self.waived is None


def fingerprint(rule: str, subject: str, statement: str) -> str:
    """The identity of a finding: it survives moved lines, other commits and reworded messages."""
    joined = "\0".join((rule, subject, " ".join(statement.split())))
    return "g1:" + hashlib.sha256(joined.encode(errors="surrogatepass")).hexdigest()
