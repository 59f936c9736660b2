"""What an upload brings: the bytes and what is said about them, from a multipart form or a raw body."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gate.standin.form import multipart
from gate.standin.http import Request
from gate.standin.supabase.storage.errors import refusal

SECONDS = re.compile(r"\d{1,10}")
PRINTABLE = re.compile(r"[\x20-\x7e]{1,200}")
BINARY = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came in."""

    content: bytes
    mime: str
    cache: str
    user_metadata: dict[str, Any] | None

    def metadata(self) -> dict[str, Any]:
        """What Storage writes into the row."""
        return {
            "eTag": f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"',
            "size": len(self.content),
            "mimetype": self.mime,
            "cacheControl": self.cache,
            "lastModified": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "contentLength": len(self.content),
            "httpStatusCode": 200,
        }


def uploaded(request: Request) -> Upload:
    """From the form's file part, which is named empty or `file`, or from the body as it is."""
    kind = request.headers.get("content-type", BINARY)
    if not kind.lower().startswith("multipart/form-data"):
        told = request.headers.get("x-metadata", "")
        cache = request.headers.get("cache-control", "no-cache")
        return Upload(request.body, _mime(kind), cache, _metadata(_decoded(told)) if told else None)
    parts = multipart(request)
    fields = {part.name: part.content.decode(errors="replace") for part in parts if part.filename is None}
    files = [part for part in parts if part.filename is not None]
    if len(files) != 1:
        raise refusal(400, "invalid_request", f"one file was expected, the form has {len(files)}")
    cache = fields.get("cacheControl", "")
    return Upload(
        files[0].content,
        _mime(fields.get("contentType") or files[0].content_type or BINARY),
        f"max-age={cache}" if SECONDS.fullmatch(cache) else "no-cache",
        _metadata(fields["metadata"]) if fields.get("metadata") else None,
    )


def _mime(text: str) -> str:
    if not PRINTABLE.fullmatch(text) or "/" not in text:
        raise refusal(415, "invalid_mime_type", f"mime type {text!r} is not supported")
    return text


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _metadata(text: str) -> dict[str, Any] | None:
    """The user's own metadata; what is no JSON object is dropped, as Storage does."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
