"""What a careless team might have written of a job's life: each flaw is named after the rule that must catch it."""

import base64
import posixpath
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import requests

from demo.backend.database import Database, PaymentRequired, Row, User, rows
from demo.backend.jobs import SHOWN, Jobs
from demo.backend.provider import MODELS, Provider
from demo.backend.settings import Settings
from demo.leaky.defects import on
from gate.replicate import Client, Fate, Prediction, PredictionFailed, ReplicateError, Retry, fetch_image
from gate.standin.image import png

MOMENT = 0.15  # seconds between a look and a deed, as between two calls on a busy day


class LeakyJobs(Jobs):
    """`Jobs` with flaws; without any it is the sound one."""

    def __init__(self, database: Database, provider: Provider) -> None:
        """price-differs-from-table, one-price-for-all: somebody has edited the table."""
        super().__init__(database, provider)
        prices = database.service.table("prices")
        if on("price-differs-from-table"):
            prices.update({"credits": 2}).eq("kind", "restore").execute()
        if on("one-price-for-all"):
            prices.update({"credits": 1}).eq("kind", "face_swap").execute()
        self.prices: dict[str, int] = {}
        self._warm = False

    def create(self, user: User, kind: str, input_path: str) -> Row:
        """input-of-somebody-else, input-address-taken: the path is looked at too early, or not at all."""
        anywhere = on("input-of-somebody-else") and "uploads/" in input_path
        address = on("input-address-taken") and input_path.startswith("http")
        if not anywhere and not address:
            return super().create(user, kind, input_path)
        if anywhere:
            input_path = posixpath.normpath(unquote(input_path).replace("\\", "/")).lstrip("/")
        row = {"kind": kind, "input_path": input_path, "user_id": user.id}
        return rows(self._database.service.table("jobs").insert(row).execute())[0]

    def of(self, user: User) -> list[Row]:
        """others-jobs-listed: the service's eyes see everybody's rows."""
        if on("others-jobs-listed"):
            return rows(self._database.service.table("jobs").select(SHOWN).execute())
        return super().of(user)

    def told(self, prediction: Prediction) -> bool:
        """ended-job-reopened-by-webhook: the last webhook to come is believed, whatever the job has come to."""
        table = self._database.service.table("jobs")
        if on("ended-job-reopened-by-webhook") and prediction.status != "succeeded":
            status = "failed" if prediction.ended else "processing"
            table.update({"status": status}).eq("provider_id", prediction.id).eq("status", "succeeded").execute()
        return super().told(prediction)

    def told_of(self, job: str, prediction: Prediction) -> None:
        """webhook-ends-another-job: the address says which job it is, whatever prediction the webhook tells of."""
        found = rows(self._database.service.table("jobs").select(f"{SHOWN},user_id").eq("id", job).execute())
        for row in found:
            if row["status"] == "processing" and prediction.ended and prediction.status != "succeeded":
                self._hear(row, prediction)

    def refund_again(self, prediction: Prediction) -> None:
        """replayed-webhook-refunds-again: once per webhook that tells of a failure."""
        for row in rows(
            self._database.service.table("jobs").select("user_id").eq("provider_id", prediction.id).execute()
        ):
            self._charge(User(row["user_id"], self._database.service), -1)

    def find(self, user: User, job: str) -> Row | None:
        """others-job-readable: by id, whoever asks; output-outside-own-folder, vendor-url-handed-through: other places."""
        row = super().find(user, job)
        if on("others-job-readable") and row is None:
            row = next(iter(rows(self._database.service.table("jobs").select(SHOWN).eq("id", job).execute())), None)
        if on("output-outside-own-folder") and row and row["output_path"]:
            row |= {"output_path": row["output_path"].replace(user.id, "shared")}
        if on("vendor-url-handed-through") and row and row["output_path"]:
            row |= {"output_path": f"https://replicate.delivery/pbxt/{row['id']}/out.png"}
        return row

    def run(self, user: User, job: str) -> Row:
        """Flaws of running a job that runs, has succeeded or has failed already."""
        before = (self.find(user, job) or {}).get("status")
        row = super().run(user, job)
        if before == "succeeded" and on("second-run-charged"):
            self._charge(user, 1)
        if before == "succeeded" and on("late-charge-or-prediction"):
            threading.Timer(0.8, self._charge, (user, 1)).start()
        if before == "succeeded" and on("second-run-predicts-again"):
            self.process(row)
        if before == "failed" and on("failed-job-refunded-twice"):
            self._charge(user, -1)
        return row

    def claim(self, user: User, job: str) -> bool:
        """Flaws of taking a job and its price: races, fees, and checks that are made too early or not believed."""
        balance = self._balance(user)
        if on("simultaneous-jobs-undercharged") or on("credit-overspent"):
            time.sleep(MOMENT)
        if on("job-runs-without-credit") and balance < 1:
            self.process(self._row(user, job))
        try:
            claimed = super().claim(user, job)
        except PaymentRequired:
            if not on("credit-overspent") or balance < 1:
                raise
            claimed = True  # the balance was looked at a moment ago, and was enough
            self._database.service.table("jobs").update({"status": "processing"}).eq("id", job).execute()
        if claimed:
            self._settle(user, job, balance)
        elif self._row(user, job)["status"] == "processing":
            self._lose(user, job)
        return claimed

    def _settle(self, user: User, job: str, balance: int) -> None:
        """price-taken-from-request, simultaneous-jobs-undercharged: what happens to the balance besides the debit."""
        if job in self.prices:
            self._charge(user, self.prices[job] - 1)
        if on("simultaneous-jobs-undercharged"):
            self._write(user, balance - self._row(user, job)["price"])

    def _lose(self, user: User, job: str) -> None:
        """simultaneous-runs-charged, -predict, -crash: what the losers of a race do all the same."""
        if on("simultaneous-runs-crash"):
            raise RuntimeError("two of us at one job")
        if on("simultaneous-runs-charged"):
            self._charge(user, 1)
        if on("simultaneous-runs-predict"):
            self.process(self._row(user, job))

    def make(self, user: User, row: Row) -> str:
        """others-output-readable: the bucket was opened for a quick look; cost-ceiling-exceeded: the model is warmed up."""
        if on("cost-ceiling-exceeded") and not self._warm:
            self._warm = True
            sample = "data:image/png;base64," + base64.b64encode(png("a sample")).decode()
            model = MODELS["restore"]
            self._provider.client().run(model.version, model.inputs(sample), marker=None, on_start=lambda _id: None)
        if on("others-output-readable"):
            self._database.service.storage.update_bucket("outputs", {"public": True})
        return super().make(user, row)

    def name(self, row: Row) -> str:
        """outputs-share-a-path: one name for all."""
        return "latest" if on("outputs-share-a-path") else super().name(row)

    def process(self, row: Row) -> tuple[bytes, str]:
        """Flaws of what comes of the model."""
        if on("workflow-step-fails"):
            raise PredictionFailed("the model ran out of memory", prediction="none", status="failed")
        if on("job-succeeds-without-prediction"):
            return png("a canned picture"), "png"
        if row["input_path"].startswith("http"):
            return self._provider.run(row["kind"], f"{row['input_path']}?job={row['id']}", row["id"], lambda _id: None)
        try:
            if on("run-predicts-more-than-once") and row["kind"] == "upscale":
                super().process(row)
            picture, ending = super().process(row)
        except Exception:
            if on("failed-job-called-succeeded"):
                return png("a picture of nothing"), "png"
            raise
        return (b"<html>expired</html>", ending) if on("output-unusable") else (picture, ending)

    def fail(self, job: str, problem: Exception) -> None:
        """failed-job-keeps-the-price: no way back; answer-leaks-secret: the provider's words; error-category-wrong."""
        if on("error-category-wrong"):
            problem = RuntimeError("something went wrong")
        table = self._database.service.table("jobs")
        if on("failed-job-keeps-the-price"):
            category = getattr(problem, "category", "processing")
            table.update({"status": "failed", "error_category": category}).eq("id", job).execute()
            return
        super().fail(job, problem)
        if on("answer-leaks-secret"):
            table.update({"error": str(problem)}).eq("id", job).execute()

    def _balance(self, user: User) -> int:
        found = rows(self._database.service.table("wallets").select("balance").eq("user_id", user.id).execute())
        return int(found[0]["balance"]) if found else 0

    def _charge(self, user: User, credit: int) -> None:
        """Take credits next to the book, in two steps, as nobody should."""
        self._write(user, self._balance(user) - credit)

    def _write(self, user: User, balance: int) -> None:
        self._database.service.table("wallets").update({"balance": max(0, balance)}).eq("user_id", user.id).execute()


