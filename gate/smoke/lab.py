"""What a probe works with: users with credits, jobs, balances, volleys, and the count of predictions."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gate.smoke.caller import Caller
from gate.smoke.contract import SUCCEEDED, Contract
from gate.smoke.exchange import Exchange
from gate.smoke.target import Somebody, Stage, Target
from gate.smoke.volley import Shot, fire

PAUSE = 0.1  # seconds between two looks at a job
WAYS = 8  # requests of a volley
REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422})


class ControlFailed(Exception):  # noqa: N818 - it says what happened
    """What must work before a probe can prove anything did not work: the probe cannot tell."""


class LeftOut(Exception):  # noqa: N818 - it says what happened
    """There is nothing to try here, and that is no fault: the report says why."""


def refusal(answer: Exchange) -> None:
    """See that a request which must not succeed was refused, and did not merely fail. Raises ControlFailed.

    A throttle, a crash and silence say nothing about whether the request would have been let through.
    """
    if not answer.ok and answer.status not in REFUSALS:
        raise ControlFailed(f"{answer} was not refused, it failed ({answer.status or answer.problem})")


@dataclass(slots=True)
class Lab:
    """A target that the seven steps have passed. `a` and `b` are its two users, `staged` is None where a backend runs already."""

    contract: Contract
    target: Target
    staged: Stage | None
    caller: Caller
    a: Somebody
    b: Somebody
    remaining: Callable[[], float]
    began: datetime
    people: list[Somebody] = field(default_factory=list)  # everybody that this chain of probes has made
    jobs: list[str] = field(default_factory=list)  # every job that it has made
    queued: str = ""  # the backend's word for a job that was not run yet
    notes: list[tuple[str, str]] = field(default_factory=list)  # what could not be looked at, and why
    spender: Somebody | None = None  # somebody whose credits a probe has all but spent, so that the next need not

    # -- people ---------------------------------------------------------------------------------------------------
    @property
    def stage(self) -> Stage:
        """What only a rehearsal can do. Probes that run anywhere look at `staged` first."""
        assert self.staged is not None, "this probe is not put to a running backend"
        return self.staged

    def somebody(self) -> Somebody:
        """A new user with an account, so that no probe meets what another has left; A and B by turns where none can be made."""
        if self.staged is None:
            self.people.append(self.b if self.people and self.people[-1] == self.a else self.a)
            return self.people[-1]
        one = self.staged.newcomer()
        self.people.append(one)
        if not self.route(one, "bootstrap", body={}).ok:
            raise ControlFailed("a new user's account cannot be opened")
        return one

    def spent(self) -> Somebody:
        """Whoever has little left, or else a new user."""
        if self.spender is None:
            return self.somebody()
        self.people.append(self.spender)
        return self.spender

    def ask(self, who: Somebody, method: str, path: str, body: Mapping[str, Any] | None = None) -> Exchange:
        """A request as somebody."""
        return self.caller.ask(self._known(who), method, path, body)

    def route(self, who: Somebody, name: str, job: str = "", body: Mapping[str, Any] | None = None) -> Exchange:
        """A request of the contract as somebody."""
        return self.ask(who, *self.contract.route(name, job), body)

    def ask_with(self, token: str, method: str, path: str) -> Exchange:
        """A request with a token of the probe's own making; '' for none."""
        name = "somebody with a bad token" if token else "nobody"
        self.caller.tokens = {**self.caller.tokens, name: token}
        return self.caller.ask(name, method, path)

    def _known(self, who: Somebody) -> str:
        names = {self.a.id: "A", self.b.id: "B"}
        name = names.get(who.id, f"user {who.id[:8]}")
        self.caller.tokens = {**self.caller.tokens, name: who.token}
        return name

    # -- jobs -----------------------------------------------------------------------------------------------------
    def input_of(self, who: Somebody) -> str:
        """Where somebody's input is."""
        return self.contract.input_of(who.id)

    def try_job(self, who: Somebody, more: Mapping[str, object] | None = None) -> str:
        """Ask for a job, with fields more or others than the contract's; its id, or '' when it was refused."""
        usual = self.contract.new_job(self.contract.said.kind, self.input_of(who))
        made = self.route(who, "create", body=usual | dict(more or {}))
        if not made.ok:
            refusal(made)
        body = self.contract.job(made.body) if made.ok else {}
        job = self.contract.id(body)
        self.jobs += [job] if job else []
        self.queued = self.contract.status(body) or self.queued
        return job

    def job(self, who: Somebody, kind: str = "") -> str:
        """A queued job."""
        kind = kind or self.contract.said.kind
        job = self.try_job(who, self.contract.new_job(kind, self.input_of(who)))
        if not job:
            raise ControlFailed(f"a job of kind {kind!r} cannot be made: {self.caller.trace[-1].problem}")
        return job

    def run(self, who: Somebody, job: str) -> Exchange:
        """Run a job."""
        return self.route(who, "run", job, {})

    def run_aside(self, who: Somebody, job: str) -> None:
        """Run a job without waiting for the answer: it may come only when the job has ended."""
        caller = Caller(self.caller.api, {who.id: who.token}, self.caller.patience)
        route = self.contract.route("run", job)
        threading.Thread(target=caller.ask, args=(who.id, *route, {}), name=f"run {job}", daemon=True).start()

    def look(self, who: Somebody, job: str) -> Mapping[str, Any]:
        """A job as its owner sees it now."""
        return self.contract.job(self.route(who, "show", job).body)

    def settled(self, who: Somebody, job: str, answer: Exchange) -> str:
        """The status of a job once it has ended. A run that was refused is not waited for long: it may never begin."""
        ends = time.monotonic() + min(30.0 if answer.ok else 1.0, self.remaining())
        while True:
            seen = self.look(who, job)
            status = self.contract.status(seen)
            if self.contract.ended(seen) or time.monotonic() > ends:
                return status
            if not answer.ok and status == self.queued:
                return status
            time.sleep(PAUSE)

    def awaited(self, who: Somebody, job: str, seconds: float) -> str:
        """The status of a job that runs aside, once it has ended or the time is up."""
        ends = time.monotonic() + min(seconds, self.remaining())
        while True:
            seen = self.look(who, job)
            if self.contract.ended(seen) or time.monotonic() > ends:
                return self.contract.status(seen)
            time.sleep(PAUSE)

    def status(self, who: Somebody, job: str) -> str:
        """Run a job to its end; the status it ended with."""
        return self.settled(who, job, self.run(who, job))

    def succeeds(self, who: Somebody, job: str) -> bool:
        """Run a job to its end; whether it succeeded."""
        return self.status(who, job) == SUCCEEDED

    def volley(self, who: Somebody, jobs: Sequence[str]) -> tuple[str, ...]:
        """Run these jobs, or one of them many times, at the same moment; their statuses in the end."""
        answers = self.fire([self.shot(who, "run", job) for job in jobs])
        return tuple(self.settled(who, job, answer) for job, answer in zip(jobs, answers, strict=True))

    def shot(self, who: Somebody, name: str, job: str = "") -> Shot:
        """One request of a volley."""
        return Shot(self._known(who), who.token, *self.contract.route(name, job))

    def fire(self, shots: Sequence[Shot]) -> tuple[Exchange, ...]:
        """A volley, kept in the trace."""
        answers = fire(self.target.api, shots, min(60.0, self.remaining()))
        self.caller.trace.extend(answers)
        return answers

    # -- money ----------------------------------------------------------------------------------------------------
    def price(self, kind: str = "") -> int:
        """What a kind of job costs."""
        return self.contract.price(kind or self.contract.said.kind)

    def balance(self, who: Somebody) -> int:
        """Somebody's credits."""
        answer = self.route(who, "credits")
        found = self.contract.balance(answer.body) if answer.ok else None
        if found is None:
            raise ControlFailed(f"{self.contract.said.credits} names no balance, so nothing can be said of money")
        return found

    def made(self, who: Somebody, *others: str) -> int:
        """How many predictions somebody has had: their inputs name the folder that the picture lies in, or other words."""
        return len(self.predictions(who, *others))

    def predictions(self, who: Somebody, *others: str) -> frozenset[str]:
        """The ids of those predictions."""
        return self.target.upstream.predictions(self.began, (who.id, *others)).named

    def standing(self, who: Somebody) -> tuple[int | None, int]:
        """Somebody's balance, None where it cannot be told, and number of predictions."""
        try:
            balance: int | None = self.balance(who)
        except ControlFailed:
            balance = None
        return balance, self.made(who)

    def works(self, who: Somebody) -> int:
        """The control of what is about money: a single run succeeds, costs something and is predicted. What it costs."""
        before = self.balance(who)
        job = self.job(who)
        if not self.succeeds(who, job):
            raise ControlFailed("a single run does not succeed")
        price = before - self.balance(who)
        if price <= 0:
            raise ControlFailed("a single run costs nothing")
        if not self.made(who):
            raise ControlFailed("no prediction's input names its user, so predictions cannot be told apart")
        return price

    def fail(self, fault: str, who: Somebody) -> None:
        """Have the next request about somebody's prediction go wrong at the provider."""
        self.stage.provider.script([fault], marker=who.id)
