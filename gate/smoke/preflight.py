"""What can be learnt by reading alone, before a running backend is asked to spend anything."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import jwt
import requests

from gate.smoke.contract import Contract
from gate.smoke.exchange import Actor, Category, StepFailed
from gate.smoke.target import Target, two

SKEW = 60.0  # seconds by which two clocks may differ; a Date header tells whole ones, and an answer takes its time
ACTORS: tuple[Actor, ...] = ("A", "B")


def preflight(
    target: Target,
    contract: Contract,
    seconds: float,
    unjudged: Callable[[str, str], None],
    now: Callable[[], float] = time.time,
) -> None:
    """Look at the users' tokens, at Replicate and at three clocks. `seconds` is how long the run may take.

    Raises StepFailed for what would keep the run from an answer; `unjudged` notes what may only disturb it.
    """
    found = {actor: user for actor in ACTORS if (user := target.user(actor))}
    if len(found) == len(ACTORS):
        two(found)
    for actor in ACTORS:
        _lasts(actor, target.tokens[actor], seconds, now())
    target.upstream.preflight(contract.said.models)
    # Both addresses want a token and get none: what they answer then comes from no cache.
    theirs = _ahead(f"{target.upstream.address}/v1/account", now)
    if theirs is not None and abs(theirs) > SKEW:
        words = f"Replicate's clock is {_apart(theirs)} this machine's, so its predictions cannot be told by their time"
        raise StepFailed(Category.CONFIGURATION, words, "set this machine's clock")
    backend = _ahead(target.api + contract.route("credits")[1], now)
    if backend is not None and abs(backend) > SKEW:
        words = f"it is {_apart(backend)} this machine's: tokens end, and signed addresses too, at another time there"
        unjudged("the backend's clock", words)


def _lasts(actor: Actor, token: str, seconds: float, now: float) -> None:
    """See that a token outlives the run, as far as it says: it is read without being trusted."""
    try:
        ends = jwt.decode(token, options={"verify_signature": False}).get("exp")
    except jwt.InvalidTokenError:
        return
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        return
    left = ends - now
    if left <= 0:
        words = f"TOKEN_{actor} ended {_long(-left)} ago"
    elif left < seconds:
        words = f"TOKEN_{actor} ends in {_long(left)}, and the run may take {_long(seconds)}"
    else:
        return
    raise StepFailed(Category.AUTHENTICATION, words, f"sign in as {actor} again")


def _ahead(address: str, now: Callable[[], float]) -> float | None:
    """By how many seconds the clock behind an address is ahead of ours; None where it does not tell the time."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy of this machine may answer instead
        began = now()
        try:
            answer = session.get(address, timeout=5, allow_redirects=False, stream=True)
            answer.close()
            told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        except (requests.RequestException, KeyError, ValueError):
            return None
    return told - (began + now()) / 2


def _apart(seconds: float) -> str:
    return f"{_long(abs(seconds))} {'ahead of' if seconds > 0 else 'behind'}"


def _long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
