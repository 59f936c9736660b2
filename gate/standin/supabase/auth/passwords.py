"""Passwords as salted scrypt digests; the text of a password is never stored."""

import base64
import hashlib
import hmac
import secrets

COST, BLOCK, LANES = 1 << 14, 8, 1
LONGEST = 72  # bytes; GoTrue's bcrypt takes no more, so a longer one must not work here either


def digest(password: str) -> str:
    """What to store."""
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", str(COST), _text(salt), _text(_scrypt(password, salt, COST))))


def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one's. What is not ours (bcrypt from a seed file, say) matches nothing."""
    parts = (stored or "").split("$")
    if len(parts) != 4 or parts[0] != "scrypt" or len(password.encode()) > LONGEST:
        return False
    try:
        cost, salt, wanted = int(parts[1]), base64.b64decode(parts[2]), base64.b64decode(parts[3])
        return hmac.compare_digest(_scrypt(password, salt, min(cost, COST)), wanted)
    except ValueError:
        return False


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=BLOCK, p=LANES, dklen=32)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
