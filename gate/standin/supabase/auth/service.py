"""The routes of auth, and the one place where what goes wrong becomes GoTrue's words."""

import uuid
from collections.abc import Mapping
from typing import Any

import psycopg

from gate.standin.http import Answer, Request, json_answer
from gate.standin.supabase.auth import admin, passwords, sessions, users
from gate.standin.supabase.auth.errors import not_built, of_database, problem, refusal
from gate.standin.supabase.auth.users import NewUser
from gate.standin.supabase.keys import BadKey, BadToken, Keys
from gate.standin.supabase.refusal import Refusal, no_key
from gate.standin.supabase.session import Database, Unreachable

PREFIX = "/auth/v1/"


class AuthService:
    """Answers everything below /auth/v1/."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    def answer(self, request: Request) -> Answer:
        """The answer, whatever happens."""
        try:
            self._keys.known(request)
            return self._routed(request)
        except BadKey as fault:
            return no_key(fault)
        except BadToken as fault:
            why = "token has invalid claims: token is expired" if fault.expired else "signature is invalid"
            return problem(403, "bad_jwt", f"invalid JWT: unable to parse or verify signature, {why}")
        except Refusal as fault:
            return fault.answer
        except Unreachable as fault:
            return problem(503, "unexpected_failure", f"the database cannot be reached: {fault}")
        except psycopg.Error as fault:
            return of_database(fault, "Database error")
        except UnicodeEncodeError:
            return problem(400, "bad_json", "half of a surrogate pair is no text")

    def _routed(self, request: Request) -> Answer:
        parts = request.path.removeprefix(PREFIX).split("/")
        match (request.method, *parts):
            case ("GET", "health"):
                return json_answer(200, {"version": "local look-alike", "name": "GoTrue", "description": "a stand-in"})
            case ("GET", "settings"):
                return json_answer(
                    200, {"disable_signup": False, "mailer_autoconfirm": True, "external": {"email": True}}
                )
            case ("POST", "signup"):
                return self._sign_up(request)
            case ("POST", "token"):
                return self._token(request)
            case ("POST", "logout"):
                return self._log_out(request)
            case ("GET", "user"):
                claims = self._signed_in(request)
                with self._database.as_service("auth") as db:
                    return json_answer(200, _of(db, claims))
            case ("PUT", "user"):
                claims = self._signed_in(request)
                with self._database.as_service("auth") as db:
                    _of(db, claims)
                    return json_answer(200, admin.update(db, uuid.UUID(str(claims["sub"])), _body(request), own=True))
            case (_, "admin", "users", *rest):
                self._service_only(request)
                with self._database.as_service("auth") as db:
                    return admin.answer(db, request, rest, _body(request))
        raise not_built(f"{request.method} {request.path}")

    def _sign_up(self, request: Request) -> Answer:
        body = _body(request)
        if body.get("phone"):
            raise not_built("sign-up by phone")
        data = users.metadata_of(body.get("data"))
        anonymous = not body.get("email") and not body.get("password")
        email = None if anonymous else users.email_of(body.get("email"))
        password = None if anonymous else users.password_of(body.get("password"))
        with self._database.as_service("auth") as db:
            user = _saved(db, NewUser(email, password, data, {}))
            return json_answer(200, self._session(db, request, user, "anonymous" if anonymous else "password"))

    def _token(self, request: Request) -> Answer:
        body = _body(request)
        match request.asked("grant_type"):
            case "password":
                return self._by_password(request, body)
            case "refresh_token":
                with self._database.as_service("auth") as db:
                    found = sessions.refresh(db, self._keys, _issuer(request), str(body.get("refresh_token", "")))
                if found is None:  # raised only now: what was revoked must stay revoked
                    raise refusal(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
                return json_answer(200, found)
            case "":
                raise refusal(400, "validation_failed", "missing required query parameter grant_type")
            case other:
                raise not_built(f"grant_type={other}")

    def _by_password(self, request: Request, body: Mapping[str, Any]) -> Answer:
        if body.get("phone"):
            raise not_built("sign-in by phone")
        email, password = body.get("email"), body.get("password")
        if not isinstance(email, str) or not isinstance(password, str):
            raise refusal(400, "validation_failed", "missing email or password")
        with self._database.as_service("auth") as db:
            found = users.by_email(db, email.strip().lower())
            if found is None or not passwords.matches(password, found[1]):
                raise refusal(400, "invalid_credentials", "Invalid login credentials")
            user, _stored, confirmed, banned = found
            if banned:
                raise refusal(400, "user_banned", "User is banned")
            if not confirmed:
                raise refusal(400, "email_not_confirmed", "Email not confirmed")
            return json_answer(200, self._session(db, request, user, "password"))

    def _log_out(self, request: Request) -> Answer:
        claims = self._signed_in(request)
        scope = request.asked("scope", "global")
        if scope not in sessions.ENDED:
            raise refusal(400, "validation_failed", f"Unsupported logout scope {scope!r}")
        with self._database.as_service("auth") as db:
            _of(db, claims)
            sessions.end(db, scope, str(claims["sub"]), claims.get("session_id"))
        return Answer(204)

    def _session(
        self, db: psycopg.Connection[tuple[Any, ...]], request: Request, user: uuid.UUID, how: str
    ) -> dict[str, Any]:
        return sessions.open_session(db, self._keys, _issuer(request), user, how, request.headers.get("user-agent", ""))

    def _claims(self, request: Request) -> dict[str, Any]:
        bearer = self._keys.bearer(request)
        if not bearer:
            raise refusal(401, "no_authorization", "This endpoint requires a valid Bearer token")
        return self._keys.read(bearer)

    def _signed_in(self, request: Request) -> dict[str, Any]:
        claims = self._claims(request)
        try:
            uuid.UUID(str(claims["sub"]))
            if claims.get("session_id"):
                uuid.UUID(str(claims["session_id"]))
        except (KeyError, ValueError) as fault:
            raise refusal(403, "bad_jwt", "invalid claim: missing sub claim") from fault
        return claims

    def _service_only(self, request: Request) -> None:
        if self._claims(request).get("role") not in {"service_role", "supabase_admin"}:
            raise refusal(403, "not_admin", "User not allowed")


def _of(db: psycopg.Connection[tuple[Any, ...]], claims: Mapping[str, Any]) -> dict[str, Any]:
    """The user of a token, whose session must not have ended. A minted token needs no session."""
    found = users.shown(db, uuid.UUID(str(claims["sub"])))
    if found is None:
        raise refusal(403, "user_not_found", "User from sub claim in JWT does not exist")
    session = claims.get("session_id")
    if session and not sessions.exists(db, str(session)):
        raise refusal(403, "session_not_found", "Session from session_id claim in JWT does not exist")
    return found


def _saved(db: psycopg.Connection[tuple[Any, ...]], new: NewUser) -> uuid.UUID:
    try:
        return users.create(db, new)
    except psycopg.Error as fault:  # a trigger of the project refused, most often
        raise Refusal(of_database(fault, "Database error saving new user")) from fault


def _issuer(request: Request) -> str:
    return f"http://{request.headers.get('host', '127.0.0.1')}/auth/v1"


def _body(request: Request) -> dict[str, Any]:
    body = request.json() if request.body.strip() else {}
    if not isinstance(body, dict):
        raise refusal(400, "bad_json", "Could not parse request body as JSON")
    return body
