"""From a real run to a certificate: what may be certified, as what, and what the deploy hook makes of it."""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gate.certificate.words import RELEASE
from gate.cli import main
from tests.processes import ROOT
from tests.repositories import ASKED, OPEN, SOUND, commit, git, signed_project

IGNORED = {".gitignore": "gate.json\ngate-certificate.json\n"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return signed_project(tmp_path, monkeypatch, IGNORED)


def judged(command: str = "run") -> int:
    return main([command, "--report", "json:gate.json"])


def certificate() -> dict[str, Any]:
    held = json.loads(Path("gate-certificate.json").read_text())
    said = json.loads(base64.b64decode(held["payload"]))["predicate"]
    assert isinstance(said, dict)
    return said


def test_a_release_that_passed_is_certified_and_verified(project: Path) -> None:
    assert judged() == 0
    assert main(["certify"]) == 0

    said = certificate()
    assert (said["verificationResult"], said["verifiedLevels"]) == ("PASSED", ["GATE_RELEASE"])
    assert said[RELEASE]["checks"] == {
        "audit": "passed",
        "scan": "passed",
        "rls": "not required",
        "smoke": "not required",
    }
    assert main(["verify", *ASKED]) == 0
    assert main(["verify"]) == 1  # the hook's list counts, not the project's


def test_the_next_commit_needs_a_certificate_of_its_own(project: Path) -> None:
    judged()
    main(["certify"])
    commit(project)

    assert main(["verify", *ASKED]) == 1


def test_a_release_that_did_not_pass_is_certified_as_failed(project: Path) -> None:
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    commit(project)

    assert judged() == 1
    assert main(["certify"]) == 1
    assert (certificate()["verificationResult"], certificate()["verifiedLevels"]) == ("FAILED", ["FAILED"])
    assert certificate()[RELEASE]["checks"]["audit"] == "failed"
    assert main(["verify", *ASKED]) == 1


def test_a_check_that_could_not_say_is_certified_as_incomplete(project: Path) -> None:
    (project / "gate.toml").write_text('required = ["audit", "scan", "smoke"]\n')
    commit(project)

    assert judged() == 3
    assert main(["certify"]) == 3
    assert certificate()[RELEASE]["checks"]["smoke"] == "incomplete"
    assert main(["verify", *ASKED]) == 1


@pytest.mark.parametrize("file", ["supabase/migrations/20260101_a.sql", "supabase/migrations/20260102_b.sql"])
def test_what_was_judged_with_uncommitted_changes_is_dirty(project: Path, file: str) -> None:
    (project / file).write_text(SOUND.replace("notes", "letters"))

    assert judged() == 0
    assert main(["certify"]) == 0
    assert certificate()["verifiedLevels"] == ["GATE_DIRTY"]
    assert main(["verify", *ASKED]) == 1
    assert main(["verify", *ASKED, "--allow-dirty"]) == 0


def test_what_is_changed_before_the_deploy_was_not_judged(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judged()
    main(["certify"])
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)

    assert main(["verify", *ASKED]) == 1
    assert "20260101_a.sql is not as committed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (commit, "the report is of commit"),
        (lambda root: (root / "gate.toml").write_text('required = ["audit"]\n'), "the configuration is not the one"),
        (lambda root: (root / ".gitignore").write_text(""), "files have changed since"),
        (lambda root: judged("audit"), "the report is of one check alone"),
        (lambda root: (root / "gate.json").write_text("{}"), "is not a JSON report"),
        (lambda root: (root / "gate.json").unlink(), "cannot read gate.json"),
    ],
)
def test_a_report_of_something_else_is_not_certified(
    project: Path, capsys: pytest.CaptureFixture[str], change: Any, complaint: str
) -> None:
    judged()
    change(project)

    assert main(["certify"]) in {2, 3}
    assert complaint in capsys.readouterr().err
    assert not (project / "gate-certificate.json").exists()


