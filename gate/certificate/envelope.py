"""The envelope: a payload and its signature, as DSSE has it (secure-systems-lab/dsse, protocol.md)."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.certificate.keys import Pinned
from gate.certificate.words import LARGEST, PAYLOAD_TYPE
from gate.errors import Incomplete


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a certificate's file holds. The signatures' key ids are left out: nobody has signed them."""

    kind: str
    payload: bytes
    signatures: tuple[bytes, ...]

    def signer(self, keys: Sequence[Pinned]) -> Pinned | None:
        """The pinned key that has signed these very bytes, if one has."""
        signed = encoding(self.kind, self.payload)
        for one in keys:
            for signature in self.signatures:
                try:
                    one.key.verify(signature, signed)
                except InvalidSignature:
                    continue
                return one
        return None


def encoding(kind: str, payload: bytes) -> bytes:
    """What is signed: the kind and the payload, each behind its length in bytes."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def seal(payload: bytes, key: Ed25519PrivateKey, name: str) -> str:
    """A signed envelope as JSON; `name` is a hint which key it was."""
    from securesystemslib.dsse import Envelope as Sealed
    from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

    sealed = Sealed(payload, PAYLOAD_TYPE, {})
    sealed.sign(CryptoSigner(key, SSlibKey.from_crypto(key.public_key(), keyid=name)))
    return json.dumps(sealed.to_dict(), indent=1) + "\n"


def open_envelope(text: bytes) -> Envelope:
    """Read a certificate's file. Raises Incomplete for what is no envelope."""
    if len(text) > LARGEST:
        raise Incomplete("the certificate is too large to be one")
    try:
        held = json.loads(text)
        kind, payload, signatures = held["payloadType"], _decoded(held["payload"]), held["signatures"]
        return Envelope(kind + "", payload, tuple(_decoded(one["sig"]) for one in signatures))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Incomplete("the certificate is not a signed envelope; it may be cut off") from None


def _decoded(text: Any) -> bytes:  # noqa: ANN401 - out of untrusted JSON
    """Base64 in either of its two alphabets, as DSSE allows."""
    if not isinstance(text, str):
        raise TypeError
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as fault:
        raise ValueError from fault
