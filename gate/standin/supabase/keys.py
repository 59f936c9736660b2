"""The project's two keys and the tokens signed with its secret; who a request comes from."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from gate.standin.http import Request

ALGORITHM = "HS256"
TEN_YEARS = 315_360_000
CLOCK_SKEW = 30  # seconds a token may have been issued in the future, as PostgREST allows


class BadKey(Exception):  # noqa: N818 - an answer, not a fault
    """No key, or none of the project's."""

    def __init__(self, why: Literal["none", "unknown"]) -> None:
        super().__init__(why)
        self.why = why


class BadToken(Exception):  # noqa: N818 - an answer, not a fault
    """A bearer token that is expired or was not signed with the project's secret."""

    def __init__(self, why: Literal["expired", "invalid"]) -> None:
        super().__init__(why)
        self.expired = why == "expired"


@dataclass(frozen=True, slots=True)
class Caller:
    """In whose name a request runs: the role and the claims that policies see."""

    role: str
    claims: Mapping[str, Any]

    @property
    def anonymous(self) -> bool:
        """Whether nobody is signed in. PostgREST says 401 to those where others get 403."""
        return self.role == "anon"

    @property
    def owner(self) -> str | None:
        """The user's id, where there is one."""
        subject = self.claims.get("sub")
        return subject if isinstance(subject, str) else None


class Keys:
    """Made per run: a secret and the two keys signed with it."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(32)
        self.anon = self.sign({"iss": "supabase", "ref": "standin", "role": "anon"}, TEN_YEARS)
        self.service_role = self.sign({"iss": "supabase", "ref": "standin", "role": "service_role"}, TEN_YEARS)

    def sign(self, claims: Mapping[str, Any], lifetime: int) -> str:
        """A token with these claims, issued now. A negative lifetime makes one that has expired."""
        now = int(time.time())
        return jwt.encode({**claims, "iat": now, "exp": now + lifetime}, self.secret, ALGORITHM)

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token signed with the secret. Raises BadToken."""
        try:
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=[ALGORITHM],
                options={"verify_aud": False, "verify_sub": False, "verify_jti": False, "verify_iat": False},
            )
        except jwt.ExpiredSignatureError as fault:
            raise BadToken("expired") from fault
        except (jwt.InvalidTokenError, RecursionError, ValueError) as fault:
            raise BadToken("invalid") from fault
        issued = claims.get("iat")
        if isinstance(issued, int | float) and issued > time.time() + CLOCK_SKEW:
            raise BadToken("invalid")
        return claims

    def caller(self, request: Request, *, bearer_alone: bool = False) -> Caller:
        """Who asks. A bearer that looks like a token decides; otherwise the key does. Raises BadKey or BadToken."""
        bearer = self.bearer(request)
        key = "" if bearer_alone and bearer and "apikey" not in request.headers else self.known(request)
        claims = self.read(bearer if bearer.count(".") == 2 else key)
        role = claims.get("role", "anon")
        if not isinstance(role, str):
            raise BadToken("invalid")
        return Caller(role, claims)

    @staticmethod
    def bearer(request: Request) -> str:
        """What stands behind `Bearer`; empty when nothing does."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def known(self, request: Request) -> str:
        """The request's key, which must be one of the two. Raises BadKey."""
        key = request.headers.get("apikey") or request.asked("apikey")
        if not key:
            raise BadKey("none")
        if not any(secrets.compare_digest(key.encode(), one.encode()) for one in (self.anon, self.service_role)):
            raise BadKey("unknown")
        return key
