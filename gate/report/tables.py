"""The tables of the terminal report: the checks, and the smoke's steps and probes. Narrow ones leave out their sentences."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from gate.finding import Severity
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, work_of
from gate.report.plain import plain
from gate.report.timeline import metrics, steps

LINE = 40  # columns of the line of time
STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
ROW_STYLE = {"ok": "green", "failed": "bold red", "not reached": "dim", "cannot tell": "bold red", "left out": "dim"}


def checks_table(verdict: Verdict, *, narrow: bool) -> Table:
    """A line per check: its result, its counts, its time, and what it rests on."""
    table = _table("check", "result")
    whole, short = ("examined", "errors", "warnings", "notes", "time"), ("seen", "err", "warn", "note", "time")
    for heading in short if narrow else whole:
        table.add_column(heading, justify="right", no_wrap=True)
    if verdict.waived:
        table.add_column("waived", justify="right", no_wrap=True)
    if not narrow:
        table.add_column("evidence", overflow="fold")
    for outcome in verdict.outcomes:
        cells = list(_cells(outcome, verdict))
        table.add_row(*(cells[:-1] if narrow else cells))
    return table


def steps_table(verdict: Verdict, *, narrow: bool) -> Table:
    """A line per step of the smoke."""
    table = _table("step", "result")
    _numbers(table, narrow=narrow)
    if not narrow:
        table.add_column("category")
        table.add_column("problem", overflow="fold")
    for row in verdict.steps:
        more = [] if narrow else [row["category"] or "", Text(plain(row["problem"] or ""), style="dim")]
        result = Text(row["status"], style=ROW_STYLE[row["status"]])
        table.add_row(row["step"], result, str(len(row["trace"])), f"{row['seconds']:.1f} s", *more)
    return table


def time_table(verdict: Verdict) -> Table:
    """The smoke as a line of time: when each step asked, when it waited, and what it took."""
    table = _table("time", f"{'':{LINE}}")
    table.add_column("waited", justify="right", no_wrap=True)
    table.add_column("took", overflow="fold")
    for bar in steps(verdict):
        if bar.status == "not reached":
            continue
        begin = round(bar.start * LINE / 100)
        asked, waited = (round((bar.start + part) * LINE / 100) for part in (bar.asked, bar.asked + bar.waited))
        line = Text(" " * begin).append("━" * max(1, asked - begin), ROW_STYLE[bar.status])
        line.append("╌" * (waited - max(asked, begin + 1)), "dim")
        table.add_row(bar.name, line, f"{bar.waiting:.1f} s", Text(", ".join(metrics(bar.row)), style="dim"))
    return table


def probes_table(verdict: Verdict, *, narrow: bool) -> Table:
    """A line per probe of the smoke."""
    table = _table("probe", "result")
    _numbers(table, narrow=narrow)
    if not narrow:
        table.add_column("question", overflow="fold")
    for row in verdict.probes:
        more = [] if narrow else [Text(plain(row["problem"] or row["question"]), style="dim")]
        result = Text(row["status"], style=ROW_STYLE[row["status"]])
        table.add_row(row["probe"], result, str(row["requests"]), f"{row['seconds']:.1f} s", *more)
    return table


def mutations_table(verdict: Verdict) -> Table | None:
    """Which guards hold each table by themselves, where `gate rls --mutate` has asked; None where it has not."""
    found = [work_of(outcome).evidence.get("mutations") for outcome in verdict.outcomes]
    told = next((one for one in found if one), None)
    if told is None:
        return None
    table = _table("guarded")
    for heading in ("killed", "survived", "dead", "not exercised"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("holds by itself", overflow="fold")
    for name, held in told["holds"].items():
        rows = [row["result"] for row in told["rows"] if row["table"] == name]
        numbers = [str(rows.count(result)) for result in ("killed", "survived", "dead", "not exercised")]
        words = ", ".join(held) or ("each is doubled by another" if "survived" in rows else "nothing")
        table.add_row(plain(name.partition("(")[0]), *numbers, Text(plain(words), style="dim"))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _numbers(table: Table, *, narrow: bool) -> None:
    table.add_column("asked" if narrow else "requests", justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)


def _cells(outcome: Outcome, verdict: Verdict) -> Iterator[Text]:
    work = work_of(outcome)
    yield Text(outcome.check, style="bold")
    yield _result(outcome, verdict)
    yield Text(f"{work.examined:,}")
    for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE):
        number = sum(finding.severity is severity and finding.waived is None for finding in work.findings)
        yield Text(str(number), style=STYLE[severity] if number else "dim")
    yield Text(f"{work.seconds:.1f} s")
    if verdict.waived:
        waived = sum(f.waived is not None for f in work.findings) + sum(d.waived is not None for d in work.unjudged)
        yield Text(str(waived), style="dim")
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
            blocked = any(finding.blocks for finding in work.findings)
            return Text("failed", style="bold red") if blocked else Text("passed", style="green")
