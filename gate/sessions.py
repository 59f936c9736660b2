"""The gate's sessions for the noxfile of another project: `from gate.sessions import register; register()`."""

import sys
from collections.abc import Sequence
from types import MappingProxyType

import nox
import nox.command
import nox.registry

SESSIONS = MappingProxyType(
    {
        "gate": (("run",), "Judge the release: every check, one verdict."),
        "audit": (("audit",), "Judge the SQL migrations, without a database."),
        "scan_service_role": (("scan",), "Find service-role keys and their kin where they must not be."),
        "test_rls": (("rls",), "Attack every table as a stranger, on an embedded Postgres."),
        "test_model": (("smoke", "run-all"), "Drive the backend's job API end to end, as two users."),
    }
)


def register(
    sessions: Sequence[str] = tuple(SESSIONS),
    *,
    prefix: str = "",
    tags: Sequence[str] = ("gate",),
    default: bool = False,
) -> None:
    """Offer the gate's sessions in this noxfile, `prefix` before each of their names.

    They run with the Python that runs nox, where the gate is installed: no environment is made, so none can be missing, and what is
    given behind `--` goes to the command. Call it last: a session of the noxfile that has one of the names already is an error here, and
    one that takes it afterwards is one under `python -W error::FutureWarning -m nox`. Raises ValueError.
    """
    unknown = [name for name in sessions if name not in SESSIONS]
    if unknown:
        raise ValueError(f"no session of the gate is called {unknown[0]!r}; known: {', '.join(SESSIONS)}")
    taken = [prefix + name for name in sessions if prefix + name in nox.registry.get()]
    if taken:
        raise ValueError(f"the noxfile has a session {taken[0]!r} already; rename it, or give register() a prefix")
    for name in sessions:
        words, said = SESSIONS[name]
        _offer(prefix + name, words, said, tags, default=default)


def _offer(name: str, words: Sequence[str], said: str, tags: Sequence[str], *, default: bool) -> None:
    def session(session: nox.Session) -> None:
        # -P: a folder `gate` of the project must not stand in for the gate.
        command = [sys.executable, "-P", "-m", "gate", *words, *session.posargs]
        try:
            session.run(*command, external=True)
        except nox.command.CommandFailed as failed:
            session.error(f"NO-GO (code {failed.return_code}), see above")

    session.__doc__ = said  # before it is registered: nox reads it then
    nox.session(name=name, venv_backend="none", tags=list(tags), default=default)(session)
