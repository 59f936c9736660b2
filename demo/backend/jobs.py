"""A job's life: queued, processing and charged, then succeeded with an output or failed and refunded."""

import logging

from storage3.exceptions import StorageApiError

from demo.backend.database import Database, Row, User, rows
from demo.backend.provider import Provider
from gate.errors import GateError

SHOWN = "id,kind,status,input_path,output_path,price,error,created_at"
SIGNED_FOR = 3600  # seconds a model may take to fetch its input
LOG = logging.getLogger("darkroom")


class Jobs:
    """The jobs of everybody; each method is told on whose behalf it acts."""

    def __init__(self, database: Database, provider: Provider) -> None:
        self._database = database
        self._provider = provider

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
            try:
                output = self.make(user, row)
                self._database.call("finish_job", p_job=job, p_output=output)
            except Exception as problem:
                # What the provider says is for us: people would be told to buy credit of somebody they never heard of.
                LOG.warning("job %s failed: %s", job, problem)
                self.fail(job, "the model could not process this picture")
                if not isinstance(problem, GateError | StorageApiError):
                    raise
        return self._row(user, job)

    def claim(self, user: User, job: str) -> bool:
        """Take the job and its price in one transaction; False when somebody else has taken it or it is over."""
        return bool(self._database.call("start_job", p_job=job, p_user=user.id) == "claimed")

    def make(self, user: User, row: Row) -> str:
        """Have the model work and keep what it made; the path of the output."""
        picture, ending = self.process(row)
        name = f"{user.id}/{self.name(row)}.{ending}"
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

    def fail(self, job: str, why: str) -> None:
        """End the job and give its price back, once."""
        self._database.call("fail_job", p_job=job, p_error=why)

    def _row(self, user: User, job: str) -> Row:
        row = self.find(user, job)
        assert row is not None, "a job does not vanish while it is worked on"
        return row
