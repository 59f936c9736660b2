"""Runs checks side by side, each under its own deadline; the crash or hang of one never hides another."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gate.check import Check, Context, Judged, Remembering, Seen
from gate.config import Config
from gate.errors import GateError, bug_words
from gate.finding import Finding, Hit, fingerprint
from gate.outcome import Broken, Completed, Outcome, Work
from gate.rule import Rule, load_rules
from gate.waiver import Waiver, find_waiver

GRACE = 5.0  # seconds a stopped check gets to run its cleanups before it is abandoned
Progress = Callable[[str, str], None]


@dataclass(slots=True)
class Running:
    """A check at work: its thread, its notebook, and what it found so far."""

    check: Check
    context: Context
    began: float = field(default_factory=time.monotonic)
    hits: list[Judged] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    ended: float | None = None

    def start(self) -> None:
        """Begin in a thread of its own. It is a daemon: a hang must not keep the process from ending."""
        threading.Thread(target=self._run, name=f"check {self.check.name}", daemon=True).start()

    def _run(self) -> None:
        try:
            memory = self.check.memory(self.context.config) if isinstance(self.check, Remembering) else None
            seen = memory.recall() if memory else None
            if seen:
                self._see_again(seen)
                return
            self._look()
            if memory and not self.problems:
                memory.keep(self._seen())
        except GateError as problem:
            self.problems.append(str(problem))
        except Exception as bug:  # noqa: BLE001 - recorded, and the check counts as broken
            self.problems.append(bug_words(bug))
        finally:
            self.context.close()
            self.ended = time.monotonic()
            self.done.set()

    def _look(self) -> None:
        rules = load_rules(self.check.rules_package)
        if not rules:
            self.problems.append(f"no rules in {self.check.rules_package}")
        for subject in self.check.subjects(self.context):
            self._judge(rules, subject)

    def _seen(self) -> Seen:
        context = self.context
        return Seen(tuple(self.hits), context.count, context.evidence, tuple(context.not_judged))

    def _see_again(self, seen: Seen) -> None:
        self.hits.extend(seen.hits)
        self.context.examined(seen.count)
        self.context.evidence.update(seen.evidence)
        for one in seen.not_judged:  # a waiver may have come or gone since
            self.context.unjudged(one.what, one.why, blocking=one.blocking)

    def _judge(self, rules: Sequence[Rule], subject: object) -> None:
        for rule in rules:
            try:
                self.hits.extend(judged(rule, hit) for hit in rule.judge(subject))
            except Exception as bug:  # noqa: BLE001 - one broken rule must not silence the others
                problem = f"rule {rule.id} failed: {bug_words(bug)}"
                if problem not in self.problems:
                    self.problems.append(problem)

    def outcome(self) -> Outcome:
        """What became of the check, as of now."""
        seconds = (self.ended or time.monotonic()) - self.began
        work = Work(
            examined=self.context.count,
            findings=_waived(
                _dated(sign(self.check.name, list(self.hits)), self.context.known), self.context.config.waive
            ),
            evidence=dict(self.context.evidence),
            unjudged=tuple(self.context.not_judged),
            seconds=seconds,
        )
        doubts = [item for item in self.context.not_judged if item.blocking and item.waived is None]
        problems = list(self.problems)
        if doubts:
            more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
            problems.append(f"could not be judged: {doubts[0].what}: {doubts[0].why}{more}")
        if problems:
            return Broken(self.check.name, "; ".join(problems), work)
        return Completed(self.check.name, work)


def judged(rule: Rule, hit: Hit) -> Judged:
    """A hit of a rule."""
    return Judged(rule.id, rule.severity, hit, fingerprint(rule.id, hit.subject, hit.statement))


def sign(check: str, hits: Sequence[Judged]) -> tuple[Finding, ...]:
    """Turn hits into findings, worst first. A hit seen twice (in both grant regimes, say) is one finding.

    Different places with one identity get `:1`, `:2` behind the fingerprint, in the order of their places.
    """
    unique: dict[tuple[str, str, str], Finding] = {}
    for rule, worst, hit, identity in hits:
        severity = min(worst, hit.severity or worst, key=lambda word: word.rank)
        finding = Finding(
            rule, check, severity, hit.place, hit.message, hit.subject, identity, hit.reproducer, hit.remedy
        )
        key = (rule, identity, str(hit.place))
        known = unique.get(key)
        if known is None or known.severity.rank < severity.rank:
            unique[key] = finding
    ordered = sorted(unique.values(), key=lambda f: (-f.severity.rank, *_order(f), f.rule, f.subject))
    return tuple(_numbered(ordered))


def _waived(findings: Sequence[Finding], waivers: Sequence[Waiver]) -> tuple[Finding, ...]:
    """The findings, each with the waiver that is in force for it."""
    return tuple(replace(f, waived=find_waiver(waivers, f.rule, f.subject, f.fingerprint)) for f in findings)


def _dated(findings: tuple[Finding, ...], known: frozenset[str] | None) -> tuple[Finding, ...]:
    """Each finding with whether it is new; the number behind a fingerprint tells places of one identity apart."""
    if known is None:
        return findings
    return tuple(replace(one, new=":".join(one.fingerprint.split(":")[:2]) not in known) for one in findings)


def _order(finding: Finding) -> tuple[str, int, str]:
    span = finding.place if not hasattr(finding.place, "span") else finding.place.span
    return (span.path, span.line, "") if span else ("", 0, str(finding.place))


def _numbered(findings: Sequence[Finding]) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for f in findings:
        seen[f.fingerprint] += 1
        repeat = seen[f.fingerprint]
        mark = f.fingerprint if repeat == 1 else f"{f.fingerprint}:{repeat - 1}"
        yield replace(f, fingerprint=mark)


def run_checks(checks: Sequence[Check], config: Config, progress: Progress) -> tuple[Outcome, ...]:
    """Run the checks at the same time and wait for each until its deadline.

    Ctrl-C (KeyboardInterrupt) is passed on after every check's cleanups have run.
    """
    running = [_prepare(check, config, progress) for check in checks]
    try:
        for one in running:
            one.start()
        _wait(running, progress)
    except BaseException:
        for one in running:
            one.context.close()
        _linger(running)  # one that was just starting a server stops it as soon as it comes to register it
        raise
    return tuple(one.outcome() for one in running)


def _prepare(check: Check, config: Config, progress: Progress) -> Running:
    deadline = time.monotonic() + config.timeout(check.name)
    return Running(check, Context(config, lambda text: progress(check.name, text), deadline))


def _wait(running: Sequence[Running], progress: Progress) -> None:
    """Wait until each has ended or has used up its own time, whatever the others do."""
    waiting = list(running)
    while waiting:
        waiting[0].done.wait(0.05)
        for one in list(waiting):
            if one.done.is_set() and (one.ended or 0.0) <= one.context.deadline:
                progress(one.check.name, "stopped" if one.problems else "done")
            elif one.done.is_set() or one.context.remaining() == 0:
                one.problems.append(f"ran out of time after {one.context.config.timeout(one.check.name):g} s")
                progress(one.check.name, "stopped")
                # In a thread of its own, so that one that is slow to stop does not use up the time of the others.
                threading.Thread(target=one.context.close, daemon=True).start()
            else:
                continue
            waiting.remove(one)
    _linger(running)


def _linger(running: Sequence[Running]) -> None:
    """Give checks that were stopped a moment to end by themselves."""
    ends = time.monotonic() + GRACE
    for one in running:
        one.done.wait(max(0.0, ends - time.monotonic()))
