"""Replicate's HTTP API on loopback: the routes, the faults and the ledger."""

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from types import TracebackType
from typing import Any, Self

from gate.standin.http import Answer, LoopbackServer, Request, json_answer
from gate.standin.image import png
from gate.standin.replicate.faults import FAULTS, PROBLEM, Fault
from gate.standin.replicate.models import MODELS, Model
from gate.standin.replicate.predictions import Prediction, new_id, now

PAGE = 100
SLOW = 5.0  # seconds; longer than any read timeout a test would set
CREATE_KEYS = frozenset({"input", "version", "webhook", "webhook_events_filter", "stream"})
PREFER = re.compile(r"^wait(?:=([1-9]|[1-5]\d|60))?$")


class ReplicateStandIn:
    """A running stand-in. Use `with ReplicateStandIn() as replicate`; `latency` is how long a prediction takes, in seconds."""

    def __init__(self, *, port: int = 0, latency: float = 0.05) -> None:
        # Not in the form of a real token, so that nobody mistakes it for one and no scanner is alarmed.
        self.token = f"standin-{secrets.token_hex(16)}"
        self._latency = latency
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._requests: list[dict[str, Any]] = []
        self._predictions: dict[str, Prediction] = {}
        self._files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._script: list[Fault] = []
        self._webhook_secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self._server = LoopbackServer(self._serve, name="Replicate stand-in", port=port)
        self.url = self._server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving. May be called more than once."""
        self._server.stop()

    def script(self, faults: Iterable[str | Fault]) -> None:
        """Plan faults, by name or value; each is used up by the next request to its route. Unknown names are KeyErrors."""
        planned = [FAULTS[fault] if isinstance(fault, str) else fault for fault in faults]
        with self._lock:
            self._script.extend(planned)

    def ledger(self) -> dict[str, Any]:
        """What was asked and what was made, in order. `at` is in seconds since the start."""
        with self._lock:
            return {
                "requests": list(self._requests),
                "predictions": [one.entry() for one in self._predictions.values()],
            }

    # -- serving --------------------------------------------------------------------------------------------------
    def _serve(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1") if request.path.startswith("/v1/") else request.path
        if path.startswith("/__"):
            return self._inside(request, path)
        began = time.monotonic() - self._began
        route = _route(request.method, path)
        entry: dict[str, Any] = {"at": round(began, 3), "method": request.method, "path": path, "route": route}
        answer = self._answer(request, path, route, entry)
        with self._lock:
            self._requests.append(entry | {"status": answer.status if answer.delivery == "whole" else None})
        remaining = "599" if route == "create" else "2999"
        return Answer(
            answer.status,
            answer.body,
            {"ratelimit-remaining": remaining, "ratelimit-reset": "1", **answer.headers},
            answer.delivery,
            answer.delay,
        )

    def _answer(self, request: Request, path: str, route: str, entry: dict[str, Any]) -> Answer:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme not in {"Bearer", "Token"} or not secrets.compare_digest(token.encode(), self.token.encode()):
            return _problem(401, "Unauthenticated", "You did not pass a valid authentication token")
        fault = self._next_fault(route)
        if fault:
            entry["fault"] = fault.name or "unnamed"
            refused = fault.refused()
            if refused:
                return refused
        answer = self._do(request, path, route, fault)
        if route == "create" and 200 <= answer.status < 300:
            entry["prediction"] = json.loads(answer.body)["id"]
        return _spoilt(answer, fault) if fault and fault.after else answer

    def _next_fault(self, route: str) -> Fault | None:
        with self._lock:
            for number, fault in enumerate(self._script):
                if fault.route == route:
                    return self._script.pop(number)
        return None

    def _do(self, request: Request, path: str, route: str, fault: Fault | None) -> Answer:
        parts = path.strip("/").split("/")
        match (request.method, *parts):
            case ("POST", "predictions"):
                return self._create(request, None, fault)
            case ("POST", "models", owner, name, "predictions"):
                return self._create(request, f"{owner}/{name}", fault)
            case ("GET", "predictions"):
                return self._list(request)
            case ("GET", "predictions", one):
                found = self._predictions.get(one)
                return json_answer(200, found.body()) if found else _missing()
            case ("POST", "predictions", one, "cancel"):
                return self._cancel(one)
            case ("GET", "account"):
                account = {
                    "type": "user",
                    "username": "stand-in",
                    "name": "Stand-in",
                    "github_url": "",
                    "avatar_url": "",
                }
                return json_answer(200, account)
            case ("GET", "models", owner, name, *rest):
                return _model(f"{owner}/{name}", rest)
            case ("GET", "webhooks", "default", "secret"):
                return json_answer(200, {"key": self._webhook_secret})
            case (_, "files", *rest):
                return self._file(request, rest)
        return (
            _missing()
            if route == "other"
            else _problem(405, "Method not allowed", f"Method {request.method} not allowed.")
        )

    # -- predictions ----------------------------------------------------------------------------------------------
    def _create(self, request: Request, official: str | None, fault: Fault | None) -> Answer:
        body = request.json()
        if not isinstance(body, dict) or not isinstance(body.get("input"), dict):
            return _invalid([{"type": "required", "field": "input", "description": "input is required"}])
        extra = sorted(set(body) - CREATE_KEYS)
        if extra:
            return _invalid(
                [
                    {"type": "additional_property_not_allowed", "field": name, "description": "not allowed"}
                    for name in extra
                ]
            )
        model = _find(official, body.get("version"))
        if model is None:
            words = "The specified version does not exist (or perhaps you don't have permission to use it?)"
            return _problem(422, "Invalid version or not permitted", words)
        complaints = model.complaints(body["input"])
        if complaints:
            return _invalid(complaints)
        prefer = request.headers.get("prefer", "")
        if prefer and not PREFER.match(prefer):
            return _invalid([{"type": "pattern", "field": "Prefer", "description": "does not match wait=1..60"}])
        made = Prediction(new_id(), model, body["input"], self.url, dict(fault.ending or {}) if fault else {})
        with self._lock:
            self._predictions[made.id] = made
        threading.Thread(target=made.work, args=(self._latency,), name=f"prediction {made.id}", daemon=True).start()
        if not prefer:
            return json_answer(201, made.body())
        wished = PREFER.match(prefer)
        made.wait(float((wished.group(1) if wished else None) or 60))
        return json_answer(201, made.body(), {"preference-applied": prefer})

    def _list(self, request: Request) -> Answer:
        """Newest first; `created_after` is inclusive, `created_before` exclusive."""
        with self._lock:
            found = list(self._predictions.values())[::-1]
        try:
            after, before = (_when(request.asked(name)) for name in ("created_after", "created_before"))
        except ValueError:
            return _problem(400, "Bad request", "created_after and created_before must be ISO 8601")
        found = [one for one in found if (not after or _when(one.created_at) >= after)]  # type: ignore[operator]
        found = [one for one in found if (not before or _when(one.created_at) < before)]  # type: ignore[operator]
        cursor = request.asked("cursor", "0")
        start = int(cursor) if cursor.isdigit() else 0
        kept = "&".join(f"{name}={value}" for name, value in request.query if name != "cursor")
        more = f"{self.url}/v1/predictions?{kept}&cursor={start + PAGE}" if len(found) > start + PAGE else None
        results = [one.body() | {"source": "api"} for one in found[start : start + PAGE]]
        return json_answer(200, {"next": more, "previous": None, "results": results})

    def _cancel(self, one: str) -> Answer:
        found = self._predictions.get(one)
        if not found:
            return _missing()
        found.cancel()
        return json_answer(200, found.body())

    # -- files ----------------------------------------------------------------------------------------------------
    def _file(self, request: Request, rest: Sequence[str]) -> Answer:
        match (request.method, *rest):
            case ("POST",):
                return self._upload(request)
            case ("GET",):
                return json_answer(
                    200, {"next": None, "previous": None, "results": [entry for entry, _ in self._files.values()]}
                )
            case ("GET", one) if one in self._files:
                return json_answer(200, self._files[one][0])
            case ("GET", one, "download") if one in self._files:
                entry, content = self._files[one]
                return Answer(200, content, {"content-type": entry["content_type"]})
            case ("DELETE", one) if one in self._files:
                del self._files[one]
                return Answer(204)
        return _missing()

    def _upload(self, request: Request) -> Answer:
        head = f"content-type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + request.body)
        for part in message.iter_parts() if message.is_multipart() else ():
            if part.get_param("name", header="content-disposition") != "content":
                continue
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            one = new_id()
            sums = {
                "sha256": hashlib.sha256(content).hexdigest(),
                "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            }
            entry = {
                "id": one,
                "name": part.get_filename() or "file",
                "content_type": part.get_content_type(),
                "size": len(content),
                "etag": sums["md5"],
                "checksums": sums,
                "metadata": {},
                "created_at": now(),
                "expires_at": now(),
                "urls": {"get": f"{self.url}/v1/files/{one}"},
            }
            self._files[one] = (entry, content)
            return json_answer(201, entry)
        return _invalid([{"type": "required", "field": "content", "description": "content is required"}])

    # -- what only the stand-in has -------------------------------------------------------------------------------
    def _inside(self, request: Request, path: str) -> Answer:
        if (request.method, path) == ("GET", "/__ledger"):
            return json_answer(200, self.ledger())
        if (request.method, path) == ("POST", "/__script"):
            names = request.json()
            if not isinstance(names, list) or any(name not in FAULTS for name in names if isinstance(name, str)):
                return json_answer(422, {"detail": "a list of fault names, please", "known": sorted(FAULTS)})
            self.script(names)
            return Answer(204)
        parts = path.split("/")
        if parts[1] == "__outputs" and len(parts) == 4 and parts[2] in self._predictions:
            fault = self._next_fault("output")
            refused = fault.refused() if fault else None
            if refused:
                return refused
            if parts[3].endswith(".txt"):
                return Answer(200, b"this is no picture\n", {"content-type": "text/plain"})
            return Answer(200, png(parts[2]), {"content-type": "image/png"})
        return _missing()


def _route(method: str, path: str) -> str:
    parts = path.strip("/").split("/")
    match (method, *parts):
        case ("POST", "predictions") | ("POST", "models" | "deployments", _, _, "predictions"):
            return "create"
        case ("GET", "predictions"):
            return "list"
        case ("GET", "predictions", _):
            return "get"
        case ("POST", "predictions", _, "cancel"):
            return "cancel"
    return "other"


def _find(official: str | None, version: object) -> Model | None:
    if official:
        return next((model for model in MODELS if model.name == official and model.official), None)
    word = version if isinstance(version, str) else ""
    name, _, digest = word.rpartition(":")
    for model in MODELS:
        if model.version == digest and name in {"", model.name}:
            return model
        if model.official and model.name == word:
            return model
    return None


def _model(name: str, rest: Sequence[str]) -> Answer:
    versions = [_version(model) for model in MODELS if model.name == name]
    if not versions:
        return _missing()
    match tuple(rest):
        case ():
            owner, _, short = name.partition("/")
            shown = {"url": f"https://replicate.com/{name}", "owner": owner, "name": short, "visibility": "public"}
            empty = {
                "description": "",
                "github_url": None,
                "paper_url": None,
                "license_url": None,
                "cover_image_url": None,
            }
            return json_answer(
                200, shown | empty | {"run_count": 0, "default_example": None, "latest_version": versions[0]}
            )
        case ("versions",):
            return json_answer(200, {"next": None, "previous": None, "results": versions})
        case ("versions", one):
            found = next((version for version in versions if version["id"] == one), None)
            return json_answer(200, found) if found else _missing()
    return _missing()


def _version(model: Model) -> dict[str, Any]:
    fields = {name: {"type": "string", "format": "uri", "title": name} for name in model.images}
    fields |= {name: {"title": name} for name in (*model.required, *model.options)}
    schema = {"type": "object", "title": "Input", "required": [*model.images, *model.required], "properties": fields}
    schemas = {"Input": schema, "Output": {"type": "string", "format": "uri", "title": "Output"}}
    document = {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    return {
        "id": model.version,
        "created_at": "2024-01-01T00:00:00.000000Z",
        "cog_version": "0.9.0",
        "openapi_schema": document,
    }


def _when(text: str) -> datetime | None:
    return datetime.fromisoformat(text.replace(" ", "+")) if text else None


def _spoilt(answer: Answer, fault: Fault) -> Answer:
    """An answer to a request that was carried out, gone wrong on its way."""
    match fault.after:
        case "502":
            return _problem(502, "Bad gateway", "The upstream did not answer in time")
        case "drop":
            return Answer(answer.status, delivery="drop")
        case "slow":
            return Answer(answer.status, answer.body, answer.headers, delay=SLOW)
        case "cut":
            return Answer(answer.status, answer.body, answer.headers, delivery="cut")
        case "wrong-json":
            return Answer(answer.status, b'{"id": ', answer.headers)
    return answer


def _problem(status: int, title: str, detail: str) -> Answer:
    return json_answer(status, {"title": title, "detail": detail, "status": status}, PROBLEM)


def _missing() -> Answer:
    return json_answer(404, {"detail": "The requested resource could not be found."}, PROBLEM)


def _invalid(complaints: Sequence[Mapping[str, str]]) -> Answer:
    detail = "".join(f"- {one['field']}: {one['description']}\n" for one in complaints)
    body = {"detail": detail, "status": 422, "title": "Input validation failed", "invalid_fields": list(complaints)}
    return json_answer(422, body, PROBLEM)
