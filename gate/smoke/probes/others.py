"""B's hands on A's job: running it, cancelling it, deleting it, changing it, and asking for A's list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gate.smoke.lab import WAITING, ControlFailed, Lab
from gate.smoke.probes.probe import Probe

Deed = Literal["run", "cancel", "delete", "change", "list"]


@dataclass(frozen=True, slots=True)
class Meddled:
    """What B tried on A's job, and whether it had an effect."""

    deed: Deed
    request: str
    effect: bool


def probe(lab: Lab) -> Iterator[Meddled]:
    """Each deed on a job of its own, so that one cannot hide another."""
    a, b = lab.somebody(), lab.somebody()
    before = lab.job(a)
    if lab.contract.id(lab.look(a, before)) != before:
        raise ControlFailed("A cannot see A's own job")
    run = lab.run(b, before)
    status = lab.contract.status(lab.look(a, before))
    yield Meddled("run", str(run), lab.made(a) > 0 or status not in WAITING)
    deeds: tuple[tuple[Deed, str, str, dict[str, str] | None], ...] = (
        ("cancel", "POST", "/cancel", {}),
        ("delete", "DELETE", "", None),
        ("change", "PATCH", "", {"status": "failed"}),
    )
    for deed, method, suffix, body in deeds:
        job = lab.job(a)
        was = lab.look(a, job)
        answer = lab.ask(b, method, f"{lab.contract.route('show', job)[1]}{suffix}", body)
        yield Meddled(deed, str(answer), lab.look(a, job) != was)
    for parameter in ("user_id", "userId", "owner", "user", "owner_id"):
        method, path = lab.contract.route("list")
        answer = lab.ask(b, method, f"{path}{'&' if '?' in path else '?'}{parameter}={a.id}")
        listed = lab.contract.jobs(answer.body) if answer.ok else None
        yield Meddled("list", str(answer).replace(a.id, "A"), before in (listed or {}))


PROBE = Probe("others", "can B run, cancel, delete, change or list A's jobs?", probe)
