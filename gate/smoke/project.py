"""The Supabase project behind the backend, through the official client: logging in, and files as a user sees them."""

from dataclasses import dataclass, field
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
            session = self._client().auth.sign_in_with_password({"email": email, "password": password}).session
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
                answer = httpx.get(f"{self.url}/storage/v1/object/public/{path}", timeout=30, trust_env=False)
                return answer.content if answer.status_code == 200 else None
            return self._client(token).storage.from_(bucket).download(name)
        except StorageApiError:
            return None
        except httpx.HTTPError as fault:
            words = f"storage at {self.url} does not answer ({type(fault).__name__})"
            raise StepFailed(Category.CONNECTIVITY, words) from None

    def upload(self, path: str, content: bytes, token: str) -> None:
        """Put a PNG at `bucket/name` as the bearer of `token`."""
        bucket, _, name = path.partition("/")
        self._client(token).storage.from_(bucket).upload(name, content, {"content-type": "image/png", "upsert": "true"})

    def _client(self, token: str | None = None) -> "Client":
        from supabase import create_client
        from supabase.client import ClientOptions

        headers = {"Authorization": f"Bearer {token}"} if token else {}
        options = ClientOptions(auto_refresh_token=False, persist_session=False, headers=headers)
        return create_client(self.url, self.anon_key, options)
