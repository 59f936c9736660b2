"""The stand-in as one address: which service a request is for."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from gate.postgres import Server
from gate.standin.http import Answer, LoopbackServer, Request, json_answer
from gate.standin.supabase.auth import AuthService
from gate.standin.supabase.keys import Keys
from gate.standin.supabase.objects import ObjectFolder
from gate.standin.supabase.rest import RestService
from gate.standin.supabase.session import Database
from gate.standin.supabase.storage import StorageService

EXPOSED = ("public", "graphql_public")


class SupabaseStandIn:
    """A running stand-in over one database of a running server. Use `with SupabaseStandIn(server) as supabase`."""

    def __init__(
        self, server: Server, dbname: str = "postgres", port: int = 0, *, schemas: Sequence[str] = EXPOSED
    ) -> None:
        self._keys = Keys()
        self.anon_key, self.service_role_key = self._keys.anon, self._keys.service_role
        self.jwt_secret = self._keys.secret
        self._database = Database(server, dbname)
        self._objects = ObjectFolder()
        self._services: Mapping[str, RestService | AuthService | StorageService] = {
            "rest": RestService(self._database, self._keys, schemas),
            "auth": AuthService(self._database, self._keys),
            "storage": StorageService(self._database, self._keys, self._objects),
        }
        try:
            self._http = LoopbackServer(self._serve, name="Supabase stand-in", port=port)
        except BaseException:
            self._objects.remove()
            raise
        self.url = self._http.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving, close the connections, remove the objects. May be called more than once."""
        self._database.close()  # first, so that requests which wait for it end
        self._http.stop()
        self._objects.remove()

    def mint(self, claims: Mapping[str, Any], lifetime: int = 3600) -> str:
        """An access token with these claims, as the auth service would sign it. A negative lifetime makes an expired one."""
        return self._keys.sign({"aud": "authenticated", "iss": f"{self.url}/auth/v1", **claims}, lifetime)

    def _serve(self, request: Request) -> Answer:
        _, name, *rest = (*request.path.split("/"), "")
        service = self._services.get(name)
        if service is None or rest[0] != "v1":
            return json_answer(404, {"message": f"the local stand-in has rest, auth and storage, and no {name!r}"})
        return service.answer(request)
