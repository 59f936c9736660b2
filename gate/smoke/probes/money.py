"""What a job costs: never what its request says, always what the table says, and nothing without credit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gate.smoke.contract import SUCCEEDED
from gate.smoke.lab import WAYS, ControlFailed, Lab
from gate.smoke.probes.probe import Probe
from gate.smoke.step import Ran
from gate.smoke.target import Somebody

PRICES: tuple[Mapping[str, object], ...] = ({"price": 0}, {"credits": 0}, {"cost": -5}, {"price": "0"})
RUNS = 50  # at most, to bring a balance down


@dataclass(frozen=True, slots=True)
class Priced:
    """A job whose request named a price: what it cost, None where the request was refused; and what it should cost."""

    field: str
    spent: int | None
    price: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """A job whose request named a field that is the backend's business, and whether it was believed."""

    field: str
    believed: bool


@dataclass(frozen=True, slots=True)
class UnknownKind:
    """A job of a kind that there is not, as Python would write it, and whether it succeeded."""

    kind: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Outputs:
    """The output paths of jobs of one user."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overspent:
    """Eight jobs at once with credit for one: how many succeeded, and the balance that is left."""

    succeeded: int
    balance: int


@dataclass(frozen=True, slots=True)
class Broke:
    """A job without credit for it: its status afterwards, and its predictions."""

    status: str
    predictions: int


def fields(lab: Lab) -> Iterator[Priced | Assigned]:
    """Requests that say too much; one that says enough comes first."""
    a = lab.somebody()
    lab.job(a)
    for more in PRICES:
        ((name, value),) = more.items()
        job = lab.try_job(a, more)
        before = lab.balance(a)
        ran = bool(job) and lab.succeeds(a, job)
        yield Priced(f"{name}: {value!r}", before - lab.balance(a) if ran else None, lab.price())
    told = lab.contract.said
    output = f"{told.output.format(user_id=a.id)}of-the-gate.png"
    job = lab.try_job(a, lab.contract.filled("status", told.succeeded[0]))
    yield Assigned("status", bool(job) and lab.contract.status(lab.look(a, job)) == SUCCEEDED)
    job = lab.try_job(a, lab.contract.filled("output", output))
    yield Assigned("output", bool(job) and lab.contract.output(lab.look(a, job)) == output)
    job = lab.try_job(a, {"user_id": lab.b.id})
    yield Assigned("user_id", bool(job) and lab.contract.id(lab.look(lab.b, job)) == job)
    first = lab.job(a)
    job = lab.try_job(a, lab.contract.filled("id", first))
    yield Assigned("id", job == first)


def kinds(lab: Lab) -> Iterator[Ran | UnknownKind | Outputs]:
    """Every kind once, then kinds that there are not."""
    a = lab.somebody()
    paths = []
    for kind, price in lab.contract.said.prices.items():
        job = lab.job(a, kind)
        before, made = lab.balance(a), lab.made(a)
        status = lab.status(a, job)
        paths.append(lab.contract.output(lab.look(a, job)))
        spent = before - lab.balance(a)
        yield Ran(job, again=False, status=status, price=price, spent=spent, predictions=lab.made(a) - made, kind=kind)
    yield Outputs(tuple(path for path in paths if path))
    known = lab.contract.said.kind
    for unknown in ("no-such-kind", f"{known} ", known.swapcase(), "", None):
        job = lab.try_job(a, {**lab.contract.new_job(known, lab.input_of(a)), lab.contract.kind_field: unknown})
        yield UnknownKind(repr(unknown), bool(job) and lab.succeeds(a, job))


def empty(lab: Lab) -> Iterator[Overspent | Broke]:
    """Down to the price of one job; then eight at once; then one more."""
    a = lab.spent()
    price = lab.price()
    _spend_down(lab, a, price)
    jobs = [lab.job(a) for _ in range(WAYS)]
    done = sum(status == SUCCEEDED for status in lab.volley(a, jobs))
    yield Overspent(done, lab.balance(a))
    if lab.balance(a) >= price:
        lab.succeeds(a, lab.job(a))
    last = lab.job(a)
    made = lab.made(a)
    yield Broke(lab.status(a, last), lab.made(a) - made)


def _spend_down(lab: Lab, who: Somebody, price: int) -> None:
    dearest = max(lab.contract.said.prices, key=lab.price)
    for _ in range(RUNS):
        balance = lab.balance(who)
        if price <= balance < 2 * price:
            return
        kind = dearest if balance - lab.price(dearest) >= price else lab.contract.said.kind
        if not lab.succeeds(who, lab.job(who, kind)):
            break
    raise ControlFailed(f"a balance of one price cannot be reached; it stands at {lab.balance(who)}")


FIELDS = Probe("fields", "does the backend believe what a request says of price, status or owner?", fields, len(PRICES))
KINDS = Probe("kinds", "does each kind cost its own price, and no unknown kind run?", kinds, every_kind=True)
EMPTY = Probe("empty", "can more be spent than there is?", empty, RUNS + 2)
