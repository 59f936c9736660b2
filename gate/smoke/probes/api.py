"""A's hands on money and power past the backend, through the data API: columns, rows and functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gate.smoke.lab import ControlFailed, Lab
from gate.smoke.probes.probe import Probe
from gate.smoke.project import client
from gate.smoke.schema import JOB, USER
from gate.smoke.target import Somebody

if TYPE_CHECKING:
    from supabase import Client

INSUFFICIENT_PRIVILEGE = "42501"


@dataclass(frozen=True, slots=True)
class Raised:
    """A column of power or money that A tried to set in a row of A's own, and whether it holds the new value."""

    table: str
    column: str
    effect: bool


@dataclass(frozen=True, slots=True)
class Minted:
    """A row that A tried to insert, or a function that A tried to call, and by how much A's balance rose."""

    request: str
    what: str
    gained: int


def probe(lab: Lab) -> Iterator[Raised | Minted]:
    """As somebody who has paid for a job, so that there is something to refund."""
    project = lab.target.project
    if project is None:
        raise ControlFailed("without SUPABASE_URL and SUPABASE_ANON_KEY there is no data API to ask")
    a = lab.somebody()
    lab.works(a)
    job = lab.jobs[-1]
    with client(project.url, project.anon_key, a.token) as own:
        for table, columns in lab.stage.schema.powers.items():
            key = _own_key(own, table, a.id)
            for column in columns if key else ():
                yield Raised(table, column, _raised(own, table, column, str(key), a.id))
        for table, rows in lab.stage.schema.rows.items():
            gained = sum(_gained(lab, a, own, table, _filled(row, a.id, job)) for row in rows)
            yield Minted(f"POST /rest/v1/{table}", f"inserts a row into {table}", gained)
        for function, values in lab.stage.schema.calls.items():
            gained = _gained(lab, a, own, function, _filled(values, a.id, job), call=True)
            yield Minted(f"POST /rest/v1/rpc/{function}", f"calls {function}()", gained)


def _filled(values: Mapping[str, object], user: str, job: str) -> dict[str, object]:
    known = {USER: user, JOB: job}
    return {name: known.get(value, value) if isinstance(value, str) else value for name, value in values.items()}


def _gained(lab: Lab, who: Somebody, own: "Client", name: str, values: dict[str, object], *, call: bool = False) -> int:
    """What somebody has more after trying; nothing where it was refused."""
    from postgrest import ReturnMethod
    from postgrest.exceptions import APIError

    before = lab.balance(who)
    try:
        if call:
            own.rpc(name, values).execute()
        else:
            own.table(name).insert(values, returning=ReturnMethod.minimal).execute()
    except APIError:
        return 0
    return max(0, lab.balance(who) - before)


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


PROBE = Probe("data-api", "can A set A's own balance or role, or mint credits, past the backend?", probe, 1)
