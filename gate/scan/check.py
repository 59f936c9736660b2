"""The scan: every file of the tree that may hold a key, and rules put to what it holds."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gate.check import Context
from gate.errors import Incomplete
from gate.finding import Span
from gate.page import Example
from gate.scan.fakes import filled
from gate.scan.kinds import Secret
from gate.scan.reading import read
from gate.scan.tree import sweep

NAMES = {
    "env": ".env.production",
    "js": "app.js",
    "json": "config.json",
    "sql": "seed.sql",
    "yaml": "deploy.yaml",
    "html": "index.html",
}


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file and the keys in it, which are named and not kept."""

    path: str
    secrets: tuple[Secret, ...]

    def place(self, secret: Secret) -> Span:
        """Where a key stands."""
        return Span(self.path, secret.line, secret.column)


@dataclass(frozen=True, slots=True)
class Scan:
    """The check `scan`."""

    name: str = "scan"
    summary: str = "finds a service-role key and its kin wherever they must not be"
    rules_package: str = "gate.scan.rules"

    def subjects(self, context: Context) -> Iterator[Artifact]:
        """Every file that holds a key."""
        config = context.config
        context.progress("searching the tree")
        found = sweep(config.root, config.scan_exclude, context.closing)
        context.examined(found.searched)
        context.record("files", found.searched)
        context.record("summary", f"{found.searched:,} files, {len(found.candidates)} looked at closely")
        unreadable = list(found.unreadable)
        for number, (path, signals) in enumerate(found.candidates.items(), 1):
            if number % 200 == 0:
                context.progress(f"reading {number} of {len(found.candidates)} files")
            shown = config.relative(path)
            try:
                secrets = tuple(read(path, signals))
            except FileNotFoundError:
                continue  # gone since it was found, as a build's files come and go
            except OSError as fault:
                unreadable.append((shown, fault.strerror or type(fault).__name__))
                continue
            if secrets:
                yield Artifact(shown, secrets)
        for what, why in unreadable:
            context.unjudged(what, why)
        if unreadable:
            raise Incomplete(f"{len(unreadable)} files could not be read, so nothing can be said of them")

    def example(self, example: Example) -> Iterator[Artifact]:
        """A page's text as a file of its own; `{{service_role_jwt}}` and the like become fakes made now."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / NAMES.get(example.language, "file.txt")
            path.write_text(filled(example.text), encoding="utf-8")
            found = sweep(Path(folder), (), lambda _closer: None)
            for candidate, signals in found.candidates.items():
                secrets = tuple(read(candidate, signals))
                if secrets:
                    yield Artifact(candidate.name, secrets)


SCAN = Scan()
