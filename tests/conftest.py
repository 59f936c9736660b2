"""A scrubbed world: no ambient settings, no network but loopback, no server that was not asked for."""

import os
import socket
from typing import Any

import pytest

AMBIENT = (
    "CI",
    "NO_COLOR",
    "FORCE_COLOR",
    "API",
    "TOKEN_A",
    "TOKEN_B",
    "MODEL_PROVIDER",
    "COLUMNS",
    "DARKROOM_DEFECTS",
)
PREFIXES = ("GITHUB_", "SUPABASE_", "REPLICATE_", "PG", "GATE_", "VERCEL", "NETLIFY", "GITLAB_", "RAILWAY_")


@pytest.fixture(autouse=True)
def scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove every variable that could change an answer."""
    for name in list(os.environ):
        if name in AMBIENT or name.startswith(PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(autouse=True)
def remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no check answer from what another test left in the user's cache."""
    for check in ("audit", "scan"):
        monkeypatch.setattr(f"gate.{check}.remembered.cache_folder", lambda *_: None)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
