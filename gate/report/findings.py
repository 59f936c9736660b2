"""Findings on a terminal: a block per rule with what an attacker gains, the lines it is about, and what mends them."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gate.config import Config
from gate.finding import Finding, Place, Severity, Span, Target
from gate.report.about import About
from gate.report.excerpt import Line, coloured, excerpt
from gate.report.plain import plain
from gate.report.tables import STYLE

SHOWN = 5  # findings of one rule shown in full; the JSON report has them all
LINES = 5  # of a statement
COLOURS = {"comment": "dim italic", "text": "green", "name": "yellow", "keyword": "bright_blue", "number": "magenta"}


def rule_block(about: About, found: Sequence[Finding], config: Config) -> RenderableType:
    """A rule's findings, which share a severity."""
    return Group(*_block(about, found, config))


def _block(about: About, found: Sequence[Finding], config: Config) -> Iterator[RenderableType]:
    severity = found[0].severity
    head = Text.assemble((severity.value, STYLE[severity]), " ", (about.rule, "bold"), (f"  {found[0].check}", "dim"))
    if len(found) > 1:
        head.append(f", {len(found)} places", "dim")
    yield head
    shown = found[:SHOWN] if severity is not Severity.NOTE else found[:1]
    for finding in shown:
        yield from _finding(finding, config)
    if len(found) > len(shown):
        yield _indented(Text(f"and {len(found) - len(shown)} more; --report html:gate.html shows all", style="dim"))
    if about.gain:
        yield _indented(Text.assemble(("why: ", "dim"), about.gain.replace("`", "")))
    if about.mend and not any(finding.remedy for finding in shown):
        yield _indented(Text.assemble(("mend it: ", "dim"), about.mend.replace("`", "")))
    whole = "; gate rls --repro DIR writes the SQL that shows it" if any(one.reproducer for one in found) else ""
    yield Padding(Text(f"gate explain {about.rule}{whole}", style="dim"), (0, 0, 1, 2), expand=False)


def _finding(finding: Finding, config: Config) -> Iterator[RenderableType]:
    yield _indented(Text(plain(finding.message)))
    where = Text(f"--> {plain(place_words(finding.place))}", style="cyan")
    if not _told(finding):
        where.append(f"  {plain(finding.subject)}", "dim")
    if finding.new:
        where.append("  new", "bold")
    yield _indented(where)
    if lines := excerpt(finding, config):
        yield _code(lines, numbered=True)
    if finding.reproducer:
        deed = Text(plain(_deed(finding.reproducer), lines=True), style="dim", no_wrap=True, overflow="ellipsis")
        yield Padding(deed, (0, 0, 0, 4), expand=False)
    if finding.remedy:
        yield _indented(Text("mend it:", style="dim"))
        pieces = tuple(Line(number, line) for number, line in enumerate(coloured(finding.remedy), 1))
        yield _code(pieces, numbered=False)


def _told(finding: Finding) -> bool:
    """Whether the place says already what the subject would: the scanner's subjects begin with the file."""
    return isinstance(finding.place, Span) and finding.subject.startswith(f"{finding.place.path} ")


def place_words(place: Place) -> str:
    """A place as a terminal shows it, which may make a link of it."""
    match place:
        case Span(path, line, column):
            return f"{path}:{line}:{column}"
        case Target(name, span):
            return f"{name}, made at {span.path}:{span.line}" if span else name


def _code(lines: Sequence[Line], *, numbered: bool) -> RenderableType:
    """SQL in colour, behind the numbers of its lines; a line that is too long goes on under its own beginning."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style="dim", width=4 if numbered else 2)
    grid.add_column(overflow="fold")
    shown = lines if len(lines) <= LINES or not numbered else lines[: LINES - 1]
    for line in shown:
        text = Text.assemble(*((piece, COLOURS.get(kind, "")) for kind, piece in line.pieces))
        grid.add_row(str(line.number) if numbered else "", Text.assemble(("│ ", "dim"), text) if numbered else text)
    if len(shown) < len(lines):
        grid.add_row("", Text("│ …", style="dim"))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _deed(reproducer: str) -> str:
    """What a reproducer does in the end, without the rows that it plants and the settings that it makes first."""
    attack = reproducer.partition("-- the attack")[2].partition("reset role")[0]
    deeds = attack.splitlines()[1:] or reproducer.splitlines()
    told = [line for line in deeds if not line.startswith(("set ", "select set_config", "begin", "rollback", "--"))]
    return "\n".join(line for line in told if line.strip())


def _indented(text: Text) -> RenderableType:
    return Padding(text, (0, 0, 0, 2), expand=False)
