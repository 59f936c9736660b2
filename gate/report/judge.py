"""What every judging command does: read the config, run the checks, write the reports, return the code."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gate.check import Check
from gate.checks import load_check
from gate.config import Config, load_config, nearest
from gate.errors import ConfigError, GateError, Incomplete, UsageError
from gate.outcome import Broken, Outcome, Skipped, Verdict, Work
from gate.report.progress import Progress
from gate.run import run_checks
from gate.source import SLACK, ahead, read_source
from gate.waivers.check import Waivers


@dataclass(frozen=True, slots=True)
class Wanted:
    """One report to write: its format, and its file or None for stdout."""

    format: str
    path: Path | None


Adjust = Callable[[Config], tuple[Config, Mapping[str, Check]]]


def judge(
    names: Sequence[str],
    root: Path,
    reports: Sequence[str],
    *,
    whole: bool = False,
    adjust: Adjust = lambda config: (config, {}),
    repro: Path | None = None,
) -> int:
    """Run the named checks on the project at `root` and write the reports; the result is the exit code.

    `whole` says that this is a run of the gate, which wants every required check, and not one check alone. `adjust` is
    the command's own word on the configuration, with checks to take instead of those as they come. `repro` is the folder
    for the SQL of proven leaks. Raises ConfigError and UsageError before anything runs.
    """
    wanted = parse_reports(reports)
    config, instead = adjust(load_config(root))
    verdict = run_verdict(names, config, instead, whole=whole)
    write_reports(verdict, config, wanted)
    if repro is not None:
        from gate.rls.scripts import write_scripts

        write_scripts(verdict.findings, repro)
    return verdict.exit_code


def run_verdict(names: Sequence[str], config: Config, instead: Mapping[str, Check], *, whole: bool) -> Verdict:
    """Run the named checks; in a whole run, those the project does not require are skipped and shown."""
    source, said, clock = read_source(config, untracked=True), _said(config.root), ahead()
    asked = [name for name in names if not whole or name in config.required]
    checks: list[Check] = []
    outcomes: list[Outcome] = []
    for name in names:
        if name not in asked:
            outcomes.append(Skipped(name, "not required by [tool.gate]"))
            continue
        try:
            checks.append(instead.get(name) or load_check(name))
        except Exception as fault:  # noqa: BLE001 - a check that cannot even be loaded must not hide the others
            problem = fault if isinstance(fault, GateError) else f"cannot be loaded ({type(fault).__name__}: {fault})"
            outcomes.append(Broken(name, str(problem), Work()))
    with Progress(asked) as progress:
        outcomes += run_checks(checks, config, progress.say)
    order = {name: place for place, name in enumerate(names)}
    outcomes.sort(key=lambda outcome: order[outcome.check])
    if config.waive:
        outcomes += run_checks([Waivers(tuple(outcomes), whole=whole)], config, lambda *_: None)
    try:
        after = read_source(config)
    except Incomplete:
        after = None
    moved = after is None or not source.same(after) or _said(config.root) != said or abs(ahead() - clock) > SLACK
    source = replace(source, time=after.time) if after else source
    required = config.required if whole else tuple(names)
    return Verdict(tuple(outcomes), required, whole=whole, source=source, moved=moved)


def _said(root: Path) -> str | None:
    """The digest of the configuration as its files say it now, None when they cannot be understood."""
    try:
        return load_config(root).digest()
    except ConfigError:
        return None


def parse_reports(reports: Sequence[str]) -> tuple[Wanted, ...]:
    """Read `FORMAT[:PATH]`. Where nothing else goes to stdout, the terminal report does."""
    from gate.report import FORMATS

    wanted = []
    for report in reports:
        name, colon, path = report.partition(":")
        if name not in FORMATS:
            raise UsageError(f"--report {report!r}: no such format; {nearest(name, tuple(FORMATS))}")
        if colon and not path:
            raise UsageError(f"--report {report!r}: the path behind the colon is empty")
        file = Path(path) if colon else None
        if file and not _writable(file):
            raise UsageError(f"--report {report!r}: {file} cannot be written; name a file in a folder of yours")
        wanted.append(Wanted(name, file))
    if sum(one.path is None for one in wanted) > 1:
        raise UsageError("--report: only one format can go to stdout; give the others a path, as in json:gate.json")
    if all(one.path is not None for one in wanted):
        wanted.append(Wanted("terminal", None))
    return tuple(wanted)


def _writable(file: Path) -> bool:
    folder = file.absolute().parent
    return folder.is_dir() and not file.is_dir() and os.access(file if file.exists() else folder, os.W_OK)


def write_reports(verdict: Verdict, config: Config, wanted: Sequence[Wanted]) -> None:
    """Write every report, stdout's first; a file that cannot be written is an error: nobody would miss a stale one.

    One that fails does not keep the others from being written; the first fault is raised in the end. In GitHub Actions the
    annotations, the step's summary and its outputs come by themselves.
    """
    from gate.report.github import tell_actions

    faults: list[Exception] = []
    for one in sorted(wanted, key=lambda one: one.path is not None):
        try:
            _write(one, verdict, config)
        except Exception as fault:  # noqa: BLE001 - raised below
            faults.append(fault)
    tell_actions(verdict, config, annotate=Wanted("github", None) not in wanted)
    if faults:
        raise faults[0]


def _write(one: Wanted, verdict: Verdict, config: Config) -> None:
    from gate.report import FORMATS
    from gate.report.github import unobeyed

    if one.path is None:
        with unobeyed(one.format, sys.stdout):
            FORMATS[one.format](verdict, config, sys.stdout)
        return
    try:
        with one.path.open("w", encoding="utf-8", newline="\n") as file:
            FORMATS[one.format](verdict, config, file)
    except OSError as fault:
        raise GateError(f"cannot write the report {one.path}: {fault.strerror}") from fault
