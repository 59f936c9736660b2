"""The contract between the gate and a backend: its steps, and its routes, fields and words as the configuration says them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gate.config import SmokeConfig

STEPS: Mapping[str, str] = {
    "bootstrap": "open a profile for A and for B",
    "input": "look whether A's input is there",
    "create": "create a job as A",
    "run": "run it: it succeeds and costs its price once",
    "rerun": "run it again: nothing is charged and nothing is predicted",
    "output": "look at the output: in A's folder, readable, a picture",
    "isolation": "look as B: A's job and output do not show",
}
SUCCEEDED, FAILED = "succeeded", "failed"
# What is read when the configuration names no field: the seed's name, and what else backends call it.
USUAL = {
    "id": ("id", "job_id"),
    "status": ("status",),
    "output": ("output_path", "output"),
    "balance": ("balance", "credits"),
    "user": ("user_id", "id"),
    "category": ("error_category", "category"),
}
WRAPPED = ("job", "data")
LISTED = ("jobs", "data", "items", "results")


@dataclass(frozen=True, slots=True)
class Contract:
    """The backend's side of every request and answer."""

    said: SmokeConfig

    def route(self, name: str, job: str = "") -> tuple[str, str]:
        """The method and the path of a route; `job` stands where the path has `{id}`."""
        method, _, path = str(getattr(self.said, name)).partition(" ")
        return method, path.replace("{id}", quote(job, safe=""))

    @property
    def kind_field(self) -> str:
        """Where a request says what kind of job it wants."""
        return self.said.fields.get("kind", "kind")

    def new_job(self, kind: str, input_path: str) -> dict[str, object]:
        """The body that asks for a job."""
        return {self.kind_field: kind, self.said.fields.get("input", "input_path"): input_path}

    def filled(self, name: str, value: object) -> dict[str, object]:
        """A body in which one field of ours is said, by the backend's name for it."""
        inner, *outer = reversed(self.said.fields.get(name, USUAL[name][0]).split("."))
        body: dict[str, object] = {inner: value}
        for part in outer:
            body = {part: body}
        return body

    def input_of(self, user: str) -> str:
        """Where a user's input is, as `bucket/name`."""
        return self.said.input.format(user_id=user)

    def price(self, kind: str) -> int:
        """What a kind of job costs, in credits."""
        return self.said.prices.get(kind, 0)

    def job(self, body: object) -> Mapping[str, Any]:
        """The job in an answer: the body itself, or what it holds under `job` or `data`."""
        if not isinstance(body, Mapping):
            return {}
        return next((dict(body[name]) for name in WRAPPED if isinstance(body.get(name), Mapping)), body)

    def id(self, job: Mapping[str, Any]) -> str:
        """A job's id; '' where there is none."""
        return self._text(job, "id")

    def status(self, job: Mapping[str, Any]) -> str:
        """`succeeded`, `failed`, or the backend's own word for what is neither yet."""
        word = self._text(job, "status")
        if word in self.said.succeeded:
            return SUCCEEDED
        return FAILED if word in self.said.failed else word

    def ended(self, job: Mapping[str, Any]) -> bool:
        """Whether nothing will change any more."""
        return self.status(job) in {SUCCEEDED, FAILED}

    def output(self, job: Mapping[str, Any]) -> str:
        """Where a job's output is, as `bucket/name`; '' while there is none."""
        return self._text(job, "output")

    def category(self, job: Mapping[str, Any]) -> str:
        """Whose concern a job's failure is, in the backend's judgement; '' where it does not say."""
        return self._text(job, "category")

    def jobs(self, body: object) -> dict[str, Mapping[str, Any]] | None:
        """The jobs of a listing by their ids; None when the answer is no listing."""
        if isinstance(body, Mapping):
            body = next((body[name] for name in LISTED if name in body), None)
        if not isinstance(body, list):
            return None
        return {self.id(one): one for one in body if isinstance(one, Mapping)}

    def balance(self, body: object) -> int | None:
        """The balance of a credits answer; None when it names none."""
        found = self._field(body, "balance")
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def user(self, body: object) -> str:
        """The user's id in an answer to bootstrap; '' when it names none."""
        return self._text(body, "user")

    def _text(self, value: object, name: str) -> str:
        found = self._field(value, name)
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""

    def _field(self, value: object, name: str) -> object:
        told = self.said.fields.get(name)
        for path in (told,) if told else USUAL[name]:
            found = value
            for part in path.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
            if found is not None:
                return found
        return None
