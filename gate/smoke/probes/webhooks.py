"""Webhooks that nobody should believe: unsigned, forged, old, sent again, of another job, or of what is over."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import requests

from gate.smoke.contract import FAILED, SUCCEEDED
from gate.smoke.exchange import Exchange
from gate.smoke.lab import PAUSE, ControlFailed, Lab, LeftOut, refusal
from gate.smoke.probes.failures import STUCK
from gate.smoke.probes.probe import Probe
from gate.smoke.target import Somebody
from gate.standin.replicate.webhooks import new_secret, sign

STALE = 600  # seconds; receivers are told to allow 300
TRIES = 10
KEEP = 0.5  # seconds until a backend has kept the id of a prediction that it has made
SETTLE = 1.0  # seconds until a webhook that was taken has had its effect
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Flaw = Literal["forged", "stale", "replayed", "another", "over"]


@dataclass(frozen=True, slots=True)
class Misled:
    """A webhook that must change nothing, and whether it changed a job or a balance. `how` says what is wrong with it."""

    flaw: Flaw
    how: str
    path: str
    effect: bool


@dataclass(frozen=True, slots=True)
class Patient:
    """A job at work: whose it is, its prediction, where the provider was asked to tell of it, and the balance before."""

    who: Somebody
    job: str
    prediction: str
    address: str
    before: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A webhook: its body, and the headers that are to make it credible."""

    body: bytes
    headers: Mapping[str, str]


def probe(lab: Lab) -> Iterator[Misled]:
    """The control is the first to be sent: a webhook that is as it should be ends a job and gives its price back."""
    control = lab.somebody()
    lab.works(control)
    _address(lab, next(iter(lab.predictions(control))))  # before anything is begun that would have to be ended
    first = _begin(lab)
    good = _letter(lab, first, "failed")
    lab.stage.provider.end(first.prediction, "failed")
    keep = max(KEEP, 2 * _accepted(lab, first, good))
    if lab.awaited(first.who, first.job, 10.0) != FAILED or lab.balance(first.who) != first.before:
        raise ControlFailed("a webhook that tells of a failure does not end the job and give its price back")
    one = _begin(lab, keep)
    for flaw, how, letter in _bad_letters(lab, one):
        moved = _moves(lab, one, letter)
        yield Misled(flaw, how, urlsplit(one.address).path, moved)
        if moved:
            break  # the job is over: the letters behind this one could not move it any more
    else:
        # What was refused could have been believed: the job is one that a webhook moves.
        lab.stage.provider.end(one.prediction, "failed")
        _accepted(lab, one, _letter(lab, one, "failed"))
    _stop(lab, one)
    yield from _again(lab, first, good)
    yield from _over(lab)
    yield from _of_another(lab, first, keep)


def _accepted(lab: Lab, one: Patient, good: Letter) -> float:
    """Send a webhook that is as it should be until it is taken, and say how many seconds that took.

    Replicate itself tries again: the backend may not have kept the prediction's id yet.
    """
    began = time.monotonic()
    for _ in range(TRIES):
        answer = _post(lab, one.address, good)
        if answer.ok:
            return time.monotonic() - began
        time.sleep(SETTLE)
    raise ControlFailed(f"a webhook that is signed as it should be is refused ({answer.status or answer.problem})")


def _bad_letters(lab: Lab, one: Patient) -> Iterator[tuple[Flaw, str, Letter]]:
    good = _letter(lab, one, "failed")
    other = _letter(lab, one, "canceled")
    yield "forged", "not signed", Letter(good.body, {})
    yield "forged", "signed with another secret", _letter(lab, one, "failed", sign=_with_a_secret_of_ours)
    yield "forged", "signed for another body", Letter(good.body, other.headers)
    yield "forged", "signed under another id", Letter(good.body, {**good.headers, "webhook-id": "msg_of_the_gate"})
    yield "stale", "signed ten minutes ago", _letter(lab, one, "failed", at=time.time() - STALE)


def _again(lab: Lab, one: Patient, good: Letter) -> Iterator[Misled]:
    """The same webhook once more, as Replicate itself sends one twice, and the same news under another id."""
    for how, letter in (("sent again", good), ("told again", _letter(lab, one, "failed"))):
        yield Misled("replayed", how, urlsplit(one.address).path, _moves(lab, one, letter))


