"""What kind of project it is: where its migrations are, what its backend is, where it is built."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.errors import Incomplete, UsageError
from gate.folders import folders, listed, supabase_folders
from gate.git import ask, in_repository

SOURCES = 400  # Python files read in search of the application, at most
APPLICATION = re.compile(r"^(\w+)\s*(?::[^=\n]+)?=\s*(FastAPI|Flask)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """`supabase` is the folder with migrations/, `start` the backend's command, `replicate` whether it uses that."""

    supabase: str
    start: tuple[str, ...]
    replicate: bool
    github: bool
    gitlab: bool


def look(root: Path, supabase: str | None) -> Found:
    """Look at a project. Raises UsageError when there is no supabase folder, or more than one and none was chosen."""
    packages = _packages(root)
    origin = _origin(root)
    return Found(
        supabase or _supabase(root),
        _start(root, packages),
        "replicate" in packages,
        "github.com" in origin or (root / ".github").is_dir(),
        "gitlab" in origin or (root / ".gitlab-ci.yml").is_file(),
    )


def _supabase(root: Path) -> str:
    counts = supabase_folders(root)
    if len(counts) == 1 or (counts and counts.get("supabase", -1) == max(counts.values())):
        return "supabase" if "supabase" in counts else next(iter(counts))
    if counts:
        raise UsageError(f"there are several supabase folders; choose one with --supabase: {listed(counts)}")
    raise UsageError(
        "no folder supabase/ with migrations or config.toml; call this in the project, or give --supabase DIR"
    )


def _packages(root: Path) -> set[str]:
    """The names of everything that the project depends on by itself."""
    found: set[str] = set()
    python = _toml(root / "pyproject.toml")
    project, tool = python.get("project", {}), python.get("tool", {})
    found |= {_name(line) for line in project.get("dependencies", []) if isinstance(line, str)}
    found |= {name.lower() for name in tool.get("poetry", {}).get("dependencies", {})}
    for path in (root / "requirements.txt", root / "requirements/base.txt"):
        found |= {_name(line) for line in _text(path).splitlines() if line.strip() and not line.startswith(("#", "-"))}
    script = _json(root / "package.json")
    for key in ("dependencies", "devDependencies"):
        names = script.get(key)
        found |= set(names) if isinstance(names, dict) else set()
    return found


def _name(line: str) -> str:
    return re.split(r"[\s<>=!~;\[@]", line.strip(), maxsplit=1)[0].lower()


def _start(root: Path, packages: set[str]) -> tuple[str, ...]:
    """The command that starts the backend on {port}, where it can be told."""
    if {"fastapi", "flask"} & packages:
        module, kind = _application(root)
        if kind == "FastAPI":
            return ("python", "-m", "uvicorn", module, "--host", "127.0.0.1", "--port", "{port}")
        if kind == "Flask":
            name, _, variable = module.partition(":")
            return ("python", "-m", "flask", "--app", f"{name}:{variable}", "run", "--port", "{port}")
    if "django" in packages and (root / "manage.py").is_file():
        return ("python", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}")
    scripts = _json(root / "package.json").get("scripts", {})
    if {"express", "fastify", "hono", "koa", "next", "@nestjs/core"} & packages and isinstance(scripts, dict):
        return next((("npm", "run", name) for name in ("start", "serve", "dev") if name in scripts), ())
    return ()


def _application(root: Path) -> tuple[str, str]:
    """Where the application object is, as `package.module:name`, and of which framework."""
    number = 0
    for folder in (root, *folders(root)):
        for path in sorted(folder.glob("*.py")):
            number += 1
            if number > SOURCES:
                return "", ""
            inner = path.relative_to(root)
            found = APPLICATION.search(_text(path))
            if found and "test" not in inner.as_posix():
                module = ".".join(inner.with_suffix("").parts)
                return f"{module}:{found.group(1)}", found.group(2)
    return "", ""


def _origin(root: Path) -> str:
    if not in_repository(root):
        return ""
    try:
        return ask(root, "config", "--get", "remote.origin.url").decode(errors="replace")
    except Incomplete:
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _json(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except (ValueError, RecursionError):
        return {}
