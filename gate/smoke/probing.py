"""Puts the probes to a backend, chains of them side by side, and keeps what they saw in order."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from gate.smoke.caller import Caller
from gate.smoke.exchange import StepFailed
from gate.smoke.lab import ControlFailed, Lab
from gate.smoke.probes.probe import Probe
from gate.smoke.step import Step


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe saw, for the rules, and its row for the reports."""

    steps: tuple[Step, ...]
    row: dict[str, Any]


def put(chains: Sequence[Sequence[Probe]], lab: Lab, progress: Callable[[str], None]) -> Iterator[Probed]:
    """Every probe's result, in the order of the chains."""

    def one_after_the_other(chain: Sequence[Probe]) -> list[Probed]:
        # A trace of its own: exchanges of probes that run at the same time must not be mixed up.
        caller = Caller(lab.caller.api, lab.caller.tokens, lab.caller.patience)
        own = replace(lab, caller=caller)
        found = []
        for probe in chain:
            progress(f"{probe.name}: {probe.question}")
            found.append(_put(probe, own))
        return found

    with ThreadPoolExecutor(len(chains), thread_name_prefix="probe") as pool:
        for results in pool.map(one_after_the_other, chains):
            yield from results


def _put(probe: Probe, lab: Lab) -> Probed:
    began = time.monotonic()
    steps: list[Step] = []
    problem = None
    try:
        steps.extend(Step(probe.name, lab.caller.taken(), time.monotonic() - began, seen) for seen in probe.run(lab))
    except (ControlFailed, StepFailed) as untold:
        problem = str(untold)
    if not steps and problem is None:
        problem = "it saw nothing"
    requests = sum(len(step.exchanges) for step in steps) + len(lab.caller.taken())
    row = {
        "probe": probe.name,
        "question": probe.question,
        "status": "cannot tell" if problem else "ok",
        "seconds": round(time.monotonic() - began, 3),
        "requests": requests,
        "observations": len(steps),
        "problem": problem,
    }
    return Probed(tuple(steps), row)