def _over(lab: Lab) -> Iterator[Misled]:
    """News of a job that has succeeded: late ones, and an end that came after the end."""
    who = lab.somebody()
    job = lab.job(who)
    before = lab.balance(who)
    if lab.status(who, job) != SUCCEEDED:
        raise ControlFailed("a job does not succeed, so it cannot be reopened")
    prediction = next(iter(lab.predictions(who)), "")
    if not prediction:
        raise ControlFailed("a job succeeds without a prediction, so nobody can tell of it")
    one = Patient(who, job, prediction, _address(lab, prediction), before)
    for status in ("processing", "failed"):
        how = f"says {status!r} of what has succeeded"
        yield Misled("over", how, urlsplit(one.address).path, _moves(lab, one, _letter(lab, one, status)))


def _of_another(lab: Lab, first: Patient, keep: float) -> Iterator[Misled]:
    """Where the address names the job, the signature does not cover it: news of one job, sent to the address of another."""
    one = _begin(lab, keep)
    if one.address != first.address:
        how = "tells of another job's prediction"
        yield Misled("another", how, urlsplit(one.address).path, _moves(lab, one, _letter(lab, first, "failed")))
    _stop(lab, one)


def _begin(lab: Lab, keep: float = KEEP) -> Patient:
    """A job whose prediction goes on until it is told to end, and whose backend has had `keep` seconds to note its id."""
    who = lab.somebody()
    job = lab.job(who)
    lab.fail(STUCK, who)
    before = lab.balance(who)
    lab.run_aside(who, job)
    ends = time.monotonic() + 10.0
    while not (made := lab.predictions(who)):
        if time.monotonic() > ends:
            raise ControlFailed("a job that is run makes no prediction within 10 s")
        time.sleep(PAUSE)
    time.sleep(keep)
    prediction = next(iter(made))
    return Patient(who, job, prediction, _address(lab, prediction), before)


def _stop(lab: Lab, one: Patient) -> None:
    """Let a job end, so that nothing comes late that would be taken for the backend's own doing."""
    lab.stage.provider.end(one.prediction, "failed")
    lab.awaited(one.who, one.job, 10.0)


def _address(lab: Lab, prediction: str) -> str:
    address = str(lab.stage.provider.shown(prediction).get("webhook") or "")
    if not address:
        raise LeftOut("the backend asks the provider for no webhooks")
    if urlsplit(address).hostname not in LOOPBACK:
        raise LeftOut(
            f"the backend has its webhooks sent to {urlsplit(address).hostname}; tell it its own address by `environment`"
        )
    return address


def _moves(lab: Lab, one: Patient, letter: Letter) -> bool:
    """Whether a webhook changes the job or its owner's balance."""
    was = _standing(lab, one)
    answer = _post(lab, one.address, letter)
    if not answer.ok:
        refusal(answer)
    ends = time.monotonic() + (SETTLE if answer.ok else 0.0)
    while (now := _standing(lab, one)) == was and time.monotonic() < ends:
        time.sleep(PAUSE)
    return now != was


def _standing(lab: Lab, one: Patient) -> tuple[str, int]:
    return lab.contract.status(lab.look(one.who, one.job)), lab.balance(one.who)


Signer = Callable[[str, int, bytes], str]


def _letter(lab: Lab, one: Patient, status: str, *, at: float | None = None, sign: Signer | None = None) -> Letter:
    """What Replicate would send of a prediction with this status: now, and signed by it, unless told otherwise."""
    body = json.dumps(lab.stage.provider.shown(one.prediction) | {"status": status, "output": None}).encode()
    name, moment = f"msg_{secrets.token_hex(12)}", int(at or time.time())
    signature = (sign or lab.stage.provider.sign)(name, moment, body)
    headers = {"webhook-id": name, "webhook-timestamp": str(moment), "webhook-signature": signature}
    return Letter(body, headers)


def _with_a_secret_of_ours(name: str, at: int, body: bytes) -> str:
    return sign(new_secret(), name, at, body)


def _post(lab: Lab, address: str, letter: Letter) -> Exchange:
    """Send a webhook; the answer is kept in the trace."""
    began = time.monotonic()
    status: int | None = None
    problem = ""
    headers = {"content-type": "application/json", **letter.headers}
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(address, data=letter.body, headers=headers, timeout=30, allow_redirects=False)
            status = answer.status_code
        except requests.RequestException as fault:
            problem = f"no usable answer ({type(fault).__name__})"
    path = urlsplit(address).path
    exchange = Exchange("the provider", "POST", path, status, time.monotonic() - began, problem)
    lab.caller.trace.append(exchange)
    return exchange


PROBE = Probe("webhooks", "does a webhook that nobody should believe move a job or money?", probe, 2, 3)
