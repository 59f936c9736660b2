"""The variables, as there or not and never with their values, and the platform with its traps."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from gate.certificate.words import SIGNING_KEY
from gate.config import Config
from gate.doctor.diagnosis import Diagnosis, bad, good, note

# What the smoke needs against a running backend; each line is one way.
NEEDED = (("MODEL_PROVIDER",), ("REPLICATE_API_TOKEN",), ("TOKEN_A", "EMAIL_A"), ("TOKEN_B", "EMAIL_B"))
OPTIONAL = ("API", "SUPABASE_URL", "SUPABASE_ANON_KEY", SIGNING_KEY)
PLATFORMS = MappingProxyType(
    {
        "RENDER": "Render",
        "RAILWAY_ENVIRONMENT": "Railway",
        "FLY_APP_NAME": "Fly.io",
        "DYNO": "Heroku",
        "VERCEL": "Vercel",
        "NETLIFY": "Netlify",
        "GITHUB_ACTIONS": "GitHub Actions",
        "GITLAB_CI": "GitLab CI",
    }
)


def variables(config: Config | None, environment: Mapping[str, str] = os.environ) -> Iterator[Diagnosis]:
    """Which variables are set. They are missed only where the smoke is required and asks a running backend."""
    asked = config is not None and "smoke" in config.required and not config.smoke.rehearse
    for names in NEEDED:
        there = [name for name in names if environment.get(name)]
        if there:
            yield good("variable", f"{there[0]} is set")
        elif asked:
            yield bad("variable", f"{' or '.join(names)} is not set", "the smoke needs it, or `rehearse = true`")
    for name in OPTIONAL:
        if environment.get(name):
            yield good("variable", f"{name} is set")


def platform(root: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Diagnosis]:
    """Where we run, and gates that stand where the platform turns their answer round."""
    for variable, name in PLATFORMS.items():
        if environment.get(variable):
            yield good("platform", name)
    if "gate" in _vercel(root):
        remedy = "put `gate verify &&` before the build command: there 0 means skip the build, and 1 means deploy"
        yield bad("platform", "vercel.json calls the gate in ignoreCommand, which is inverted", remedy)
    if "gate" in _netlify(root):
        remedy = "put `gate verify &&` into build.command: there 0 means stop, and 1 means build"
        yield bad("platform", "netlify.toml calls the gate in build.ignore, which is inverted", remedy)
    if any(name in environment for name in ("GITHUB_ACTIONS", "GITLAB_CI")) and not environment.get(SIGNING_KEY):
        yield note("platform", f"{SIGNING_KEY} is not set here", "only the step that runs `gate certify` needs it")


def _vercel(root: Path) -> str:
    try:
        held = json.loads((root / "vercel.json").read_text(encoding="utf-8"))
        return str(held.get("ignoreCommand", ""))
    except (OSError, ValueError, AttributeError, RecursionError):
        return ""


def _netlify(root: Path) -> str:
    try:
        held = tomllib.loads((root / "netlify.toml").read_text(encoding="utf-8"))
        return str(held.get("build", {}).get("ignore", ""))
    except (OSError, ValueError, AttributeError, RecursionError):
        return ""
