"""JUnit XML: a test case for each rule, for each thing it found, and for all that was tried and held."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TextIO

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from gate import outcome as outcomes
from gate.config import Config
from gate.finding import Finding
from gate.outcome import Completed, Outcome, Verdict, work_of
from gate.report.about import About, rules_of
from gate.report.matrix import tried
from gate.report.plain import plain
from gate.report.timeline import metrics
from gate.report.whereabouts import span_of

NOT_XML = re.compile("[\ufffe\uffff]")  # XML cannot hold these either, not even escaped


def write_junit(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the report. A failure is what blocks the release; what merely informs is the output of a test that passes."""
    rules = rules_of(verdict)
    xml = JUnitXml("gate")
    for outcome in verdict.outcomes:
        mine = [about for about in rules.values() if about.check == outcome.check]
        xml.add_testsuite(_suite(outcome, mine, verdict, config))
    lost = [
        reason for reason in verdict.missing if reason.partition(": ")[0] not in {o.check for o in verdict.outcomes}
    ]
    if lost:
        suite = TestSuite("gate")
        suite.add_testcases([_case("gate", reason, Error(_clean(reason))) for reason in lost])
        xml.add_testsuite(suite)
    buffer = BytesIO()
    xml.write(buffer)
    file.write(buffer.getvalue().decode("utf-8") + "\n")


def _suite(outcome: Outcome, rules: list[About], verdict: Verdict, config: Config) -> TestSuite:
    work = work_of(outcome)
    suite = TestSuite(outcome.check)
    if verdict.source:
        suite.timestamp = verdict.source.time.removesuffix("Z")
    suite.add_property("examined", str(work.examined))
    if "summary" in work.evidence:
        suite.add_property("summary", _clean(str(work.evidence["summary"])))
    suite.add_testcases(list(_cases(outcome, rules, verdict, config)))
    suite.time = round(work.seconds, 3)
    return suite


def _cases(outcome: Outcome, rules: list[About], verdict: Verdict, config: Config) -> Iterator[TestCase]:
    problem = next((reason for reason in verdict.missing if reason.startswith(f"{outcome.check}: ")), None)
    name = f"gate.{outcome.check}"
    if problem:
        yield _case(name, "the check completes", Error(_clean(problem)))
    if isinstance(outcome, outcomes.Skipped):
        if not problem:
            yield _case(name, "the check runs", Skipped(_clean(outcome.reason)))
        return
    if not problem:
        yield _case(name, "the check completes")
    for about in rules:
        found = [finding for finding in work_of(outcome).findings if finding.rule == about.rule]
        for finding in found:
            yield _found(finding, about, config)
        if not found:
            held = isinstance(outcome, Completed) and not problem
            unsaid = Skipped("nothing found until the check broke off")
            yield _case(f"{name}.{about.rule}", about.summary, None if held else unsaid)
    for item in work_of(outcome).unjudged:
        yield _case(f"{name}.not-judged", item.what, Skipped(_clean(item.why), "not judged"))
    if outcome.check == "rls":
        for what in tried(work_of(outcome)):
            yield _case("gate.rls.attempt", f"{what} is refused")
    if outcome.check == "smoke":
        yield from _walked(verdict)


def _found(finding: Finding, about: About, config: Config) -> TestCase:
    span = span_of(finding, config)
    result: Failure | Skipped | None = None
    text = "\n\n".join(filter(None, (f"{finding.message}\n{span}", about.gain, finding.remedy, finding.reproducer)))
    if finding.waived:
        until = f"until {finding.waived.until}" if finding.waived.until else "in the baseline"
        result = Skipped(_clean(f"waived {until} by {finding.waived.owner}: {finding.waived.reason}"), "waived")
    elif finding.blocks:
        result = Failure(_clean(finding.message), finding.rule)
        result.text = _clean(text)
    case = _case(f"gate.{finding.check}.{finding.rule}", finding.subject, result)
    case._elem.set("file", _clean(span.path))  # noqa: SLF001 - the dialect has these two, the library does not
    case._elem.set("line", str(span.line))  # noqa: SLF001 - see above
    if not finding.blocks:
        case.system_out = _clean(f"{finding.severity.value}: {text}")
    return case


def _walked(verdict: Verdict) -> Iterator[TestCase]:
    """The steps and probes of the smoke."""
    for kind, rows in (("step", verdict.steps), ("probe", verdict.probes)):
        for row in rows:
            result: Failure | Error | Skipped | None = None
            words = _clean(row["problem"] or "a rule finds fault with it, see the failures of the rules")
            if row["status"] == "failed":
                result = Failure(words, row["category"] if kind == "step" else None)
            elif row["status"] == "left out":
                result = Skipped(words)
            elif row["status"] != "ok":
                result = Error(_clean(row["problem"] or row["status"]))
            case = _case(f"gate.smoke.{kind}", row[kind], result)
            case.time = row["seconds"]
            if kind == "step" and (told := metrics(row)):
                case.system_out = _clean("; ".join(told))
            yield case


def _case(classname: str, name: str, result: Failure | Error | Skipped | None = None) -> TestCase:
    case = TestCase(_clean(name), classname)
    if result is not None:
        case.result = [result]
    return case


def _clean(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", plain(text, lines=True))
