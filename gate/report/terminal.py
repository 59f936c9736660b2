"""The terminal report: findings worst first, then each check in a line, then the verdict."""

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gate.config import Config
from gate.finding import Finding, Place, Severity, Span, Target
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, work_of
from gate.report.plain import plain

STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
ROW_STYLE = {"ok": "green", "failed": "bold red", "not reached": "dim", "cannot tell": "bold red"}
SHOWN = 5  # findings of one rule shown in full; the JSON report has them all
UNJUDGED_SHOWN = 6


def write_terminal(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the report for people. Colour and width follow the terminal, NO_COLOR and FORCE_COLOR."""
    console = Console(file=file, highlight=False, emoji=False, markup=False)
    if console.is_terminal:
        console.print(*_parts(verdict, config), sep="\n")
        return
    # A log: no colour, one width everywhere, and none of the blanks with which tables are filled up.
    console = Console(file=io.StringIO(), highlight=False, emoji=False, markup=False, no_color=True, width=120)
    with console.capture() as captured:
        console.print(*_parts(verdict, config), sep="\n")
    file.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _parts(verdict: Verdict, config: Config) -> Iterator[RenderableType]:
    ordered = sorted(verdict.findings, key=lambda f: (-f.severity.rank, f.check, f.rule))
    for (_, _, rule), found in groupby(ordered, key=lambda f: (-f.severity.rank, f.check, f.rule)):
        yield _rule(rule, list(found), config)
    yield from _unjudged(verdict)
    if verdict.steps:
        yield Text()
        yield _steps(verdict)
    if verdict.probes:
        yield Text()
        yield _probes(verdict)
    yield Text()
    yield _table(verdict)
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
        lines.append(Padding(Text(f"--> {plain(_where(finding.place))}", style="cyan"), (0, 0, 0, 2), expand=False))
        source = _source(finding.place, config)
        if source:
            lines.append(Padding(source, (0, 0, 0, 4), expand=False))
        if finding.reproducer and finding is shown[0]:
            block = Text(plain(finding.reproducer.strip(), lines=True), style="dim")
            lines.append(
                Padding(
                    Group(Text("reproduce:", style="dim"), Padding(block, (0, 0, 0, 2), expand=False)), (0, 0, 0, 4)
                )
            )
    rest = len(found) - len(shown[:SHOWN])
    if rest:
        lines.append(Padding(Text(f"and {rest} more, all in --report json", style="dim"), (0, 0, 0, 2), expand=False))
    lines.append(Padding(Text(f"gate explain {rule}", style="dim"), (0, 0, 1, 2), expand=False))
    return Group(*lines)


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
        items = work_of(outcome).unjudged
        if not items:
            continue
        lines: list[RenderableType] = [Text(f"{outcome.check} could not judge {len(items)}:", style="dim")]
        lines += [Text(f"  {plain(item.what)}: {plain(item.why)}", style="dim") for item in items[:UNJUDGED_SHOWN]]
        if len(items) > UNJUDGED_SHOWN:
            lines.append(Text(f"  and {len(items) - UNJUDGED_SHOWN} more, all in --report json", style="dim"))
        yield Group(*lines)


def _steps(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for heading in ("step", "result"):
        table.add_column(heading)
    for heading in ("requests", "time"):
        table.add_column(heading, justify="right")
    table.add_column("category")
    table.add_column("problem", overflow="fold")
    for row in verdict.steps:
        table.add_row(
            row["step"],
            Text(row["status"], style=ROW_STYLE[row["status"]]),
            str(len(row["trace"])),
            f"{row['seconds']:.1f} s",
            row["category"] or "",
            Text(plain(row["problem"] or ""), style="dim"),
        )
    return table


def _probes(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for heading in ("probe", "result"):
        table.add_column(heading)
    for heading in ("requests", "time"):
        table.add_column(heading, justify="right")
    table.add_column("question", overflow="fold")
    for row in verdict.probes:
        table.add_row(
            row["probe"],
            Text(row["status"], style=ROW_STYLE[row["status"]]),
            str(row["requests"]),
            f"{row['seconds']:.1f} s",
            Text(plain(row["problem"] or row["question"]), style="dim"),
        )
    return table


def _table(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for heading in ("check", "result"):
        table.add_column(heading)
    for heading in ("examined", "errors", "warnings", "notes", "time"):
        table.add_column(heading, justify="right")
    table.add_column("evidence", overflow="fold")
    for outcome in verdict.outcomes:
        table.add_row(*_row(outcome, verdict))
    return table


def _row(outcome: Outcome, verdict: Verdict) -> Iterator[Text]:
    work = work_of(outcome)
    yield Text(outcome.check, style="bold")
    yield _result(outcome, verdict)
    yield Text(f"{work.examined:,}")
    for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE):
        number = sum(finding.severity is severity for finding in work.findings)
        yield Text(str(number), style=STYLE[severity] if number else "dim")
    yield Text(f"{work.seconds:.1f} s")
    yield Text(plain(str(work.evidence.get("summary", ""))), style="dim")


def _result(outcome: Outcome, verdict: Verdict) -> Text:
    match outcome:
        case Skipped():
            return Text("skipped" if outcome.check in verdict.required else "not required", style="dim")
        case Broken():
            return Text("incomplete", style="bold red")
        case Completed(_, work) if work.examined == 0:
            return Text("examined nothing", style="bold red")
        case Completed(_, work):
            blocked = any(finding.severity is Severity.ERROR for finding in work.findings)
            return Text("failed", style="bold red") if blocked else Text("passed", style="green")


def _verdict(verdict: Verdict) -> RenderableType:
    good = verdict.exit_code == 0
    lines = [Text(verdict.word, style="bold green" if good else "bold red")]
    lines += [Text(f"cannot say: {plain(reason)}") for reason in verdict.missing]
    errors = sum(finding.severity is Severity.ERROR for finding in verdict.findings)
    if errors:
        lines.append(Text(f"{errors} finding{'s' * (errors != 1)} to mend before release"))
    if good and verdict.rehearsal:
        lines.append(
            Text("judged on stand-ins: this says nothing of the hosted project or of real Replicate", style="dim")
        )
    if not verdict.whole:
        lines.append(
            Text(f"one check of the gate ({', '.join(verdict.required)}); `gate run` gives the verdict", style="dim")
        )
    if verdict.model_smoke:
        lines.append(Text(verdict.model_smoke, style="green"))
    if verdict.model_traffic:
        lines.append(Text(verdict.model_traffic, style="bold green"))
    lines.append(Text(f"exit code {verdict.exit_code}", style="dim"))
    return Panel(Group(*lines), border_style="green" if good else "red", expand=False, padding=(0, 2))
