"""Sessions whose read timeout is for the whole answer: bytes that trickle in one by one do not outlast it."""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


def new_session() -> requests.Session:
    """A session that knows nothing of the host's proxies and .netrc, which must not see or change a token."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return session


class _Answer(io.RawIOBase):
    """What comes in on a socket, for as long as its timeout allows a single silence."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._limit = sock.gettimeout()
        self._ends = time.monotonic() + (self._limit or 0.0)
        self._raw = sock.makefile("rb", buffering=0)  # counted by the socket, which stays open until this is closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - a writable buffer of any kind
        if self._limit is None:
            return self._raw.readinto(buffer)
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(left)
        try:
            return self._raw.readinto(buffer)
        finally:
            self._socket.settimeout(self._limit)  # the next request on this connection is sent under it

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as http.client calls it
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Answer(sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as requests calls it
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
