"""One awkward verdict in every format: nothing is lost, nothing drives the terminal, the schema holds."""

import io
import json
import re
from pathlib import Path

import click
import jsonschema
import pytest

from gate.cli import cli
from gate.config import Config
from gate.errors import GateError
from gate.outcome import Verdict
from gate.report import FORMATS
from gate.report.json_format import as_json
from gate.report.judge import Wanted, write_reports
from gate.report.plain import plain
from tests.report.verdicts import BROKEN, COMPLETE, EMPTY

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report.schema.json").read_text(encoding="utf-8"))
VERDICTS = {"broken": BROKEN, "complete": COMPLETE}


def render(name: str, tmp_path: Path, verdict: Verdict = BROKEN) -> str:
    file = io.StringIO()
    FORMATS[name](verdict, Config(tmp_path), file)
    return file.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_carries_every_finding(name: str, tmp_path: Path) -> None:
    text = render(name, tmp_path, COMPLETE)

    assert text.count("some-rule") >= 3
    assert all(f"{number} policy" in text for number in (1, 2, 3, 5))


@pytest.mark.parametrize(
    "name", sorted({*FORMATS} - {"sarif-github"})
)  # see test_sarif.py for what that one leaves out
def test_what_a_check_found_before_it_broke_is_carried_too(name: str, tmp_path: Path) -> None:
    text = render(name, tmp_path, BROKEN)

    assert all(f"{number} policy" in text for number in (1, 2, 3, 5))
    assert "broke policy" in text


@pytest.mark.parametrize("name", ["terminal", "html", "junit"])
def test_what_a_step_took_is_told_to_people(name: str, tmp_path: Path) -> None:
    text = " ".join(render(name, tmp_path).split())

    assert all(words in text for words in ("7 credits", "3 predictions", "the model ran for 0.12 s"))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("verdict", VERDICTS)
def test_nothing_drives_the_terminal(name: str, verdict: str, tmp_path: Path) -> None:
    text = render(name, tmp_path, VERDICTS[verdict])

    assert not set(text) & {"\x1b", "\x07", "\u202e", "\udc80"}
    text.encode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_a_verdict_without_any_outcome_is_written(name: str, tmp_path: Path) -> None:
    assert render(name, tmp_path, EMPTY)


def test_one_report_that_fails_leaves_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    full = Path("/dev/full")
    wanted = [Wanted("json", full), Wanted("junit", tmp_path / "a.xml"), Wanted("terminal", None)]
    with pytest.raises(GateError, match="cannot write the report /dev/full: No space left"):
        write_reports(BROKEN, Config(tmp_path), wanted)

    assert (tmp_path / "a.xml").read_text(encoding="utf-8").endswith("</testsuites>\n")
    assert "NO-GO" in capsys.readouterr().out


def test_json_fits_its_schema(tmp_path: Path) -> None:
    report = json.loads(render("json", tmp_path))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    jsonschema.validate(report, SCHEMA)


def test_the_schema_refuses_what_is_not_a_report() -> None:
    report = as_json(BROKEN)
    report["exit_code"] = 5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_the_terminal_says_the_verdict_last(tmp_path: Path) -> None:
    text = render("terminal", tmp_path)

    assert text.rindex("NO-GO") > text.rindex("some-rule")
    assert "cannot say: scan: examined nothing" in text
    assert "exit code 3" in text


@pytest.mark.parametrize("text", ["plain", "grüße", "日本"])
def test_plain_text_stays(text: str) -> None:
    assert plain(text) == text


def test_lines_stay_only_where_wanted() -> None:
    assert plain("a\nb") == "a\\nb"
    assert plain("a\nb", lines=True) == "a\nb"


def test_the_page_and_the_help_name_every_format() -> None:
    page = (Path(__file__).parents[2] / "docs/reports.md").read_text(encoding="utf-8")
    run = cli.get_command(click.Context(cli), "run")
    assert run is not None
    told = run.get_help(click.Context(run))

    assert {*re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)} == {*FORMATS}
    assert [name for name in FORMATS if not re.search(rf"(?<![\w-]){name}(?![\w-])", told)] == []
