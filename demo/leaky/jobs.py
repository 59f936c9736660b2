"""What a careless team might have written: each defect is named after the rule that must catch it."""

from demo.backend.database import Row, User, rows
from demo.backend.jobs import SHOWN, Jobs
from gate.replicate import PredictionFailed
from gate.standin.image import png


class LeakyJobs(Jobs):
    """`Jobs` with the flaws named in `defects`; without any it is the sound one."""

    defects: frozenset[str] = frozenset()

    def of(self, user: User) -> list[Row]:
        """others-jobs-listed: the service's eyes see everybody's rows."""
        if "others-jobs-listed" in self.defects:
            return rows(self._database.service.table("jobs").select(SHOWN).execute())
        return super().of(user)

    def find(self, user: User, job: str) -> Row | None:
        """others-job-readable: by id, whoever asks; output-outside-own-folder: one folder for all."""
        row = super().find(user, job)
        if "others-job-readable" in self.defects and row is None:
            found = self._database.service.table("jobs").select(SHOWN).eq("id", job).execute()
            row = next(iter(rows(found)), None)
        if "output-outside-own-folder" in self.defects and row and row["output_path"]:
            row |= {"output_path": row["output_path"].replace(user.id, "shared")}
        return row

    def run(self, user: User, job: str) -> Row:
        """second-run-charged, second-run-predicts-again: the status is looked at too late."""
        again = (self.find(user, job) or {}).get("status") == "succeeded"
        row = super().run(user, job)
        if again and "second-run-charged" in self.defects:
            self._charge(user, 1)
        if again and "second-run-predicts-again" in self.defects:
            self.process(row)
        return row

    def claim(self, user: User, job: str) -> bool:
        """price-differs-from-table: a fee that no table knows."""
        claimed = super().claim(user, job)
        if claimed and "price-differs-from-table" in self.defects:
            self._charge(user, 1)
        return claimed

    def make(self, user: User, row: Row) -> str:
        """others-output-readable: the bucket was opened for a quick look."""
        if "others-output-readable" in self.defects:
            self._database.service.storage.update_bucket("outputs", {"public": True})
        return super().make(user, row)

    def process(self, row: Row) -> tuple[bytes, str]:
        """workflow-step-fails, job-succeeds-without-prediction, output-unusable: what comes of the model."""
        if "workflow-step-fails" in self.defects:
            raise PredictionFailed("the model ran out of memory", prediction="none", status="failed")
        if "job-succeeds-without-prediction" in self.defects:
            return png("a canned picture"), "png"
        picture, ending = super().process(row)
        return (b"<html>expired</html>", ending) if "output-unusable" in self.defects else (picture, ending)

    def _charge(self, user: User, credit: int) -> None:
        """Take credits next to the book, in two steps, as nobody should."""
        wallets = self._database.service.table("wallets")
        balance = rows(wallets.select("balance").eq("user_id", user.id).execute())[0]["balance"]
        wallets.update({"balance": balance - credit}).eq("user_id", user.id).execute()
