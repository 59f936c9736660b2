"""Who asks: a client for nobody, for A and for B, with the tokens that the project itself gave or takes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from gate.errors import ConfigError, Incomplete
from gate.rls.attempt import Actor
from gate.rls.live.asking import Asker
from gate.rls.live.line import Line, Pace
from gate.rls.live.target import USERS, Login, Project, Who, claims

if TYPE_CHECKING:
    from supabase import Client


@dataclass(frozen=True, slots=True)
class People:
    """Both users' ids and tokens, and the way to ask as either or as nobody.

    `undoing` asks even after everything else has been told to stop.
    """

    ids: Mapping[Who, str]
    asker: Asker
    undoing: Asker
    tokens: Mapping[Who, str] = field(repr=False)


@contextmanager
def introduced(project: Project, pace: Pace, may_go: Callable[[], None]) -> Iterator[People]:
    """Log both users in. Raises Incomplete where the project does not let them, ConfigError where they are not two."""
    with _line(project, pace, may_go) as line, _line(project, Pace(0.05), lambda: None) as last:
        tokens = {who: _token(project, who, project.logins[who], line) for who in USERS}
        ids = {who: _id(project, who, tokens[who], line) for who in USERS}
        if ids["A"] == ids["B"]:
            raise ConfigError("A and B are the same user; the attack needs two")
        secrets = [project.key, *tokens.values(), *(login.password for login in project.logins.values())]

        def clients(pool: httpx.Client) -> Mapping[Actor, "Client"]:
            return {
                "anon": client_of(project.url, project.key, pool),
                **{who: client_of(project.url, project.key, pool, tokens[who]) for who in USERS},
            }

        yield People(ids, Asker(clients(line), secrets), Asker(clients(last), secrets), tokens)


@contextmanager
def _line(project: Project, pace: Pace, may_go: Callable[[], None]) -> Iterator[httpx.Client]:
    with httpx.Client(transport=Line(project.url, pace, may_go), timeout=10, trust_env=False) as pool:
        yield pool


def client_of(url: str, key: str, pool: httpx.Client, token: str | None = None) -> "Client":
    """The official client. It tries nothing a second time: what it may repeat is for us to say."""
    from supabase import create_client
    from supabase.client import ClientOptions

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    options = ClientOptions(
        headers=headers,
        httpx_client=pool,
        auto_refresh_token=False,
        persist_session=False,
        postgrest_client_retry=False,
    )
    return create_client(url, key, options)


def _token(project: Project, who: Who, login: Login, line: httpx.Client) -> str:
    if login.token:
        return login.token
    try:
        client = client_of(project.url, project.key, line)
        session = client.auth.sign_in_with_password({"email": login.email, "password": login.password}).session
        token = session.access_token if session else ""
    except Exception as fault:
        raise Incomplete(f"{who} cannot log in as {login.email} ({type(fault).__name__})") from fault
    if not isinstance(token, str) or not token:
        raise Incomplete(f"{who} logs in as {login.email} and is given no token")
    return token


def _id(project: Project, who: Who, token: str, line: httpx.Client) -> str:
    """Whose token it is, by its own word, which the project checks with every request; else by the project's."""
    said = claims(token)
    if said.get("role") not in {None, "authenticated"}:
        raise ConfigError(f"the token of {who} is not an ordinary user's: its role is {said.get('role')!r}")
    if isinstance(said.get("sub"), str):
        return str(said["sub"])
    try:
        answer = client_of(project.url, project.key, line).auth.get_user(token)
    except Exception as fault:
        raise Incomplete(f"the project does not say whose the token of {who} is ({type(fault).__name__})") from fault
    if answer is None:
        raise Incomplete(f"the project does not know the user of TOKEN_{who}")
    return str(answer.user.id)
