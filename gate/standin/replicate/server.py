"""Replicate's HTTP API on loopback: the routes, the faults and the ledger."""

import json
import secrets
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from gate.standin.http import Answer, LoopbackServer, Request, json_answer
from gate.standin.image import png
from gate.standin.replicate.answers import missing, page, problem
from gate.standin.replicate.catalogue import look
from gate.standin.replicate.faults import FAULTS, Fault
from gate.standin.replicate.files import Files
from gate.standin.replicate.orders import PREFER, read_order
from gate.standin.replicate.predictions import LOOPBACK, Order, Prediction
from gate.standin.replicate.webhooks import BY_DEFAULT, Courier, new_secret, sign

PAGE = 100
SLOW = 5.0  # seconds; longer than any read timeout a test would set
LAG = timedelta(seconds=60)
SKEW = timedelta(hours=1)
HUGE = 60 << 20
LEAVE = 2.0  # seconds that its threads get to end when the stand-in stops


class ReplicateStandIn:
    """A running stand-in. Use `with ReplicateStandIn() as replicate`; `latency` is how long a prediction takes, in seconds.

    `pace` is how long a second of Replicate's own deadlines (Cancel-After, webhook retries) lasts here.
    """

    def __init__(self, *, port: int = 0, latency: float = 0.05, pace: float = 1.0) -> None:
        # Not in the form of a real token, so that nobody mistakes it for one and no scanner is alarmed.
        self.token = f"standin-{secrets.token_hex(16)}"
        self._latency = latency
        self._pace = pace
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._requests: list[dict[str, Any]] = []
        self._abouts: list[str] = []  # what each request was about; kept from the ledger, because it may hold a token
        self._posted: list[dict[str, Any]] = []
        self._predictions: dict[str, Prediction] = {}
        self._threads: list[threading.Thread | Courier] = []
        self._files = Files(lambda: self.url)
        self._script: list[tuple[Fault, str]] = []
        self.webhook_secret = new_secret()
        self._stop = threading.Event()
        self._server = LoopbackServer(self._serve, name="Replicate stand-in", port=port)
        self.url = self._server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving, and everything that was going on. May be called more than once."""
        self._stop.set()
        with self._lock:
            predictions, threads = list(self._predictions.values()), list(self._threads)
        for prediction in predictions:
            prediction.stop()
        self._server.stop()
        ends = time.monotonic() + LEAVE
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def script(self, faults: Iterable[str | Fault], *, marker: str = "") -> None:
        """Plan faults, by name or value; each is used up by the next request to its route. Unknown names are KeyErrors.

        With a `marker`, only a request about a prediction whose input holds that text uses them up.
        """
        planned = [(FAULTS[fault] if isinstance(fault, str) else fault, marker) for fault in faults]
        with self._lock:
            self._script.extend(planned)

    def made(self, marker: str) -> tuple[str, ...]:
        """The ids of the predictions whose input, addresses with their queries too, holds that text."""
        with self._lock:
            return tuple(one.id for one in self._predictions.values() if marker in json.dumps(one.order.input))

    def shown(self, prediction: str) -> dict[str, Any]:
        """A prediction as the API shows it now. Raises KeyError for an id that was never given."""
        return self._predictions[prediction].body()

    def end(self, prediction: str, status: str) -> None:
        """End a prediction with this status, if it has not ended yet; its webhook is sent as usual."""
        self._predictions[prediction].end(status)

    def sign(self, one: str, at: int, body: bytes) -> str:
        """The signature under which this stand-in would send a webhook with that id, at that time."""
        return sign(self.webhook_secret, one, at, body)

    def asked(self, marker: str) -> tuple[dict[str, Any], ...]:
        """The ledger's requests about predictions whose input holds that text, in order."""
        with self._lock:
            return tuple(one for one, about in zip(self._requests, self._abouts, strict=True) if marker in about)

    def ledger(self) -> dict[str, Any]:
        """What was asked, made and posted, in order. `at` is in seconds since the start. No token and no query is in it."""
        with self._lock:
            return {
                "requests": list(self._requests),
                "predictions": [one.entry() for one in self._predictions.values()],
                "webhooks": list(self._posted),
            }

    # -- serving --------------------------------------------------------------------------------------------------
    def _serve(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1") if request.path.startswith("/v1/") else request.path
        if path.startswith("/__"):
            return self._inside(request, path)
        began = time.monotonic() - self._began
        parts = path.strip("/").split("/")
        route = route_of(request.method, parts)
        entry: dict[str, Any] = {"at": round(began, 3), "method": request.method, "path": path, "route": route}
        answer = self._answer(request, parts, route, entry)
        with self._lock:
            self._requests.append(entry | {"status": answer.status if answer.delivery == "whole" else None})
            self._abouts.append(self._about(request, parts))
        if parts[0] == "files":
            return answer
        limits = {"ratelimit-remaining": "599" if route == "create" else "2999", "ratelimit-reset": "1"}
        return Answer(answer.status, answer.body, {**limits, **answer.headers}, answer.delivery, answer.delay)

    def _answer(self, request: Request, parts: Sequence[str], route: str, entry: dict[str, Any]) -> Answer:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme not in {"Bearer", "Token"} or not secrets.compare_digest(token.encode(), self.token.encode()):
            return problem(401, "Unauthenticated", "You did not pass a valid authentication token")
        fault = self._next_fault(route, self._about(request, parts))
        if fault:
            entry["fault"] = fault.name or "unnamed"
            refused = fault.refused()
            if refused:
                return refused
        answer = self._do(request, parts, fault or Fault("create"))
        if route == "create" and 200 <= answer.status < 300:
            entry["prediction"] = json.loads(answer.body)["id"]
        return _spoilt(answer, fault) if fault else answer

    def _about(self, request: Request, parts: Sequence[str]) -> str:
        """The input that a request is about, as a text: its own, or that of the prediction it names."""
        found = self._predictions.get(parts[1]) if len(parts) > 1 else None
        return json.dumps(found.order.input) if found else request.body.decode(errors="replace")

    def _next_fault(self, route: str, about: str) -> Fault | None:
        with self._lock:
            for number, (fault, marker) in enumerate(self._script):
                if fault.route == route and marker in about:
                    del self._script[number]
                    return fault
        return None

    def _do(self, request: Request, parts: Sequence[str], fault: Fault) -> Answer:
        match (request.method, *parts):
            case ("POST", *_) if route_of(request.method, parts) == "create":
                return self._create(request, parts, fault)
            case ("GET", "predictions"):
                return self._list(request, lagging=fault.after == "lag")
            case ("GET", "predictions", one) if one in self._predictions:
                return json_answer(200, self._predictions[one].body() | {"source": "api"})
            case ("POST", "predictions", one, "cancel") if one in self._predictions:
                if fault.after != "deaf":
                    self._predictions[one].end("canceled")
                return json_answer(200, self._predictions[one].body())
            case ("GET", "webhooks", "default", "secret"):
                return json_answer(200, {"key": self.webhook_secret})
            case (_, "files", *rest):
                return self._files.serve(request, rest)
            case ("GET", *_):
                return look(parts)
        return missing()

    # -- predictions ----------------------------------------------------------------------------------------------
    def _create(self, request: Request, parts: Sequence[str], fault: Fault) -> Answer:
        order = read_order(request, parts)
        if isinstance(order, Answer):
            return order
        order.ending = dict(fault.ending or {})
        made = Prediction(order, self.url, kept=self._files.content, pace=self._pace)
        worker = threading.Thread(target=made.work, args=(self._latency,), name=f"prediction {made.id}", daemon=True)
        with self._lock:
            if self._stop.is_set():
                return problem(503, "Service unavailable", "The stand-in is stopping")
            courier = self._courier(made.id, order, fault)
            if courier:
                made.tell = courier.tell
            self._predictions[made.id] = made
            self._threads += [worker, *([courier] if courier else [])]
            shown = made.body()
            worker.start()
        prefer = PREFER.match(request.headers.get("prefer", ""))
        if not prefer:
            return json_answer(201, shown)
        made.wait(float(prefer.group(1) or 60))
        return json_answer(201, made.sync_body(), {"preference-applied": prefer.group()})

    def _courier(self, one: str, order: Order, fault: Fault) -> Courier | None:
        """Who posts the webhooks; nobody where the address is not on loopback, as nothing leaves this machine."""
        if not order.webhook or _host(order.webhook) not in LOOPBACK:
            return None

        def record(event: str, statuses: list[int]) -> None:
            with self._lock:
                self._posted.append({"prediction": one, "event": event, "statuses": statuses})

        wanted = BY_DEFAULT if order.webhook_events is None else frozenset(order.webhook_events)
        return Courier(
            order.webhook,
            wanted,
            self.webhook_secret,
            pace=self._pace,
            stop=self._stop,
            record=record,
            misdelivery=fault.webhooks,
        )

    def _list(self, request: Request, *, lagging: bool) -> Answer:
        """Newest first; `created_after` is inclusive, `created_before` exclusive."""
        with self._lock:
            found = list(self._predictions.values())[::-1]
        try:
            after, before = (_when(request.asked(name)) for name in ("created_after", "created_before"))
        except ValueError:
            return problem(400, "Bad request", "created_after and created_before must be ISO 8601")
        if lagging:
            before = datetime.now(UTC) - LAG
        found = [one for one in found if (not after or one.made >= after) and (not before or one.made < before)]
        cursor = request.asked("cursor", "0")
        start = int(cursor) if cursor.isdecimal() else 0
        kept = [(name, value) for name, value in request.query if name != "cursor"]

        def at(place: int) -> str:
            return f"{self.url}/v1/predictions?{urlencode([*kept, ('cursor', str(place))])}"

        return page(
            [one.body() | {"source": "api"} for one in found[start : start + PAGE]],
            following=at(start + PAGE) if len(found) > start + PAGE else None,
            previous=at(max(0, start - PAGE)) if start else None,
        )

    # -- what only the stand-in has -------------------------------------------------------------------------------
    def _inside(self, request: Request, path: str) -> Answer:
        match (request.method, *path.strip("/").split("/")):
            case ("GET", "__ledger"):
                return json_answer(200, self.ledger())
            case ("POST", "__script"):
                names = request.json()
                if not isinstance(names, list) or not all(isinstance(name, str) and name in FAULTS for name in names):
                    return json_answer(422, {"detail": "a list of fault names, please", "known": sorted(FAULTS)})
                self.script(names)
                return Answer(204)
            case ("GET", "__outputs", one, name) if one in self._predictions:
                return self._output(self._predictions[one], name)
        return missing()

    def _output(self, prediction: Prediction, name: str) -> Answer:
        fault = self._next_fault("output", json.dumps(prediction.order.input))
        refused = fault.refused() if fault else None
        if refused:
            return refused
        if name.endswith(".txt"):
            answer = Answer(200, b"this is no picture\n", {"content-type": "text/plain"})
        else:
            answer = Answer(200, png(f"{prediction.id} {name}"), {"content-type": "image/png"})
        return _spoilt(answer, fault) if fault else answer


def route_of(method: str, parts: Sequence[str]) -> str:
    """What kind of request it is, as faults and the ledger name it."""
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


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _when(text: str) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that was not quoted arrives as a space
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _spoilt(answer: Answer, fault: Fault) -> Answer:
    """An answer to a request that was carried out, gone wrong on its way."""
    match fault.after:
        case "502":
            return problem(502, "Bad gateway", "The upstream did not answer in time")
        case "drop" | "hang":
            return Answer(answer.status, delivery=fault.after)
        case "slow":
            return Answer(answer.status, answer.body, answer.headers, delay=SLOW)
        case "cut" | "drip":
            return Answer(answer.status, answer.body, answer.headers, delivery=fault.after)
        case "wrong-json":
            return Answer(answer.status, b'{"id": ', answer.headers)
        case "wrong-shape":
            return Answer(answer.status, b'{"predictions": [42]}', answer.headers)
        case "clock":
            wrong = format_datetime(datetime.now(UTC) - SKEW, usegmt=True)
            return Answer(answer.status, answer.body, {**answer.headers, "date": wrong})
        case "redirect":
            return Answer(302, headers={"location": "http://198.51.100.7/out.png"})
        case "huge":
            return Answer(200, answer.body.ljust(HUGE, b"\0"), answer.headers)
    return answer