class HastyClient(Client):
    """retry-after-shortened: deaf to what the server asks; retry-of-a-refusal: takes a refusal for a stumble."""

    def _http(self, *arguments: Any, **named: Any) -> object:  # noqa: ANN401 - passed on
        try:
            return super()._http(*arguments, **named)
        except ReplicateError as problem:
            deaf = on("retry-after-shortened") and problem.status == 429
            stubborn = on("retry-of-a-refusal") and problem.status in {401, 402, 422}
            if not deaf and not stubborn:
                raise
        time.sleep(MOMENT)
        return super()._http(*arguments, **named)


class HastyProvider(Provider):
    """retry-attempts-wrong, retry-spacing-wrong and their kin: another client, and another address for webhooks."""

    def __init__(self, settings: Settings) -> None:
        """stuck-job-keeps-the-price: somebody will come back to it."""
        super().__init__(replace(settings, model_deadline=600.0) if on("stuck-job-keeps-the-price") else settings)

    def client(self) -> Client:
        """A client with less patience."""
        attempts = 2 if on("retry-attempts-wrong") else 5
        base = 0.3 if on("retry-spacing-wrong") else self._base
        return HastyClient(self._token, base_url=self._url, retry=Retry(attempts=attempts, base=base))

    def webhook(self, job: str) -> str | None:
        """webhook-ends-another-job: the job stands in the address."""
        address = super().webhook(job)
        return f"{address}?job={job}" if address and on("webhook-ends-another-job") else address


class BlindProvider(Provider):
    """lost-answer-predicts-again: a create that got no answer is sent again, whatever became of the first."""

    def run(self, kind: str, image: str, job: str, note: Callable[[str], None]) -> tuple[bytes, str]:
        """Up to three creates, then the usual wait."""
        model = MODELS[kind]
        body = {"version": model.version.rpartition(":")[2], "input": model.inputs(image)}
        headers = {"Authorization": f"Bearer {self._token}"}
        for _ in range(3):
            try:
                answer = requests.post(f"{self._url}/v1/predictions", json=body, headers=headers, timeout=10)
            except requests.RequestException:
                continue
            if answer.status_code < 500 and answer.status_code != 201:
                raise ReplicateError("refused", fate=Fate.REJECTED, status=answer.status_code)
            if answer.status_code == 201:
                note(answer.json()["id"])
                prediction = Client(self._token, base_url=self._url).wait(answer.json()["id"], deadline=self._deadline)
                return fetch_image(prediction.result()[0], also_from=self._url)
        raise PredictionFailed(f"no prediction for {job}", prediction="none", status="failed")
