"""The Supabase project behind the backend, through the official client: logging in, and files as a user sees them."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from gate.smoke.exchange import Category, StepFailed
from gate.smoke.redact import redacted

if TYPE_CHECKING:
    from supabase import Client


@dataclass(frozen=True, slots=True)
class Project:
    """A project's address and its public key."""

    url: str
    anon_key: str = field(repr=False)

    def sign_in(self, email: str, password: str) -> str:
        """The access token of a user. Raises StepFailed."""
        from supabase_auth.errors import AuthError

        try:
            with client(self.url, self.anon_key) as supabase:
                session = supabase.auth.sign_in_with_password({"email": email, "password": password}).session
        except AuthError as fault:
            words = f"{email} cannot sign in: {redacted(str(fault), password)}"
            raise StepFailed(Category.AUTHENTICATION, words) from None
        assert session is not None
        return session.access_token

    def read(self, path: str, token: str | None = None) -> bytes | None:
        """The file at `bucket/name` as the bearer of `token` gets it, or as the public does; None when it is withheld."""
        import httpx
        from storage3.exceptions import StorageApiError

        bucket, _, name = path.partition("/")
        try:
            if token is None:
                # The client would put its key into the address's request; the public has none.
                address = f"{self.url}/storage/v1/object/public/{path}"
                answer = httpx.get(address, timeout=30, trust_env=False, verify=_trusted())
                return answer.content if answer.status_code == 200 else None
            with client(self.url, self.anon_key, token) as supabase:
                return supabase.storage.from_(bucket).download(name)
        except StorageApiError:
            return None
        except httpx.HTTPError as fault:
            words = f"storage at {self.url} does not answer ({type(fault).__name__})"
            raise StepFailed(Category.CONNECTIVITY, words) from None

    def upload(self, path: str, content: bytes, token: str) -> None:
        """Put a PNG at `bucket/name` as the bearer of `token`. Raises StepFailed when storage refuses it."""
        from storage3.exceptions import StorageApiError

        bucket, _, name = path.partition("/")
        try:
            with client(self.url, self.anon_key, token) as supabase:
                supabase.storage.from_(bucket).upload(name, content, {"content-type": "image/png", "upsert": "true"})
        except StorageApiError as fault:
            words = f"a user cannot upload {path}: {redacted(str(fault.message), token)}"
            remedy = f"the migrations must make the bucket {bucket!r} and let users write their own folder"
            raise StepFailed(
                Category.CONFIGURATION, words, f"{remedy}; `input` in [tool.gate.smoke] names another place"
            ) from None


@contextmanager
def client(url: str, key: str, token: str | None = None) -> Iterator["Client"]:
    """The official client with a key, or with a user's token for everything. It leaves no connection open."""
    import httpx
    from supabase import create_client
    from supabase.client import ClientOptions

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # No proxy and no .netrc of this machine may see or change a token.
    with httpx.Client(timeout=30, trust_env=False, verify=_trusted()) as pool:
        options = ClientOptions(auto_refresh_token=False, persist_session=False, headers=headers, httpx_client=pool)
        yield create_client(url, key, options)


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates to trust, read once: it takes longer than most requests."""
    import httpx

    return httpx.create_ssl_context()
