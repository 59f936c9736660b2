"""B's hands on A's files, and A's on the tables that hold the money, past the backend."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gate.smoke.lab import ControlFailed, Lab
from gate.smoke.probes.probe import Probe
from gate.smoke.project import Project, client
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


@dataclass(frozen=True, slots=True)
class Raised:
    """A column of power or money that A tried to set in a row of A's own through the data API."""

    table: str
    column: str
    effect: bool


def probe(lab: Lab) -> Iterator[Touched | Raised]:
    """Storage first, then the tables."""
    project = lab.target.project
    if project is None:
        raise ControlFailed("without SUPABASE_URL and SUPABASE_ANON_KEY there is no storage to look at")
    a, b = lab.somebody(), lab.somebody()
    path = lab.input_of(a)
    if project.read(path, a.token) is None:
        raise ControlFailed("A cannot read A's own input")
    bucket, _, name = path.partition("/")
    with client(project.url, project.anon_key, b.token) as theirs:
        for deed, tried in _deeds(theirs.storage, bucket, name).items():
            before = project.read(path, a.token)
            got = _done(tried)
            changed = project.read(path, a.token) != before
            yield Touched(deed, bucket, changed or (got and deed in {"list", "sign", "add"}))
            if changed:
                project.upload(path, png("again"), a.token)
    yield from _tables(lab, project, a.id, a.token)


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


def _tables(lab: Lab, project: Project, user: str, token: str) -> Iterator[Raised]:
    from postgrest.exceptions import APIError

    with client(project.url, project.anon_key, token) as own:
        for table, columns in lab.stage.tables.items():
            for column in columns:
                try:
                    rows = own.table(table).select("*").limit(1).execute().data
                    row = rows[0] if rows else None
                    if not isinstance(row, dict) or user not in row.values():
                        continue
                    key = next(name for name, value in row.items() if value == user)
                    was = row.get(column)
                    more = was + 1000 if isinstance(was, int) and not isinstance(was, bool) else "admin"
                    own.table(table).update({column: True if was is False else more}).eq(key, user).execute()
                    now = own.table(table).select(column).eq(key, user).limit(1).execute().data
                except APIError:
                    yield Raised(table, column, effect=False)
                else:
                    first = now[0] if now else None
                    yield Raised(table, column, effect=isinstance(first, dict) and first.get(column) != was)


PROBE = Probe("files", "can B touch A's files, or A set A's own balance, past the backend?", probe)
