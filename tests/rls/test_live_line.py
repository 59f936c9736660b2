"""Servers that answer too much, too slowly, from elsewhere or nonsense: an answer that says nothing, soon."""

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from gate.rls.live.asking import Asker, Said
from gate.rls.live.line import LIMIT, Line, Pace
from gate.rls.live.people import client_of

KEY = "sb_publishable_0123456789"
SLOW = ("drip_body", "drip_head", "silent")
SOON = 15.0  # seconds; the slow ones would take longer by themselves
BOMB = gzip.compress(b"[" + b" " * (8 << 20) + b"]")


class Hostile(BaseHTTPRequestHandler):
    """Answers as its class says."""

    mode = ""
    seen: list[str]
    elsewhere = ""

    def do_GET(self) -> None:
        self.seen.append(self.path)
        getattr(self, f"_{self.mode}")()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base has it
        """Say nothing."""

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def _huge(self) -> None:
        self._send(200, b"[" + b'{"id": 1},' * (LIMIT // 10 + 10) + b"{}]")

    def _bomb(self) -> None:
        self._send(200, BOMB, content_encoding="gzip")

    def _redirect(self) -> None:
        self._send(307, b"", location=f"{self.elsewhere}/rest/v1/notes")

    def _html(self) -> None:
        self._send(200, b"<html>\x1b[2Jno</html>", content_type="text/html")

    def _deep(self) -> None:
        self._send(200, b"[" * 100_000 + b"]" * 100_000)

    def _scalar(self) -> None:
        self._send(200, b"7")

    def _mixed(self) -> None:
        self._send(200, b'[{"id": 1}, 2]')

    def _lying(self) -> None:
        self._send(200, b'[{"id": 1}]', content_range="x/y")

    def _control(self) -> None:
        words = "no\x1b]0;owned\x07\n::error::\r\x00 " + KEY + " eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"
        self._send(400, json.dumps({"code": "22000\x1b[31m", "message": words, "details": None, "hint": None}).encode())

    def _drip_body(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "300")
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(300):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.1)

    def _drip_head(self) -> None:
        with contextlib.suppress(OSError):
            for piece in (b"HTTP/1.1 200 OK\r\n", *(b"x-%d: 1\r\n" % n for n in range(300))):
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.1)

    def _silent(self) -> None:
        time.sleep(2 * SOON)

    def _closed(self) -> None:
        self.connection.close()

    def _garbage(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(b"\x00\xff not HTTP\r\n\r\n")


@contextlib.contextmanager
def hostile(mode: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """A server of that kind, and another one that it sends people to; with the paths that each was asked for."""
    seen: tuple[list[str], list[str]] = ([], [])
    other = type("Other", (Hostile,), {"mode": "scalar", "seen": seen[1]})
    with ThreadingHTTPServer(("127.0.0.1", 0), other) as second:
        elsewhere = f"http://127.0.0.1:{second.server_address[1]}"
        kind = type("First", (Hostile,), {"mode": mode, "seen": seen[0], "elsewhere": elsewhere})
        with ThreadingHTTPServer(("127.0.0.1", 0), kind) as first:
            servers = (first, second)
            for server in servers:
                server.daemon_threads = True
                server.block_on_close = False
                threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{first.server_address[1]}", seen[0], seen[1]
            finally:
                for server in servers:
                    server.shutdown()


@contextlib.contextmanager
def asking(url: str, patience: float = 10.0) -> Iterator[Asker]:
    with httpx.Client(transport=Line(url, Pace(0.0), patience=patience), trust_env=False, timeout=10) as pool:
        yield Asker({"anon": client_of(url, KEY, pool)}, [KEY])


def rows(asker: Asker) -> Said:
    return asker.rows("anon", ("public", "notes"), ["id"], [("id", "eq", 1)], 5)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("huge", "no usable answer (the answer is too large)"),
        ("bomb", "no usable answer (the answer is packed, though we asked for none)"),
        ("redirect", "no usable answer (the project sends us elsewhere)"),
        ("html", "the answer is no list of rows"),
        ("scalar", "the answer is no list of rows"),
        ("mixed", "the answer is no list of rows"),
        ("drip_body", "no usable answer (no answer in time)"),
        ("drip_head", "no usable answer (no answer in time)"),
        ("silent", "no usable answer (no answer in time)"),
        ("closed", "no usable answer (RemoteProtocolError)"),
        ("garbage", "no usable answer (RemoteProtocolError)"),
    ],
)
def test_what_says_nothing(mode: str, words: str) -> None:
    with hostile(mode) as (url, seen, elsewhere), asking(url, 0.6 if mode in SLOW else 10.0) as asker:
        began = time.monotonic()
        said = rows(asker)

    assert (said.answer, said.rows, said.words) == ("nothing", (), words)
    assert time.monotonic() - began < SOON
    assert len(seen) == 1  # none is asked a second time
    assert elsewhere == []


def test_an_answer_that_is_too_deep() -> None:
    with hostile("deep") as (url, _, _), asking(url) as asker:
        assert rows(asker).answer == "nothing"


def test_a_count_that_is_no_number_leaves_open_what_happened() -> None:
    with hostile("lying") as (url, _, _), asking(url) as asker:
        assert asker.delete("anon", ("public", "notes"), [("id", "eq", 1)]).happened is None


def test_what_the_project_says_is_shown_without_keys_and_in_one_line() -> None:
    with hostile("control") as (url, _, _), asking(url) as asker:
        said = rows(asker)

    assert said.answer == "nothing"
    assert "\n" not in said.words
    assert "\r" not in said.words
    assert KEY not in said.words
    assert "eyJ" not in said.words
    assert "\x1b" not in said.words


def test_after_a_silent_answer_the_next_one_is_heard() -> None:
    with hostile("silent") as (url, seen, _), asking(url, 0.6) as asker:
        first, second = rows(asker), rows(asker)

    assert first.words == second.words == "no usable answer (no answer in time)"
    assert len(seen) == 2


def test_another_host_is_never_asked() -> None:
    with (
        hostile("scalar") as (url, seen, elsewhere),
        hostile("scalar") as (other, others, _),
        httpx.Client(transport=Line(url, Pace(0.0))) as pool,
        pytest.raises(httpx.TransportError, match="another host"),
    ):
        pool.get(f"{other}/rest/v1/notes")

    assert (seen, elsewhere, others) == ([], [], [])


def test_requests_keep_their_distance() -> None:
    with hostile("scalar") as (url, seen, _), httpx.Client(transport=Line(url, Pace(0.15))) as pool:
        began = time.monotonic()
        for _ in range(4):
            pool.get(f"{url}/x")

    assert len(seen) == 4
    assert time.monotonic() - began >= 0.45
