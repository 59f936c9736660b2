"""The terminal report: findings worst first, then each check in a line, then the verdict."""

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from gate.config import Config
from gate.finding import Finding, Place, Severity, Span, Target
from gate.outcome import Verdict, work_of
from gate.report.plain import plain
from gate.report.tables import STYLE, checks_table, mutations_table, probes_table, steps_table
from gate.waiver import NOT_JUDGED

NARROW = 100  # columns below which tables leave out their sentences
SHOWN = 5  # findings of one rule shown in full; the JSON report has them all
UNJUDGED_SHOWN = 6
WAIVED_SHOWN = 12


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
    for (_, _, rule), found in groupby(ordered, key=lambda f: (-f.severity.rank, f.check, f.rule)):
        yield _rule(rule, list(found), config)
    yield from _unjudged(verdict)
    yield from _waived(verdict)
    if verdict.steps:
        yield Text()
        yield steps_table(verdict, narrow=narrow)
    if verdict.probes:
        yield Text()
        yield probes_table(verdict, narrow=narrow)
    if mutations := mutations_table(verdict):
        yield Text()
        yield mutations
    yield Text()
    yield checks_table(verdict, narrow=narrow)
    yield Text()
    yield _verdict(verdict)


def _rule(rule: str, found: Sequence[Finding], config: Config) -> RenderableType:
    severity = found[0].severity
    head = Text.assemble((severity.value, STYLE[severity]), " ", (rule, "bold"), (f"  {found[0].check}", "dim"))
    if len(found) > 1:
        head.append(f", {len(found)} places", "dim")
    shown = found if severity is not Severity.NOTE else found[:1]
    lines: list[RenderableType] = [head]
    for finding in shown[:SHOWN]:
        lines.append(Padding(Text(plain(finding.message)), (0, 0, 0, 2), expand=False))
        where = Text.assemble((f"--> {plain(_where(finding.place))}", "cyan"), (f"  {plain(finding.subject)}", "dim"))
        if finding.new:
            where.append("  new", "bold")
        lines.append(Padding(where, (0, 0, 0, 2), expand=False))
        source = _source(finding.place, config)
        if source:
            lines.append(Padding(source, (0, 0, 0, 4), expand=False))
        if finding.reproducer:
            deed = Text(plain(_deed(finding.reproducer), lines=True), style="dim", no_wrap=True, overflow="ellipsis")
            lines.append(Padding(deed, (0, 0, 0, 4), expand=False))
        if finding.remedy:
            mend = Text.assemble(("mend it: ", "dim"), plain(finding.remedy, lines=True))
            lines.append(Padding(mend, (0, 0, 0, 4), expand=False))
    rest = len(found) - len(shown[:SHOWN])
    if rest:
        lines.append(Padding(Text(f"and {rest} more, all in --report json", style="dim"), (0, 0, 0, 2), expand=False))
    whole = "; gate rls --repro DIR writes the SQL that shows it" if any(one.reproducer for one in found) else ""
    lines.append(Padding(Text(f"gate explain {rule}{whole}", style="dim"), (0, 0, 1, 2), expand=False))
    return Group(*lines)


def _deed(reproducer: str) -> str:
    """What a reproducer does in the end, without the rows that it plants and the settings that it makes first."""
    attack = reproducer.partition("-- the attack")[2].partition("reset role")[0]
    deeds = attack.splitlines()[1:] or reproducer.splitlines()
    told = [line for line in deeds if not line.startswith(("set ", "select set_config", "begin", "rollback"))]
    return "\n".join(line for line in told if line.strip())


def _where(place: Place) -> str:
    match place:
        case Span(path, line, column):
            return f"{path}:{line}:{column}"
        case Target(name, span):
            return f"{name}, made at {span.path}:{span.line}" if span else name


def _source(place: Place, config: Config) -> Text | None:
    """The line itself, for SQL that holds no key: other files may hold the very secret that the finding is about."""
    from gate.scan.secrets import find

    span = place if isinstance(place, Span) else place.span
    if span is None or not span.path.endswith(".sql") or not isinstance(place, Span):
        return None
    try:
        with (config.root / span.path).open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if number == span.line:
                    if any(find(line)):
                        return None
                    return Text.assemble((f"{number:>4} │ ", "dim"), plain(line.rstrip()[:160]))
    except OSError:
        return None
    return None


def _unjudged(verdict: Verdict) -> Iterator[RenderableType]:
    for outcome in verdict.outcomes:
        items = [item for item in work_of(outcome).unjudged if item.waived is None]
        if not items:
            continue
        lines: list[RenderableType] = [Text(f"{outcome.check} could not judge {len(items)}:", style="dim")]
        lines += [Text(f"  {plain(item.what)}: {plain(item.why)}", style="dim") for item in items[:UNJUDGED_SHOWN]]
        if len(items) > UNJUDGED_SHOWN:
            lines.append(Text(f"  and {len(items) - UNJUDGED_SHOWN} more, all in --report json", style="dim"))
        yield Group(*lines)


def _waived(verdict: Verdict) -> Iterator[RenderableType]:
    """What somebody has accepted, a line each; the baseline is only counted."""
    found = [(f.rule, f.subject, f.waived) for f in verdict.findings if f.waived]
    found += [
        (NOT_JUDGED, d.what, d.waived) for outcome in verdict.outcomes for d in work_of(outcome).unjudged if d.waived
    ]
    own = [(rule, place, waiver) for rule, place, waiver in found if not waiver.baseline]
    lines = [
        Text(plain(f"  {rule} at {place}, until {waiver.until} ({waiver.owner}): {waiver.reason}"), style="dim")
        for rule, place, waiver in own[:WAIVED_SHOWN]
    ]
    if len(own) > WAIVED_SHOWN:
        lines.append(Text(f"  and {len(own) - WAIVED_SHOWN} more, all in --report json", style="dim"))
    if len(found) > len(own):
        lines.append(Text(f"  {len(found) - len(own)} in the baseline", style="dim"))
    if lines:
        yield Group(Text(f"waived {len(found)}:", style="dim"), *lines)


def _verdict(verdict: Verdict) -> RenderableType:
    good = verdict.exit_code == 0
    # One check is not the gate: its colour and its words must not look like a release.
    word = verdict.word if verdict.whole else f"{verdict.word} for {', '.join(verdict.required)} alone"
    lines = [Text(word, style="bold green" if good else "bold red")]
    lines += [Text(f"cannot say: {plain(reason)}") for reason in verdict.missing]
    errors = sum(finding.blocks for finding in verdict.findings)
    if errors:
        lines.append(Text(f"{errors} finding{'s' * (errors != 1)} to mend before release"))
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
