"""What can only be looked at: the account, the models with their versions, the deployments."""

from collections.abc import Sequence

from gate.standin.http import Answer, json_answer
from gate.standin.replicate.answers import missing, page
from gate.standin.replicate.models import DEPLOYMENTS, by_name, deployment_object, model_object, version_object

ACCOUNT = {"type": "user", "username": "stand-in", "name": "Stand-in", "github_url": None, "avatar_url": None}


def look(parts: Sequence[str]) -> Answer:
    """The answer to a GET of anything that is no prediction and no file."""
    match parts:
        case ["account"]:
            return json_answer(200, ACCOUNT)
        case ["deployments"]:
            return page([deployment_object(name) for name in DEPLOYMENTS])
        case ["deployments", owner, name] if f"{owner}/{name}" in DEPLOYMENTS:
            return json_answer(200, deployment_object(f"{owner}/{name}"))
        case ["models", owner, name, *rest]:
            return _model(f"{owner}/{name}", rest)
    return missing()


def _model(name: str, rest: Sequence[str]) -> Answer:
    versions = by_name(name)
    shown = {version.version: version_object(version) for version in versions}
    match rest:
        case [] if versions:
            return json_answer(200, model_object(versions))
        case ["versions"] if versions:
            return page(list(shown.values()))
        case ["versions", one] if one in shown:
            return json_answer(200, shown[one])
    return missing()
