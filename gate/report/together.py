"""The lines of code where several findings come together: whoever mends one of them mends all that stands there."""

from collections import defaultdict
from dataclasses import dataclass

from gate.finding import Finding, Span
from gate.outcome import Verdict

MOST = 5  # lines


@dataclass(frozen=True, slots=True)
class Together:
    """A line, and the findings that block the release because of it."""

    path: str
    line: int
    findings: tuple[Finding, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """What was found there, each rule once."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))


def together(verdict: Verdict) -> list[Together]:
    """The lines with more than one finding that blocks, those with most of them first."""
    found: dict[tuple[str, int], list[Finding]] = defaultdict(list)
    for finding in verdict.findings:
        span = finding.place if isinstance(finding.place, Span) else finding.place.span
        if finding.blocks and span:
            found[span.path, span.line].append(finding)
    several = [Together(path, line, tuple(all_)) for (path, line), all_ in found.items() if len(all_) > 1]
    return sorted(several, key=lambda one: (-len(one.findings), one.path, one.line))[:MOST]
