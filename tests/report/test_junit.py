"""JUnit: read back by the library and by a plain XML parser."""

import io
from pathlib import Path
from xml.etree import ElementTree as ET

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from gate.config import Config
from gate.outcome import Broken, Completed, Verdict, Work
from gate.report.about import rules_of
from gate.report.junit import write_junit
from tests.report.verdicts import BROKEN, COMPLETE, EMPTY, GO


def written(verdict: Verdict, root: Path) -> str:
    file = io.StringIO()
    write_junit(verdict, Config(root), file)
    return file.getvalue()


def cases(verdict: Verdict, root: Path) -> dict[str, list[tuple[TestCase, str]]]:
    """The test cases of each suite with their results, as a consumer reads them."""
    xml = JUnitXml.fromstring(written(verdict, root).encode())
    words = {Failure: "failure", Error: "error", Skipped: "skipped"}
    return {
        suite.name: [(case, " ".join(words[type(one)] for one in case.result) or "passed") for case in suite]
        for suite in xml
    }


def test_any_xml_parser_reads_it(tmp_path: Path) -> None:
    for verdict in (BROKEN, COMPLETE, EMPTY, GO):
        root = ET.fromstring(written(verdict, tmp_path))

        assert root.tag == "testsuites"
        assert {case.tag for case in root.iter("testcase")} == {"testcase"}


def test_every_rule_that_was_asked_is_a_case(tmp_path: Path) -> None:
    for name, found in cases(GO, tmp_path).items():
        ids = {about.rule for about in rules_of(GO).values() if about.check == name}

        assert len(ids) > 10
        assert {case.classname.rpartition(".")[2] for case, _ in found} >= ids
        assert {result for _, result in found} == {"passed"}


def test_what_blocks_fails_and_what_informs_passes(tmp_path: Path) -> None:
    found = {case.name[:2]: (case, result) for case, result in cases(COMPLETE, tmp_path)["audit"]}

    assert {name: found[name][1] for name in ("s1", "s2", "s3", "s4", "s5")} == {
        "s1": "failure",
        "s2": "passed",
        "s3": "passed",
        "s4": "skipped",
        "s5": "failure",
    }
    assert found["s5"][0]._elem.get("file") == "supabase/migrations/1_a.sql"
    assert found["s5"][0]._elem.get("line") == "2"
    assert "2 policy" in str(found["s2"][0].system_out)
    assert "waived until 2999-01-01" in str(found["s4"][0].result[0].message)


def test_an_incomplete_check_is_an_error_and_passes_nothing(tmp_path: Path) -> None:
    found = cases(BROKEN, tmp_path)["audit"]

    assert [case.name for case, result in found if result == "error"] == ["the check completes"]
    assert {result for case, result in found if not case.name.startswith("s")} == {"error", "skipped"}


def test_a_check_that_was_not_required_is_skipped(tmp_path: Path) -> None:
    assert [result for _, result in cases(COMPLETE, tmp_path)["rls"]] == ["skipped"]


def test_a_required_check_without_any_outcome_is_an_error(tmp_path: Path) -> None:
    assert [(case.name, result) for case, result in cases(EMPTY, tmp_path)["gate"]] == [("audit: did not run", "error")]


def test_each_attempt_that_was_refused_is_a_case(tmp_path: Path) -> None:
    cells = [["anon", "select", "refused"], ["A", "select", "let through"]]
    matrix = {"rows": [{"regime": "auto", "relation": "public.t", "kind": "r", "owner": None, "cells": cells}]}
    verdict = Verdict((Completed("rls", Work(2, evidence={"matrix": matrix})),), ("rls",))
    names = [case.name for case, _ in cases(verdict, tmp_path)["rls"] if case.classname == "gate.rls.attempt"]

    assert names == ["public.t select by anon, auto grants is refused"]


def test_steps_and_probes_are_cases(tmp_path: Path) -> None:
    found = {case.name: result for case, result in cases(BROKEN, tmp_path)["smoke"]}

    assert (found["run"], found["same-job"]) == ("failure", "error")


def test_counts_are_those_of_the_cases(tmp_path: Path) -> None:
    verdict = Verdict((Broken("scan", "x", Work()), *COMPLETE.outcomes), ("scan", "audit"))
    for suite in ET.fromstring(written(verdict, tmp_path)).iter("testsuite"):
        inner = list(suite.iter("testcase"))

        assert int(suite.get("tests", "")) == len(inner)
        for word, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(word, "")) == sum(case.find(tag) is not None for case in inner)
