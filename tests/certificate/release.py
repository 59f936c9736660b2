"""A release with a certificate, and ways to forge one: each a change of the statement, of the envelope, or of who signs."""

import base64
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.certificate.envelope import encoding, seal
from gate.certificate.statement import STAMP
from gate.certificate.words import PAYLOAD_TYPE, RELEASE

COMMIT = "3f2a" * 10
TREE = "77ab" * 10
Said = dict[str, Any]


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).strftime(STAMP)


def sound() -> Said:
    """What `gate certify` says of a release that passed a moment ago."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "source", "digest": {"gitCommit": COMMIT}},
            {"name": "tree", "digest": {"gitTree": TREE}},
            {"name": "image", "digest": {"sha256": "ab" * 32}},
        ],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": {"id": "https://supagate.dev/gate", "version": {"supagate": "0.1.0"}},
            "timeVerified": ago(0.1),
            "resourceUri": "git+https://example.com/acme/app#production",
            "policy": {"uri": "pyproject.toml#tool.gate", "digest": {"sha256": "cd" * 32}},
            "inputAttestations": [{"uri": "gate.json", "digest": {"sha256": "ef" * 32}}],
            "verificationResult": "PASSED",
            "verifiedLevels": ["GATE_RELEASE"],
            "slsaVersion": "1.2",
            RELEASE: {
                "checks": {"audit": "passed", "scan": "passed", "rls": "passed", "smoke": "passed"},
                "dirty": False,
                "exitCode": 0,
                "expires": ago(-23.9),
                "findings": 2,
                "waived": 1,
            },
        },
    }


def canonical(said: object) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def signed(payload: bytes, key: Ed25519PrivateKey, kind: str = PAYLOAD_TYPE, keyid: str = "release-a") -> Said:
    """An envelope made by hand, for kinds that `seal` never makes."""
    signature = key.sign(encoding(kind, payload))
    return {
        "payloadType": kind,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}],
    }


@dataclass(frozen=True, slots=True)
class Forger:
    """Who has which keys: `ours` is pinned, `theirs` is not."""

    ours: Ed25519PrivateKey
    theirs: Ed25519PrivateKey

    def sound(self) -> str:
        """The certificate as it should be."""
        return seal(canonical(sound()), self.ours, "release-a")

    def saying(self, *path: str | int, value: object) -> str:
        """A certificate signed by us that says something else at a path of the statement; `...` takes the key out."""
        said = sound()
        inner: Any = said
        for step in path[:-1]:
            inner = inner[step]
        if value is ...:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value
        return seal(canonical(said), self.ours, "release-a")

    def envelope(self, change: Callable[[Said], object]) -> str:
        """The sound certificate, its envelope changed afterwards."""
        held = json.loads(self.sound())
        change(held)
        return json.dumps(held)


def edited(held: Said) -> None:
    """Change what it says, and leave the signature as it is."""
    payload = base64.b64decode(held["payload"]).replace(b'"exitCode":0', b'"exitCode":9')
    held["payload"] = base64.b64encode(payload).decode()


def flipped(held: Said) -> None:
    """Change one bit of the signature."""
    raw = bytearray(base64.b64decode(held["signatures"][0]["sig"]))
    raw[7] ^= 1
    held["signatures"][0]["sig"] = base64.b64encode(bytes(raw)).decode()


def write_key(folder: Path, name: str, key: Ed25519PrivateKey) -> None:
    """Pin a key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    folder.mkdir(exist_ok=True)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.pub.pem").write_bytes(pem)


def run(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """A verifier, with nothing of the platform's variables."""
    import os

    platform = ("_COMMIT", "_COMMIT_SHA", "SOURCE_VERSION", "COMMIT_REF", "GITHUB_SHA")
    kept = {name: value for name, value in os.environ.items() if not name.endswith(platform)}
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, env=kept, timeout=60)