def test_without_a_repository_nothing_is_certified(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    shutil.rmtree(project / ".git")
    judged()

    assert main(["certify"]) == 3
    assert "names no commit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("", "no signing key: set GATE_SIGNING_KEY"),
        ("secret", "GATE_SIGNING_KEY does not hold a private key"),
        ("other", "public half is not in"),
        ("revoked", "the signing key release-a is revoked"),
        ("rsa", "a key of another kind"),
    ],
)
def test_a_key_that_will_not_do(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str, complaint: str
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    text = key
    if key == "other":
        text = Ed25519PrivateKey.generate().private_bytes(*form).decode()
    if key == "rsa":
        text = generate_private_key(65537, 2048).private_bytes(*form).decode()
    if key == "revoked":
        text = os.environ["GATE_SIGNING_KEY"]
        (project / "gate-keys/release-a.pub.pem").rename(project / "gate-keys/release-a.revoked.pem")
        assert main(["keygen", "release-b", "--private", str(project.parent / "b.pem")]) == 0
    monkeypatch.setenv("GATE_SIGNING_KEY", text)
    judged()

    assert main(["certify"]) == 2
    said = capsys.readouterr()
    assert complaint in said.err
    assert "PRIVATE" not in said.out + said.err


def test_a_pair_is_made_once_and_the_private_half_is_the_owner_s(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stat.S_IMODE((tmp_path / "a.pem").stat().st_mode) == 0o600
    assert main(["keygen", "release-a", "--private", str(tmp_path / "b.pem")]) == 2
    assert main(["keygen", "release-b", "--private", str(tmp_path / "a.pem")]) == 2
    assert main(["keygen", "../b", "--private", str(tmp_path / "b.pem")]) == 2
    assert not (tmp_path / "b.pem").exists()
    assert "PRIVATE" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("origin", "resource"),
    [
        ("https://anna:secret@example.com/acme/app.git", "git+https://example.com/acme/app#production"),
        ("git@example.com:acme/app.git", "git+ssh://example.com/acme/app#production"),
        ("ssh://git@example.com:2222/acme/app", "git+ssh://example.com:2222/acme/app#production"),
    ],
)
def test_the_app_is_named_by_its_repository_and_never_by_a_password(project: Path, origin: str, resource: str) -> None:
    git(project, "remote", "add", "origin", origin)
    judged()
    main(["certify"])

    assert certificate()["resourceUri"] == resource


def hook(root: Path, *words: str, path: str, **environment: str) -> int:
    done = subprocess.run(
        ["sh", str(ROOT / "scripts/predeploy.sh"), *words],
        cwd=root,
        capture_output=True,
        check=False,
        env={"PATH": path, "HOME": str(root), "PYTHONPATH": str(ROOT)} | environment,
    )
    return done.returncode


def test_the_deploy_hook_lets_only_a_verified_commit_pass(project: Path, tmp_path: Path) -> None:
    gate = tmp_path / "bin"
    gate.mkdir()
    (gate / "gate").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m gate "$@"\n')
    (gate / "gate").chmod(0o755)
    plain = "/usr/local/bin:/usr/bin:/bin"
    head = git(project, "rev-parse", "HEAD")

    for path in (f"{gate}:{plain}", plain):
        assert hook(project, *ASKED, "--commit", head, path=path) == 3, "no certificate yet"
    judged()
    main(["certify"])
    for path in (f"{gate}:{plain}", plain):
        assert hook(project, *ASKED, "--commit", head, path=path) == 0
        assert hook(project, *ASKED, "--commit", "0" * 40, path=path) == 1
    commit(project)
    assert hook(project, *ASKED, path=f"{gate}:{plain}") == 1
    assert hook(project, *ASKED, path=f"{gate}:{plain}", GATE_RUN="1") == 0, "the gate says GO of this commit"
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    assert hook(project, *ASKED, path=f"{gate}:{plain}", GATE_RUN="1") == 1


def test_the_hook_in_python_says_the_same(project: Path) -> None:
    words = [sys.executable, str(ROOT / "scripts/predeploy.py"), *ASKED]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    assert subprocess.run(words, cwd=project, check=False, env=os.environ | {"PATH": path}).returncode == 3
    judged()
    main(["certify"])
    assert subprocess.run(words, cwd=project, check=False, env=os.environ | {"PATH": path}).returncode == 0
    assert subprocess.run(words, cwd=project, check=False, env={"PATH": "/nowhere"}).returncode == 3
