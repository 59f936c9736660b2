"""The line to the project: to it alone, in no hurry, and hung up on whatever answers too much, too slowly or from elsewhere."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import urlsplit

import httpx

LIMIT = 2 << 20  # bytes of one answer
PATIENCE = 15.0  # seconds for one answer, from the first byte sent to the last received
PACE = 0.2  # seconds between the beginnings of two requests, of all users together


class HungUp(httpx.TransportError):
    """We ended the call; its words say why."""


class Pace:
    """Lets one request begin every so often."""

    def __init__(self, seconds: float = PACE) -> None:
        self._seconds, self._next = seconds, 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when it is one's turn."""
        with self._lock:
            now = time.monotonic()
            begin = max(now, self._next)
            self._next = begin + self._seconds
        time.sleep(begin - now)


class Line(httpx.BaseTransport):
    """A transport of httpx. `may_go` is asked before each request and raises when there shall be no more."""

    def __init__(
        self, url: str, pace: Pace, may_go: Callable[[], None] = lambda: None, patience: float = PATIENCE
    ) -> None:
        self._origin = _origin(url)
        self._pace, self._may_go, self._patience = pace, may_go, patience
        self._below = _transport()
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises HungUp."""
        if _origin(str(request.url)) != self._origin:
            raise HungUp("the request was for another host", request=request)
        self._may_go()
        self._pace.wait()
        self._may_go()
        self.requests += 1
        request.headers["accept-encoding"] = "identity"  # a small answer must not unfold to a huge one
        ends = time.monotonic() + self._patience
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), self._patience)
        # That limits the wait for each piece; one byte at a time would go on for ever.
        watch = threading.Timer(self._patience, self._cut)
        watch.daemon = True
        watch.start()
        try:
            answer = self._below.handle_request(request)
        except (httpx.TransportError, OSError, RuntimeError) as fault:
            if time.monotonic() >= ends:
                raise HungUp("no answer in time", request=request) from fault
            if isinstance(fault, httpx.TransportError):
                raise
            raise HungUp(f"no usable answer ({type(fault).__name__})", request=request) from fault
        finally:
            watch.cancel()
        problem = None
        if 300 <= answer.status_code < 400:
            problem = "the project sends us elsewhere"
        elif answer.headers.get("content-encoding", "identity") != "identity":
            problem = "the answer is packed, though we asked for none"
        if problem:
            answer.close()
            raise HungUp(problem, request=request)
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=_Measured(answer, ends), extensions=answer.extensions
        )

    def _cut(self) -> None:
        """Close the connections below a request that waits; the next one gets new ones."""
        below, self._below = self._below, _transport()
        below.close()

    def close(self) -> None:
        """Hang up."""
        self._below.close()


class _Measured(httpx.SyncByteStream):
    """A body that ends in HungUp where it is too long or takes too long."""

    def __init__(self, answer: httpx.Response, ends: float) -> None:
        self._answer, self._ends = answer, ends

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._answer.stream:  # type: ignore[union-attr]  # a transport of ours gives a synchronous one
            size += len(piece)
            if size > LIMIT:
                raise HungUp("the answer is too large")
            if time.monotonic() > self._ends:
                raise HungUp("no answer in time")
            yield piece

    def close(self) -> None:
        self._answer.close()


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _transport() -> httpx.HTTPTransport:
    # No proxy and no .netrc of this machine may see or change a token.
    return httpx.HTTPTransport(verify=_trusted(), trust_env=False, retries=0)


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates to trust, read once: it takes longer than most requests."""
    return httpx.create_ssl_context()
