"""The keys of the exam, made from a seed: each looks real, belongs to nobody, and is never written into the repository."""

import base64
import hashlib
import hmac
import json
import random
import string
import time
from collections.abc import Mapping

LETTERS = string.ascii_letters + string.digits
# Published with Supabase's own tools, the same for everybody.
LOCAL_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"
YEAR = 365 * 24 * 3600


class Keys:
    """Keys of every kind, one after the other from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def letters(self, count: int, alphabet: str = LETTERS) -> str:
        """Random letters."""
        return "".join(self.random.choice(alphabet) for _ in range(count))

    @property
    def ref(self) -> str:
        """The name of a project."""
        return self.letters(20, string.ascii_lowercase)

    def token(
        self, role: str, claims: Mapping[str, object] | None = None, *, secret: str = "", algorithm: str = "HS256"
    ) -> str:
        """A token of that role with a signature of the algorithm's length, and a real one where there is a secret."""
        now = int(time.time())
        whole = {"iss": "supabase", "ref": self.ref, "role": role, "iat": now - 100, "exp": now + 10 * YEAR}
        head = _part({"alg": algorithm, "typ": "JWT"})
        signed = f"{head}.{_part(whole if claims is None else claims)}"
        if algorithm == "HS256":
            key = (secret or self.letters(64)).encode()
            return f"{signed}.{_base64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"
        return f"{signed}.{_base64(self.random.randbytes({'ES256': 64, 'RS256': 256, 'HS512': 64}[algorithm]))}"

    def service(self) -> str:
        """A legacy service-role key."""
        return self.token("service_role")

    def anon(self) -> str:
        """A legacy key of every client."""
        return self.token("anon")

    def secret(self) -> str:
        """A secret key of today."""
        return f"sb_secret_{self.letters(22)}_{self.letters(8)}"

    def publishable(self) -> str:
        """A key of today that every client has."""
        return f"sb_publishable_{self.letters(22)}_{self.letters(8)}"

    def management(self) -> str:
        """A token that manages an account."""
        return "sbp_" + self.letters(40, "0123456789abcdef")

    def replicate(self) -> str:
        """A Replicate token."""
        return "r8_" + self.letters(37)

    def webhook(self) -> str:
        """A secret that signs webhooks."""
        return "whsec_" + base64.b64encode(self.random.randbytes(24)).decode()

    def database(self, password: str = "", host: str = "") -> str:
        """A database's address with its password."""
        return (
            f"postgresql://postgres:{password or self.letters(18)}@{host or f'db.{self.ref}.supabase.co'}:5432/postgres"
        )


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _part(value: Mapping[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())
