"""darkroom over HTTP: profile, credits and jobs."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles
from postgrest.exceptions import APIError
from pydantic import BaseModel, ConfigDict

from demo.backend.database import Database, PaymentRequired, Row, User, rows
from demo.backend.jobs import Jobs
from demo.backend.provider import MODELS, Provider
from demo.backend.settings import Settings, read_settings
from demo.backend.webhooks import Webhooks

WEB = Path(__file__).resolve().parent.parent / "web/dist"
router = APIRouter()


class NewJob(BaseModel):
    """What somebody may say of a job; anything else, a price above all, is refused."""

    model_config = ConfigDict(extra="forbid")
    kind: str
    input_path: str


def signed_in(request: Request, authorization: Annotated[str, Header()] = "") -> User:
    """Who is asking; 401 for nobody and for everybody whose token Supabase does not accept."""
    scheme, _, token = authorization.partition(" ")
    database: Database = request.app.state.database
    user = database.user(token) if scheme.lower() == "bearer" and token else None
    if user is None:
        raise HTTPException(401, "sign in first", {"WWW-Authenticate": "Bearer"})
    return user


def all_jobs(request: Request) -> Jobs:
    """The jobs of this application."""
    jobs: Jobs = request.app.state.jobs
    return jobs


Someone = Annotated[User, Depends(signed_in)]
Work = Annotated[Jobs, Depends(all_jobs)]


@router.get("/health")
def health() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@router.post("/api/profile/bootstrap")
def bootstrap(request: Request, user: Someone) -> Row:
    """Open the account of whoever asks, once, with some credits to begin with."""
    state = request.app.state
    balance = state.database.call("open_account", p_user=user.id, p_credits=state.settings.starting_credits)
    return {"user_id": user.id, "credits": balance}


@router.get("/api/credits")
def balance(user: Someone) -> Row:
    """What is left."""
    found = rows(user.client.table("wallets").select("balance").limit(1).execute())
    if not found:
        raise HTTPException(404, "there is no account yet; POST /api/profile/bootstrap opens one")
    return {"balance": found[0]["balance"]}


@router.post("/api/jobs", status_code=201)
def create(job: NewJob, user: Someone, jobs: Work) -> Row:
    """Ask for a job."""
    if "\0" in job.input_path:
        raise HTTPException(422, "a path has no NUL in it")
    if job.kind not in MODELS:
        raise HTTPException(422, f"kind must be one of {', '.join(MODELS)}")
    try:
        return jobs.create(user, job.kind, job.input_path)
    except APIError as fault:
        if fault.code == "42501":
            raise HTTPException(403, "the input must be a file of yours, as in uploads/YOUR-ID/in.png") from fault
        raise


@router.get("/api/jobs")
def listing(user: Someone, jobs: Work) -> Row:
    """One's own jobs, newest first."""
    return {"jobs": jobs.of(user)}


@router.get("/api/jobs/{job}")
def show(job: UUID, user: Someone, jobs: Work) -> Row:
    """One of one's own jobs."""
    return _found(jobs.find(user, str(job)))


@router.post("/api/jobs/{job}/run")
def run(job: UUID, user: Someone, jobs: Work, response: Response) -> Row:
    """Run a job to its end. Running it again changes nothing and costs nothing."""
    _found(jobs.find(user, str(job)))
    try:
        row = jobs.run(user, str(job))
    except PaymentRequired as fault:
        raise HTTPException(402, "not enough credits for this job") from fault
    if row["status"] == "processing":
        response.status_code = 202
    return row


async def content(request: Request) -> bytes:
    """The body as it came: a signature is of bytes."""
    return await request.body()


@router.post("/api/webhooks/replicate")
def webhook(request: Request, body: Annotated[bytes, Depends(content)], jobs: Work) -> Row:
    """Be told by Replicate that a prediction has ended. It asks again for a minute after any answer but 2xx."""
    webhooks: Webhooks = request.app.state.webhooks
    prediction = webhooks.read(request.headers, body)
    if prediction is None:
        raise HTTPException(401, "this is no webhook of Replicate's")
    if not jobs.told(prediction):
        raise HTTPException(404, "no job has this prediction yet")
    return {"status": "heard"}


def _found(row: Row | None) -> Row:
    if row is None:
        raise HTTPException(404, "no such job")
    return row


def create_app(settings: Settings, database_of: type[Database] = Database, jobs_of: type[Jobs] = Jobs) -> FastAPI:
    """The application, with the classes that do the work."""
    made = FastAPI(title="darkroom", docs_url=None, redoc_url=None)
    made.state.settings = settings
    made.state.webhooks = Webhooks(settings.webhook_secret)
    made.state.database = database_of(settings)
    made.state.jobs = jobs_of(made.state.database, Provider(settings))
    return made


def app() -> FastAPI:
    """What uvicorn starts: `uvicorn --factory demo.backend.app:app`."""
    made = create_app(read_settings())
    made.include_router(router)
    made.mount("/", StaticFiles(directory=WEB, html=True))
    return made
