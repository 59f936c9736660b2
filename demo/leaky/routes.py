"""Careless routes, which take the place of the sound ones."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request

from demo.backend.app import Someone, Work, content
from demo.backend.database import Database, Row, User, rows
from demo.backend.jobs import SHOWN
from demo.leaky.defects import on
from demo.leaky.jobs import LeakyJobs

PRICES = ("price", "credits", "cost")


def careless_routes() -> APIRouter:
    """The routes of the flaws that are switched on."""
    router = APIRouter()
    if on("price-taken-from-request") or on("job-field-taken-from-request") or on("unknown-kind-runs"):
        router.post("/api/jobs", status_code=201)(create)
    if on("list-by-parameter"):
        router.get("/api/jobs")(listing)
    if on("service-key-in-answer"):
        router.get("/api/jobs")(talkative)
    if on("others-job-runnable"):
        router.post("/api/jobs/{job}/run")(run)
    if on("others-job-changeable"):
        router.delete("/api/jobs/{job}")(delete)
    if on("webhook-ends-another-job"):
        router.post("/api/webhooks/replicate")(webhook)
    return router


def create(job: Row, user: Someone, jobs: Work) -> Row:
    """Takes any field, and any kind."""
    assert isinstance(jobs, LeakyJobs)
    known = job.get("kind") in {"restore", "upscale", "face_swap"}
    if not known and not on("unknown-kind-runs"):
        raise HTTPException(422, "no such kind")
    made = jobs.create(user, job["kind"] if known else "restore", job["input_path"])
    if on("price-taken-from-request"):
        named = [int(job[name]) for name in PRICES if name in job]
        jobs.prices |= dict.fromkeys([made["id"]] if named else [], sum(named))
    if on("job-field-taken-from-request"):
        fields: Row = {name: job[name] for name in ("status", "output_path", "user_id") if name in job}
        if fields:
            jobs._database.service.table("jobs").update(fields).eq("id", made["id"]).execute()  # noqa: SLF001 - its twin
    return made


def listing(user: Someone, jobs: Work, user_id: str = "") -> Row:
    """Lists for whomever the caller names."""
    if user_id:
        service = jobs._database.service  # noqa: SLF001 - its twin
        return {"jobs": rows(service.table("jobs").select(SHOWN).eq("user_id", user_id).execute())}
    return {"jobs": jobs.of(user)}


def talkative(user: Someone, jobs: Work, request: Request) -> Row:
    """Lists with what helped while it was written."""
    return {"jobs": jobs.of(user), "debug": {"key": request.app.state.settings.service_role_key}}


def run(job: UUID, user: Someone, jobs: Work, request: Request) -> Row:
    """Runs a job for its owner, whoever asks."""
    database: Database = request.app.state.database
    found = rows(database.service.table("jobs").select("user_id").eq("id", str(job)).execute())
    if not found:
        raise HTTPException(404, "no such job")
    owner = user if found[0]["user_id"] == user.id else User(found[0]["user_id"], database.service)
    return jobs.run(owner, str(job))


def delete(job: UUID, user: Someone, request: Request) -> Row:
    """Deletes by id alone."""
    request.app.state.database.service.table("jobs").delete().eq("id", str(job)).execute()
    return {"deleted": str(job), "by": user.id}


def webhook(request: Request, body: Annotated[bytes, Depends(content)], jobs: Work, job: str) -> Row:
    """Ends the job that the address names."""
    assert isinstance(jobs, LeakyJobs)
    prediction = request.app.state.webhooks.read(request.headers, body)
    if prediction is None:
        raise HTTPException(401, "this is no webhook of Replicate's")
    jobs.told_of(job, prediction)
    return {"status": "heard"}
