"""The terminal report: findings worst first, then each check in a line, then the verdict."""

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from gate.check import Unjudged
from gate.config import Config
from gate.finding import Severity
from gate.outcome import Verdict, work_of
from gate.report.about import rules_of
from gate.report.findings import rule_block
from gate.report.plain import plain
from gate.report.tables import STYLE, checks_table, mutations_table, probes_table, steps_table, time_table
from gate.report.together import together
from gate.waiver import NOT_JUDGED

NARROW = 100  # columns below which tables leave out their sentences
UNJUDGED_SHOWN = 6
ALIKE_SHOWN = 4  # names of things that could not be judged for one reason
WAIVED_SHOWN = 12
MANY = 20  # errors that nobody mends in a day


def write_terminal(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the report for people. Colour and width follow the terminal, NO_COLOR and FORCE_COLOR."""
    console = Console(file=file, highlight=False, emoji=False, markup=False)
    if console.is_terminal:
        console.print(*_parts(verdict, config, narrow=console.width < NARROW), sep="\n")
        return
    # A log: no colour, one width everywhere, and none of the blanks with which tables are filled up.
    console = Console(file=io.StringIO(), highlight=False, emoji=False, markup=False, no_color=True, width=120)
    with console.capture() as captured:
        console.print(*_parts(verdict, config, narrow=False), sep="\n")
    file.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _parts(verdict: Verdict, config: Config, *, narrow: bool) -> Iterator[RenderableType]:
    open_ones = [finding for finding in verdict.findings if finding.waived is None]
    ordered = sorted(open_ones, key=lambda f: (-f.severity.rank, f.check, f.rule))
    rules = rules_of(verdict)
    for (_, _, rule), found in groupby(ordered, key=lambda f: (-f.severity.rank, f.check, f.rule)):
        yield rule_block(rules[rule], list(found), config)
    yield from _unjudged(verdict)
    yield from _waived(verdict)
    if verdict.steps:
        yield Text()
        yield steps_table(verdict, narrow=narrow)
        if not narrow:
            yield Text()
            yield time_table(verdict)
    if verdict.probes:
        yield Text()
        yield probes_table(verdict, narrow=narrow)
    for outcome in verdict.outcomes:
        if words := work_of(outcome).evidence.get("log"):
            yield Text()
            yield Text(plain(f"the backend's last words: {words}"), style="dim")
    if mutations := mutations_table(verdict):
        yield Text()
        yield mutations
    yield Text()
    yield checks_table(verdict, narrow=narrow)
    yield Text()
    yield _tally(verdict)
    yield from _together(verdict)
    yield _verdict(verdict, config)


def _unjudged(verdict: Verdict) -> Iterator[RenderableType]:
    """What could not be judged, first of all what keeps the gate from an answer; alike is told once."""
    for outcome in verdict.outcomes:
        items = [item for item in work_of(outcome).unjudged if item.waived is None]
        if not items:
            continue
        alike: dict[str, list[Unjudged]] = {}
        for item in sorted(items, key=lambda item: not item.blocking):
            alike.setdefault(item.why.partition("; ")[0], []).append(item)
        told = [_doubt(words, found) for words, found in alike.items()]
        yield Text(f"{outcome.check} could not judge {len(items)}:", style="dim")
        yield from (_indented(Text(plain(line), style="dim")) for line in told[:UNJUDGED_SHOWN])
        if len(told) > UNJUDGED_SHOWN:
            left = sum(len(found) for found in list(alike.values())[UNJUDGED_SHOWN:])
            yield _indented(Text(f"and {left} more; --report html:gate.html shows all", style="dim"))
        if any(item.blocking for item in items):
            words = "what is right to leave out of the verdict: gate accept not-judged PLACE --reason WHY"
            yield _indented(Text(words, style="dim"))


def _doubt(words: str, found: Sequence[Unjudged]) -> str:
    """One thing, or several that could not be judged for the same reason."""
    if len(found) == 1:
        return f"{found[0].what}: {found[0].why}"
    names = ", ".join(item.what for item in found[:ALIKE_SHOWN])
    more = f" and {len(found) - ALIKE_SHOWN} more" if len(found) > ALIKE_SHOWN else ""
    return f"{names}{more}: {words}"


def _indented(text: Text) -> RenderableType:
    return Padding(text, (0, 0, 0, 2), expand=False)


def _waived(verdict: Verdict) -> Iterator[RenderableType]:
    """What somebody has accepted, a line each; the baseline is only counted."""
    found = [(f.rule, f.subject, f.waived) for f in verdict.findings if f.waived]
    found += [
        (NOT_JUDGED, d.what, d.waived) for outcome in verdict.outcomes for d in work_of(outcome).unjudged if d.waived
    ]
    own = [(rule, place, waiver) for rule, place, waiver in found if not waiver.baseline]
    lines: list[RenderableType] = [
        _indented(
            Text(plain(f"{rule} at {place}, until {waiver.until} ({waiver.owner}): {waiver.reason}"), style="dim")
        )
        for rule, place, waiver in own[:WAIVED_SHOWN]
    ]
    if len(own) > WAIVED_SHOWN:
        lines.append(
            _indented(Text(f"and {len(own) - WAIVED_SHOWN} more; --report html:gate.html shows all", style="dim"))
        )
    if len(found) > len(own):
        lines.append(_indented(Text(f"{len(found) - len(own)} in the baseline", style="dim")))
    if lines:
        yield Group(Text(f"waived {len(found)}:", style="dim"), *lines)


def _tally(verdict: Verdict) -> Text:
    """All findings in a line, the waived ones too."""
    open_ones = [finding.severity for finding in verdict.findings if finding.waived is None]
    total, waived = len(verdict.findings), len(verdict.findings) - len(open_ones)
    line = Text(f"{total} finding{'s' * (total != 1)}")
    if waived:
        line.append(f" ({waived} waived)", "dim")
    counts = [(severity, open_ones.count(severity)) for severity in reversed(Severity)]
    for place, (severity, number) in enumerate((severity, number) for severity, number in counts if number):
        line.append(", " if place else ": ")
        line.append(f"{number} {severity.value}{'s' * (number != 1)}", STYLE[severity])
    return line


def _together(verdict: Verdict) -> Iterator[RenderableType]:
    """Where to begin: the lines that several findings come from."""
    for one in together(verdict):
        where = Text.assemble(f"{len(one.findings)} of them from ", (f"{plain(one.path)}:{one.line}", "cyan"))
        yield _indented(where.append(f"  {', '.join(one.rules)}", "dim"))


def _verdict(verdict: Verdict, config: Config) -> RenderableType:
    good = verdict.exit_code == 0
    # One check is not the gate: its colour and its words must not look like a release.
    word = verdict.word if verdict.whole else f"{verdict.word} for {', '.join(verdict.required)} alone"
    lines = [Text(word, style="bold green" if good else "bold red")]
    lines += [Text(f"cannot say: {plain(reason)}") for reason in verdict.missing]
    errors = sum(finding.blocks for finding in verdict.findings)
    if errors:
        lines.append(Text(f"{errors} finding{'s' * (errors != 1)} to mend before release"))
    if verdict.whole and errors >= MANY and not any(f.waived and f.waived.baseline for f in verdict.findings):
        lines.append(
            Text("an old project adopts the gate with `gate baseline`: then only what is new fails", style="dim")
        )
    if verdict.whole and verdict.missing and config.source is None:
        lines.append(
            Text("nothing is configured here: `gate init` looks at the project and offers a configuration", style="dim")
        )
    if verdict.waived:
        lines.append(Text(f"{verdict.waived} waived, see above", style="yellow"))
    if verdict.unjudged:
        lines.append(
            Text(
                f"{verdict.unjudged} thing{'s' * (verdict.unjudged != 1)} could not be judged, see above",
                style="yellow",
            )
        )
    if good and verdict.rehearsal:
        lines.append(Text("nothing was proven of the hosted project or of real Replicate", style="dim"))
    if not verdict.whole:
        lines.append(Text("`gate run` judges the release", style="dim"))
    if verdict.model_smoke:
        lines.append(Text(verdict.model_smoke, style="green"))
    if verdict.model_traffic:
        lines.append(Text(verdict.model_traffic, style="bold green"))
    lines.append(Text(f"exit code {verdict.exit_code}", style="dim"))
    border = ("green" if verdict.whole else "dim") if good else "red"
    return Panel(Group(*lines), border_style=border, expand=False, padding=(0, 2))
