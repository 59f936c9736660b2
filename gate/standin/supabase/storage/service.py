"""The routes of storage, and the one place where what goes wrong becomes Storage's words."""

from collections.abc import Sequence
from typing import Any

import psycopg

from gate.standin.http import Answer, Request, json_answer
from gate.standin.supabase.keys import BadKey, BadToken, Caller, Keys
from gate.standin.supabase.objects import ObjectFolder
from gate.standin.supabase.refusal import Refusal, no_key
from gate.standin.supabase.session import Database, Unreachable
from gate.standin.supabase.storage import buckets, rows
from gate.standin.supabase.storage.errors import no_object, not_built, of_database, problem, refusal, unreachable
from gate.standin.supabase.storage.files import SIGNED_AWAY, Files, as_caller
from gate.standin.supabase.storage.listing import folder_of, listing
from gate.standin.supabase.storage.rows import Row

PREFIX = "/storage/v1/"


class StorageService:
    """Answers everything below /storage/v1/."""

    def __init__(self, database: Database, keys: Keys, objects: ObjectFolder) -> None:
        self._database, self._keys = database, keys
        self._files = Files(database, keys, objects)

    def answer(self, request: Request) -> Answer:
        """The answer, whatever happens."""
        try:
            return self._routed(request, request.path.removeprefix(PREFIX).rstrip("/").split("/"))
        except BadKey as fault:
            return no_key(fault)
        except BadToken as fault:
            return problem(403, "Unauthorized", "jwt expired" if fault.expired else "signature verification failed")
        except Refusal as fault:
            return fault.answer
        except Unreachable as fault:
            return unreachable(str(fault))
        except psycopg.Error as fault:
            return of_database(fault)
        except UnicodeEncodeError:
            return problem(400, "InvalidRequest", "half of a surrogate pair is no text")

    def _routed(self, request: Request, parts: Sequence[str]) -> Answer:
        match (request.method, *parts):
            case ("GET", "status" | "health"):
                return json_answer(200, {"healthy": True})
            # What needs no key: public objects, and URLs that carry a token of their own.
            case ("GET" | "HEAD", "object", "public", bucket, *rest):
                return self._files.content(request, self._files.unguarded(bucket, "/".join(rest), public=True))
            case ("GET", "object", "info", "public", bucket, *rest):
                return json_answer(200, _info(self._files.unguarded(bucket, "/".join(rest), public=True)))
            case ("GET" | "HEAD", "object", "sign", bucket, *rest):
                return self._by_signed_url(request, bucket, "/".join(rest))
            case ("PUT", "object", "upload", "sign", bucket, *rest):
                return self._upload_by_signed_url(request, bucket, "/".join(rest))
        caller = self._keys.caller(request, bearer_alone=True)
        match parts:
            case ["bucket", *rest]:
                return self._bucket(request, caller, rest)
            case ["object", *rest]:
                return self._object(request, caller, rest)
        raise not_built(f"{request.method} {request.path}")

    def _bucket(self, request: Request, caller: Caller, rest: Sequence[str]) -> Answer:
        verb = {"GET": "get" if rest else "list", "POST": "empty" if rest else "create", "PUT": "update"}
        operation = f"bucket.{verb.get(request.method, 'delete')}"
        if (request.method, *rest[1:]) == ("POST", "empty"):
            names = self._names(request, caller, rest[0])
            self._files.remove(request, caller, rest[0], names, "bucket.empty")
            return json_answer(200, {"message": "Successfully emptied"})
        with as_caller(self._database, caller, request, operation) as db:
            match (request.method, *rest):
                case ("GET",):
                    return buckets.listed(db)
                case ("POST",):
                    return buckets.create(db, _body(request), caller.owner)
                case ("GET", one):
                    return buckets.shown(db, one)
                case ("PUT", one):
                    return buckets.update(db, one, _body(request))
                case ("DELETE", one):
                    return buckets.delete(db, one)
        raise not_built(f"{request.method} {request.path}")

    def _object(self, request: Request, caller: Caller, rest: Sequence[str]) -> Answer:
        match (request.method, *rest):
            case (_, "list-v2" | "upload", *_) if (request.method, *rest[:2]) != ("POST", "upload", "sign"):
                raise not_built(f"{request.method} {request.path}")
            case ("GET" | "HEAD", "info", *place):
                return json_answer(200, _info(self._seen(request, caller, place, "object.info_authenticated")))
            case ("GET" | "HEAD", *place):
                return self._files.content(request, self._seen(request, caller, place, "object.get_authenticated"))
            case ("DELETE", bucket):
                names = _body(request).get("prefixes")
                return json_answer(200, self._files.remove(request, caller, bucket, names, "object.delete_many"))
            case ("DELETE", bucket, *name):
                if not self._files.remove(request, caller, bucket, ["/".join(name)], "object.delete"):
                    raise no_object()
                return json_answer(200, {"message": "Successfully deleted"})
            case ("PUT", bucket, *name):
                return self._files.upload(
                    request, caller, bucket, "/".join(name), "object.upload_update", overwrite=True
                )
            case ("POST", *_):
                return self._post(request, caller, rest)
        raise not_built(f"{request.method} {request.path}")

    def _post(self, request: Request, caller: Caller, rest: Sequence[str]) -> Answer:
        match rest:
            case ["list", bucket]:
                return self._list(request, caller, bucket)
            case ["move"]:
                return self._files.move(request, caller, _body(request))
            case ["copy"]:
                return self._files.copy(request, caller, _body(request))
            case ["sign", bucket]:
                return self._sign_many(request, caller, bucket)
            case ["sign", bucket, *name]:
                url = self._files.sign(request, caller, bucket, "/".join(name), _body(request).get("expiresIn"))
                return json_answer(200, {"signedURL": url})
            case ["upload", "sign", bucket, *name]:
                return self._files.sign_upload(request, caller, bucket, "/".join(name))
            case [bucket, *name]:
                overwrite = request.headers.get("x-upsert") == "true"
                return self._files.upload(request, caller, bucket, "/".join(name), "object.upload", overwrite=overwrite)
        raise not_built(f"{request.method} {request.path}")

    def _seen(self, request: Request, caller: Caller, place: Sequence[str], operation: str) -> Row:
        """The row of an object the caller may see; `authenticated` in front of the bucket says nothing more."""
        bucket, *name = place[1:] if place[:1] == ["authenticated"] else place or [""]
        return self._files.row(request, caller, bucket, "/".join(name), operation)

    def _list(self, request: Request, caller: Caller, bucket: str) -> Answer:
        asked = _body(request)
        folder = folder_of(asked.get("prefix"))
        with as_caller(self._database, caller, request, "object.list") as db:
            found = rows.below(db, bucket, folder)
        return json_answer(200, listing(found, folder, asked))

    def _names(self, request: Request, caller: Caller, bucket: str) -> list[str]:
        with as_caller(self._database, caller, request, "bucket.empty") as db:
            return [str(row[0]) for row in rows.below(db, bucket, "")]

    def _sign_many(self, request: Request, caller: Caller, bucket: str) -> Answer:
        body = _body(request)
        names = body.get("paths")
        if not isinstance(names, list):
            raise refusal(400, "invalid_request", "paths must be a list of names")
        found: list[dict[str, Any]] = []
        for name in names:
            try:
                url: str | None = self._files.sign(
                    request, caller, bucket, name, body.get("expiresIn"), "object.sign_many"
                )
            except Refusal:
                url = None
            found.append({"error": None if url else SIGNED_AWAY, "path": name, "signedURL": url})
        return json_answer(200, found)

    def _by_signed_url(self, request: Request, bucket: str, name: str) -> Answer:
        self._signed(request, bucket, name, "download")
        return self._files.content(request, self._files.unguarded(bucket, name, public=False))

    def _upload_by_signed_url(self, request: Request, bucket: str, name: str) -> Answer:
        claims = self._signed(request, bucket, name, "upload")
        # The right was checked when the URL was made; the row carries the name of who made it.
        caller = Caller("service_role", {"role": "service_role", "sub": claims.get("owner")})
        return self._files.upload(
            request, caller, bucket, name, "object.upload_signed", overwrite=claims.get("upsert") is True
        )

    def _signed(self, request: Request, bucket: str, name: str, use: str) -> Any:  # noqa: ANN401 - claims
        try:
            return self._files.signed(request, bucket, name, use)
        except BadToken as fault:
            words = '"exp" claim timestamp check failed' if fault.expired else "signature verification failed"
            raise refusal(400, "InvalidJWT", words) from fault


def _info(row: Row) -> dict[str, Any]:
    told = row.metadata
    return {
        "id": row.id, "name": row.name, "version": row.version, "bucket_id": row.bucket, "size": told.get("size"),
        "content_type": told.get("mimetype"), "cache_control": told.get("cacheControl"), "etag": told.get("eTag"),
        "metadata": row.user_metadata or {}, "last_modified": row.updated_at, "created_at": row.created_at,
    }  # fmt: skip


def _body(request: Request) -> dict[str, Any]:
    body = request.json() if request.body.strip() else {}
    if not isinstance(body, dict):
        raise refusal(400, "invalid_request", "the body must be a JSON object")
    return body
