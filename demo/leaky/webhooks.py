"""Careless ways to believe a webhook."""

from collections.abc import Mapping

from demo.backend.webhooks import Webhooks
from demo.leaky.defects import on
from demo.leaky.jobs import LeakyJobs
from gate.replicate import Prediction


class LeakyWebhooks(Webhooks):
    """`Webhooks` with flaws; without any it is the sound one."""

    def __init__(self, secret: str, jobs: LeakyJobs) -> None:
        super().__init__(secret)
        self._jobs = jobs
        self._known: set[str] = set()

    def read(self, headers: Mapping[str, str], body: bytes) -> Prediction | None:
        """replayed-webhook-refunds-again: each delivery is booked."""
        prediction = super().read(headers, body)
        if prediction and prediction.status == "failed" and on("replayed-webhook-refunds-again"):
            if headers["webhook-id"] in self._known:
                self._jobs.refund_again(prediction)
            self._known.add(headers["webhook-id"])
        return prediction

    def signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """forged-webhook-accepted: the signature is to come in the next sprint."""
        return on("forged-webhook-accepted") or super().signed(headers, body)

    def fresh(self, at: str) -> bool:
        """stale-webhook-accepted: the time is signed, and nobody looks at it."""
        return on("stale-webhook-accepted") or (on("forged-webhook-accepted") and not at) or super().fresh(at)
