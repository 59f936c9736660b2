"""The runner: side by side, each under its deadline, nothing hidden, everything cleaned up."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate import run
from gate.check import Check, Context
from gate.config import Config, load_config
from gate.errors import Incomplete
from gate.finding import Hit, Severity, Span
from gate.outcome import Broken, Completed
from gate.page import Example, Page
from gate.rule import Rule
from gate.run import judged, run_checks, sign
from gate.waiver import today

Body = Callable[[Context], Iterator[object]]
SUBJECT = "subject"


@dataclass
class Stub:
    name: str
    body: Body
    summary: str = ""
    rules_package: str = "none"

    def subjects(self, context: Context) -> Iterator[object]:
        yield from self.body(context)

    def example(self, example: Example) -> Iterator[object]:
        yield from ()


def one(context: Context) -> Iterator[object]:
    context.examined()
    yield SUBJECT


def hit(_subject: object) -> Iterator[Hit]:
    yield Hit(Span("a.sql", 3), "bad", "a")


def broken(_subject: object) -> Iterator[Hit]:
    yield Hit(Span("a.sql", 1), "found before it broke", "b")
    raise ZeroDivisionError("secret text")


def a_rule(name: str, judge: Callable[[object], Iterator[Hit]], severity: Severity = Severity.ERROR) -> Rule:
    return Rule(name, severity, Page("", "", ()), judge)


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> list[Rule]:
    chosen = [a_rule("r", hit)]
    monkeypatch.setattr(run, "load_rules", lambda _package: tuple(chosen))
    monkeypatch.setattr(run, "GRACE", 0.2)
    return chosen


def go(tmp_path: Path, *bodies: tuple[str, Body], timeout: float = 5) -> list[Completed | Broken]:
    (tmp_path / "pyproject.toml").write_text(f"[tool.gate.timeouts]\naudit = {timeout}\nscan = {timeout}\n")
    checks: list[Check] = [Stub(name, body) for name, body in bodies]
    outcomes = run_checks(checks, load_config(tmp_path), lambda _check, _text: None)
    return [outcome for outcome in outcomes if isinstance(outcome, Completed | Broken)]


def test_a_crash_does_not_hide_the_other_check(tmp_path: Path) -> None:
    def crash(context: Context) -> Iterator[object]:
        yield from one(context)
        raise RuntimeError("postgres://user:password@host")

    crashed, fine = go(tmp_path, ("audit", crash), ("scan", one))

    assert isinstance(crashed, Broken)
    assert "RuntimeError" in crashed.problem
    assert "password" not in crashed.problem
    assert [finding.rule for finding in crashed.work.findings] == ["r"]
    assert isinstance(fine, Completed)


def test_a_hang_ends_at_its_deadline_and_is_cleaned_up(tmp_path: Path) -> None:
    cleaned = threading.Event()

    def hang(context: Context) -> Iterator[object]:
        context.closing(cleaned.set)
        yield from one(context)
        time.sleep(60)

    began = time.monotonic()
    hung, fine = go(tmp_path, ("audit", hang), ("scan", one), timeout=0.3)

    assert time.monotonic() - began < 5
    assert isinstance(hung, Broken)
    assert hung.problem == "ran out of time after 0.3 s"
    assert len(hung.work.findings) == 1
    assert cleaned.is_set()
    assert isinstance(fine, Completed)


def test_a_broken_rule_breaks_the_check_and_the_others_still_answer(tmp_path: Path, rules: list[Rule]) -> None:
    rules.insert(0, a_rule("crashes", broken))
    (outcome,) = go(tmp_path, ("audit", one))

    assert isinstance(outcome, Broken)
    assert "rule crashes failed" in outcome.problem
    assert "secret" not in outcome.problem
    assert {finding.rule for finding in outcome.work.findings} >= {"r"}


def test_no_rules_is_not_a_clean_bill(tmp_path: Path, rules: list[Rule]) -> None:
    rules.clear()
    (outcome,) = go(tmp_path, ("audit", one))

    assert isinstance(outcome, Broken)


def test_cannot_say_is_kept_in_words(tmp_path: Path) -> None:
    def cannot(_context: Context) -> Iterator[object]:
        raise Incomplete("no migrations in supabase/migrations")
        yield SUBJECT

    (outcome,) = go(tmp_path, ("audit", cannot))

    assert isinstance(outcome, Broken)
    assert outcome.problem == "no migrations in supabase/migrations"


def test_ctrl_c_cleans_up_and_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned = threading.Event()
    started = threading.Event()

    def hang(context: Context) -> Iterator[object]:
        context.closing(cleaned.set)
        started.set()
        time.sleep(60)
        yield SUBJECT

    def interrupted(_one: object, _progress: object) -> None:
        started.wait(5)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path, ("audit", hang))

    assert cleaned.is_set()


def test_a_cleanup_that_fails_does_not_keep_the_next_from_running(tmp_path: Path) -> None:
    cleaned: list[str] = []

    def body(context: Context) -> Iterator[object]:
        context.closing(lambda: cleaned.append("first"))
        context.closing(lambda: 1 / 0)
        yield from one(context)

    go(tmp_path, ("audit", body))

    assert cleaned == ["first"]


def test_a_cleanup_registered_too_late_runs_at_once(tmp_path: Path) -> None:
    context = Context(Config(tmp_path))
    context.close()
    cleaned: list[int] = []
    with pytest.raises(Incomplete):
        context.closing(lambda: cleaned.append(1))

    assert cleaned == [1]


def test_the_same_hit_in_two_regimes_is_one_finding() -> None:
    rule = a_rule("r", hit)
    same = Hit(Span("a.sql", 3), "bad", "a")

    assert len(sign("audit", [judged(rule, same), judged(rule, same)])) == 1


def test_repeats_are_numbered_and_fingerprints_survive_moved_lines() -> None:
    rule = a_rule("r", hit)
    first, second = sign("audit", [judged(rule, Hit(Span("a.sql", n), "bad", "a", "x   y")) for n in (9, 3)])
    (moved,) = sign("audit", [judged(rule, Hit(Span("b.sql", 70), "other words", "a", "x y"))])

    assert second.fingerprint == first.fingerprint + ":1"
    assert moved.fingerprint == first.fingerprint
    assert first.place == Span("a.sql", 3)


def test_a_hit_may_lower_a_severity_but_not_raise_it() -> None:
    rule = a_rule("r", hit, Severity.WARNING)
    lowered, kept = (
        sign("audit", [judged(rule, Hit(Span("a", 1), "m", "s", severity=severity))])[0].severity
        for severity in (Severity.NOTE, Severity.ERROR)
    )

    assert (lowered, kept) == (Severity.NOTE, Severity.WARNING)


def test_each_check_has_its_own_deadline_whatever_the_others_do(tmp_path: Path) -> None:
    def slow(context: Context) -> Iterator[object]:
        time.sleep(1.5)
        yield from one(context)

    def late(context: Context) -> Iterator[object]:
        time.sleep(1.0)
        yield from one(context)

    (tmp_path / "pyproject.toml").write_text("[tool.gate.timeouts]\naudit = 10\nscan = 0.4\n")
    checks: list[Check] = [Stub("audit", slow), Stub("scan", late)]
    fine, broke = run_checks(checks, load_config(tmp_path), lambda _check, _text: None)

    assert isinstance(fine, Completed)
    assert isinstance(broke, Broken)
    assert "ran out of time after 0.4 s" in broke.problem


def test_what_blocks_a_verdict_breaks_the_check_at_its_end(tmp_path: Path) -> None:
    def doubtful(context: Context) -> Iterator[object]:
        context.unjudged("public.a", "it was hidden", blocking=True)
        context.unjudged("public.b", "a detail")
        yield from one(context)

    (outcome,) = go(tmp_path, ("audit", doubtful))

    assert isinstance(outcome, Broken)
    assert outcome.problem == "could not be judged: public.a: it was hidden"
    assert len(outcome.work.findings) == 1


@pytest.mark.parametrize(
    ("place", "passes"),
    [("a.sql:7", True), ("a.sql", True), ("b.sql", False), ("a.sql:70", False), ("*", False)],
)
def test_a_doubt_that_is_accepted_by_name_breaks_nothing(tmp_path: Path, place: str, passes: bool) -> None:
    def doubtful(context: Context) -> Iterator[object]:
        context.unjudged("a.sql:7", "did not apply", blocking=True)
        yield from one(context)

    (tmp_path / "gate.toml").write_text(
        f'[[waive]]\nrule = "not-judged"\nplace = "{place}"\nreason = "r"\nowner = "o"\nuntil = {today()}\n'
    )
    (outcome,) = run_checks([Stub("audit", doubtful)], load_config(tmp_path), lambda _check, _text: None)

    assert isinstance(outcome, Completed if passes else Broken)


def test_a_check_that_ran_out_of_time_cannot_be_accepted(tmp_path: Path) -> None:
    def slow(context: Context) -> Iterator[object]:
        time.sleep(1.0)
        yield from one(context)

    (tmp_path / "gate.toml").write_text(
        f'timeouts = {{audit = 0.2}}\n[[waive]]\nrule = "not-judged"\nplace = "audit"\nreason = "r"\nowner = "o"\nuntil = {today()}\n'
    )
    (outcome,) = run_checks([Stub("audit", slow)], load_config(tmp_path), lambda _check, _text: None)

    assert isinstance(outcome, Broken)
