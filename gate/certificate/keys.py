"""Keys: a pair for signing is made, the private half comes from a variable or a file, the public ones lie in a folder."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from gate.certificate.words import SIGNING_KEY
from gate.errors import GateError, Incomplete, UsageError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SUFFIX = ".pub.pem"
REVOKED = ".revoked.pem"  # what a public key's file is renamed to, once nothing that the key signed may count any more


@dataclass(frozen=True, slots=True)
class Pinned:
    """A public key that may sign, or might until it was revoked, and its id: the name of its file."""

    id: str
    key: Ed25519PublicKey
    revoked: bool = False


def make_pair(name: str, private: Path, folder: Path) -> Path:
    """Write a new pair: the private key to `private`, for its owner's eyes only, the public one into `folder`.

    Returns the public key's file. Raises UsageError for a name that is no file name, or where one of the two exists.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a key; use letters, digits, dots, dashes, as in release-2026a")
    public = folder / f"{name}{SUFFIX}"
    for path in (private, public):
        if path.exists():
            raise UsageError(f"{path} exists; a key is never written over, give the new one another name")
    key = Ed25519PrivateKey.generate()
    try:
        private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        folder.mkdir(parents=True, exist_ok=True)
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as fault:
        raise GateError(f"cannot write {fault.filename}: {fault.strerror}") from fault
    return public


def signing_key(file: Path | None) -> Ed25519PrivateKey:
    """The private key of a file, else of the variable GATE_SIGNING_KEY. Raises UsageError; the key is never shown."""
    where = str(file) if file else SIGNING_KEY
    try:
        text = file.read_bytes() if file else os.environ.get(SIGNING_KEY, "").encode()
    except OSError as fault:
        raise UsageError(f"cannot read the key {file}: {fault.strerror}") from fault
    if not text.strip():
        raise UsageError(
            f"no signing key: set {SIGNING_KEY} to the private key that `gate keygen` wrote, or give --key"
        )
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(f"{where} does not hold a private key as `gate keygen` writes it") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{where} holds a key of another kind; certificates are signed with Ed25519")
    return key


def pinned_keys(folder: Path) -> tuple[Pinned, ...]:
    """Every public key of the folder, those that may sign first; one that is revoked is so under every name.

    Raises Incomplete where there is none, or one cannot be read.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.name.endswith((SUFFIX, REVOKED)))
        texts = [(path, path.read_bytes()) for path in files]
    except OSError as fault:
        raise Incomplete(f"cannot read the keys in {folder}: {fault.strerror}") from fault
    if not any(path.name.endswith(SUFFIX) for path, _ in texts):
        raise Incomplete(f"no public key (*{SUFFIX}) in {folder}")
    found = [(path.name, _public(path, text)) for path, text in texts]
    gone = {key.public_bytes_raw() for name, key in found if name.endswith(REVOKED)}
    keys = [
        Pinned(name.removesuffix(SUFFIX).removesuffix(REVOKED), key, key.public_bytes_raw() in gone)
        for name, key in found
    ]
    return tuple(sorted(keys, key=lambda one: one.revoked))


def _public(path: Path, text: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise Incomplete(f"{path} is not a public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Incomplete(f"{path} is a key of another kind; certificates are signed with Ed25519")
    return key
