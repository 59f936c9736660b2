"""Replicate over HTTP: a retrying client that a backend may use on its own."""

from gate.replicate.client import API, Client
from gate.replicate.errors import Fate, OutcomeUnknown, OutputRefused, PredictionFailed, ReplicateError
from gate.replicate.outputs import fetch_image
from gate.replicate.prediction import Prediction, read_prediction
from gate.replicate.tries import Attempt, Clock, Retry

__all__ = [
    "API",
    "Attempt",
    "Client",
    "Clock",
    "Fate",
    "OutcomeUnknown",
    "OutputRefused",
    "Prediction",
    "PredictionFailed",
    "ReplicateError",
    "Retry",
    "fetch_image",
    "read_prediction",
]
