"""What the smoke is aimed at: a running backend, two users, and what else can be looked at."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import jwt

from gate.config import Config
from gate.errors import ConfigError
from gate.replicate import API
from gate.smoke.exchange import Actor, Category, StepFailed
from gate.smoke.project import Project
from gate.smoke.upstream import Upstream, from_account

if TYPE_CHECKING:
    from gate.smoke.schema import Schema
    from gate.standin.replicate import ReplicateStandIn


@dataclass(frozen=True, slots=True)
class Somebody:
    """A made-up user of a rehearsal, with an input in place."""

    id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """What only a rehearsal can do: make users, sign tokens, know the schema, and have the provider do as it is told.

    `provider` is the stand-in.
    """

    newcomer: Callable[[], Somebody]
    mint: Callable[[Mapping[str, object], int], str]
    schema: "Schema"
    provider: "ReplicateStandIn"


@dataclass(frozen=True, slots=True)
class Target:
    """A backend to judge: one that runs, or one that was started for a rehearsal.

    `project` is the Supabase project, where it is known; `upstream` counts Replicate's predictions.
    """

    kind: Literal["running", "rehearsal"]
    api: str
    tokens: Mapping[Actor, str] = field(repr=False)
    upstream: Upstream
    project: Project | None = None
    stage: Stage | None = None
    log: Callable[[], str] = lambda: ""  # the backend's last words, without keys, where we started it

    def user(self, actor: Actor) -> str | None:
        """The user's id, read from the token without trusting it; None when it is no JWT."""
        try:
            claims = jwt.decode(self.tokens[actor], options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return None
        return str(claims["sub"]) if claims.get("sub") else None


def require(environment: Mapping[str, str] = os.environ) -> None:
    """See whether the seed's variables are there, without asking anybody. Raises ConfigError naming each that is missing.

    Instead of TOKEN_A there may be EMAIL_A and PASSWORD_A, with SUPABASE_URL and SUPABASE_ANON_KEY to sign in at; so for B.
    """
    there = {name for name, value in environment.items() if value}
    missing = [name for name in ("MODEL_PROVIDER", "REPLICATE_API_TOKEN") if name not in there]
    for actor in ("A", "B"):
        login = {f"EMAIL_{actor}", f"PASSWORD_{actor}"}
        if f"TOKEN_{actor}" not in there and login & there:
            missing += sorted((login | {"SUPABASE_URL", "SUPABASE_ANON_KEY"}) - there - set(missing))
        elif f"TOKEN_{actor}" not in there:
            missing.append(f"TOKEN_{actor}")
    if missing:
        raise ConfigError(
            f"the smoke needs {', '.join(missing)}; set {'them' if len(missing) > 1 else 'it'}, or"
            " `rehearse = true` in [tool.gate.smoke] to run on stand-ins, or leave smoke out of `required`"
        )
    if environment["MODEL_PROVIDER"] != "replicate":
        raise ConfigError("MODEL_PROVIDER must be `replicate`: that is the provider this gate judges")
    if environment.get("TOKEN_A") and environment.get("TOKEN_A") == environment.get("TOKEN_B"):
        raise ConfigError("TOKEN_A and TOKEN_B are the same token; isolation needs two users")
    for name in ("API", "SUPABASE_URL", "REPLICATE_API_BASE_URL"):
        if environment.get(name) and not _is_address(environment[name]):
            raise ConfigError(f"{name} must be an http or https address, as in http://localhost:8000")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, ports that are no numbers
        return False


def running_target(config: Config, environment: Mapping[str, str] = os.environ) -> Target:
    """The running backend that the seed's variables describe. Raises ConfigError, and StepFailed when a login fails."""
    require(environment)
    api = environment.get("API") or config.smoke.api
    url, key = environment.get("SUPABASE_URL"), environment.get("SUPABASE_ANON_KEY")
    project = Project(url.rstrip("/"), key) if url and key else None
    tokens: dict[Actor, str] = {}
    for actor in ("A", "B"):
        token = environment.get(f"TOKEN_{actor}")
        if not token:
            assert project is not None, "required above"
            token = project.sign_in(environment[f"EMAIL_{actor}"], environment[f"PASSWORD_{actor}"])
        tokens[actor] = token
    return Target(
        kind="running",
        api=api.rstrip("/"),
        tokens=tokens,
        upstream=from_account(environment["REPLICATE_API_TOKEN"], environment.get("REPLICATE_API_BASE_URL") or API),
        project=project,
    )


def users(target: Target, named: Mapping[Actor, str | None]) -> dict[Actor, str]:
    """Both users' ids, from what the backend names or from the tokens. Raises StepFailed unless they are two."""
    found: dict[Actor, str] = {}
    actors: tuple[Actor, ...] = ("A", "B")
    for actor in actors:
        user = target.user(actor) or named[actor]
        if not user:
            words = f"TOKEN_{actor} does not say whose it is, and neither does the backend's bootstrap"
            raise StepFailed(Category.AUTHENTICATION, words, "use a Supabase access token, or answer with `user_id`")
        found[actor] = user
    two(found)
    return found


def two(found: Mapping[Actor, str]) -> None:
    """See that A and B are not the same. Raises StepFailed."""
    if found["A"] == found["B"]:
        words = "TOKEN_A and TOKEN_B belong to the same user"
        raise StepFailed(Category.CONFIGURATION, words, "isolation needs two users")
