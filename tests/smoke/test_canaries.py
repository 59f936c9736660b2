"""No byte of any output holds a secret, whoever has said it: the operator's variables, or the backend's headers, bodies and addresses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.report import FORMATS
from gate.standin.http import Answer, LoopbackServer, Request
from gate.standin.replicate import ReplicateStandIn
from tests.processes import gate
from tests.smoke.backends import A, B, Store

CANARY = "r8_Canary0fThisTestAndOfNothingElse00"  # in the form of a key, as a backend that leaks would leak it
WORD = "Canary0fThisTest"
SECRETS = {
    "PASSWORD_A": f"{WORD}-password",
    "SUPABASE_SERVICE_ROLE_KEY": f"sb_secret_{WORD}",
    "REPLICATE_WEBHOOK_SECRET": f"whsec_{WORD}AAAAAAAAAAAA",
}


def leak(status: int, body: object) -> Callable[[Request], Answer]:
    headers = {"content-type": "application/json", "x-debug": CANARY, "location": f"http://127.0.0.1:1/?token={CANARY}"}
    return lambda _request: Answer(status, json.dumps(body).encode(), headers)


@pytest.mark.parametrize(
    ("route", "answer"),
    [
        ("POST /api/jobs", leak(500, {"detail": f"provider said: Bearer {CANARY}"})),
        ("POST /api/jobs", leak(302, {})),
        ("POST /api/jobs/job-1/run", leak(422, {"error": {"message": f"REPLICATE_API_TOKEN={CANARY}"}})),
        ("GET /api/jobs/job-1", leak(200, {"id": "job-1", "status": "failed", "error": f"401 for {CANARY}"})),
        (
            "GET /api/jobs/job-1",
            leak(200, {"id": "job-1", "status": "succeeded", "output_path": f"https://x.example/o.png?token={CANARY}"}),
        ),
    ],
    ids=["body", "redirect", "nested", "job", "output"],
)
def test_what_a_backend_leaks_goes_no_further(tmp_path: Path, route: str, answer: Callable[[Request], Answer]) -> None:
    store = Store(instead={route: answer})
    server = LoopbackServer(store.answer, name="backend of a test")
    folder = tmp_path / "reports"
    folder.mkdir()
    reports = [word for name in FORMATS for word in ("--report", f"{name}:{folder / name}")]
    try:
        with ReplicateStandIn() as replicate:
            env = SECRETS | {
                "MODEL_PROVIDER": "replicate",
                "REPLICATE_API_TOKEN": replicate.token,
                "REPLICATE_API_BASE_URL": replicate.url,
                "TOKEN_A": A,
                "TOKEN_B": B,
                "API": server.url,
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
            }
            done = gate("smoke", "run-all", *reports, cwd=tmp_path, env=env)
            token = replicate.token
    finally:
        server.stop()
    written = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    said = {"stdout": done.out.encode(), "stderr": done.err.encode()} | written

    assert route in store.seen
    assert done.code in {1, 3}
    assert set(FORMATS) <= set(written)
    for secret in (WORD, token, A.rpartition(".")[2], B.rpartition(".")[2]):
        assert [name for name, content in said.items() if secret.encode() in content] == []
