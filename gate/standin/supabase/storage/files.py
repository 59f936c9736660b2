"""Objects: the row under the caller's role first, then the bytes; neither without the other."""

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote

import psycopg

from gate.postgres import Connection
from gate.standin.http import Answer, Request, json_answer
from gate.standin.supabase.keys import Caller, Keys
from gate.standin.supabase.objects import ObjectFolder
from gate.standin.supabase.session import Database
from gate.standin.supabase.storage import buckets, rows
from gate.standin.supabase.storage.errors import no_bucket, no_object, refusal
from gate.standin.supabase.storage.names import bucket_name, object_name
from gate.standin.supabase.storage.rows import NewRow, Row
from gate.standin.supabase.storage.upload import BINARY, PRINTABLE, uploaded

TWO_HOURS = 7200
SIGNED_AWAY = "Either the object does not exist or you do not have access to it"


def as_caller(
    database: Database, caller: Caller, request: Request, operation: str
) -> AbstractContextManager[Connection]:
    """A transaction as the storage service opens it: with its operation named, deletion allowed, and older claims too."""
    settings = {
        "storage.operation": f"storage.{operation}",
        "storage.allow_delete_query": "true",
        "request.jwt.claim.sub": caller.owner or "",
        "request.jwt.claim.role": caller.role,
    }
    return database.as_caller(caller, request, "storage", settings)


