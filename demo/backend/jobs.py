"""A job's life: queued, processing and charged, then succeeded with an output or failed and refunded."""

import logging
from collections.abc import Callable

from storage3.exceptions import StorageApiError

from demo.backend.database import Database, Row, User, rows
from demo.backend.provider import Provider
from gate.errors import GateError
from gate.replicate import Prediction

SHOWN = "id,kind,status,input_path,output_path,price,error,error_category,created_at"
SIGNED_FOR = 3600  # seconds a model may take to fetch its input
LOG = logging.getLogger("darkroom")
# What the provider says is for us: people would be told to buy credit of somebody they never heard of.
WORDS = {
    "processing": "the model could not process this picture",
    "connectivity": "the model cannot be reached now; try again later",
}
OTHERWISE = "this cannot be done now, and we know of it"


class Jobs:
    """The jobs of everybody; each method is told on whose behalf it acts."""

    def __init__(self, database: Database, provider: Provider) -> None:
        self._database = database
        self._provider = provider
        self._waiting: set[str] = set()  # jobs whose end somebody in this process waits for

    def create(self, user: User, kind: str, input_path: str) -> Row:
        """Ask for a job. It costs nothing until it runs."""
        made = user.client.table("jobs").insert({"kind": kind, "input_path": input_path}).execute()
        return self._row(user, rows(made)[0]["id"])

    def of(self, user: User) -> list[Row]:
        """The user's jobs, newest first."""
        found = user.client.table("jobs").select(SHOWN).order("created_at", desc=True).limit(100).execute()
        return rows(found)

    def find(self, user: User, job: str) -> Row | None:
        """One of the user's jobs."""
        found = user.client.table("jobs").select(SHOWN).eq("id", job).limit(1).execute()
        return next(iter(rows(found)), None)

    def run(self, user: User, job: str) -> Row:
        """Run a queued job to its end; a job that runs or has ended is returned as it is and charged no more.

        Raises PaymentRequired when the balance does not cover the price.
        """
        if self.claim(user, job):
            row = self._row(user, job)
            self._waiting.add(job)
            try:
                self.finish(job, lambda: self.make(user, row))
            finally:
                self._waiting.discard(job)
        return self._row(user, job)

    def told(self, prediction: Prediction) -> bool:
        """Hear by webhook of a prediction; False when no job has it. It ends a job that runs, and no other.

        A success is left to whoever waits for it here: the picture would be fetched and kept twice.
        """
        shown = f"{SHOWN},user_id"
        found = rows(self._database.service.table("jobs").select(shown).eq("provider_id", prediction.id).execute())
        for row in found:
            here = row["id"] in self._waiting and prediction.status == "succeeded"
            if row["status"] == "processing" and prediction.ended and not here:
                self._hear(row, prediction)
        return bool(found)

    def _hear(self, row: Row, prediction: Prediction) -> None:
        self.finish(row["id"], lambda: self.keep(row["user_id"], row, *self._provider.picture(prediction)))

    def finish(self, job: str, made: Callable[[], str]) -> None:
        """End a job: as succeeded with the path of what is made, or as failed with its price given back."""
        try:
            self._database.call("finish_job", p_job=job, p_output=made())
        except Exception as problem:
            LOG.warning("job %s failed: %s", job, problem)
            self.fail(job, problem)
            if not isinstance(problem, GateError | StorageApiError):
                raise

    def claim(self, user: User, job: str) -> bool:
        """Take the job and its price in one transaction; False when somebody else has taken it or it is over."""
        return bool(self._database.call("start_job", p_job=job, p_user=user.id) == "claimed")

    def make(self, user: User, row: Row) -> str:
        """Have the model work and keep what it made; the path of the output."""
        return self.keep(user.id, row, *self.process(row))

    def keep(self, owner: str, row: Row, picture: bytes, ending: str) -> str:
        """Put a picture into its owner's folder, before the provider deletes it; its path."""
        name = f"{owner}/{self.name(row)}.{ending}"
        kind = "image/jpeg" if ending == "jpg" else f"image/{ending}"
        bucket = self._database.service.storage.from_("outputs")
        bucket.upload(name, picture, {"content-type": kind, "upsert": "true"})
        return f"outputs/{name}"

    def name(self, row: Row) -> str:
        """The name of a job's output: no two jobs share one."""
        return str(row["id"])

    def process(self, row: Row) -> tuple[bytes, str]:
        """The picture that the model makes of the job's input, and its file ending."""
        bucket, _, name = row["input_path"].partition("/")
        signed = self._database.service.storage.from_(bucket).create_signed_url(name, SIGNED_FOR)
        image = f"{signed['signedURL']}&job={row['id']}"

        def note(prediction: str) -> None:
            self._database.call("note_prediction", p_job=row["id"], p_prediction=prediction)

        return self._provider.run(row["kind"], image, row["id"], note)

    def fail(self, job: str, problem: Exception) -> None:
        """End the job and give its price back, once; people are told whose concern it is, in our own words."""
        category = str(getattr(problem, "category", "processing"))
        words = WORDS.get(category, OTHERWISE)
        self._database.call("fail_job", p_job=job, p_error=words, p_category=category)

    def _row(self, user: User, job: str) -> Row:
        row = self.find(user, job)
        assert row is not None, "a job does not vanish while it is worked on"
        return row
