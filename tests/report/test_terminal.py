"""The terminal report: on a terminal, in a log, and how much of the finding it shows."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from gate.check import Unjudged
from gate.config import Config
from gate.finding import Severity, Span, Target
from gate.outcome import Broken, Completed, Verdict, Work
from gate.report.findings import LINES, SHOWN
from gate.report.markdown import COMMENT, markdown
from gate.report.terminal import MANY, write_terminal
from tests.report.project import ACCEPTED, MIGRATION, POLICY, READ, VERDICT, found, write_project
from tests.report.verdicts import COMPLETE

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def written(verdict: Verdict, root: Path, file: io.StringIO) -> str:
    write_terminal(verdict, Config(root), file)
    return file.getvalue()


def log(verdict: Verdict, root: Path) -> list[str]:
    return written(verdict, root, io.StringIO()).splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    for verdict in (VERDICT, COMPLETE):
        text = written(verdict, write_project(tmp_path / f"{len(verdict.findings)}"), Terminal())
        lines = ESCAPE.sub("", text).splitlines()

        assert "\x1b[" in text
        assert max(len(line) for line in lines) <= width


def test_a_finding_has_its_lines_its_remedy_and_its_meaning(tmp_path: Path) -> None:
    lines = log(VERDICT, write_project(tmp_path / "p"))
    start = lines.index("error policy-always-true-read  audit")

    assert lines[start : start + 9] == [
        "error policy-always-true-read  audit",
        f"  {POLICY.message}",
        f"  --> {MIGRATION}:5:1  public.notes policy see all",
        '     5 │ create policy "see all" on public.notes for select using (true);',
        "  mend it:",
        f"     {POLICY.remedy}",
        "  why: Every user's rows are read by a stranger, by anyone where the policy serves anon.",
        "  gate explain policy-always-true-read",
        "",
    ]


def test_what_an_attack_did_is_shown_and_the_page_says_what_mends_it(tmp_path: Path) -> None:
    lines = log(VERDICT, write_project(tmp_path / "p"))

    assert "    select * from public.notes;" in lines
    assert any(line.startswith("  mend it: using (user_id = auth.uid())") for line in lines)
    assert "  gate explain others-rows-readable; gate rls --repro DIR writes the SQL that shows it" in lines


def test_a_long_statement_is_cut(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p")
    (root / MIGRATION).write_text("create table t (\n" + "  x int,\n" * 20 + ");\n")
    one = found("rls-disabled", "audit", Span(MIGRATION, 1, 1, 22, 3), "m", "t")
    lines = log(Verdict((Completed("audit", Work(1, (one,))),), ("audit",)), root)
    place = next(number for number, line in enumerate(lines) if "create table t" in line)

    assert [line.strip() for line in lines[place + LINES - 2 : place + LINES]] == [f"{LINES - 1} │   x int,", "│ …"]


def test_the_tally_counts_everything(tmp_path: Path) -> None:
    assert "8 findings (1 waived): 5 errors, 1 warning, 1 note" in log(VERDICT, write_project(tmp_path / "p"))


def test_many_findings_of_a_rule_are_counted(tmp_path: Path) -> None:
    many = tuple(found("rls-disabled", "audit", Target(f"t{n}"), f"m{n}", f"t{n}") for n in range(9))
    few = tuple(
        found("rls-disabled", "audit", Target(f"n{n}"), f"n{n}", f"n{n}", severity=Severity.NOTE) for n in range(3)
    )
    lines = log(Verdict((Completed("audit", Work(1, (*many, *few))),), ("audit",)), tmp_path)

    assert "error rls-disabled  audit, 9 places" in lines
    assert f"  and {9 - SHOWN} more; --report html:gate.html shows all" in lines
    assert "  and 2 more; --report html:gate.html shows all" in lines


def test_doubts_that_are_alike_are_told_once_and_what_blocks_comes_first(tmp_path: Path) -> None:
    alike = [Unjudged(f"public.t{n}", f"not even its owner can reach a row; grant {n}") for n in range(6)]
    doubts = (*alike, Unjudged("b.sql:3", f"did not apply: {'words ' * 30}", blocking=True), Unjudged("x", "why; what"))
    lines = log(Verdict((Broken("rls", "p", Work(1, unjudged=doubts)),), ("rls",)), tmp_path)
    start = lines.index("rls could not judge 8:")

    assert lines[start + 1].startswith("  b.sql:3: did not apply: words")
    assert lines[start + 2].startswith("  words"), "a line that goes on is indented as it began"
    assert lines[start + 3 : start + 6] == [
        "  public.t0, public.t1, public.t2, public.t3 and 2 more: not even its owner can reach a row",
        "  x: why; what",
        "  what is right to leave out of the verdict: gate accept not-judged PLACE --reason WHY",
    ]


@pytest.mark.parametrize(
    ("errors", "adopted", "told"), [(MANY, False, True), (MANY - 1, False, False), (MANY, True, False)]
)
def test_an_old_project_is_told_of_the_baseline(errors: int, adopted: bool, told: bool, tmp_path: Path) -> None:
    many = [found("rls-disabled", "audit", Target(f"t{n}"), f"m{n}", f"t{n}") for n in range(errors)]
    if adopted:
        many.append(replace(many[0], waived=replace(ACCEPTED, until=None)))
    lines = log(Verdict((Completed("audit", Work(1, tuple(many))),), ("audit",)), tmp_path)

    assert any("gate baseline" in line for line in lines) == told


def test_who_has_configured_nothing_is_told_of_init(tmp_path: Path) -> None:
    broken = Verdict((Broken("smoke", "MODEL_PROVIDER is not set", Work()),), ("smoke",))
    configured = io.StringIO()
    write_terminal(broken, Config(tmp_path, tmp_path / "gate.toml"), configured)

    assert any("`gate init`" in line for line in log(broken, tmp_path))
    assert "gate init" not in configured.getvalue()
    assert not any("`gate init`" in line for line in log(COMPLETE, tmp_path))


def test_a_place_is_one_word_that_a_terminal_can_open(tmp_path: Path) -> None:
    lines = log(VERDICT, write_project(tmp_path / "p"))

    assert f"  --> public.notes, made at {MIGRATION}:1  {READ.subject}" in lines


def test_the_line_that_several_findings_come_from_is_named_once(tmp_path: Path) -> None:
    line = Span(MIGRATION, 5)
    one = found("policy-always-true-read", "audit", line, "m", "s")
    two = found("others-rows-readable", "rls", Target("policy 'see all' on public.notes", line), "m", "s")
    mild = found("policy-auth-call-per-row", "audit", Span(MIGRATION, 1), "m", "s", severity=Severity.WARNING)
    worse = found("rls-disabled", "audit", Span(MIGRATION, 1), "m", "t")
    verdict = Verdict(
        (Completed("audit", Work(1, (one, mild, worse))), Completed("rls", Work(1, (two,)))), ("audit", "rls")
    )

    assert [line for line in log(verdict, tmp_path) if "of them from" in line] == [
        f"  2 of them from {MIGRATION}:5  policy-always-true-read, others-rows-readable"
    ]
    assert f"- 2 of them from `{MIGRATION}:5`: policy-always-true-read, others-rows-readable" in markdown(
        verdict, Config(tmp_path), COMMENT
    )
