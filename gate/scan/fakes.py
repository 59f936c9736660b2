"""Fake keys, made when they are needed: pages and tests name them, and none is ever written into the repository."""

import base64
import re
import secrets
import string
import time
from collections.abc import Callable

import jwt

from gate.scan.tokens import WELL_KNOWN

ALPHABET = string.ascii_letters + string.digits


def token(role: str, *, issuer: str = "supabase", lifetime: int = 3600, secret: str | None = None) -> str:
    """A token signed with a secret that nobody keeps, if none is given."""
    now = int(time.time())
    body = {"iss": issuer, "ref": "".join(secrets.choice(string.ascii_lowercase) for _ in range(20)), "role": role}
    return jwt.encode(body | {"iat": now, "exp": now + lifetime}, secret or secrets.token_hex(32), algorithm="HS256")


def letters(count: int, alphabet: str = ALPHABET) -> str:
    """Random letters."""
    return "".join(secrets.choice(alphabet) for _ in range(count))


FAKES = {
    "service_role_jwt": lambda: token("service_role"),
    "expired_service_role_jwt": lambda: token("service_role", lifetime=-60),
    "local_service_role_jwt": lambda: token("service_role", issuer="supabase-demo", secret=WELL_KNOWN[0].decode()),
    "self_hosted_service_role_jwt": lambda: token("service_role", issuer="supabase-demo"),
    "placeholder_service_role_jwt": lambda: token("service_role").rpartition(".")[0] + ".your-signature-goes-here",
    "anon_jwt": lambda: token("anon"),
    "user_jwt": lambda: token("authenticated"),
    "sb_secret": lambda: f"sb_secret_{letters(22)}_{letters(8)}",
    "sb_publishable": lambda: f"sb_publishable_{letters(22)}_{letters(8)}",
    "management_token": lambda: "sbp_" + secrets.token_hex(20),
    "replicate_token": lambda: "r8_" + letters(37),
    "webhook_secret": lambda: "whsec_" + letters(40),
    "signing_secret": lambda: base64.b64encode(secrets.token_bytes(64)).decode(),
    "password": lambda: letters(20),
}


def _halves(value: str, between: str) -> str:
    third = len(value) // 3
    return between.join((value[:third], value[third : 2 * third], value[2 * third :]))


def _twice(value: str) -> str:
    return base64.b64encode(base64.b64encode(value.encode())).decode()


WAYS: dict[str, Callable[[str], str]] = {
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64_twice": _twice,
    "hex": lambda value: value.encode().hex(),
    "added": lambda value: _halves(value, '" + "'),
    "listed": lambda value: _halves(value, '", "'),
    "folded": lambda value: _halves(value, "\n  "),
    "escaped": lambda value: "".join(f"\\u{ord(letter):04x}" for letter in value),
}


def filled(text: str) -> str:
    """The text with every `{{name}}` of a known fake replaced by a fresh one, as it is or, by `{{name:way}}`, dressed."""

    def fresh(met: re.Match[str]) -> str:
        name, way = met.groups()
        if name not in FAKES:
            return met.group()
        return WAYS[way](FAKES[name]()) if way else FAKES[name]()

    return re.sub(r"\{\{(\w+)(?::(\w+))?\}\}", fresh, text)
