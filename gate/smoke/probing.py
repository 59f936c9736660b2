"""Puts the probes to a backend, chains of them side by side, and keeps what they saw in order."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from gate.smoke.afterwards import Memory, look_again
from gate.smoke.caller import Caller
from gate.smoke.exchange import StepFailed
from gate.smoke.lab import ControlFailed, Lab
from gate.smoke.probes.probe import Probe
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step
from gate.smoke.target import Somebody


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe saw, for the rules, its row for the reports, and how it left its users."""

    steps: tuple[Step, ...]
    row: dict[str, Any]
    memories: tuple[Memory, ...] = ()


def put(chains: Sequence[Sequence[Probe]], lab: Lab, progress: Callable[[str], None]) -> Iterator[Probed]:
    """Every probe's result, in the order of the chains."""

    def one_after_the_other(chain: Sequence[Probe]) -> list[Probed]:
        # A trace of its own: exchanges of probes that run at the same time must not be mixed up.
        caller = Caller(lab.caller.api, lab.caller.tokens, lab.caller.patience)
        own = replace(lab, caller=caller, people=[])
        found = []
        for probe in chain:
            progress(f"{probe.name}: {probe.question}")
            found.append(_put(probe, own))
        return found

    # Daemons, and no pool: a pool's threads are waited for when the process ends, and one may hang in a request.
    results: list[Future[list[Probed]]] = [Future() for _ in chains]
    for chain, result in zip(chains, results, strict=True):
        threading.Thread(target=_fulfil, args=(result, one_after_the_other, chain), name="probe", daemon=True).start()
    for result in results:
        yield from result.result()


def _fulfil(
    result: "Future[list[Probed]]", work: Callable[[Sequence[Probe]], list[Probed]], chain: Sequence[Probe]
) -> None:
    try:
        result.set_result(work(chain))
    except BaseException as fault:  # noqa: BLE001 - handed to whoever asks for the result
        result.set_exception(fault)


def _put(probe: Probe, lab: Lab) -> Probed:
    began = time.monotonic()
    steps: list[Step] = []
    problem = None
    known = len(lab.people)
    try:
        steps.extend(Step(probe.name, lab.caller.taken(), time.monotonic() - began, seen) for seen in probe.run(lab))
    except (ControlFailed, StepFailed) as untold:
        problem = str(untold)
    if not steps and problem is None:
        problem = "it saw nothing"
    requests = sum(len(step.exchanges) for step in steps) + len(lab.caller.taken())
    row = _row(probe.name, probe.question, began, requests, len(steps), problem)
    for retried in (step.learnt for step in steps if isinstance(step.learnt, Retried)):
        row["tries"] = list(retried.begun)
    return Probed(tuple(steps), row, tuple(_memory(probe.name, lab, who) for who in lab.people[known:]))


def _memory(where: str, lab: Lab, who: Somebody) -> Memory:
    return Memory(where, who.id, *lab.standing(who), look=lambda: lab.standing(who))


def afterwards(memories: Sequence[Memory]) -> Probed:
    """Looks once more at everybody, when all is over."""
    began = time.monotonic()
    steps = tuple(Step("afterwards", (), time.monotonic() - began, later) for later in look_again(memories))
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
