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
    from supabase import Client

INSUFFICIENT_PRIVILEGE = "42501"

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
    with client(project.url, project.anon_key, token) as own:
        for table, columns in lab.stage.tables.items():
            key = _own_key(own, table, user)
            for column in columns if key else ():
                yield Raised(table, column, _raised(own, table, column, str(key), user))


def _own_key(own: "Client", table: str, user: str) -> str | None:
    """The column by which a table holds a row of the user's that the user can see; None when it holds none."""
    from postgrest.exceptions import APIError

    for key in ("user_id", "id", "owner_id", "owner", "profile_id", "account_id", "created_by"):
        try:
            if own.table(table).select("*").eq(key, user).limit(1).execute().data:
                return key
        except APIError:
            continue
    return None


def _raised(own: "Client", table: str, column: str, key: str, user: str) -> bool:
    """Try a value that the column can hold: more, true, or a word of power. Raises ControlFailed when none can be tried."""
    from postgrest.exceptions import APIError

    def value() -> object:
        rows = own.table(table).select(column).eq(key, user).limit(1).execute().data
        return rows[0].get(column) if rows and isinstance(rows[0], dict) else None

    problem = ""
    try:
        was = value()
        for more in _tries(was):
            try:
                own.table(table).update({column: more}).eq(key, user).execute()
            except APIError as refused:
                if refused.code == INSUFFICIENT_PRIVILEGE:
                    return False
                problem = f"{refused.code}"  # the value did not fit; the next one may
                continue
            return value() != was
    except APIError as unseen:
        problem = f"{unseen.code}"
    raise ControlFailed(f"whether A can set {column} of {table} cannot be told ({problem})")


def _tries(was: object) -> tuple[object, ...]:
    if isinstance(was, bool):
        return (not was,)
    if isinstance(was, int | float):
        return (was + 1, was + 1000)
    return ("admin", "owner", "pro", "active", 1, True)


PROBE = Probe("files", "can B touch A's files, or A set A's own balance, past the backend?", probe)
