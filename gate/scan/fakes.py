"""Fake keys, made when they are needed: pages and tests name them, and none is ever written into the repository."""

import re
import secrets
import string
import time

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
    "password": lambda: letters(20),
}


def filled(text: str) -> str:
    """The text with every `{{name}}` of a known fake replaced by a fresh one."""
    return re.sub(
        r"\{\{(\w+)\}\}", lambda found: FAKES[found.group(1)]() if found.group(1) in FAKES else found.group(), text
    )
