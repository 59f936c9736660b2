"""Replicate's webhooks: believed when they are signed with our secret and fresh, whoever sends them."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from gate.errors import GateError
from gate.replicate import Prediction, read_prediction

TOLERANCE = 300  # seconds that a webhook may be old, or ahead of our clock


class Webhooks:
    """Tells Replicate's own webhooks from all others. Without a secret, none is believed."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, headers: Mapping[str, str], body: bytes) -> Prediction | None:
        """The prediction that a webhook tells of; None for one that is not to be believed."""
        if not self.fresh(headers.get("webhook-timestamp", "")) or not self.signed(headers, body):
            return None
        try:
            return read_prediction(json.loads(body))
        except (ValueError, RecursionError, GateError):
            return None

    def signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether one of the signatures is ours."""
        try:
            key = base64.b64decode(self._secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            key = b""
        if not key:
            return False
        text = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + body
        due = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        given = headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(due.encode(), one.encode()) for one in given)

    def fresh(self, at: str) -> bool:
        """Whether a webhook was sent about now."""
        return at.isascii() and at.isdecimal() and abs(time.time() - int(at)) <= TOLERANCE
