"""B's hands on A's job: running it, cancelling it, deleting it, changing it, and asking for A's list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gate.smoke.lab import ControlFailed, Lab, refusal
from gate.smoke.probes.probe import Probe

Deed = Literal["run", "cancel", "delete", "change", "list"]


@dataclass(frozen=True, slots=True)
class Meddled:
    """What B tried on A's job, and whether it had an effect."""

    deed: Deed
    request: str
    effect: bool


def probe(lab: Lab) -> Iterator[Meddled]:
    """Each deed on a job of its own, so that one cannot hide another; on a running backend one job has to do."""
    a, b = lab.somebody(), lab.somebody()
    made = lab.made(a)
    before = lab.job(a)
    if lab.contract.id(lab.look(a, before)) != before:
        raise ControlFailed("A cannot see A's own job")
    if not lab.route(b, "list").ok:
        raise ControlFailed("B cannot see B's own jobs")
    was = lab.contract.status(lab.look(a, before))
    money = lab.balance(a), lab.balance(b)
    run = lab.run(b, before)
    refusal(run)
    status = lab.contract.status(lab.look(a, before))
    moved = (lab.balance(a), lab.balance(b)) != money
    yield Meddled("run", f"{run.method} {run.path} as B", lab.made(a) > made or status != was or moved)
    deeds: tuple[tuple[Deed, str, str, dict[str, str] | None], ...] = (
        ("cancel", "POST", "/cancel", {}),
        ("delete", "DELETE", "", None),
        ("change", "PATCH", "", {"status": "failed"}),
    )
    for deed, method, suffix, body in deeds:
        job = lab.job(a) if lab.staged else before
        as_it_was = lab.look(a, job)
        answer = lab.ask(b, method, f"{lab.contract.route('show', job)[1]}{suffix}", body)
        refusal(answer)
        yield Meddled(deed, f"{answer.method} {answer.path} as B", lab.look(a, job) != as_it_was)
    method, path = lab.contract.route("list")
    for parameter in ("user_id", "userId", "owner", "user", "owner_id"):
        asked = f"{path}{'&' if '?' in path else '?'}{parameter}="
        answer = lab.ask(b, method, f"{asked}{a.id}")
        listed = lab.contract.jobs(answer.body) if answer.ok else None
        if before in (listed or {}):
            yield Meddled("list", f"{method} {asked}A as B", effect=True)
            return
    yield Meddled("list", f"{method} {path} as B", effect=False)


PROBE = Probe("others", "can B run, cancel, delete, change or list A's jobs?", probe, anywhere=True)
