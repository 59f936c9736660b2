"""Supabase as the backend uses it: on behalf of a user, and as the service for money and outputs."""

import threading
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from postgrest.base_request_builder import APIResponse
from postgrest.exceptions import APIError
from supabase import Client, create_client
from supabase.client import ClientOptions
from supabase_auth.errors import AuthError

from demo.backend.settings import Settings

INSUFFICIENT_CREDIT = "P0402"


Row = dict[str, Any]


def rows(answer: APIResponse) -> list[Row]:
    """The rows of an answer, which the client types as any JSON."""
    return cast("list[Row]", answer.data)


class PaymentRequired(Exception):  # noqa: N818 - named after its status
    """There are not enough credits; nothing was claimed and nothing was charged."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody whose token Supabase has accepted, and a client that row level security treats as that person."""

    id: str
    client: Client = field(repr=False)


class Database:
    """The connections. One pool of HTTP connections serves every client; each client keeps its own key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = httpx.Client(timeout=30, trust_env=False)
        self._service = self._client(settings.service_role_key)
        self._local = threading.local()

    @property
    def service(self) -> Client:
        """The backend's own client, which row level security does not bind."""
        return self._service

    def user(self, token: str) -> User | None:
        """Who the token belongs to, in Supabase's own judgement; None when it accepts it no longer or never did."""
        try:
            found = self._service.auth.get_user(token)
        except AuthError:
            return None
        return User(found.user.id, self._client(self._settings.anon_key, token)) if found and found.user else None

    def call(self, function: str, **arguments: object) -> Any:  # noqa: ANN401 - what the function returns
        """Call one of the money functions as the service."""
        try:
            return self._service.rpc(function, arguments).execute().data
        except APIError as fault:
            if fault.code == INSUFFICIENT_CREDIT:
                raise PaymentRequired from fault
            raise

    def _client(self, key: str, token: str | None = None) -> Client:
        options = ClientOptions(
            auto_refresh_token=False,
            persist_session=False,
            httpx_client=self._pool,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        return create_client(self._settings.supabase_url, key, options)
