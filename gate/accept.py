"""`gate accept` and `gate baseline`: what is found is accepted, for a while or as known from before."""

import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from gate.baseline import FILE, read_baseline, write_baseline
from gate.config import CHECKS, Config, load_config
from gate.errors import ConfigError, GateError, UsageError
from gate.finding import Finding, Severity, Span
from gate.outcome import Completed, Verdict, work_of
from gate.report.judge import run_verdict
from gate.report.plain import plain
from gate.report.reading import read_report
from gate.waiver import NOT_JUDGED, Waiver, today
from gate.waivers.check import no_such_rule, rule_ids
from gate.writing import write_whole

SHOWN = 8  # places offered where the one asked for is not found


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants to accept: a rule's finding at a place, why, who answers for it, and until when."""

    rule: str
    place: str
    reason: str
    owner: str | None
    until: date | None


def accept(wish: Wish, root: Path, report: Path | None) -> str:
    """Write a waiver into the project's configuration, and say so.

    The finding must be there: in `report`, or in a run of the rule's check. Raises UsageError where it is not.
    """
    config = load_config(root)
    check = _check_of(wish.rule)
    last = today() + timedelta(days=config.waive_days)
    until = wish.until or last
    if not today() <= until <= last:
        raise UsageError(f"--until {until} must lie from today to {last}, {config.waive_days} days ahead (waive_days)")
    owner = wish.owner or _git_user(config.root)
    verdict = read_report(report) if report else run_verdict(check, config, {}, whole=False)
    found = _found(wish, verdict)
    path = _file(config)
    entries = [
        {"rule": wish.rule, "place": place, "reason": wish.reason, "owner": owner, "until": until}
        | ({"fingerprint": mark} if mark else {})
        for place, mark in found
    ]
    _append(path, entries)
    shown = "\n".join(f"accepted until {until}: {wish.rule} at {plain(place)}" for place, _ in found)
    return f"{shown}\nwritten to {config.relative(path)}; {owner} answers for it"


def _check_of(rule: str) -> tuple[str, ...]:
    """The checks to run for a rule's findings."""
    if rule == NOT_JUDGED:
        return CHECKS
    owners = {one: check for check, ids in rule_ids().items() for one in ids}
    if rule not in owners:
        raise UsageError(no_such_rule(rule, owners))
    return (owners[rule],)


def _found(wish: Wish, verdict: Verdict) -> list[tuple[str, str]]:
    """Place and fingerprint of what is meant and not accepted yet."""
    if wish.rule == NOT_JUDGED:
        doubts = [d for o in verdict.outcomes for d in work_of(o).unjudged if d.blocking]
        offered = [(d.what, "", d.waived) for d in doubts]
        probe = Waiver(wish.rule, wish.place, "", "", None)
        meant = [(wish.place, "", d.waived) for d in doubts if probe.covers_doubt(d.what)][:1]
    else:
        found = [f for f in verdict.findings if f.rule == wish.rule]
        offered = [(f.subject, f.fingerprint, f.waived) for f in found]
        meant = [(f.subject, f.fingerprint, f.waived) for f in found if wish.place in _names(f)]
    if not meant:
        places = list(dict.fromkeys(plain(place) for place, _, _ in offered))
        more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
        hint = f"it is found at: {'; '.join(places[:SHOWN])}{more}" if places else "it is found nowhere"
        said = "; ".join(verdict.missing)
        hint += f" ({plain(said)})" if said and not places else ""
        raise UsageError(f"nothing to accept of {wish.rule} at {wish.place!r}; {hint}")
    open_ones = [(place, mark) for place, mark, waived in meant if waived is None]
    if not open_ones:
        raise UsageError(f"{wish.rule} at {wish.place!r} is accepted already")
    return open_ones


def _names(finding: Finding) -> tuple[str, ...]:
    """What a user may call a finding by: all that a report shows of where it is."""
    span = finding.place if isinstance(finding.place, Span) else finding.place.span
    lines = (f"{span.path}:{span.line}", f"{span.path}:{span.line}:{span.column}") if span else ()
    return (finding.subject, finding.fingerprint, *lines)


