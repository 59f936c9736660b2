"""Rows of storage.objects: every statement here runs under whatever role the transaction has."""

import uuid
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from gate.postgres import Connection
from gate.standin.supabase.keys import Caller

FIND = """
select id::text, bucket_id, name, version, metadata, user_metadata, created_at, updated_at
from storage.objects where bucket_id = %s and name = %s
"""
INSERT = """
insert into storage.objects (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
values (%s, %s, %s, %s, %s, %s, %s)
"""
# What the real service changes on overwriting; created_at and id stay.
OVERWRITE = """
on conflict (bucket_id, name) do update set owner = excluded.owner, owner_id = excluded.owner_id,
  version = excluded.version, metadata = excluded.metadata, user_metadata = excluded.user_metadata
"""
REMOVE = """
with gone as (delete from storage.objects where bucket_id = %s and name = any (%s) returning *)
select to_jsonb(gone), version from gone
"""
LIST = """
select name, id::text, to_jsonb(updated_at), to_jsonb(created_at), to_jsonb(last_accessed_at), metadata
from storage.objects where bucket_id = %s and starts_with(name, %s)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """An object's row."""

    id: str
    bucket: str
    name: str
    version: str
    metadata: dict[str, Any]
    user_metadata: dict[str, Any] | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class NewRow:
    """What a new object's row is made of."""

    bucket: str
    name: str
    version: str
    metadata: dict[str, Any]
    user_metadata: dict[str, Any] | None = None


def find(db: Connection, bucket: str, name: str) -> Row | None:
    """The row, if this role may see it."""
    row = db.execute(FIND, [bucket, name]).fetchone()
    if row is None:
        return None
    one, bucket, name, version, metadata, own, created, updated = row
    times = [at.isoformat() if at else "" for at in (created, updated)]
    return Row(one, bucket, name, version or "", metadata if isinstance(metadata, dict) else {}, own, *times)


def insert(db: Connection, caller: Caller, new: NewRow, *, overwrite: bool) -> None:
    """Write the row in the caller's name. Nothing is returned, because that would need the right to see it."""
    own = Jsonb(new.user_metadata) if new.user_metadata is not None else None
    values = [new.bucket, new.name, uuid_or_none(caller.owner), caller.owner, new.version, Jsonb(new.metadata), own]
    db.execute(INSERT + (OVERWRITE if overwrite else ""), values)


def remove(db: Connection, bucket: str, names: list[str]) -> list[tuple[dict[str, Any], str]]:
    """Delete what this role may delete: the rows, and the versions of their bytes."""
    return [(dict(row), version or "") for row, version in db.execute(REMOVE, [bucket, names])]


def rename(db: Connection, row: Row, bucket: str, name: str, version: str) -> bool:
    """Move a row; whether it was there and allowed."""
    change = "update storage.objects set bucket_id = %s, name = %s, version = %s where bucket_id = %s and name = %s"
    return db.execute(change, [bucket, name, version, row.bucket, row.name]).rowcount == 1


def below(db: Connection, bucket: str, prefix: str) -> list[tuple[Any, ...]]:
    """Every row this role may see whose name begins so."""
    return db.execute(LIST, [bucket, prefix]).fetchall()


def uuid_or_none(text: str | None) -> uuid.UUID | None:
    """The owner as the older column wants it; a subject that is no UUID goes only into `owner_id`."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
