"""Speaks HTTP with the backend, as A or as B, and keeps the trace."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from gate.smoke.exchange import Actor, Exchange
from gate.smoke.redact import redacted

BODY_LIMIT = 2 << 20  # bytes of one answer; a job API has no business to send more
CONNECT = 5.0  # seconds


@dataclass(slots=True)
class Caller:
    """The backend at `api` for the bearers of two tokens. `patience` gives the seconds an answer may take."""

    api: str
    tokens: Mapping[Actor, str] = field(repr=False)
    patience: Callable[[], float] = lambda: 120.0
    trace: list[Exchange] = field(default_factory=list)

    def ask(self, actor: Actor, method: str, path: str, body: Mapping[str, Any] | None = None) -> Exchange:
        """Send one request. Never raises: no answer is an answer too, with its problem in words."""
        began = time.monotonic()
        status: int | None = None
        parsed: Any = None
        problem = ""
        try:
            status, raw = self._send(actor, method, path, body)
            parsed = json.loads(raw) if raw else None
        except requests.Timeout:
            problem = "no answer in time"
        except requests.ConnectionError:
            problem = f"cannot reach {self.api}"
        except requests.RequestException as fault:
            problem = f"no usable answer ({type(fault).__name__})"
        except (ValueError, RecursionError):
            problem = f"status {status}, and the body is no JSON"
        if status is not None and status >= 400 and not problem:
            problem = f"status {status}, {self._words(parsed)}"
        exchange = Exchange(actor, method, path, status, time.monotonic() - began, problem, parsed)
        self.trace.append(exchange)
        return exchange

    def taken(self) -> tuple[Exchange, ...]:
        """The trace since the last call."""
        taken, self.trace = tuple(self.trace), []
        return taken

    def _send(self, actor: Actor, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, bytes]:
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no .netrc of this machine may see or change a token
            with session.request(
                method,
                self.api + path,
                json=body,
                headers=self._headers(actor),
                timeout=(CONNECT, max(1.0, self.patience())),
                allow_redirects=False,
                stream=True,
            ) as answer:
                raw = b""
                for piece in answer.iter_content(1 << 16):
                    raw += piece
                    if len(raw) > BODY_LIMIT:
                        raise requests.exceptions.ContentDecodingError("too large")
                return answer.status_code, raw

    def _headers(self, actor: Actor) -> dict[str, str]:
        token = self.tokens[actor]
        return {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def _words(self, body: object) -> str:
        """What the backend says of an error, in a line that may be shown."""
        words = body
        if isinstance(body, Mapping):
            words = next((body[name] for name in ("detail", "error", "message", "msg") if name in body), "")
        text = words if isinstance(words, str) else json.dumps(words)
        return redacted(text, *self.tokens.values()) or "without a word"
