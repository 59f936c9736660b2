"""The same moment: one job run eight times, and eight jobs run once."""

from collections.abc import Iterator
from dataclasses import dataclass

from gate.smoke.contract import SUCCEEDED
from gate.smoke.lab import WAYS, ControlFailed, Lab
from gate.smoke.probes.probe import Probe


@dataclass(frozen=True, slots=True)
class SameJob:
    """One job, run `ways` times at once: the credits it took, what a single run costs, and its predictions.

    `crashed` is how many of the answers were 5xx, or none at all.
    """

    ways: int
    spent: int
    price: int
    predictions: int
    crashed: int


@dataclass(frozen=True, slots=True)
class ManyJobs:
    """Different jobs, run at once with enough credit for all: how many succeeded, and the credits they took."""

    jobs: int
    succeeded: int
    spent: int
    price: int


def same_job(lab: Lab) -> Iterator[SameJob]:
    """A single run first: it must succeed and cost its price."""
    a = lab.somebody()
    price = lab.works(a)
    for ways in (WAYS, 2 * WAYS):
        job = lab.job(a)
        before, made = lab.balance(a), lab.made(a)
        answers = lab.fire([lab.shot(a, "run", job)] * ways)
        for answer in answers:
            lab.settled(a, job, answer)
        crashed = sum(answer.status is None or answer.status >= 500 for answer in answers)
        yield SameJob(ways, before - lab.balance(a), price, lab.made(a) - made, crashed)


def many_jobs(lab: Lab) -> Iterator[ManyJobs]:
    """As many jobs as there is credit for."""
    a = lab.spender = lab.somebody()
    price = lab.works(a)
    before = lab.balance(a)
    count = min(WAYS, before // price)
    if count < 2:
        raise ControlFailed("a new user has not enough credits for two jobs at once")
    jobs = [lab.job(a) for _ in range(count)]
    done = sum(status == SUCCEEDED for status in lab.volley(a, jobs))
    if not done:
        raise ControlFailed("none of several jobs run at once succeeded")
    yield ManyJobs(count, done, before - lab.balance(a), price)


SAME_JOB = Probe("same-job", "is one job, run 8 and 16 times at the same moment, paid and predicted once?", same_job, 3)
MANY_JOBS = Probe("many-jobs", "do eight jobs, run at the same moment, cost eight prices?", many_jobs, 1 + WAYS)
