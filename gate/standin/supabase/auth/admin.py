"""What the service role may do with users: list, create, get, update, delete."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from gate.postgres import Connection
from gate.standin.http import Answer, Request, json_answer
from gate.standin.supabase.auth import passwords, users
from gate.standin.supabase.auth.errors import not_built, of_database, refusal
from gate.standin.supabase.auth.users import NewUser
from gate.standin.supabase.refusal import Refusal

PAGE = 50
SET: dict[str, LiteralString] = {
    "email": "email = %s",
    "password": "encrypted_password = %s",
    "user_metadata": "raw_user_meta_data = coalesce(raw_user_meta_data, '{}') || %s",
    "app_metadata": "raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || %s",
    "role": "role = %s",
    "email_confirm": "email_confirmed_at = case when %s then coalesce(email_confirmed_at, now()) else email_confirmed_at end",
}


def answer(db: Connection, request: Request, rest: Sequence[str], body: Mapping[str, Any]) -> Answer:
    """The routes below admin/users."""
    match (request.method, *rest):
        case ("GET",):
            return _listed(db, request)
        case ("POST",):
            return json_answer(200, _created(db, body))
        case ("GET", one):
            return json_answer(200, _existing(db, one))
        case ("PUT", one):
            _existing(db, one)
            return json_answer(200, update(db, uuid.UUID(one), body, own=False))
        case ("DELETE", one):
            return _deleted(db, one, body)
    raise not_built(f"{request.method} {request.path}")


def update(db: Connection, one: uuid.UUID, body: Mapping[str, Any], *, own: bool) -> dict[str, Any]:
    """Change a user. Somebody changing themselves sets `data`, e-mail and password, and nothing else."""
    given = {"user_metadata": body.get("data", body.get("user_metadata"))} if own else dict(body)
    given |= {name: body[name] for name in ("email", "password") if body.get(name) is not None}
    changes: list[tuple[LiteralString, object]] = []
    for name, change in SET.items():
        value = given.get(name)
        if value is None:
            continue
        match name:
            case "email":
                value = users.email_of(value)
            case "password":
                value = passwords.digest(users.password_of(value))
            case "user_metadata" | "app_metadata":
                value = Jsonb(users.metadata_of(value))
            case "role":
                value = str(value)
            case "email_confirm":
                value = bool(value)
        changes.append((change, value))
    for change, value in changes:
        try:
            db.execute(
                sql.SQL("update auth.users set {}, updated_at = now() where id = %s").format(sql.SQL(change)),
                [value, one],
            )
        except psycopg.errors.UniqueViolation as fault:
            words = "A user with this email address has already been registered"
            raise refusal(422, "email_exists", words) from fault
    return _existing(db, str(one))


def _listed(db: Connection, request: Request) -> Answer:
    page, size = (_number(request.asked(name), default) for name, default in (("page", 1), ("per_page", PAGE)))
    query = f"{users.SHOW} order by u.created_at desc nulls last, u.id limit %s offset %s"
    found = [dict(row[0]) for row in db.execute(query, [size, (page - 1) * size])]
    total = db.execute("select count(*) from auth.users where deleted_at is null").fetchone()
    headers = {"x-total-count": str(total[0] if total else 0)}
    return json_answer(200, {"users": found, "aud": "authenticated"}, headers)


def _created(db: Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    if body.get("phone"):
        raise not_built("users with a phone number")
    new = NewUser(
        users.email_of(body.get("email")),
        users.password_of(body["password"]) if body.get("password") else None,
        users.metadata_of(body.get("user_metadata")),
        users.metadata_of(body.get("app_metadata")),
        confirmed=bool(body.get("email_confirm")),
        role=str(body.get("role") or "authenticated"),
        id=_id(body["id"]) if body.get("id") else None,
    )
    if new.email and users.by_email(db, new.email):
        raise refusal(422, "email_exists", "A user with this email address has already been registered")
    try:
        return _existing(db, str(users.create(db, new)))
    except psycopg.Error as fault:
        raise Refusal(of_database(fault, "Database error creating new user")) from fault


def _deleted(db: Connection, one: str, body: Mapping[str, Any]) -> Answer:
    if body.get("should_soft_delete"):
        raise not_built("soft deletion")
    _existing(db, one)
    try:
        db.execute("delete from auth.users where id = %s", [uuid.UUID(one)])
    except psycopg.Error as fault:  # a table of the project still refers to the user, most often
        raise Refusal(of_database(fault, "Database error deleting user")) from fault
    return json_answer(200, {})


def _existing(db: Connection, one: str) -> dict[str, Any]:
    found = users.shown(db, _id(one))
    if found is None:
        raise refusal(404, "user_not_found", "User not found")
    return found


def _id(text: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(text))
    except ValueError as fault:
        raise refusal(404, "validation_failed", "user_id must be an UUID") from fault


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and int(text[:9]) > 0 else default
