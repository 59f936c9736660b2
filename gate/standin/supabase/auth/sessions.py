"""Sessions: access tokens, refresh tokens and their rotation, logging out."""

import secrets
import time
import uuid
from typing import Any

from gate.postgres import Connection
from gate.standin.supabase.auth import users
from gate.standin.supabase.auth.errors import refusal
from gate.standin.supabase.keys import Keys

LIFETIME = 3600

OPEN = """
insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
values (%s, %s, now(), now(), 'aal1', %s, '127.0.0.1')
"""
HOW = """
insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
values (gen_random_uuid(), %s, now(), now(), %s)
"""
ISSUE = """
insert into auth.refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
values (%s, %s, %s, false, clock_timestamp(), clock_timestamp(), %s, %s)
"""
# Two tabs may refresh at once: GoTrue takes a token that was used a moment ago.
FIND = """
select t.user_id::uuid, t.session_id, t.revoked, t.updated_at > clock_timestamp() - interval '10 seconds'
from auth.refresh_tokens as t where t.token = %s for update
"""
ACTIVE = "select token from auth.refresh_tokens where session_id = %s and not revoked order by id desc limit 1"
REVOKE = "update auth.refresh_tokens set revoked = true, updated_at = clock_timestamp() where token = %s"
REVOKE_ALL = "update auth.refresh_tokens set revoked = true, updated_at = clock_timestamp() where session_id = %s and not revoked"
ENDED = {
    "global": "delete from auth.sessions where user_id = %(user)s",
    "local": "delete from auth.sessions where user_id = %(user)s and id = %(session)s",
    "others": "delete from auth.sessions where user_id = %(user)s and id <> %(session)s",
}


def open_session(db: Connection, keys: Keys, issuer: str, user: uuid.UUID, method: str, agent: str) -> dict[str, Any]:
    """A new session for the user, as the client wants it."""
    session = uuid.uuid4()
    db.execute("update auth.users set last_sign_in_at = now(), updated_at = now() where id = %s", [user])
    db.execute(OPEN, [session, user, agent or None])
    db.execute(HOW, [session, method])
    return _body(db, keys, issuer, user, session, _new_token(db, user, session, None))


def refresh(db: Connection, keys: Keys, issuer: str, token: str) -> dict[str, Any] | None:
    """The session with a new pair of tokens; None when an old token came back too late, which ends the session's tokens."""
    row = db.execute(FIND, [token]).fetchone()
    if row is None:
        raise refusal(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
    user, session, revoked, lately = row
    if not revoked:
        db.execute(REVOKE, [token])
        return _body(db, keys, issuer, user, session, _new_token(db, user, session, token))
    active = db.execute(ACTIVE, [session]).fetchone()
    if lately and active:
        return _body(db, keys, issuer, user, session, str(active[0]))
    db.execute(REVOKE_ALL, [session])
    return None


def end(db: Connection, scope: str, user: str, session: str | None) -> None:
    """Log out: this session, all of them, or all others."""
    db.execute(ENDED[scope], {"user": user, "session": session})


def exists(db: Connection, session: str) -> bool:
    """Whether a token's session was not logged out of."""
    return db.execute("select from auth.sessions where id = %s", [session]).fetchone() is not None


def _new_token(db: Connection, user: uuid.UUID, session: uuid.UUID, parent: str | None) -> str:
    token = secrets.token_urlsafe(16)
    db.execute(ISSUE, [users.NO_INSTANCE, token, str(user), parent, session])
    return token


def _body(db: Connection, keys: Keys, issuer: str, user: uuid.UUID, session: uuid.UUID, token: str) -> dict[str, Any]:
    shown = users.shown(db, user)
    if shown is None:
        raise refusal(403, "user_not_found", "User from sub claim in JWT does not exist")
    methods = db.execute(
        """select authentication_method, extract(epoch from created_at)::int8
           from auth.mfa_amr_claims where session_id = %s""",
        [session],
    ).fetchall()
    claims = {
        "iss": issuer, "sub": str(user), "aud": shown["aud"], "email": shown["email"], "phone": shown["phone"],
        "app_metadata": shown["app_metadata"], "user_metadata": shown["user_metadata"], "role": shown["role"],
        "aal": "aal1", "amr": [{"method": method, "timestamp": at} for method, at in methods],
        "session_id": str(session), "is_anonymous": shown["is_anonymous"],
    }  # fmt: skip
    return {
        "access_token": keys.sign(claims, LIFETIME),
        "token_type": "bearer",
        "expires_in": LIFETIME,
        "expires_at": int(time.time()) + LIFETIME,
        "refresh_token": token,
        "user": shown,
    }
