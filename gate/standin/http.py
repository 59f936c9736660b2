"""A small HTTP server on loopback for the stand-ins: a function from request to answer, and the ways an answer can fail."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from gate.errors import Incomplete

BODY_LIMIT = 100 << 20
IDLE = 30.0  # seconds a kept-alive connection may be silent
DRIP = 0.2  # seconds between two bytes of an answer that drips
LEAVE = 2.0  # seconds that running requests get to end when the server stops
Delivery = Literal["whole", "cut", "drop", "drip", "hang"]


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. `path` is decoded, `raw_path` is not; `query` keeps order and repeats; header names are lower case."""

    method: str
    path: str
    raw_path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def asked(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return dict(self.query).get(name, default)

    def json(self) -> Any:  # noqa: ANN401 - whatever the client sent
        """The body as JSON; None when it is none. Deep nesting counts as none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out. `delay` is in seconds.

    `cut` sends half of the body and closes, `drop` closes without a word, `drip` sends a byte now and then, `hang` nothing.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = "whole"
    delay: float = 0.0


def json_answer(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer whose body is JSON."""
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json", **(headers or {})})


App = Callable[[Request], Answer]


class LoopbackServer:
    """Serves an app on 127.0.0.1 in threads of its own. `port` 0 takes any free one."""

    def __init__(self, app: App, *, name: str, port: int = 0) -> None:
        self._stop = threading.Event()
        try:
            self._server = _Server(("127.0.0.1", port), _handler(app, self._stop))
        except OSError as fault:
            raise Incomplete(
                f"the {name} cannot listen on 127.0.0.1:{port} ({fault.strerror}); choose another port"
            ) from fault
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name=name, daemon=True).start()

    def stop(self) -> None:
        """Stop listening, let sleeping answers go and hang up on everybody. May be called more than once."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._calls: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - http.server's types
        """Serve one connection, known by its socket for as long as it lasts."""
        self._calls[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._calls[request]

    def hang_up(self) -> None:
        """Close every connection that is open still, and wait a moment for the threads behind them."""
        calls = list(self._calls.items())
        for connection, _ in calls:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        ends = time.monotonic() + LEAVE
        for _, thread in calls:
            thread.join(max(0.0, ends - time.monotonic()))

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is normal here."""


def _left_alone(connection: socket.socket, stop: threading.Event) -> None:
    """Say nothing until the client has had enough, or the server stops."""
    connection.settimeout(0.1)
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            if not connection.recv(1):
                return


def _dropped(connection: socket.socket, _stop: threading.Event) -> None:
    """A reset and not a polite end: the client must not be able to tell it from a crashed proxy."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        connection.close()


def _pieces(answer: Answer, stop: threading.Event) -> Iterator[bytes]:
    """The body as it goes out."""
    match answer.delivery:
        case "cut":
            yield answer.body[: len(answer.body) // 2]
        case "drip":
            for one in answer.body:
                if stop.wait(DRIP):
                    return
                yield bytes([one])
        case _:
            yield answer.body


def _handler(app: App, stop: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE
        disable_nagle_algorithm = True

        def answer(self) -> None:
            request = self._read()
            if request is None:
                return
            try:
                answer = app(request)
            except Exception as bug:  # noqa: BLE001 - a bug of the stand-in must look like one and not like an answer
                answer = json_answer(500, {"message": f"the stand-in failed: {type(bug).__name__}"})
            self._write(answer)

        def _read(self) -> Request | None:
            length = self.headers.get("content-length", "0")
            if self.headers.get("transfer-encoding") or not length.isdecimal() or int(length) > BODY_LIMIT:
                self.close_connection = True
                self._write(json_answer(411, {"message": "the stand-in wants a Content-Length of at most 100 MB"}))
                return None
            parts = urlsplit(self.path)
            return Request(
                self.command,
                unquote(parts.path),
                parts.path,
                tuple(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(length)),
            )

        def _write(self, answer: Answer) -> None:
            if answer.delay:
                stop.wait(answer.delay)
            if answer.delivery in {"hang", "drop"}:
                self.close_connection = True
                (_left_alone if answer.delivery == "hang" else _dropped)(self.connection, stop)
                return
            self.send_response_only(answer.status)
            self.send_header("server", self.version_string())
            for name, value in {"date": self.date_time_string(), **answer.headers}.items():
                self.send_header(name, value)
            bodiless = answer.status in {204, 304} or self.command == "HEAD"
            if answer.status not in {204, 304}:
                self.send_header("content-length", str(len(answer.body)))
            if answer.delivery == "cut":
                self.send_header("connection", "close")
                self.close_connection = True
            self.end_headers()
            if not bodiless:
                for piece in _pieces(answer, stop):
                    self.wfile.write(piece)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Stay silent: the ledger tells what came in, and standard error belongs to the gate."""

    return Handler
