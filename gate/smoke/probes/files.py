"""B's hands on A's files in storage, past the backend: what A has uploaded, and what A has paid for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gate.smoke.lab import ControlFailed, Lab
from gate.smoke.probes.probe import Probe
from gate.smoke.project import client
from gate.standin.image import png

if TYPE_CHECKING:
    from storage3 import SyncStorageClient

Deed = Literal["list", "sign", "overwrite", "add", "move", "delete"]


@dataclass(frozen=True, slots=True)
class Touched:
    """What B tried on a file of A's in storage, and whether it had an effect."""

    deed: Deed
    bucket: str
    effect: bool


def probe(lab: Lab) -> Iterator[Touched]:
    """A's input, and A's output."""
    project = lab.target.project
    if project is None:
        raise ControlFailed("without SUPABASE_URL and SUPABASE_ANON_KEY there is no storage to look at")
    a, b = lab.somebody(), lab.somebody()
    lab.works(a)
    output = lab.contract.output(lab.look(a, lab.jobs[-1]))
    for path in (lab.input_of(a), output):
        if project.read(path, a.token) is None:
            raise ControlFailed(f"A cannot read A's own file {path!r}")
        bucket, _, name = path.partition("/")
        with client(project.url, project.anon_key, b.token) as theirs:
            for deed, tried in _deeds(theirs.storage, bucket, name).items():
                before = project.read(path, a.token)
                got = _done(tried)
                changed = project.read(path, a.token) != before
                yield Touched(deed, bucket, changed or (got and deed in {"list", "sign", "add"}))
                if changed:
                    break  # what is gone or another cannot be tried once more


def _deeds(storage: "SyncStorageClient", bucket: str, name: str) -> dict[Deed, Callable[[], Any]]:
    files = storage.from_(bucket)
    folder = name.rpartition("/")[0]
    return {
        "list": lambda: [one for one in files.list(folder) if one.get("id")],
        "sign": lambda: files.create_signed_url(name, 60),
        "overwrite": lambda: files.upload(name, png("of B"), {"content-type": "image/png", "upsert": "true"}),
        "add": lambda: files.upload(f"{folder}/of-b.png", png("of B"), {"content-type": "image/png"}),
        "move": lambda: files.move(name, f"{folder}/moved.png"),
        "delete": lambda: files.remove([name]),
    }


def _done(tried: Callable[[], Any]) -> bool:
    from storage3.exceptions import StorageApiError

    try:
        return bool(tried())
    except StorageApiError:
        return False


PROBE = Probe("files", "can B list, sign, overwrite, add, move or delete A's files?", probe, 1)
