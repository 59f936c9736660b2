"""Which project, as whom: the variables that say so, and everything that is refused before the first request."""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import jwt

from gate.config import Config
from gate.errors import ConfigError

Who = Literal["A", "B"]
USERS: tuple[Who, ...] = ("A", "B")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PRODUCTION = re.compile(r"(?i)(^|[^a-z])(prod|production|live)([^a-z]|$)")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Login:
    """How a user comes in: by a token, or by an address and its password."""

    token: str = field(default="", repr=False)
    email: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Project:
    """A project's address and public key, and the logins of its two test users."""

    url: str
    key: str = field(repr=False)
    logins: Mapping[Who, Login] = field(repr=False)

    @property
    def host(self) -> str:
        """What reports call it."""
        return urlsplit(self.url).netloc


def project(config: Config, *, writes: bool, environment: Mapping[str, str] = os.environ) -> Project:
    """The project that the variables name. Raises ConfigError for whatever must not be attacked, or cannot be.

    Nothing else is read of the environment; a service key in it is none of our business.
    """
    there = {name: value.strip() for name, value in environment.items() if value.strip()}
    missing = [name for name in ("SUPABASE_URL", "SUPABASE_ANON_KEY") if name not in there]
    missing += [
        f"TOKEN_{who} (or EMAIL_{who} and PASSWORD_{who})"
        for who in USERS
        if f"TOKEN_{who}" not in there and not {f"EMAIL_{who}", f"PASSWORD_{who}"} <= there.keys()
    ]
    if missing:
        raise ConfigError(f"gate rls --live needs {', '.join(missing)}; they name a staging project and two test users")
    url = _address("SUPABASE_URL", there["SUPABASE_URL"])
    _named(url, config)
    if writes:
        _writable(url, config)
    logins: dict[Who, Login] = {}
    for who in USERS:
        token = there.get(f"TOKEN_{who}", "")
        _no_service(f"TOKEN_{who}", token)
        logins[who] = (
            Login(token=token) if token else Login(email=there[f"EMAIL_{who}"], password=there[f"PASSWORD_{who}"])
        )
    key = there["SUPABASE_ANON_KEY"]
    _no_service("SUPABASE_ANON_KEY", key)
    if logins["A"] == logins["B"]:
        raise ConfigError("A and B log in as the same user; the attack needs two")
    return Project(url, key, logins)


def _address(name: str, text: str) -> str:
    """The address as we compare it. Raises ConfigError for one that is none, or that would send tokens in clear."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in PORTS or parts.username or parts.query or parts.fragment:
        raise ConfigError(f"{name} must be the address of a project and nothing more, as in https://ref.supabase.co")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ConfigError(f"{name} is not https, and the users' tokens would travel in clear")
    shown = f"[{host}]" if ":" in host else host
    port = None if port in {None, PORTS[parts.scheme]} else port
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _named(url: str, config: Config) -> None:
    if not config.live_url:
        raise ConfigError(f"[tool.gate] live_url is not set; only the project that it names is attacked, as in {url!r}")
    if _address("[tool.gate] live_url", config.live_url) != url:
        raise ConfigError(f"SUPABASE_URL is not the project that [tool.gate] live_url names, {config.live_url!r}")


def _writable(url: str, config: Config) -> None:
    if PRODUCTION.search(url):
        raise ConfigError(f"{url} looks like production by its name; --allow-writes is for a staging project")
    if not config.live_tables:
        raise ConfigError("--allow-writes writes only into tables that [tool.gate] live_tables names; it is empty")


def claims(token: str) -> dict[str, Any]:
    """What a token says of itself, believed by nobody; empty for one that is no JWT."""
    try:
        found = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
    except (jwt.InvalidTokenError, RecursionError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _no_service(name: str, key: str) -> None:
    """Refuse what row security does not bind, and a token that is no user's or not one any more."""
    said = claims(key)
    if key.startswith(("sb_secret_", "sbp_")) or said.get("role") in {"service_role", "supabase_admin", "postgres"}:
        raise ConfigError(f"{name} is a secret key, to which everything is open; give the publishable (anon) key")
    if name.startswith("TOKEN_") and said:
        if said.get("role") == "anon":
            raise ConfigError(f"{name} is the anon key and no user's token")
        ends = said.get("exp")
        if isinstance(ends, int | float) and ends < time.time():
            raise ConfigError(f"{name} has expired; log in anew, or give EMAIL and PASSWORD instead")
