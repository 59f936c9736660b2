"""What became of each check, and the verdict that follows from that alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gate.check import Unjudged
from gate.finding import Finding, Severity
from gate.source import Source

GO, FINDINGS, INCOMPLETE = 0, 1, 3
SMOKE_STEPS = 7
MODEL_TRAFFIC = "READY FOR PROD MODEL TRAFFIC"
MODEL_SMOKE = "MODEL SMOKE OK"
MOVED = "the project changed while it was judged, or the clock was set; run the gate again"


@dataclass(frozen=True, slots=True)
class Work:
    """What a check did before it ended: what it looked at, found, noted and could not judge. `seconds` is wall time."""

    examined: int = 0
    findings: tuple[Finding, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    unjudged: tuple[Unjudged, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Completed:
    """The check looked at everything it was asked to."""

    check: str
    work: Work


@dataclass(frozen=True, slots=True)
class Skipped:
    """The check was not asked to run."""

    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The check could not finish; what it found until then still counts."""

    check: str
    problem: str
    work: Work


Outcome = Completed | Skipped | Broken


@dataclass(frozen=True, slots=True)
class Verdict:
    """GO or NO-GO, derived from the outcomes; there is no field in which a contradiction could be stored.

    `required` names the checks that must complete. `whole` tells a run of the gate from one check run alone. `source` is
    what was judged, and `moved` says that it was another at the end than at the beginning, or that the clock was set meanwhile.
    """

    outcomes: tuple[Outcome, ...]
    required: tuple[str, ...]
    whole: bool = True
    source: Source | None = None
    moved: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of every check, worst first, the waived ones too."""
        found = [finding for outcome in self.outcomes for finding in work_of(outcome).findings]
        return tuple(sorted(found, key=lambda finding: -finding.severity.rank))

    @property
    def waived(self) -> int:
        """How many findings and doubts somebody has accepted."""
        doubts = sum(item.waived is not None for outcome in self.outcomes for item in work_of(outcome).unjudged)
        return doubts + sum(finding.waived is not None for finding in self.findings)

    @property
    def missing(self) -> tuple[str, ...]:
        """Why the verdict is incomplete: one line per required check that did not say anything."""
        named = {outcome.check: outcome for outcome in self.outcomes}
        reasons = [MOVED] if self.moved else []
        for check in self.required:
            match named.get(check):
                case None:
                    reasons.append(f"{check}: did not run")
                case Skipped(_, reason):
                    reasons.append(f"{check}: {reason}")
                case Broken(_, problem):
                    reasons.append(f"{check}: {problem}")
                case Completed(_, work) if work.examined == 0:
                    reasons.append(f"{check}: examined nothing")
        # A check that is not required and broke has still been asked: its silence must not pass for an answer.
        reasons += [
            f"{o.check}: {o.problem}" for o in self.outcomes if isinstance(o, Broken) and o.check not in self.required
        ]
        return tuple(reasons)

    @property
    def exit_code(self) -> int:
        """0 GO, 1 findings that block, 3 incomplete."""
        if self.missing or not self.required:
            return INCOMPLETE
        return FINDINGS if any(finding.blocks for finding in self.findings) else GO

    @property
    def rehearsal(self) -> bool:
        """Whether the model was judged on stand-ins. Only evidence of the real provider makes it false."""
        return any(
            work_of(outcome).evidence.get("target") != "real"
            for outcome in self.outcomes
            if outcome.check == "smoke" and not isinstance(outcome, Skipped)
        )

    @property
    def unjudged(self) -> int:
        """How many things were seen and not judged, and not accepted as such."""
        return sum(item.waived is None for outcome in self.outcomes for item in work_of(outcome).unjudged)

    @property
    def word(self) -> str:
        """GO, GO (REHEARSAL) or NO-GO."""
        if self.exit_code != GO:
            return "NO-GO"
        return "GO (REHEARSAL)" if self.rehearsal else "GO"

    @property
    def steps(self) -> tuple[Mapping[str, Any], ...]:
        """The smoke's steps, each with its status: ok, failed, or not reached."""
        return self._smoke("steps", "step")

    @property
    def probes(self) -> tuple[Mapping[str, Any], ...]:
        """The smoke's probes, each with its status: ok, failed, cannot tell, or left out where there is nothing to try."""
        return self._smoke("probes", "probe")

    def _smoke(self, rows: str, name: str) -> tuple[Mapping[str, Any], ...]:
        """Rows of the smoke's evidence, failed where a rule found fault: the first word of its finding's subject names one."""
        for outcome in self.outcomes:
            if outcome.check == "smoke":
                blamed = {f.subject.split()[0] for f in work_of(outcome).findings if f.severity is Severity.ERROR}
                found = work_of(outcome).evidence.get(rows, ())
                return tuple(_blamed(row) if row[name] in blamed else row for row in found)
        return ()

    @property
    def model_smoke(self) -> str | None:
        """The seed's words, when all seven steps were walked and held, no probe objects, and the check completed."""
        done = any(isinstance(outcome, Completed) and outcome.check == "smoke" for outcome in self.outcomes)
        walked = len(self.steps) == SMOKE_STEPS and all(row["status"] == "ok" for row in self.steps)
        held = walked and all(row["status"] in {"ok", "left out"} for row in self.probes)
        return MODEL_SMOKE if done and held else None

    @property
    def model_traffic(self) -> str | None:
        """The seed's words, for a whole run with all four checks against the real provider, and for nothing else."""
        ran = {outcome.check for outcome in self.outcomes if isinstance(outcome, Completed)}
        all_ran = {"audit", "scan", "rls", "smoke"} <= ran
        gaps = [
            gap for o in self.outcomes if o.check == "smoke" for gap in work_of(o).evidence.get("gaps", ("unknown",))
        ]
        real = self.exit_code == GO and not self.rehearsal and self.model_smoke is not None and not gaps
        return MODEL_TRAFFIC if self.whole and all_ran and real else None


def _blamed(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row in which a rule found fault: its category is then that of its `concern`, unless it failed by itself."""
    category = {"category": row["category"] or row["concern"]} if "concern" in row else {}
    return {**row, "status": "failed", **category}


def work_of(outcome: Outcome) -> Work:
    """The work behind an outcome; empty for a skipped check."""
    return Work() if isinstance(outcome, Skipped) else outcome.work
