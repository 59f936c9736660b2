"""Where a finding is shown on a platform that knows only files of a repository: each gets a file and a line."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gate.config import Config
from gate.finding import Finding, Span

NO_FILE = "("  # how the path of a place begins that stands in no file, as in `(platform)`


def span_of(finding: Finding, config: Config) -> Span:
    """The finding's place, relative to the repository: its own, or that of what made its object, or that of its check."""
    span = finding.place if isinstance(finding.place, Span) else finding.place.span
    return in_repository(span if span and not span.path.startswith(NO_FILE) else line_of(finding.check, config), config)


def line_of(check: str, config: Config) -> Span:
    """The line of the configuration that speaks of a check, for what has no file of its own."""
    return _line(check, config.root, config.supabase)


def in_repository(span: Span, config: Config) -> Span:
    """The same place as the repository's root sees it, where the judged project is a folder of it."""
    before = _prefix(config.root)
    if not before:
        return span
    return Span(f"{before}/{span.path}", span.line, span.column, span.end_line, span.end_column)


@cache
def _prefix(root: Path) -> str:
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    found = root.relative_to(top).as_posix()
    return "" if found == "." else found


@cache
def _line(check: str, root: Path, supabase: str) -> Span:
    return next(_lines(check, root, supabase), Span("pyproject.toml", 1))


def _lines(check: str, root: Path, supabase: str) -> Iterator[Span]:
    """Lines that speak of the check, best first: its own table, the gate's, the platform's settings."""
    own = re.compile(rf"\s*\[(tool\.gate\.)?{re.escape(check)}\]|\s*required\s*=.*\b{re.escape(check)}\b")
    table = re.compile(r"\s*\[tool\.gate\]")
    for pattern in (own, table):
        for name in ("gate.toml", "pyproject.toml"):
            for number, line in enumerate(_text(root / name).splitlines(), 1):
                if pattern.match(line):
                    yield Span(name, number)
    for name in ("gate.toml", "pyproject.toml", f"{supabase}/config.toml", "package.json", "README.md"):
        if (root / name).is_file():
            yield Span(name, 1)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