def _git_user(root: Path) -> str:
    """Who works here, as git knows it."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "config", "user.email"], capture_output=True, text=True, check=False
        )
    except OSError:
        raise UsageError("--owner is missing: who answers for it?") from None
    if not done.stdout.strip():
        raise UsageError("--owner is missing: who answers for it?")
    return done.stdout.strip()


def _file(config: Config) -> Path:
    """Where the project configures the gate; a project without either file gets a gate.toml."""
    own, project = config.root / "gate.toml", config.root / "pyproject.toml"
    return own if own.exists() or not project.exists() else project


def _append(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Add waivers to the file, whose comments and order stay as they are; whole or not at all."""
    try:
        before = path.read_bytes().decode() if path.exists() else ""
        document = tomlkit.parse(before)
        table: Any = document
        for key in () if path.name == "gate.toml" else ("tool", "gate"):
            if key not in table:
                table[key] = tomlkit.table(is_super_table=True)
            table = table[key]
        if "waive" not in table:
            table["waive"] = tomlkit.aot()
        for entry in entries:
            item = tomlkit.table() if isinstance(table["waive"], AoT) else tomlkit.inline_table()
            item.update(entry)
            if isinstance(table["waive"], AoT) and len(table["waive"]):
                table["waive"][-1].add(tomlkit.nl())
            table["waive"].append(item)
        text = tomlkit.dumps(document)
        tomllib.loads(text)
        write_whole(path.resolve(), text.encode())
    except OSError as fault:
        raise GateError(f"cannot write {path.name}: {fault.strerror}") from fault
    except ValueError as fault:  # what tomlkit and tomllib raise
        raise ConfigError(f"{path.name}: the waiver cannot be written into it ({fault}); write it by hand") from fault


def baseline(root: Path, report: Path | None) -> str:
    """Write the baseline of a project that adopts the gate, or take out of it what has been mended; say which.

    A line is only taken out when the check of its rule completed.
    """
    config = load_config(root)
    verdict = read_report(report) if report else run_verdict(CHECKS, config, {}, whole=True)
    said = [f"cannot say: {plain(reason)}" for reason in verdict.missing]
    old = read_baseline(config.root)
    if not old and not (config.root / FILE).exists():
        return "\n".join([*said, _adopt(config, verdict)])
    return "\n".join([*said, _shrink(config, verdict, old)])


def _adopt(config: Config, verdict: Verdict) -> str:
    found = [
        f for f in verdict.findings if f.waived is None and f.severity is not Severity.NOTE and f.check != "waivers"
    ]
    if not found:
        return "nothing was found, so there is no baseline to write"
    write_baseline(config.root, [(f.rule, f.subject, f.fingerprint) for f in found])
    counts = ", ".join(f"{check} {n}" for check in CHECKS if (n := sum(f.check == check for f in found)))
    return f"{len(found)} findings are in {FILE} now ({counts}): from here on only new ones fail. Commit it."


def _shrink(config: Config, verdict: Verdict, old: Sequence[Waiver]) -> str:
    completed = {o.check for o in verdict.outcomes if isinstance(o, Completed) and o.work.examined}
    sure = {rule for check, rules in rule_ids().items() if check in completed for rule in rules}
    found = {(f.rule, f.subject, f.fingerprint) for f in verdict.findings}
    rows = [(w.rule, w.place, w.fingerprint or "") for w in old]
    kept = [row for row in rows if row in found or row[0] not in sure]
    new = sum(f.blocks for f in verdict.findings)
    more = f"; {new} findings are new: mend them, or `gate accept` them one by one" if new else ""
    gone = len(rows) - len(kept)
    if not kept:
        (config.root / FILE).unlink()
        return f"everything in {FILE} has been mended: the file is gone{more}"
    if gone:
        write_baseline(config.root, kept)
    return f"{gone} mended finding{'s' * (gone != 1)} taken out of {FILE}, {len(kept)} left{more}"
