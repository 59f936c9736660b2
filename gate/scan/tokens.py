"""What a token may do: its claims are read and its signature looked at, by what anybody knows and nothing else."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping

from gate.scan.kinds import Kind

ROLES = frozenset({"service_role", "supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "postgres"})
TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{16,8000}\.[A-Za-z0-9_-]{16,2000}")
BODY = re.compile(r"eyJ[A-Za-z0-9_-]{8,2000}\.([A-Za-z0-9_-]{16,8000})\.[A-Za-z0-9_-]{16}")
# Published with Supabase's own tools, the same for everybody: a token they sign opens local stacks only.
WELL_KNOWN = (
    b"super-secret-jwt-token-with-at-least-32-characters-long",
    b"your-super-secret-jwt-token-with-at-least-32-characters-long",
)
SIGNATURES = {"HS256": 43, "HS384": 64, "HS512": 86, "ES256": 86, "ES384": 128, "EdDSA": 86, "RS256": 342}
SAID = (("issuer", "iss"), ("project", "ref"), ("role", "role"))
PLAIN = re.compile(r"[A-Za-z0-9_.:/-]{1,80}")
FAR = 253_402_300_800  # the year 10000
VARIETY = 12  # different characters that a real signature has at least


def aligned(word: str) -> tuple[str, ...]:
    """The three ways a word can look inside base64, by where it begins."""
    found = []
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word.encode()).decode()
        begin, end = -(-8 * shift // 6), 8 * (shift + len(word)) // 6  # the characters that the word alone decides
        found.append(coded[begin:end])
    return tuple(found)


FORMS = tuple(form for role in sorted(ROLES) for form in aligned(role))


def harmless(text: str) -> bool:
    """Whether the text begins with a whole token that row level security holds for, such as the one of every client."""
    found = BODY.match(text)
    claims = _read(found.group(1)) if found else {}
    return bool(claims) and claims.get("role") not in ROLES


def judged(token: str) -> Kind | None:
    """The kind of a token that passes row level security; None for every other."""
    head, body, signature = token.split(".")
    header, claims = _read(head), _read(body)
    role = claims.get("role")
    if not isinstance(role, str) or role not in ROLES:
        return None
    algorithm = str(header.get("alg"))
    if len(signature) < SIGNATURES.get(algorithm, 0) or len(set(signature)) < VARIETY:
        return None  # a placeholder: no signature of that algorithm is so short or so dull
    if algorithm == "HS256" and any(_signs(secret, f"{head}.{body}", signature) for secret in WELL_KNOWN):
        return Kind.LOCAL
    expiry = claims.get("exp")
    if isinstance(expiry, int | float) and expiry < time.time():
        return Kind.EXPIRED
    return Kind.SERVICE_ROLE


def claimed(token: str) -> str:
    """What a token says of itself that is no secret, in words."""
    claims = _read(token.split(".")[1])
    told = [
        f"{word} {value}"
        for word, name in SAID
        if isinstance(value := claims.get(name), str) and PLAIN.fullmatch(value)
    ]
    expiry = claims.get("exp")
    if isinstance(expiry, int | float) and 0 < expiry < FAR:
        told.append(f"until {time.strftime('%Y-%m-%d', time.gmtime(expiry))}")
    return ", ".join(told)


def _read(part: str) -> Mapping[str, object]:
    """A part as JSON, unverified; empty for anything that is none."""
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _signs(secret: bytes, signed: str, signature: str) -> bool:
    code = base64.urlsafe_b64encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest()).decode()
    return code.rstrip("=") == signature
