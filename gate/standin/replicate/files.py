"""The files of the stand-in: uploaded as multipart, listed, read by its own models, deleted."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from gate.standin.http import Answer, Request, json_answer
from gate.standin.replicate.answers import complaint, invalid, missing, page
from gate.standin.replicate.predictions import new_id, stamp

LIFE = timedelta(hours=24)


class Files:
    """What was uploaded. `base` gives the stand-in's address."""

    def __init__(self, base: Callable[[], str]) -> None:
        self._base = base
        self._kept: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._lock = threading.Lock()

    def content(self, address: str) -> bytes | None:
        """What stands behind one of the stand-in's own file addresses; None for any other address."""
        start, _, one = address.partition("?")[0].rpartition("/")
        with self._lock:
            found = self._kept.get(one)
        return found[1] if found and start == f"{self._base()}/v1/files" else None

    def serve(self, request: Request, rest: Sequence[str]) -> Answer:
        """Everything under /files."""
        with self._lock:
            match (request.method, *rest):
                case ("POST",):
                    return self._upload(request)
                case ("GET",):
                    shown = [entry for entry, _ in reversed(self._kept.values())]
                    return page(shown)
                case ("GET", one) if one in self._kept:
                    return json_answer(200, self._kept[one][0])
                case ("GET", one, "download") if one in self._kept:
                    entry, content = self._kept[one]
                    return Answer(200, content, {"content-type": entry["content_type"]})
                case ("DELETE", one) if one in self._kept:
                    del self._kept[one]
                    return Answer(204)
        return missing()

    def _upload(self, request: Request) -> Answer:
        parts = _parts(request)
        sent = parts.get("content")
        if sent is None:
            return invalid([complaint("required", "content", "content is required")])
        try:
            metadata = _metadata(parts)
        except ValueError:
            return invalid([complaint("invalid", "metadata", "metadata must be JSON")])
        content, one, now = _bytes(sent), new_id(), datetime.now(UTC)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        entry = {
            "id": one,
            "name": _text(parts, "filename") or sent.get_filename() or "file",
            "content_type": _text(parts, "type") or sent.get_content_type(),
            "size": len(content),
            "etag": md5,
            "checksums": {"sha256": hashlib.sha256(content).hexdigest(), "md5": md5},
            "metadata": metadata,
            "created_at": stamp(now),
            "expires_at": stamp(now + LIFE),
            "urls": {"get": f"{self._base()}/v1/files/{one}"},
        }
        self._kept[one] = (entry, content)
        return json_answer(201, entry)


def _parts(request: Request) -> dict[str, MIMEPart]:
    """The parts of a multipart body by their names."""
    head = f"content-type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    found = message.iter_parts() if message.is_multipart() else ()
    return {str(part.get_param("name", header="content-disposition")): part for part in found}


def _metadata(parts: Mapping[str, MIMEPart]) -> object:
    """One part of JSON, or, as the official client's 2.0 beta sends it, a part for each name: `metadata[name]`."""
    if "metadata" in parts:
        return json.loads(_bytes(parts["metadata"]))
    named = {found.group(1): name for name in parts if (found := re.fullmatch(r"metadata\[(.+)\]", name))}
    return {one: _text(parts, name) for one, name in named.items()}


def _text(parts: Mapping[str, MIMEPart], name: str) -> str:
    return _bytes(parts[name]).decode(errors="replace") if name in parts else ""


def _bytes(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
