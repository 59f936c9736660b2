"""One awkward verdict in every format: nothing is lost, nothing drives the terminal, the schema holds."""

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from gate.check import Unjudged
from gate.config import Config
from gate.finding import Finding, Severity, Span, Target, fingerprint
from gate.outcome import Broken, Completed, Skipped, Verdict, Work
from gate.report import FORMATS
from gate.report.json_format import as_json
from gate.report.plain import plain
from gate.waiver import Waiver

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report.schema.json").read_text(encoding="utf-8"))
AWKWARD = "policy '\x1b[31m]0;x\x07' \u202e\udc80 ::error::x ##[add-mask]a <b> & \"q\" [bold]no[/bold]"


def finding(severity: Severity, place: Span | Target, number: int) -> Finding:
    mark = fingerprint("some-rule", str(number), "")
    return Finding("some-rule", "audit", severity, place, f"{number} {AWKWARD}", "s", mark, "begin;\nselect 1;")


WAIVER = Waiver("some-rule", "s", AWKWARD, AWKWARD, date(2999, 1, 1), source="pyproject.toml", line=3)
STEPS = [
    {
        "step": "run",
        "status": "failed",
        "seconds": 0.5,
        "category": "processing",
        "problem": AWKWARD,
        "trace": [{"request": "GET /x as A", "status": None, "seconds": 0.1, "problem": AWKWARD}],
    }
]
PROBES = [
    {
        "probe": "same-job",
        "question": AWKWARD,
        "status": "cannot tell",
        "seconds": 0.5,
        "requests": 3,
        "observations": 1,
        "problem": AWKWARD,
    }
]
VERDICT = Verdict(
    (
        Broken(
            "audit",
            f"broke {AWKWARD}",
            Work(
                examined=3,
                findings=(
                    finding(Severity.ERROR, Span("a\nb.sql", 7, 3, 8, 1), 1),
                    finding(Severity.WARNING, Target("GET /api/jobs"), 2),
                    finding(Severity.NOTE, Target("public.t", Span("a.sql", 1)), 3),
                    replace(finding(Severity.ERROR, Span("a.sql", 2), 4), waived=WAIVER),
                ),
                evidence={"summary": AWKWARD, "target": "rehearsal"},
                unjudged=(Unjudged("public.x", AWKWARD), Unjudged("public.y", AWKWARD, blocking=True, waived=WAIVER)),
            ),
        ),
        Completed("scan", Work(examined=0)),
        Skipped("rls", "not required"),
        Completed("smoke", Work(examined=7, evidence={"target": "rehearsal", "steps": STEPS, "probes": PROBES})),
    ),
    ("audit", "scan", "smoke"),
)


def render(name: str, tmp_path: Path) -> str:
    file = io.StringIO()
    FORMATS[name](VERDICT, Config(tmp_path), file)
    return file.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_carries_every_finding(name: str, tmp_path: Path) -> None:
    text = render(name, tmp_path)

    assert text.count("some-rule") >= 3
    assert all(f"{number} policy" in text for number in (1, 2, 3))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_drives_the_terminal(name: str, tmp_path: Path) -> None:
    text = render(name, tmp_path)

    assert not set(text) & {"\x1b", "\x07", "\u202e", "\udc80"}
    text.encode("utf-8")


def test_json_fits_its_schema(tmp_path: Path) -> None:
    report = json.loads(render("json", tmp_path))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    jsonschema.validate(report, SCHEMA)


def test_the_schema_refuses_what_is_not_a_report() -> None:
    report = as_json(VERDICT)
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
