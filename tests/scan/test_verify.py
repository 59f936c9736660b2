"""Whether a key still works is asked of the project's own addresses, once and with care, and of nobody else."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gate.check import Context
from gate.config import load_config
from gate.errors import UsageError
from gate.postgres import Server
from gate.scan.check import SCAN, Artifact
from gate.scan.fakes import FAKES, token
from gate.scan.kinds import State, mark, witnessed
from gate.scan.verify import Trial, verified
from gate.standin.supabase import SupabaseStandIn
from tests.repositories import git
from tests.scan.project import written


class Listener:
    """A server that notes what it is asked, and answers with one status and a way elsewhere."""

    def __init__(self, status: int, elsewhere: str = "") -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener.asked.append((self.command, self.path, dict(self.headers)))
                self.send_response(status)
                self.send_header("Location", elsewhere)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener(200)
    yield one
    one.server.shutdown()
    one.server.server_close()


def project(root: Path, address: str, files: dict[str, str]) -> Path:
    return written(root, {"gate.toml": f'scan_verify = ["{address}"]\n', **files})


def states(root: Path) -> dict[str, State]:
    context = Context(load_config(root))
    found: dict[str, State] = {}
    for artifact in verified(SCAN, context.config).subjects(context):
        assert isinstance(artifact, Artifact)
        found |= {f"{artifact.path}:{secret.line}": secret.state for secret in artifact.secrets}
        found |= {f"past {one.path}": one.secret.state for one in artifact.former}
    return found


@pytest.mark.postgres
def test_the_stand_in_knows_which_keys_are_its_own(tmp_path: Path) -> None:
    with Server("auto") as server, SupabaseStandIn(server) as supabase:
        other = token("service_role")
        root = project(tmp_path / "app", supabase.url, {"a.env": f"K={supabase.service_role_key}\n{other}\n"})
        written(root, {"old.env": f"{supabase.service_role_key[:-1]}x\n"})
        git(root, "init", "-q")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "x")
        git(root, "rm", "-q", "old.env")

        done = subprocess.run(
            [sys.executable, "-m", "gate", "scan", "--root", str(root), "--verify", "--report", "json"],
            capture_output=True,
            text=True,
        )
    report = json.loads(done.stdout)

    assert done.returncode == 1
    assert sorted(finding["message"].partition(")")[0].rpartition("; ")[2] for finding in report["findings"]) == [
        "it still works",
        "it works no longer",
        "it works no longer",
    ]
    assert report["checks"][0]["evidence"]["keys_tried"] == {"live": 1, "dead": 2, "unknown": 0}
    assert [
        key
        for key in (supabase.service_role_key, other)
        for part in key.split(".")
        if part in done.stdout + done.stderr
    ] == []


def test_nothing_but_the_key_is_sent_and_only_once(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    written(tmp_path / "home", {".netrc": "machine 127.0.0.1 login n password p\n"})
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    key = FAKES["sb_secret"]()
    root = project(
        tmp_path / "app",
        listener.url,
        {"a.env": f"{key}\n", "b.env": f"{key}\n", "c.env": "{{anon_jwt}} {{replicate_token}}"},
    )

    assert states(root) == {"a.env:1": State.LIVE, "b.env:1": State.LIVE, "c.env:1": State.NOT_ASKED}
    (method, path, headers), *more = listener.asked
    assert (method, path, headers["apikey"], more) == ("GET", "/auth/v1/settings", key, [])
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("status", "state"), [(301, "unknown"), (307, "unknown"), (401, "dead"), (403, "dead"), (500, "unknown")]
)
def test_answers(tmp_path: Path, listener: Listener, status: int, state: str) -> None:
    first = Listener(status, f"{listener.url}/stolen")
    root = project(tmp_path, first.url, {"a.env": "{{service_role_jwt}}\n"})

    assert states(root) == {"a.env:1": state}
    assert (len(first.asked), listener.asked) == (1, []), "no redirect is followed"
    first.server.shutdown()
    first.server.server_close()


def test_nobody_answers(tmp_path: Path, listener: Listener) -> None:
    listener.server.server_close()

    assert states(project(tmp_path, listener.url, {"a.env": "{{service_role_jwt}}\n"})) == {"a.env:1": "unknown"}


def test_a_key_is_shown_to_its_own_project_alone() -> None:
    asked = []

    def ask(address: str, _key: str) -> int:
        asked.append(address)
        return 401

    key = token("service_role")
    with witnessed() as values:
        trial = Trial(("https://another.supabase.co", "https://api.example.com"), values, ask)
        mark(key)
        assert trial._state(key) == State.DEAD
    assert (asked, values) == (["https://api.example.com"], {})


def test_questions_are_asked_slowly(tmp_path: Path, listener: Listener) -> None:
    root = project(tmp_path, listener.url, {"a.env": "{{sb_secret}}\n{{sb_secret}}\n{{sb_secret}}\n"})
    began = time.monotonic()

    assert set(states(root).values()) == {State.LIVE}
    assert (len(listener.asked), time.monotonic() - began > 1) == (3, True)


def test_without_an_address_it_asks_nobody(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name them"):
        verified(SCAN, load_config(tmp_path))


def test_without_the_option_nobody_is_asked(tmp_path: Path, listener: Listener) -> None:
    root = project(tmp_path, listener.url, {"a.env": "{{service_role_jwt}}\n"})
    context = Context(load_config(root))

    assert [secret.state for artifact in SCAN.subjects(context) for secret in artifact.secrets] == [State.NOT_ASKED]
    assert listener.asked == []
