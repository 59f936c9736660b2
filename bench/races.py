"""Counts how often the race probes catch each race defect of the demo backend, in volleys of 8 and of 16.

Run it as `python -m bench.races [ROUNDS] [SECONDS]`: so many volleys of each size per defect (200), or as many as that
time allows for each.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gate.check import Context
from gate.config import load_config
from gate.rule import load_rules
from gate.smoke.caller import Caller
from gate.smoke.check import DEFECTIVE
from gate.smoke.contract import Contract
from gate.smoke.lab import Lab
from gate.smoke.probes.races import ManyJobs, SameJob, many_jobs, same_job
from gate.smoke.rehearsal import rehearsal
from gate.smoke.step import Step
from gate.smoke.target import Somebody

ROOT = Path(__file__).resolve().parent.parent
Race = Callable[[Lab], Iterator[SameJob | ManyJobs]]
DEFECTS: dict[str, Race] = {
    "simultaneous-runs-charged": same_job,
    "simultaneous-runs-predict": same_job,
    "simultaneous-runs-crash": same_job,
    "simultaneous-jobs-undercharged": many_jobs,
}


@contextmanager
def lab(defect: str) -> Iterator[Lab]:
    """A rehearsal of the demo backend with one defect, or with none."""
    config = load_config(ROOT)
    start = ("env", f"DARKROOM_DEFECTS={defect}", *DEFECTIVE)
    context = Context(replace(config, smoke=replace(config.smoke, start=start)))
    with rehearsal(context) as target:
        nobody = Somebody("", "")
        caller = Caller(target.api, target.tokens)
        yield Lab(
            Contract(config.smoke), target, target.stage, caller, nobody, nobody, context.remaining, datetime.now(UTC)
        )


def count(ready: Lab, race: Race, judges: Collection[str], rounds: int, seconds: float) -> dict[int, tuple[int, int]]:
    """Volleys in which one of the rules spoke, and all volleys, by the number of requests."""
    asked = [rule.judge for rule in load_rules("gate.smoke.rules") if rule.id in judges]
    caught: Counter[int] = Counter()
    fired: Counter[int] = Counter()
    ends = time.monotonic() + seconds
    while max(fired.values(), default=0) < rounds and time.monotonic() < ends:
        for seen in race(ready):
            ways = seen.ways if isinstance(seen, SameJob) else seen.jobs
            fired[ways] += 1
            caught[ways] += any(True for judge in asked for _ in judge(Step("race", (), 0.0, seen)))
    return {ways: (caught[ways], fired[ways]) for ways in sorted(fired)}


def told(defect: str, found: dict[int, tuple[int, int]]) -> None:
    """Print one line per size, with the machine's load: a busy machine spreads requests."""
    for ways, (caught, fired) in found.items():
        load = os.getloadavg()[0]
        print(f"{defect:<31} {ways:>2} at once: {caught:>3} of {fired:>3} volleys   load {load:.1f}", flush=True)


def main(rounds: int = 200, seconds: float = 600.0) -> int:
    """Every defect with its own rule; then the sound backend with all of them, where every catch is a false alarm."""
    for defect, race in DEFECTS.items():
        with lab(defect) as ready:
            told(defect, count(ready, race, (defect,), rounds, seconds))
    with lab("") as ready:
        for race in (same_job, many_jobs):
            told("none", count(ready, race, DEFECTS, rounds, seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3])))
