"""What the smoke is aimed at: a running backend, two users, and what else can be looked at."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import jwt

from gate.config import Config
from gate.errors import ConfigError
from gate.replicate import API
from gate.smoke.exchange import Actor, Category, StepFailed
from gate.smoke.project import Project
from gate.smoke.upstream import Upstream, from_account

REQUIRED = ("MODEL_PROVIDER", "REPLICATE_API_TOKEN", "TOKEN_A", "TOKEN_B")


@dataclass(frozen=True, slots=True)
class Somebody:
    """A made-up user of a rehearsal, with an input in place."""

    id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """What only a rehearsal can do: make users, have their predictions go wrong, sign tokens, know the tables.

    `asked` gives the provider's requests about a user's predictions: `at` in seconds, `route` and `status`. `tables` names, per table of the data API, the columns that hold power or money.
    """

    newcomer: Callable[[], Somebody]
    fault: Callable[[str, str], None]
    mint: Callable[[Mapping[str, object], int], str]
    asked: Callable[[str], Sequence[Mapping[str, object]]]
    tables: Mapping[str, tuple[str, ...]]


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
    log: Callable[[], str] = lambda: ""  # the backend's last words, where we started it

    def user(self, actor: Actor) -> str | None:
        """The user's id, read from the token without trusting it; None when it is no JWT."""
        try:
            claims = jwt.decode(self.tokens[actor], options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return None
        return str(claims["sub"]) if claims.get("sub") else None


def real_target(config: Config, environment: Mapping[str, str] = os.environ) -> Target:
    """The target that the seed's variables describe. Raises ConfigError that names every one that is missing."""
    missing = [name for name in REQUIRED if not environment.get(name)]
    if missing:
        raise ConfigError(
            f"the smoke needs {', '.join(missing)}; set {'them' if len(missing) > 1 else 'it'}, or use --rehearse, or"
            " `rehearse = true` in [tool.gate.smoke], to run on stand-ins"
        )
    if environment["MODEL_PROVIDER"] != "replicate":
        raise ConfigError("MODEL_PROVIDER must be `replicate`: that is the provider this gate judges")
    api = environment.get("API") or config.smoke.api
    if urlsplit(api).scheme not in {"http", "https"} or not urlsplit(api).hostname:
        raise ConfigError("API must be an http or https address, as in http://localhost:8000")
    url, key = environment.get("SUPABASE_URL"), environment.get("SUPABASE_ANON_KEY")
    target = Target(
        kind="running",
        api=api.rstrip("/"),
        tokens={"A": environment["TOKEN_A"], "B": environment["TOKEN_B"]},
        upstream=from_account(environment["REPLICATE_API_TOKEN"], environment.get("REPLICATE_API_BASE_URL") or API),
        project=Project(url.rstrip("/"), key) if url and key else None,
    )
    if target.tokens["A"] == target.tokens["B"]:
        raise ConfigError("TOKEN_A and TOKEN_B are the same token; isolation needs two users")
    return target


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
    if found["A"] == found["B"]:
        words = "TOKEN_A and TOKEN_B belong to the same user"
        raise StepFailed(Category.CONFIGURATION, words, "isolation needs two users")
    return found
