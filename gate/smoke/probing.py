"""Puts the probes to a backend, chains of them side by side, and keeps what they saw in order."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from gate.smoke.afterwards import Memory, look_again
from gate.smoke.caller import Caller
from gate.smoke.exchange import StepFailed
from gate.smoke.lab import ControlFailed, Lab, LeftOut
from gate.smoke.probes.probe import Probe
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step
from gate.smoke.target import Somebody


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe saw, for the rules, its row for the reports, and how it left its users.

    `named` are the ids by which its predictions can be told, `notes` what it could not look at, and why.
    """

    steps: tuple[Step, ...]
    row: dict[str, Any]
    memories: tuple[Memory, ...] = ()
    named: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def put(chains: Sequence[Sequence[Probe]], lab: Lab, progress: Callable[[str], None]) -> Iterator[Probed]:
    """Every probe's result, in the order of the chains."""

    def one_after_the_other(probes: Sequence[Probe]) -> list[Probed]:
        # A trace of its own: exchanges of probes that run at the same time must not be mixed up.
        caller = Caller(lab.caller.api, lab.caller.tokens, lab.caller.patience)
        own = replace(lab, caller=caller, people=[], jobs=[], notes=[])
        found = []
        for probe in probes:
            progress(f"{probe.name}: {probe.question} (at most {probe.cost(lab.contract.said)})")
            found.append(_put(probe, own))
        return found

    # Daemons, and no pool: a pool's threads are waited for when the process ends, and one may hang in a request.
    results: list[Future[list[Probed]]] = [Future() for _ in chains]
    for probes, result in zip(chains, results, strict=True):
        threading.Thread(target=_fulfil, args=(result, one_after_the_other, probes), name="probe", daemon=True).start()
    for result in results:
        yield from result.result()


def _fulfil(
    result: "Future[list[Probed]]", work: Callable[[Sequence[Probe]], list[Probed]], probes: Sequence[Probe]
) -> None:
    try:
        result.set_result(work(probes))
    except BaseException as fault:  # noqa: BLE001 - handed to whoever asks for the result
        result.set_exception(fault)


def _put(probe: Probe, lab: Lab) -> Probed:
    began = time.monotonic()
    steps: list[Step] = []
    problem = None
    known, jobs, noted = len(lab.people), len(lab.jobs), len(lab.notes)
    try:
        steps.extend(Step(probe.name, lab.caller.taken(), time.monotonic() - began, seen) for seen in probe.run(lab))
    except (ControlFailed, StepFailed) as untold:
        problem = str(untold)
    except LeftOut as reason:
        lab.notes.append((f"the probe {probe.name}", str(reason)))
    notes = tuple(lab.notes[noted:])
    if not steps and problem is None and not notes:
        problem = "it saw nothing"
    requests = sum(len(step.exchanges) for step in steps) + len(lab.caller.taken())
    row = _row(probe.name, probe.question, began, requests, len(steps), problem) | {"cost": _cost(probe, lab)}
    if notes and not steps and problem is None:
        row |= {"status": "left out", "problem": notes[-1][1]}
    for retried in (step.learnt for step in steps if isinstance(step.learnt, Retried)):
        row["tries"] = list(retried.begun)
    people = lab.people[known:]
    memories = tuple(_memory(probe.name, lab, who) for who in people)
    return Probed(tuple(steps), row, memories, (*(who.id for who in people), *lab.jobs[jobs:]), notes)


def _cost(probe: Probe, lab: Lab) -> dict[str, int]:
    return probe.cost(lab.contract.said)._asdict()


def _memory(where: str, lab: Lab, who: Somebody) -> Memory:
    return Memory(where, who.id, *lab.standing(who), look=lambda: lab.standing(who))


def afterwards(memories: Sequence[Memory], count: Callable[[], Iterable[object]] = tuple) -> Probed:
    """Looks once more at everybody, when all is over, and counts what was spent."""
    began = time.monotonic()
    seen = chain(look_again(memories), count())
    steps = tuple(Step("afterwards", (), time.monotonic() - began, one) for one in seen)
    question = "has anything been charged or predicted since, behind an answer?"
    return Probed(steps, _row("afterwards", question, began, len(memories), len(steps)))


def _row(
    name: str, question: str, began: float, requests: int, observations: int, problem: str | None = None
) -> dict[str, Any]:
    """A probe as reports show it; `began` is on the monotonic clock."""
    return {
        "probe": name,
        "question": question,
        "status": "cannot tell" if problem else "ok",
        "seconds": round(time.monotonic() - began, 3),
        "requests": requests,
        "observations": observations,
        "problem": problem,
    }
