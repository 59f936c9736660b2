"""GitHub Actions: what the runner obeys, what it shows, and that no name in a project can give it orders."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from gate.config import Config
from gate.finding import Finding, Severity, Span, Target, fingerprint
from gate.outcome import Completed, Verdict, Work
from gate.report.github import SUMMARY, write_annotations
from gate.report.judge import Wanted, write_reports
from gate.report.progress import Progress
from tests.report.verdicts import BROKEN, COMPLETE

OLD_COMMAND = re.compile(r"##\[")


def obeyed(log: str) -> list[str]:
    """The commands that the runner takes from a log: `::name` first in a line or `##[name]` anywhere, until it is told to stop."""
    found = []
    stopped = None
    for line in log.splitlines():
        new = re.match(r"\s*::([^:\s]+)", line)
        if stopped:
            stopped = None if new and new.group(1) == stopped else stopped
        elif new and new.group(1) == "stop-commands":
            stopped = line.partition("::stop-commands::")[2]
        elif new:
            found.append(new.group(1))
        elif OLD_COMMAND.search(line):
            found.append(line)
    assert stopped is None
    return found


def annotations(verdict: Verdict, root: Path) -> list[str]:
    file = io.StringIO()
    write_annotations(verdict, Config(root), file)
    return file.getvalue().splitlines()


@pytest.fixture
def actions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The files of a step."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("summary", "output"):
        (tmp_path / name).touch()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    return tmp_path


def test_every_line_is_one_command_of_ours(tmp_path: Path) -> None:
    lines = annotations(BROKEN, tmp_path)

    assert obeyed("\n".join(lines)) == [line[2:].partition(" ")[0] for line in lines]
    assert [line[2:].partition(" ")[0] for line in lines] == ["error", "error", "error", "error", "warning", "notice"]


def test_properties_and_text_are_escaped(tmp_path: Path) -> None:
    line = next(line for line in annotations(COMPLETE, tmp_path) if "::1 policy" in line)

    assert line.startswith("::error file=a\\nb.sql,line=7,endLine=8,title=some-rule::1 policy")
    assert "To mend it:%0Abegin;%0Aselect" in line


def test_a_path_cannot_add_properties(tmp_path: Path) -> None:
    place = Span("a,title=b::c.sql", 3)
    found = (Finding("r", "audit", Severity.ERROR, place, "m", "s", fingerprint("r", "s", "")),)
    lines = annotations(Verdict((Completed("audit", Work(1, found)),), ("audit",)), tmp_path)

    assert lines == ["::error file=a%2Ctitle=b%3A%3Ac.sql,line=3,col=1,title=r::m"]


def test_a_percent_sign_is_escaped_first(tmp_path: Path) -> None:
    found = (Finding("r", "audit", Severity.ERROR, Target("t"), "100%0A", "s", fingerprint("r", "s", "")),)

    assert annotations(Verdict((Completed("audit", Work(1, found)),), ("audit",)), tmp_path)[0].endswith("::100%250A")


def test_the_worst_ten_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    found = tuple(
        Finding("r", "audit", severity, Target("t"), f"m{n}", f"s{n}", fingerprint("r", str(n), ""))
        for n, severity in enumerate([Severity.NOTE] * 9 + [Severity.ERROR] * 9)
    )
    lines = annotations(Verdict((Completed("audit", Work(1, found)),), ("audit",)), tmp_path)

    assert len(lines) == 11
    assert sum(line.startswith("::error ") for line in lines) == 9
    assert lines[-1] == "and 8 more, see the step's summary"


def test_nothing_but_our_annotations_is_obeyed(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_reports(BROKEN, Config(actions), [Wanted("terminal", None)])
    said = capsys.readouterr()

    assert "##[add-mask]a" in said.out
    assert obeyed(said.out) == []
    assert obeyed(said.err) == ["error", "error", "error", "error", "warning", "notice"]


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab", "gitlab-sast", "junit", "markdown"])
def test_no_format_on_stdout_is_obeyed(name: str, actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_reports(BROKEN, Config(actions), [Wanted(name, None)])

    assert obeyed(capsys.readouterr().out) == []


def test_annotations_on_stdout_are_not_said_twice(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_reports(BROKEN, Config(actions), [Wanted("github", None)])
    said = capsys.readouterr()

    assert len(obeyed(said.out)) == 6
    assert said.err == ""


def test_progress_gives_no_orders(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(["audit"]) as progress:
        progress.say("audit", "reading ##[add-mask]a\n::error::x")
    said = capsys.readouterr().err

    assert "add-mask" in said
    assert obeyed(said) == []


def test_outside_actions_nothing_is_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_reports(COMPLETE, Config(tmp_path), [Wanted("terminal", None)])
    said = capsys.readouterr()

    assert said.err == ""
    assert "stop-commands" not in said.out


def test_summary_and_outputs(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_reports(BROKEN, Config(actions), [Wanted("json", actions / "gate.json"), Wanted("terminal", None)])

    assert (actions / "output").read_text(encoding="utf-8") == "verdict=NO-GO\ncode=3\n"
    assert "## NO-GO" in (actions / "summary").read_text(encoding="utf-8")


def test_a_summary_stays_below_the_limit(actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tuple(
        Finding(f"r{n % 700}", "audit", Severity.ERROR, Target("t"), "m" * 900, f"s{n}", fingerprint("r", str(n), ""))
        for n in range(7_000)
    )
    verdict = replace(COMPLETE, outcomes=(Completed("audit", Work(1, found)),))
    write_reports(verdict, Config(actions), [Wanted("json", actions / "gate.json")])
    summary = (actions / "summary").read_bytes()

    assert 0.9 * SUMMARY < len(summary) < SUMMARY
    assert re.search(rb"and \d+ more findings, all in the JSON report", summary)
    assert b"exit code" in summary