class Files:
    """What can be done with objects."""

    def __init__(self, database: Database, keys: Keys, objects: ObjectFolder) -> None:
        self._database, self._keys, self._objects = database, keys, objects

    def _as(self, caller: Caller, request: Request, operation: str) -> AbstractContextManager[Connection]:
        return as_caller(self._database, caller, request, operation)

    # -- writing --------------------------------------------------------------------------------------------------
    def upload(
        self, request: Request, caller: Caller, bucket: str, name: str, operation: str, *, overwrite: bool
    ) -> Answer:
        """Store an object in the caller's name."""
        bucket, name = bucket_name(bucket), object_name(name)
        with self._database.as_service("storage") as db:
            known = buckets.known(db, bucket)
            before = rows.find(db, bucket, name)
        upload = uploaded(request)
        known.admit(upload)
        version = str(uuid.uuid4())
        self._objects.put(bucket, name, version, upload.content)
        new = NewRow(bucket, name, version, upload.metadata(), upload.user_metadata)
        try:
            with self._as(caller, request, operation) as db:
                rows.insert(db, caller, new, overwrite=overwrite)
        except BaseException:
            self._objects.drop(bucket, name, version)
            raise
        if before:
            self._objects.drop(bucket, name, before.version)
        with self._database.as_service("storage") as db:
            after = rows.find(db, bucket, name)
        return json_answer(200, {"Id": after.id if after else None, "Key": f"{bucket}/{name}"})

    def remove(
        self, request: Request, caller: Caller, bucket: str, names: object, operation: str
    ) -> list[dict[str, Any]]:
        """Delete what the caller may delete of these, and say what that was."""
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise refusal(400, "invalid_request", "prefixes must be a list of names")
        with self._as(caller, request, operation) as db:
            gone = rows.remove(db, bucket, names)
        for row, version in gone:
            self._objects.drop(bucket, str(row["name"]), version)
        return [row for row, _version in gone]

    def move(self, request: Request, caller: Caller, body: Mapping[str, Any]) -> Answer:
        """Rename an object: the caller must see it and may update it."""
        source, name, target, new = _two_places(body)
        version = str(uuid.uuid4())
        with self._as(caller, request, "object.move") as db:
            row = rows.find(db, source, name)
            content = self._objects.get(source, name, row.version) if row else None
            if row is None or content is None or not rows.rename(db, row, target, new, version):
                raise no_object()
            self._objects.put(target, new, version, content)
        self._objects.drop(source, name, row.version)
        return json_answer(200, {"message": "Successfully moved", "Id": row.id, "Key": f"{target}/{new}"})

    def copy(self, request: Request, caller: Caller, body: Mapping[str, Any]) -> Answer:
        """Copy an object: the caller must see it and may add the new one."""
        source, name, target, new = _two_places(body)
        with self._database.as_service("storage") as db:
            before = rows.find(db, target, new)
        version, overwrite = str(uuid.uuid4()), request.headers.get("x-upsert") == "true"
        with self._as(caller, request, "object.copy") as db:
            row = rows.find(db, source, name)
            content = self._objects.get(source, name, row.version) if row else None
            if row is None or content is None:
                raise no_object()
            copied = NewRow(target, new, version, row.metadata, row.user_metadata)
            rows.insert(db, caller, copied, overwrite=overwrite)
            self._objects.put(target, new, version, content)
        if before:
            self._objects.drop(target, new, before.version)
        with self._database.as_service("storage") as db:
            after = rows.find(db, target, new)
        return json_answer(200, {"Id": after.id if after else None, "Key": f"{target}/{new}"})

    # -- reading --------------------------------------------------------------------------------------------------
    def row(self, request: Request, caller: Caller, bucket: str, name: str, operation: str) -> Row:
        """The row, if the caller may see it."""
        name = object_name(name)
        with self._as(caller, request, operation) as db:
            found = rows.find(db, bucket, name)
        if found is None:
            raise no_object()
        return found

    def unguarded(self, bucket: str, name: str, *, public: bool) -> Row:
        """The row read by the service itself, for a public bucket or behind a signed URL."""
        name = object_name(name)
        with self._database.as_service("storage") as db:
            if not buckets.known(db, bucket).public and public:
                raise no_bucket()
            found = rows.find(db, bucket, name)
        if found is None:
            raise no_object()
        return found

    def content(self, request: Request, row: Row) -> Answer:
        """The bytes of an object."""
        content = self._objects.get(row.bucket, row.name, row.version)
        if content is None:
            raise no_object()
        headers = {"content-type": _header(row.metadata.get("mimetype"), BINARY)}
        headers["cache-control"] = _header(row.metadata.get("cacheControl"), "no-cache")
        headers["etag"] = _header(row.metadata.get("eTag"), f'"{row.version}"')
        if any(key == "download" for key, _value in request.query):
            wished = request.asked("download") or row.name.rpartition("/")[2]
            headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(wished, safe='')}"
        return Answer(200, content, headers)

    # -- signed URLs ----------------------------------------------------------------------------------------------
    def sign(
        self, request: Request, caller: Caller, bucket: str, name: str, seconds: object, operation: str = "object.sign"
    ) -> str:
        """A URL that shows this object for a while, to whoever has it."""
        lifetime = _lifetime(seconds)
        self.row(request, caller, bucket, name, operation)
        token = self._keys.sign({"url": f"{bucket}/{name}", "use": "download"}, lifetime)
        return f"/object/sign/{quote(bucket)}/{quote(name)}?token={token}"

    def sign_upload(self, request: Request, caller: Caller, bucket: str, name: str) -> Answer:
        """A URL with which one object may be uploaded in the caller's name, if the caller might do so now."""
        bucket, name = bucket_name(bucket), object_name(name)
        overwrite = request.headers.get("x-upsert") == "true"
        with self._database.as_service("storage") as db:
            buckets.known(db, bucket)
        with self._as(caller, request, "object.sign_upload_url") as db:
            rows.insert(db, caller, NewRow(bucket, name, "", {}), overwrite=overwrite)
            raise psycopg.Rollback  # it was allowed, and that is all we wanted to know; the transaction ends here
        claims = {"url": f"{bucket}/{name}", "use": "upload", "owner": caller.owner, "upsert": overwrite}
        token = self._keys.sign(claims, TWO_HOURS)
        return json_answer(
            200, {"url": f"/object/upload/sign/{quote(bucket)}/{quote(name)}?token={token}", "token": token}
        )

    def signed(self, request: Request, bucket: str, name: str, use: str) -> Mapping[str, Any]:
        """The claims of a signed URL, which must be for this use and this object. Raises BadToken when expired or forged."""
        claims = self._keys.read(request.asked("token"))
        if (claims.get("url"), claims.get("use")) != (f"{bucket}/{name}", use):
            raise refusal(400, "InvalidSignature", "The url is not valid for this object")
        return claims


def _two_places(body: Mapping[str, Any]) -> tuple[str, str, str, str]:
    source = bucket_name(body.get("bucketId"))
    target = bucket_name(body.get("destinationBucket") or source)
    return source, object_name(body.get("sourceKey")), target, object_name(body.get("destinationKey"))


def _lifetime(seconds: object) -> int:
    text = str(seconds)
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:12]) < 1 << 31:
        raise refusal(400, "invalid_request", "expiresIn must be a number of seconds above 0")
    return int(text)


def _header(value: object, default: str) -> str:
    return value if isinstance(value, str) and PRINTABLE.fullmatch(value) else default
