"""Decisions as a table: outcomes in, exit code and words out."""

from dataclasses import replace
from datetime import date

import pytest

from gate.finding import Finding, Severity, Span
from gate.outcome import MODEL_SMOKE, MODEL_TRAFFIC, Broken, Completed, Outcome, Skipped, Verdict, Work
from gate.waiver import Waiver

FOUR = ("audit", "scan", "rls", "smoke")


def found(severity: Severity) -> tuple[Finding, ...]:
    return (Finding("r", "audit", severity, Span("a.sql", 1), "m", "s", "g1:0"),)


def steps(*statuses: str) -> list[dict[str, str]]:
    names = ("bootstrap", "input", "create", "run", "rerun", "output", "isolation")
    return [{"step": name, "status": status} for name, status in zip(names, statuses, strict=False)]


def smoke(
    *statuses: str, target: str = "rehearsal", findings: tuple[Finding, ...] = (), gaps: tuple[str, ...] = ()
) -> Completed:
    evidence = {"target": target, "steps": steps(*statuses), "gaps": list(gaps)}
    return Completed("smoke", Work(examined=1, evidence=evidence, findings=findings))


def passed(*names: str, target: str = "rehearsal") -> list[Outcome]:
    whole = smoke(*["ok"] * 7, target=target)
    return [whole if name == "smoke" else Completed(name, Work(examined=1)) for name in names]


def code(*outcomes: Outcome, required: tuple[str, ...] = FOUR) -> int:
    return Verdict(tuple(outcomes), required).exit_code


def test_all_passed_is_go() -> None:
    assert code(*passed(*FOUR)) == 0


@pytest.mark.parametrize(("severity", "expected"), [(Severity.NOTE, 0), (Severity.WARNING, 0), (Severity.ERROR, 1)])
def test_only_errors_block(severity: Severity, expected: int) -> None:
    assert code(Completed("audit", Work(1, found(severity))), *passed(*FOUR[1:])) == expected


@pytest.mark.parametrize(
    "bad",
    [
        Skipped("audit", "no token"),
        Broken("audit", "crashed", Work(5)),
        Broken("audit", "crashed", Work(5, found(Severity.ERROR))),
        Completed("audit", Work(examined=0)),
    ],
    ids=["skipped", "crashed", "crashed with findings", "examined nothing"],
)
def test_a_check_that_cannot_say_is_never_go(bad: Outcome) -> None:
    verdict = Verdict((bad, *passed(*FOUR[1:])), FOUR)

    assert (verdict.exit_code, verdict.word) == (3, "NO-GO")
    assert verdict.missing


def test_a_check_that_did_not_run_is_never_go() -> None:
    assert code(*passed(*FOUR[1:])) == 3


def test_nothing_required_is_never_go() -> None:
    assert code(*passed(*FOUR), required=()) == 3


def test_incomplete_keeps_its_findings() -> None:
    verdict = Verdict((Broken("audit", "x", Work(1, found(Severity.ERROR))),), ("audit",))

    assert verdict.findings == found(Severity.ERROR)


def test_a_check_that_is_not_required_may_be_skipped_but_not_break() -> None:
    rest = passed("audit", "scan", "rls")

    assert code(*rest, Skipped("smoke", "not required"), required=FOUR[:3]) == 0
    assert code(*rest, Broken("smoke", "crashed", Work()), required=FOUR[:3]) == 3


@pytest.mark.parametrize("target", ["rehearsal", "unproven", "", "REAL", "production"])
def test_a_rehearsal_never_says_ready(target: str) -> None:
    verdict = Verdict(tuple(passed(*FOUR, target=target)), FOUR)

    assert verdict.word == "GO (REHEARSAL)"
    assert verdict.model_traffic is None


def test_only_a_whole_real_run_says_ready() -> None:
    real = tuple(passed(*FOUR, target="real"))

    assert Verdict(real, FOUR).model_traffic == MODEL_TRAFFIC
    assert Verdict(real, FOUR).word == "GO"
    assert Verdict(real, FOUR, whole=False).model_traffic is None
    assert Verdict(real[3:], ("smoke",)).model_traffic is None
    assert Verdict((Completed("audit", Work(1, found(Severity.ERROR))), *real[1:]), FOUR).model_traffic is None
    assert Verdict((Skipped("audit", "x"), *real[1:]), FOUR[1:]).model_traffic is None


