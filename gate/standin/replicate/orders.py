"""Reads a request for a prediction as Replicate does: what it may hold, and what is said when it is wrong."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gate.standin.http import Answer, Request
from gate.standin.replicate.answers import complaint, invalid, missing, problem
from gate.standin.replicate.models import DEPLOYMENTS, Model, by_name, by_version
from gate.standin.replicate.predictions import Order
from gate.standin.replicate.webhooks import EVENTS

PREFER = re.compile(r"^wait(?:=([1-9]|[1-5]\d|60))?$")
LIFETIME = re.compile(r"(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s?)?")
SHORTEST, LONGEST = 5, 24 * 3600  # seconds
KEYS = ("input", "version", "webhook", "webhook_events_filter", "stream")
NO_VERSION = "The specified version does not exist (or perhaps you don't have permission to use it?)"


def read_order(request: Request, parts: Sequence[str]) -> Order | Answer:
    """The order, or the refusal of it. `parts` are those of the path."""
    full = "/".join(parts[1:3])
    deployment = full if parts[0] == "deployments" else None
    if deployment and deployment not in DEPLOYMENTS:
        return missing()
    body = request.json()
    if not isinstance(body, dict) or not isinstance(body.get("input"), dict):
        return invalid([complaint("required", "input", "input is required")])
    wrong = [complaint("additional_property_not_allowed", name, "not allowed") for name in body if name not in KEYS]
    wrong += _webhook_complaints(body)
    lifetime = request.headers.get("cancel-after", "")
    seconds = _seconds(lifetime) if lifetime else None
    if lifetime and seconds is None:
        wrong.append(complaint("pattern", "Cancel-After", "must be a duration from 5s to 24h"))
    prefer = request.headers.get("prefer", "")
    if prefer and not PREFER.match(prefer):
        wrong.append(complaint("pattern", "Prefer", "does not match wait=1..60"))
    if wrong:
        return invalid(wrong)
    model = _model(parts[0], full, body.get("version"))
    if model is None:
        return problem(422, "Invalid version or not permitted", NO_VERSION)
    wrong = model.complaints(body["input"])
    if wrong:
        return invalid(wrong)
    events = body.get("webhook_events_filter")
    return Order(
        model,
        body["input"],
        deployment=deployment,
        lifetime=seconds,
        webhook=body.get("webhook"),
        webhook_events=None if events is None else tuple(events),
    )


def _model(kind: str, name: str, version: object) -> Model | None:
    match kind:
        case "models":
            return next((model for model in by_name(name) if model.official), None)
        case "deployments":
            return DEPLOYMENTS[name]
    return by_version(version)


def _webhook_complaints(body: Mapping[str, Any]) -> list[dict[str, str]]:
    wrong = []
    address, events = body.get("webhook"), body.get("webhook_events_filter")
    if address is not None and not (isinstance(address, str) and address.startswith(("http://", "https://"))):
        wrong.append(complaint("format", "webhook", "must be an http or https URL"))
    if events is not None and not (isinstance(events, list) and all(event in EVENTS for event in events)):
        wrong.append(complaint("enum", "webhook_events_filter", f"must be a list of {', '.join(EVENTS)}"))
    return wrong


def _seconds(text: str) -> float | None:
    """A duration like 90, 90s, 10m or 1h30m; None for anything else, and for one out of bounds."""
    found = LIFETIME.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    return float(total) if SHORTEST <= total <= LONGEST else None
