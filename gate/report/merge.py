"""`gate merge`: the JSON reports of several machines joined into one verdict, which is incomplete if any part is."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gate.check import Unjudged
from gate.config import CHECKS, Config, load_config
from gate.errors import Incomplete, UsageError
from gate.finding import Finding
from gate.outcome import SMOKE_STEPS, Broken, Completed, Outcome, Skipped, Verdict, Work, work_of
from gate.report.judge import parse_reports, write_reports
from gate.report.reading import read_report
from gate.run import run_checks
from gate.waivers.check import Waivers

SKEW = timedelta(minutes=5)  # by which the clocks of two machines may differ
LONGEST = timedelta(hours=24)  # an answer that is older says nothing of a database or a backend as they are now


def merge(places: Sequence[Path], root: Path, reports: Sequence[str], shards: int | None) -> int:
    """Join the reports in `places`, files and folders of files, write the joined one, and return its exit code.

    `shards` is how many there must be. Raises Incomplete where one is missing or too old to count.
    """
    wanted = parse_reports(reports)
    config = load_config(root)
    verdict = joined(list(_files(places)), config, shards)
    write_reports(verdict, config, wanted)
    return verdict.exit_code


def joined(files: Sequence[Path], config: Config, shards: int | None = None) -> Verdict:
    """One verdict of the whole gate, by the configuration of the project as it is here."""
    parts: list[tuple[Path, Verdict]] = []
    for path in files:
        verdict = read_report(path)
        if all(verdict != other for _, other in parts):  # the same report twice is one
            parts.append((path, verdict))
    if shards is not None and len(parts) < shards:
        raise Incomplete(f"{len(parts)} of {shards} reports are there; without the others nothing can be said")
    sources = [verdict.source for _, verdict in parts]
    for path, verdict in parts:
        if verdict.source is None:
            raise UsageError(f"{path} does not say what it judged")
        age = datetime.now(UTC) - datetime.fromisoformat(verdict.source.time)
        if age > LONGEST:
            raise Incomplete(f"{path} is of {verdict.source.time}, more than a day ago; run its checks again")
        if age < -SKEW:
            raise Incomplete(f"{path} is of {verdict.source.time}, which is to come; one of the clocks is wrong")
    first = min((source for source in sources if source), key=lambda source: source.time)
    strangers = [str(path) for path, verdict in parts if not (verdict.source and verdict.source.same(first))]
    outcomes = tuple(_join(check, [verdict for _, verdict in parts]) for check in CHECKS)
    told = tuple(outcome for outcome in outcomes if outcome is not None)
    if config.waive:
        told += run_checks([Waivers(told, whole=True)], config, lambda *_: None)
    moved = bool(strangers) or first.config != config.digest() or any(verdict.moved for _, verdict in parts)
    return Verdict(told, config.required, source=first, moved=moved)


def _files(places: Sequence[Path]) -> Iterator[Path]:
    """The files, those of a folder in the order of their names."""
    found = 0
    for place in places:
        for path in sorted(place.glob("*.json")) if place.is_dir() else [place]:
            found += 1
            yield path
    if not found:
        raise Incomplete(f"there is no report in {', '.join(map(str, places))}")


def _join(check: str, verdicts: Sequence[Verdict]) -> Outcome | None:
    """What all reports together say of one check; None where none has it."""
    said = [outcome for verdict in verdicts for outcome in verdict.outcomes if outcome.check == check]
    ran = [outcome for outcome in said if not isinstance(outcome, Skipped)]
    if not ran:
        return said[0] if said else None
    work = _work([work_of(outcome) for outcome in ran])
    problems = [outcome.problem for outcome in ran if isinstance(outcome, Broken)]
    problems += ["a part of it examined nothing" for outcome in ran if not work_of(outcome).examined]
    problems += [problem for outcome in ran if (problem := _narrow(outcome))]
    return Broken(check, "; ".join(dict.fromkeys(problems)), work) if problems else Completed(check, work)


def _narrow(outcome: Outcome) -> str | None:
    """Why an outcome does not stand for its check: it was asked for a part of it."""
    evidence = work_of(outcome).evidence
    if outcome.check == "scan" and "artifact" in evidence:
        return f"a report of {evidence['artifact']} alone; the project is searched by `gate scan`"
    if outcome.check == "rls" and isinstance(outcome, Completed) and "matrix" not in evidence:
        return "a report of the hosted project alone; the migrations are attacked by `gate rls`"
    walked = [row for row in evidence.get("steps", ()) if row["status"] != "not reached"]
    if outcome.check == "smoke" and isinstance(outcome, Completed) and len(walked) < SMOKE_STEPS:
        return f"{len(walked)} of {SMOKE_STEPS} steps were asked for; all are walked by `gate smoke run-all`"
    return None


def _work(works: Sequence[Work]) -> Work:
    """The work of several machines on one check."""
    return Work(
        examined=sum(work.examined for work in works),
        findings=_findings(finding for work in works for finding in work.findings),
        evidence={key: value for work in works for key, value in work.evidence.items()},
        unjudged=_doubts(doubt for work in works for doubt in work.unjudged),
        seconds=max(work.seconds for work in works),
    )


def _findings(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """A finding of two machines is one, and open if it is open in either."""
    one_each = {(finding.fingerprint, str(finding.place)): finding for finding in sorted(found, key=_open)}
    return tuple(sorted(one_each.values(), key=lambda finding: -finding.severity.rank))


def _doubts(found: Iterable[Unjudged]) -> tuple[Unjudged, ...]:
    """What two machines could not judge is said once, and open if it is open for either."""
    return tuple({(doubt.what, doubt.why): doubt for doubt in sorted(found, key=_open)}.values())


def _open(one: Finding | Unjudged) -> bool:
    return one.waived is None