def test_seven_steps_that_held_say_model_smoke_ok() -> None:
    assert Verdict((smoke(*["ok"] * 7),), ("smoke",), whole=False).model_smoke == MODEL_SMOKE


WAIVER = Waiver("second-run-charged", "rerun charge", "known", "anna", date(2999, 1, 1))


def test_what_is_waived_does_not_block_and_makes_nothing_true() -> None:
    waived = tuple(replace(finding, waived=WAIVER) for finding in blamed(Severity.ERROR))
    verdict = Verdict((*passed(*FOUR[:3]), smoke(*["ok"] * 7, target="real", findings=waived)), FOUR)

    assert (verdict.exit_code, verdict.waived) == (0, 1)
    assert (verdict.model_smoke, verdict.model_traffic) == (None, None)


def blamed(severity: Severity, subject: str = "rerun charge") -> tuple[Finding, ...]:
    return (Finding("second-run-charged", "smoke", severity, Span("x", 1), "m", subject, "g1:0"),)


def probed(status: str, findings: tuple[Finding, ...] = ()) -> Completed:
    evidence = {"steps": steps(*["ok"] * 7), "probes": [{"probe": "same-job", "status": status}]}
    return Completed("smoke", Work(examined=1, evidence=evidence, findings=findings))


def test_probes_that_saw_nothing_wrong_do_not_stand_in_the_way() -> None:
    assert Verdict((probed("ok"),), ("smoke",)).model_smoke == MODEL_SMOKE
    assert Verdict((probed("left out"),), ("smoke",)).model_smoke == MODEL_SMOKE


@pytest.mark.parametrize(
    "outcome",
    [
        smoke(*["ok"] * 6),
        smoke(*["ok"] * 6, "failed"),
        smoke(*["ok"] * 6, "not reached"),
        smoke(*["ok"] * 7, findings=blamed(Severity.ERROR)),
        probed("cannot tell"),
        probed("ok", blamed(Severity.ERROR, "same-job charge")),
        Broken("smoke", "ran out of time", smoke(*["ok"] * 7).work),
        Skipped("smoke", "not required"),
        Completed("smoke", Work(examined=1)),
    ],
    ids=[
        "six",
        "failed",
        "not reached",
        "a rule objects",
        "a probe cannot tell",
        "a probe's rule objects",
        "broken",
        "skipped",
        "none",
    ],
)
def test_anything_less_does_not(outcome: Outcome) -> None:
    verdict = Verdict((outcome,), ("smoke",))

    assert verdict.model_smoke is None
    assert verdict.model_traffic is None


def test_the_step_that_a_rule_finds_fault_with_has_failed() -> None:
    verdict = Verdict((smoke(*["ok"] * 7, findings=blamed(Severity.ERROR)),), ("smoke",))

    assert [row["step"] for row in verdict.steps if row["status"] == "failed"] == ["rerun"]


def test_a_real_run_whose_smoke_did_not_hold_is_not_ready() -> None:
    partial = smoke(*["ok"] * 6, target="real")

    assert Verdict((*passed(*FOUR[:3]), partial), FOUR).model_traffic is None


def test_a_real_run_with_a_gap_is_go_and_not_ready() -> None:
    gap = smoke(*["ok"] * 7, target="real", gaps=("the output's content",))
    verdict = Verdict((*passed(*FOUR[:3]), gap), FOUR)

    assert (verdict.word, verdict.model_smoke) == ("GO", MODEL_SMOKE)
    assert verdict.model_traffic is None


def test_a_smoke_that_was_not_asked_for_makes_no_rehearsal() -> None:
    verdict = Verdict((*passed(*FOUR[:3]), Skipped("smoke", "not required")), FOUR[:3])

    assert verdict.word == "GO"
    assert verdict.model_traffic is None


@pytest.mark.parametrize(
    ("own", "expected"), [(None, "security"), ("connectivity", "connectivity")], ids=["by a rule", "by itself"]
)
def test_a_step_that_a_rule_finds_fault_with_has_its_concern_for_a_category(own: str | None, expected: str) -> None:
    row = {"step": "isolation", "status": "ok", "category": own, "concern": "security"}
    finding = Finding("others-jobs-listed", "smoke", Severity.ERROR, Span("x", 1), "m", "isolation list", "g1:0")
    outcome = Completed("smoke", Work(examined=1, evidence={"steps": [row]}, findings=(finding,)))

    assert Verdict((outcome,), ("smoke",)).steps == ({**row, "status": "failed", "category": expected},)
