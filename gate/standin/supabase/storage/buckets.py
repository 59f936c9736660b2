"""Buckets: their rows under the caller's role, and their limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from gate.postgres import Connection
from gate.standin.http import Answer, json_answer
from gate.standin.supabase.storage import rows
from gate.standin.supabase.storage.errors import no_bucket, refusal
from gate.standin.supabase.storage.names import bucket_name
from gate.standin.supabase.storage.upload import Upload

SHOW = """
select to_jsonb(shown) from (
  select id, name, coalesce(owner_id, owner::text, '') as owner, coalesce(public, false) as public, type::text as type,
         created_at, updated_at, file_size_limit, allowed_mime_types
  from storage.buckets) as shown
"""
SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)\s*(|b|kb|mb|gb)", re.IGNORECASE)
UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What the service itself knows of a bucket, whoever asks."""

    id: str
    public: bool
    size_limit: int | None
    mime_types: tuple[str, ...]

    def admit(self, upload: Upload) -> None:
        """Refuse what is too big or of the wrong type."""
        if self.size_limit is not None and len(upload.content) > self.size_limit:
            raise refusal(413, "Payload too large", "The object exceeded the maximum allowed size")
        essence = upload.mime.partition(";")[0].strip().lower()
        family = essence.partition("/")[0] + "/*"
        if self.mime_types and not {essence, family, "*/*"} & set(self.mime_types):
            raise refusal(415, "invalid_mime_type", f"mime type {essence} is not supported")


def known(db: Connection, name: str) -> Bucket:
    """The bucket, read by the service itself."""
    row = db.execute(
        "select id, public, file_size_limit, allowed_mime_types from storage.buckets where id = %s", [name]
    ).fetchone()
    if row is None:
        raise no_bucket()
    return Bucket(str(row[0]), bool(row[1]), row[2], tuple(one.lower() for one in row[3] or ()))


def listed(db: Connection) -> Answer:
    """The buckets the caller may see."""
    return json_answer(200, [row[0] for row in db.execute(f"{SHOW} order by name")])


def shown(db: Connection, name: str) -> Answer:
    """One bucket, if the caller may see it."""
    row = db.execute(f"{SHOW} where id = %s", [name]).fetchone()
    if row is None:
        raise no_bucket()
    return json_answer(200, row[0])


def create(db: Connection, body: Mapping[str, Any], owner: str | None) -> Answer:
    """A new bucket in the caller's name."""
    name = bucket_name(body.get("name") or body.get("id"))
    one = bucket_name(body.get("id") or name)
    row = [
        one,
        name,
        rows.uuid_or_none(owner),
        owner,
        bool(body.get("public")),
        _size(body.get("file_size_limit")),
        _types(body),
    ]
    db.execute(
        """insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        row,
    )
    return json_answer(200, {"name": name})


def update(db: Connection, name: str, body: Mapping[str, Any]) -> Answer:
    """Change what is given of a bucket."""
    given: dict[str, object] = {}
    if "public" in body:
        given["public"] = bool(body["public"])
    if "file_size_limit" in body:
        given["file_size_limit"] = _size(body["file_size_limit"])
    if "allowed_mime_types" in body:
        given["allowed_mime_types"] = _types(body)
    for column, value in given.items():
        if (
            db.execute(
                sql.SQL("update storage.buckets set {} = %s where id = %s").format(sql.Identifier(column)),
                [value, name],
            ).rowcount
            != 1
        ):
            raise no_bucket()
    return json_answer(200, {"message": "Successfully updated"})


def delete(db: Connection, name: str) -> Answer:
    """Remove an empty bucket."""
    if db.execute("select 1 from storage.objects where bucket_id = %s limit 1", [name]).fetchone():
        raise refusal(409, "InvalidRequest", "The bucket you tried to delete is not empty")
    if db.execute("delete from storage.buckets where id = %s", [name]).rowcount != 1:
        raise no_bucket()
    return json_answer(200, {"message": "Successfully deleted"})


def _size(value: object) -> int | None:
    found = SIZE.fullmatch(str(value)) if value is not None else None
    if value is not None and found is None:
        raise refusal(422, "invalid_request", f"file_size_limit: {value!r} is no size")
    return int(float(found[1]) * UNITS[found[2].lower()]) if found else None


def _types(body: Mapping[str, Any]) -> list[str] | None:
    value = body.get("allowed_mime_types")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) and "/" in one for one in value):
        raise refusal(422, "invalid_mime_type", "allowed_mime_types must be a list of mime types")
    return value
