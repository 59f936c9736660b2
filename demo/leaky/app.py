"""What uvicorn starts for the leaky twin; DARKROOM_DEFECTS names the flaws to switch on, divided by commas."""

import os

from fastapi import FastAPI

from demo.backend.app import create_app
from demo.backend.settings import read_settings
from demo.leaky.jobs import LeakyJobs


def app() -> FastAPI:
    """The application with its flaws."""
    LeakyJobs.defects = frozenset(filter(None, os.environ.get("DARKROOM_DEFECTS", "").split(",")))
    return create_app(read_settings(), LeakyJobs)
