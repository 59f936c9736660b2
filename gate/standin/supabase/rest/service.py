"""The routes of REST, and the one place where what goes wrong becomes PostgREST's words."""

from collections.abc import Sequence
from urllib.parse import unquote

import psycopg

from gate.standin.http import Answer, Request
from gate.standin.supabase.keys import BadKey, BadToken, Keys
from gate.standin.supabase.refusal import Refusal, no_key
from gate.standin.supabase.rest.body import as_the_function_says
from gate.standin.supabase.rest.errors import NO_NUL, UNREACHABLE, not_built, of_database, problem, refusal
from gate.standin.supabase.rest.read import read
from gate.standin.supabase.rest.rpc import rpc
from gate.standin.supabase.rest.write import write
from gate.standin.supabase.session import Database, Unreachable

PREFIX = "/rest/v1/"


class RestService:
    """Answers everything below /rest/v1/."""

    def __init__(self, database: Database, keys: Keys, schemas: Sequence[str]) -> None:
        self._database, self._keys, self._schemas = database, keys, tuple(schemas)

    def answer(self, request: Request) -> Answer:
        """The answer, whatever happens."""
        anonymous = True
        try:
            caller = self._keys.caller(request)
            anonymous = caller.anonymous
            if "\0" in request.path or any("\0" in key + value for key, value in request.query):
                raise refusal(400, NO_NUL, 'invalid byte sequence for encoding "UTF8": 0x00')
            schema = self._schema(request)
            with self._database.as_caller(caller, request, schema) as db:
                return as_the_function_says(db, _routed(db, request, schema))
        except BadKey as fault:
            return no_key(fault)
        except BadToken as fault:
            if fault.expired:
                return problem(401, "PGRST303", "JWT expired")
            return problem(401, "PGRST301", "No suitable key or wrong key type")
        except Refusal as fault:
            return fault.answer
        except Unreachable as fault:
            return problem(503, UNREACHABLE, "Database connection error. Retrying the connection.", str(fault))
        except psycopg.Error as fault:
            return of_database(fault, anonymous=anonymous)
        except UnicodeEncodeError:
            return problem(400, "PGRST102", "half of a surrogate pair is no text")

    def _schema(self, request: Request) -> str:
        header = "accept-profile" if request.method in {"GET", "HEAD"} else "content-profile"
        schema = request.headers.get(header, self._schemas[0])
        if schema not in self._schemas:
            hint = f"Only the following schemas are exposed: {', '.join(self._schemas)}"
            raise refusal(406, "PGRST106", f"Invalid schema: {schema}", hint=hint)
        return schema


def _routed(db: psycopg.Connection[tuple[object, ...]], request: Request, schema: str) -> Answer:
    parts = [unquote(part) for part in request.raw_path.removeprefix(PREFIX).split("/")]
    match (request.method, *parts):
        case (_, ""):
            raise not_built("the OpenAPI description of the schema")
        case ("GET" | "HEAD" | "POST", "rpc", name):
            return rpc(db, request, schema, name)
        case ("GET" | "HEAD", name):
            return read(db, request, schema, name)
        case ("POST" | "PATCH" | "DELETE", name):
            return write(db, request, schema, name)
        case ("PUT", _):
            raise not_built("PUT")
        case (_, _) | (_, "rpc", _):
            raise refusal(405, "PGRST117", f"Unsupported HTTP method: {request.method}")
    raise refusal(404, "PGRST125", "Invalid path specified in request URL")
