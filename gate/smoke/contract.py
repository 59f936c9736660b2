"""The contract a backend keeps: the seven steps, its routes and its words."""

from collections.abc import Mapping
from typing import Any

BOOTSTRAP = "/api/profile/bootstrap"
CREDITS = "/api/credits"
JOBS = "/api/jobs"
KIND = "restore"

STEPS: Mapping[str, str] = {
    "bootstrap": "open a profile for A and for B",
    "input": "look whether A's input is there",
    "create": "create a job as A",
    "run": "run it: it succeeds and costs its price once",
    "rerun": "run it again: nothing is charged and nothing is predicted",
    "output": "look at the output: in A's folder, readable, a picture",
    "isolation": "look as B: A's job and output do not show",
}
SUCCEEDED = frozenset({"succeeded", "completed", "done"})
ENDED = SUCCEEDED | {"failed", "error", "canceled", "cancelled", "aborted", "refunded"}


def job_of(body: object) -> Mapping[str, Any]:
    """The job in an answer: the body itself, or what it holds under `job` or `data`."""
    if not isinstance(body, Mapping):
        return {}
    for name in ("job", "data"):
        if isinstance(body.get(name), Mapping):
            return dict(body[name])
    return body


def id_of(job: Mapping[str, Any]) -> str:
    """A job's id; '' where there is none."""
    return str(job.get("id") or job.get("job_id") or "")


def output_of(job: Mapping[str, Any]) -> str:
    """Where a job's output is, as `bucket/name`; '' while there is none."""
    return str(job.get("output_path") or job.get("output") or "")


def jobs_of(body: object) -> list[Mapping[str, Any]] | None:
    """The jobs of a listing, which is a list or holds one; None when the answer is no listing."""
    if isinstance(body, Mapping):
        body = next((body[name] for name in ("jobs", "data", "items", "results") if name in body), None)
    if not isinstance(body, list):
        return None
    return [one for one in body if isinstance(one, Mapping)]


def balance_of(body: object) -> int | None:
    """The balance of a credits answer; None when it names none."""
    for name in ("balance", "credits"):
        value = body.get(name) if isinstance(body, Mapping) else None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
