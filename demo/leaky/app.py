"""What uvicorn starts for the leaky twin; DARKROOM_DEFECTS names the flaws to switch on, divided by commas."""

from typing import Annotated

from fastapi import FastAPI, Header, Request

from demo.backend.app import create_app, router, signed_in
from demo.backend.database import User
from demo.backend.settings import read_settings
from demo.leaky.database import LeakyDatabase
from demo.leaky.defects import on
from demo.leaky.jobs import BlindProvider, HastyProvider, LeakyJobs
from demo.leaky.routes import careless_routes
from demo.leaky.webhooks import LeakyWebhooks


def anyone(request: Request, authorization: Annotated[str, Header()] = "") -> User:
    """missing-token-accepted: nobody is somebody."""
    return signed_in(request, authorization) if authorization else request.app.state.database.anybody()


def app() -> FastAPI:
    """The application with its flaws."""
    settings = read_settings()
    made = create_app(settings, LeakyDatabase, LeakyJobs)
    provider = BlindProvider if on("lost-answer-predicts-again") else HastyProvider
    made.state.jobs = LeakyJobs(made.state.database, provider(settings))
    made.state.webhooks = LeakyWebhooks(settings.webhook_secret, made.state.jobs)
    if on("missing-token-accepted"):
        made.dependency_overrides[signed_in] = anyone
    made.include_router(careless_routes())
    made.include_router(router)
    return made
