"""GitLab's two reports, held against what its published SAST schema (15.0.7) and its code quality page demand."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gate.config import Config
from gate.outcome import Verdict
from gate.report.gitlab import write_code_quality, write_sast
from tests.report.verdicts import BROKEN, COMPLETE, EMPTY, GO

WORD = {"type": "string", "minLength": 1}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
TOOL = {
    "type": "object",
    "required": ["id", "name", "version", "vendor"],
    "properties": {
        "id": WORD,
        "name": WORD,
        "version": WORD,
        "vendor": {"type": "object", "required": ["name"], "properties": {"name": WORD}},
    },
}
# In our own words: the demands that the published schema makes on the keys that we write.
SAST = {
    "type": "object",
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"const": "15.0.7"},
        "scan": {
            "type": "object",
            "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
            "properties": {
                "analyzer": TOOL,
                "scanner": TOOL,
                "start_time": TIME,
                "end_time": TIME,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "sast"},
                "messages": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["level", "value"],
                        "properties": {"level": {"enum": ["info", "warn", "fatal"]}, "value": WORD},
                    },
                },
            },
        },
        "vulnerabilities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "identifiers", "location", "name", "severity"],
                "properties": {
                    "id": WORD,
                    "name": {"type": "string", "minLength": 1, "maxLength": 255},
                    "description": {"type": "string", "maxLength": 1048576},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "solution": {"type": "string", "maxLength": 7000},
                    "identifiers": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["type", "name", "value"],
                            "properties": {"type": WORD, "name": WORD, "value": WORD},
                        },
                    },
                    "location": {
                        "type": "object",
                        "required": ["file", "start_line"],
                        "properties": {"file": WORD, "start_line": {"type": "number", "minimum": 1}},
                    },
                },
            },
        },
    },
}
QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": WORD,
            "check_name": WORD,
            "fingerprint": WORD,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!/|\\./).+"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
VERDICTS = {"broken": BROKEN, "complete": COMPLETE, "empty": EMPTY, "go": GO}


def sast(verdict: Verdict, root: Path) -> Any:
    file = io.StringIO()
    write_sast(verdict, Config(root), file)
    return json.loads(file.getvalue())


def quality(verdict: Verdict, root: Path) -> Any:
    file = io.StringIO()
    write_code_quality(verdict, Config(root), file)
    return json.loads(file.getvalue())


@pytest.mark.parametrize("verdict", VERDICTS)
def test_both_have_the_form_that_gitlab_asks_for(verdict: str, tmp_path: Path) -> None:
    jsonschema.validate(sast(VERDICTS[verdict], tmp_path), SAST)
    jsonschema.validate(quality(VERDICTS[verdict], tmp_path), QUALITY)


def test_fingerprints_and_ids_are_unique(tmp_path: Path) -> None:
    marks = [issue["fingerprint"] for issue in quality(BROKEN, tmp_path)]
    ids = [row["id"] for row in sast(BROKEN, tmp_path)["vulnerabilities"]]

    assert len({*marks}) == len(marks) == 7
    assert len({*ids}) == len(ids) == 4


def test_an_incomplete_check_is_a_blocker_and_a_failed_scan(tmp_path: Path) -> None:
    blockers = [issue for issue in quality(BROKEN, tmp_path) if issue["severity"] == "blocker"]
    scan = sast(BROKEN, tmp_path)["scan"]

    assert ["cannot say: audit: broke" in blockers[0]["description"], len(blockers)] == [True, 2]
    assert (scan["status"], len(scan["messages"])) == ("failure", 2)
    assert sast(COMPLETE, tmp_path)["scan"]["status"] == "success"


def test_what_is_waived_is_mild_in_one_and_left_out_of_the_other(tmp_path: Path) -> None:
    waived = [issue for issue in quality(COMPLETE, tmp_path) if issue["description"].startswith("waived (")]

    assert [issue["severity"] for issue in waived] == ["info"]
    assert len(sast(COMPLETE, tmp_path)["vulnerabilities"]) == 4


def test_the_remedy_is_the_solution(tmp_path: Path) -> None:
    assert "begin;\nselect" in sast(COMPLETE, tmp_path)["vulnerabilities"][0]["solution"]
