"""Rows of auth.users and auth.identities, and a user as JSON.

The rows are written as GoTrue writes them, so that a project's triggers on auth.users see what they would see.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from gate.postgres import Connection
from gate.standin.supabase.auth import passwords
from gate.standin.supabase.auth.errors import refusal

EMAIL = re.compile(r"[^@\s\0]+@[^@\s.\0]+(?:\.[^@\s.\0]+)*")
SHORTEST = 6
NO_INSTANCE = uuid.UUID(int=0)

# Rows that came in by SQL may leave anything NULL; the client insists on objects and on a time.
SHOW = """
select jsonb_build_object(
  'id', u.id, 'aud', coalesce(u.aud, 'authenticated'), 'role', coalesce(u.role, 'authenticated'),
  'email', coalesce(u.email, ''), 'phone', coalesce(u.phone, ''),
  'email_confirmed_at', u.email_confirmed_at, 'confirmed_at', u.confirmed_at, 'last_sign_in_at', u.last_sign_in_at,
  'app_metadata', case when jsonb_typeof(u.raw_app_meta_data) = 'object' then u.raw_app_meta_data else '{}' end,
  'user_metadata', case when jsonb_typeof(u.raw_user_meta_data) = 'object' then u.raw_user_meta_data else '{}' end,
  'identities', coalesce((
    select jsonb_agg(jsonb_build_object(
      'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id, 'identity_data', i.identity_data,
      'provider', i.provider, 'last_sign_in_at', i.last_sign_in_at, 'created_at', coalesce(i.created_at, now()),
      'updated_at', i.updated_at, 'email', i.email) order by i.created_at)
    from auth.identities as i where i.user_id = u.id), '[]'),
  'created_at', coalesce(u.created_at, now()), 'updated_at', coalesce(u.updated_at, now()),
  'is_anonymous', u.is_anonymous)
from auth.users as u where u.deleted_at is null
"""
INSERT = """
insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at, confirmation_token, recovery_token, email_change_token_new, email_change, is_anonymous)
values (%s, %s, 'authenticated', %s, %s, %s, case when %s then now() end, %s, %s, now(), now(), '', '', '', '', %s)
"""
INSERT_IDENTITY = """
insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
values (%s, %s, %s, 'email', now(), now(), now())
"""
MERGE = """
update auth.users set raw_user_meta_data = coalesce(raw_user_meta_data, '{}') || %s, updated_at = now() where id = %s
"""


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a new user is made of."""

    email: str | None
    password: str | None
    user_metadata: Mapping[str, Any]
    app_metadata: Mapping[str, Any]
    confirmed: bool = True
    role: str = "authenticated"
    id: uuid.UUID | None = None


def create(db: Connection, new: NewUser) -> uuid.UUID:
    """Write the user; an e-mail brings an identity with it, none makes an anonymous user."""
    one = new.id or uuid.uuid4()
    stored = passwords.digest(new.password) if new.password else None
    app_metadata = {**({"provider": "email", "providers": ["email"]} if new.email else {}), **new.app_metadata}
    row = [
        NO_INSTANCE, one, new.role, new.email, stored or "", new.confirmed and new.email is not None,
        Jsonb(app_metadata), Jsonb(dict(new.user_metadata)), new.email is None,
    ]  # fmt: skip
    try:
        db.execute(INSERT, row)
    except psycopg.errors.UniqueViolation as fault:
        if fault.diag.schema_name == "auth" and fault.diag.table_name == "users":
            raise refusal(422, "user_already_exists", "User already registered") from fault
        raise
    if new.email:
        about = {"sub": str(one), "email": new.email, "email_verified": new.confirmed, "phone_verified": False}
        db.execute(INSERT_IDENTITY, [str(one), one, Jsonb({**new.user_metadata, **about})])
        db.execute(MERGE, [Jsonb({"email_verified": new.confirmed}), one])
    return one


def shown(db: Connection, one: uuid.UUID) -> dict[str, Any] | None:
    """A user as JSON; None when there is none."""
    row = db.execute(f"{SHOW} and u.id = %s", [one]).fetchone()
    return dict(row[0]) if row else None


def by_email(db: Connection, email: str) -> tuple[uuid.UUID, str | None, bool, bool] | None:
    """Id, stored password, whether confirmed and whether banned."""
    row = db.execute(
        """select id, encrypted_password, email_confirmed_at is not null, coalesce(banned_until > now(), false)
           from auth.users where lower(email) = %s and not is_sso_user and deleted_at is null""",
        [email],
    ).fetchone()
    return (row[0], row[1], bool(row[2]), bool(row[3])) if row else None


def email_of(value: object) -> str:
    """A well-formed e-mail in lower case, or a refusal."""
    email = value.strip().lower() if isinstance(value, str) else ""
    if not EMAIL.fullmatch(email) or len(email) > 255:
        raise refusal(400, "validation_failed", "Unable to validate email address: invalid format")
    return email


def password_of(value: object) -> str:
    """A password that is long enough and not too long, or a refusal."""
    if not isinstance(value, str) or not value:
        raise refusal(400, "validation_failed", "Signup requires a valid password")
    if len(value.encode()) > passwords.LONGEST:
        raise refusal(400, "validation_failed", "Password cannot be longer than 72 characters")
    if len(value) < SHORTEST:
        words = f"Password should be at least {SHORTEST} characters."
        raise refusal(422, "weak_password", words, weak_password={"reasons": ["length"]})
    return value


def metadata_of(value: object) -> dict[str, Any]:
    """Metadata as an object; nothing counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refusal(400, "validation_failed", "metadata must be a JSON object")
    return dict(value)
