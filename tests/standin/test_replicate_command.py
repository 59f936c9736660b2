"""`gate standin replicate` as a stranger runs it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from replicate.client import Client

from gate.standin.replicate import FAULTS
from tests.processes import wait_until

COMMAND = [sys.executable, "-m", "gate", "standin", "replicate"]
Started = tuple["subprocess.Popen[str]", dict[str, str]]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30)


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Iterator[Started]:
    """A running command and the variables it printed."""
    arguments = getattr(request, "param", [])
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(3)]
    yield process, dict(line.split("=", 1) for line in lines)
    process.kill()
    process.communicate()


def test_it_prints_variables_and_serves_the_official_client(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    _, variables = started
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client = Client()

    output = client.run("black-forest-labs/flux-schnell", input={"prompt": "a gate"})
    client._client.close()

    assert list(variables) == ["REPLICATE_BASE_URL", "REPLICATE_API_BASE_URL", "REPLICATE_API_TOKEN"]
    assert str(output).startswith(variables["REPLICATE_BASE_URL"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(started: Started, number: signal.Signals) -> None:
    process, variables = started
    requests.get(f"{variables['REPLICATE_BASE_URL']}/__ledger").raise_for_status()

    process.send_signal(number)
    _, said = process.communicate(timeout=10)

    assert process.returncode == 130
    assert [line for line in said.splitlines() if line] == [
        "serving until Ctrl-C; GET /__ledger tells what was asked",
        "gate: interrupted; everything it started has been stopped",
    ]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{variables['REPLICATE_BASE_URL']}/__ledger")


@pytest.mark.parametrize("started", [["--fault", "create-402", "--fault", "create-500"]], indirect=True)
def test_planned_faults(started: Started) -> None:
    _, variables = started
    headers = {"Authorization": f"Bearer {variables['REPLICATE_API_TOKEN']}"}
    address = f"{variables['REPLICATE_BASE_URL']}/v1/predictions"

    statuses = [requests.post(address, json={}, headers=headers).status_code for _ in range(3)]

    assert statuses == [402, 500, 422]


def test_the_list_of_faults() -> None:
    done = run("--faults")

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in lines] == sorted(FAULTS)
    assert all(FAULTS[line.split()[0]].says == line.split(None, 1)[1] for line in lines)


def test_an_unknown_fault_names_the_nearest() -> None:
    done = run("--fault", "prediction-fails")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gate: --fault 'prediction-fails': no such fault; did you mean 'prediction-failed'?")
    assert len(done.stderr.splitlines()) == 1


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = run("--port", str(port))

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"gate: the Replicate stand-in cannot listen on 127.0.0.1:{port} (Address already in use); choose another port\n"
    )


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--latency", "-1"], ["--colour"], ["now"]])
def test_what_cannot_be_understood(arguments: list[str]) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")


def test_nothing_heavy_is_loaded(started: Started) -> None:
    process, _ = started
    loaded = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")

    assert wait_until(lambda: process.poll() is None, 1)
    assert "psycopg" not in loaded
    assert "postgast" not in loaded
