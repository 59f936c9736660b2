"""Inputs that are not the user's own file: other folders, other people's files, addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gate.smoke.lab import Lab
from gate.smoke.probes.probe import Probe
from gate.smoke.target import Somebody


@dataclass(frozen=True, slots=True)
class BadInput:
    """A job on an input that is not A's: whether it succeeded, whether the provider was asked, and its cost in credits."""

    kind: Literal["path", "address"]
    path: str
    succeeded: bool
    predicted: bool
    spent: int


def probe(lab: Lab) -> Iterator[BadInput]:
    """Each as a job, run where it could be made."""
    a, b = lab.somebody(), lab.somebody()
    lab.works(a)
    own, theirs = lab.input_of(a), lab.input_of(b)
    folder = own.rpartition("/")[0]
    paths = (
        theirs,
        f"{folder}/../{theirs.partition('/')[2]}",
        f"{folder}/%2e%2e/{theirs.partition('/')[2]}",
        f"{folder}/%252e%252e/{theirs.partition('/')[2]}",
        f"{folder}/..%2f{theirs.partition('/')[2]}",
        f"{folder}//../{theirs.partition('/')[2]}",
        f"{folder}\\..\\{theirs.partition('/')[2]}",
        f"/{theirs}",
        f"{own}\0{theirs}",
        f"{lab.contract.said.output.partition('/')[0]}/{b.id}/in.png",
    )
    for path in paths:
        yield _tried(lab, a, "path", path, path.replace(a.id, "A").replace(b.id, "B"), b.id)
    for address in (f"{lab.target.api}/", "http://169.254.169.254/latest/meta-data/", "file:///etc/hostname"):
        yield _tried(lab, a, "address", address, address, address)


def _tried(lab: Lab, who: Somebody, kind: Literal["path", "address"], path: str, shown: str, word: str) -> BadInput:
    """One job; `word` is what the provider's input holds if this one was taken."""
    before, made = lab.balance(who), lab.made(who, word)
    job = lab.try_job(who, lab.contract.new_job(lab.contract.said.kind, path))
    succeeded = bool(job) and lab.succeeds(who, job)
    return BadInput(kind, shown, succeeded, lab.made(who, word) > made, before - lab.balance(who))


PROBE = Probe("inputs", "does a job take an input that is not its owner's?", probe, 1)
