"""What is a key and what it may do. A `Secret` says where and what kind, and never holds the value."""

import base64
import binascii
import json
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.(eyJ[A-Za-z0-9_-]{8,}|[A-Za-z0-9_-]{16,})\.[A-Za-z0-9_-]{16,}")
SECRET_KEY = re.compile(r"sb_secret_([A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{8})(?![A-Za-z0-9_-])")
MANAGEMENT = re.compile(r"(?<![A-Za-z0-9])sbp_(?:oauth_|v0_)?[a-f0-9]{40}(?![A-Za-z0-9])")
REPLICATE = re.compile(r"(?<![A-Za-z0-9])r8_[A-Za-z0-9]{37}(?![A-Za-z0-9])")
WEBHOOK = re.compile(r"whsec_[A-Za-z0-9+/]{32,}={0,2}")
DATABASE = re.compile(r"postgres(?:ql)?://[^\s:/@'\"<>`]+:[^\s/@'\"<>`]+@[^\s/'\"<>`]+")
CLIENT_NAME = re.compile(
    r"\b((?:NEXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|PUBLIC|GATSBY|STORYBOOK|VUE_APP|NX_PUBLIC|SANITY_STUDIO|"
    r"REDWOOD_ENV|NUXT_ENV|PLASMO_PUBLIC)_\w*)\s*[\"']?\s*[:=]\s*[\"'`]?$"
)
PRIVILEGED_ROLES = {"service_role", "supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "postgres"}
LOCAL_HOSTS = {
    "localhost",
    "127.0.0.1",
    "::1",
    "0.0.0.0",  # noqa: S104 - recognised, not bound
    "db",
    "postgres",
    "host.docker.internal",
    "host",
    "hostname",
    "example.com",
}
DUMMY = re.compile(
    r"^(x+|\*+|\.+|postgres|password|pass|secret|example|changeme|your.*|my.*|test|user|\$?\{.*|<.*|\[.*|%\w.*)$",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a key is."""

    SERVICE_ROLE = "service-role key"
    LOCAL = "local development key"
    EXPIRED = "expired service-role key"
    SECRET_KEY = "secret key"  # noqa: S105 - a kind, not a key
    MANAGEMENT = "management token"
    REPLICATE = "Replicate token"
    WEBHOOK = "webhook secret"
    DATABASE = "database password"


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that was met: its kind, its line, and the client-side variable that holds it, if any."""

    kind: Kind
    line: int
    variable: str | None


def find(text: str) -> Iterator[Secret]:
    """Every key of a text that is not made to be public."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    for pattern, judge in PATTERNS:
        for found in pattern.finditer(text):
            kind = judge(found.group())
            if kind:
                before = text[max(0, found.start() - 200) : found.start()]
                named = CLIENT_NAME.search(before)
                yield Secret(kind, bisect_right(starts, found.start()), named.group(1) if named else None)


def claims(token: str) -> dict[str, object]:
    """The claims of a token, unverified; empty for anything that is none."""
    for part in token.split(".")[:2]:
        try:
            decoded = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (ValueError, binascii.Error, RecursionError):
            continue
        if isinstance(decoded, dict) and "role" in decoded:
            return decoded
    return {}


def _token(token: str) -> Kind | None:
    read = claims(token)
    if read.get("role") not in PRIVILEGED_ROLES:
        return None
    if read.get("iss") == "supabase-demo":
        return Kind.LOCAL
    expiry = read.get("exp")
    if isinstance(expiry, int | float) and expiry < time.time():
        return Kind.EXPIRED
    return Kind.SERVICE_ROLE


def _secret_key(key: str) -> Kind | None:
    body = key.removeprefix("sb_secret_")
    return Kind.SECRET_KEY if len(set(body)) > 8 else None


def _database(url: str) -> Kind | None:
    try:
        parts = urlsplit(url)
        host, password = parts.hostname or "", unquote(parts.password or "")
    except ValueError:
        return None
    if host in LOCAL_HOSTS or host.endswith((".local", ".example", ".example.com")) or DUMMY.match(password):
        return None
    return Kind.DATABASE


PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str], Kind | None]], ...] = (
    (JWT, _token),
    (SECRET_KEY, _secret_key),
    (MANAGEMENT, lambda value: Kind.MANAGEMENT if len(set(value)) > 10 else None),
    (REPLICATE, lambda value: Kind.REPLICATE if len(set(value)) > 10 else None),
    (WEBHOOK, lambda value: Kind.WEBHOOK if len(set(value)) > 12 else None),
    (DATABASE, _database),
)
