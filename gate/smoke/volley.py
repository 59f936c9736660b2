"""Requests that arrive at the same moment: all but the last byte of each is sent, then the last bytes together.

Threads alone spread requests over milliseconds and miss tight races; so does a client that connects when it sends. Here
every connection stands, every header and body but one byte has arrived, and the server can only begin on the last byte.
"""

import http.client
import json
import select
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gate.smoke.exchange import Actor, Exchange

CONNECT = 5.0  # seconds
SETTLE = 0.03  # seconds for the first part of every request to arrive
LIMIT = 2 << 20  # bytes of one answer


@dataclass(frozen=True, slots=True)
class Shot:
    """One request of a volley. Its body must not be empty: its last byte is what is held back."""

    actor: Actor
    token: str = field(repr=False)
    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)


def fire(api: str, shots: Sequence[Shot], patience: float) -> tuple[Exchange, ...]:
    """Send them so that they arrive together; the answers in the order of the shots. `patience` is in seconds.

    Never raises for what a server does: a connection that fails is an exchange without a status.
    """
    lines: list[socket.socket | None] = []
    problems: list[str] = []
    for shot in shots:
        try:
            opened = _connect(api)
            opened.sendall(_text(api, shot)[:-1])
        except OSError as fault:
            lines.append(None)
            problems.append(f"cannot reach {api} ({type(fault).__name__})")
        else:
            lines.append(opened)
            problems.append("")
    time.sleep(SETTLE)
    began = time.monotonic()
    for number, line in enumerate(lines):
        if line is not None:
            try:
                line.sendall(b"}")
            except OSError as fault:
                problems[number] = f"the connection broke ({type(fault).__name__})"
    return tuple(
        _answer(shot, line, problem, began, patience)
        for shot, line, problem in zip(shots, lines, problems, strict=True)
    )


def _connect(api: str) -> socket.socket:
    parts = urlsplit(api)
    secure = parts.scheme == "https"
    line = socket.create_connection((parts.hostname or "", parts.port or (443 if secure else 80)), timeout=CONNECT)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname) if secure else line


def _text(api: str, shot: Shot) -> bytes:
    parts = urlsplit(api)
    body = json.dumps(dict(shot.body)).encode()
    head = (
        f"{shot.method} {parts.path.rstrip('/')}{shot.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {shot.token}\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _answer(shot: Shot, line: socket.socket | None, problem: str, began: float, patience: float) -> Exchange:
    status: int | None = None
    body: Any = None
    if line is not None:
        with line:
            if not problem:
                status, body, problem = _read(line, max(1.0, patience - (time.monotonic() - began)))
    return Exchange(shot.actor, shot.method, shot.path, status, time.monotonic() - began, problem, body)


def _read(line: socket.socket, patience: float) -> tuple[int | None, Any, str]:
    line.settimeout(patience)
    try:
        if not select.select([line], [], [], patience)[0]:
            return None, None, "no answer in time"
        answer = http.client.HTTPResponse(line)
        answer.begin()
        raw = answer.read(LIMIT)
    except (OSError, http.client.HTTPException) as fault:
        return None, None, f"no usable answer ({type(fault).__name__})"
    try:
        return answer.status, json.loads(raw) if raw else None, ""
    except (ValueError, RecursionError):
        return answer.status, None, ""
