"""The audit that remembers: where no byte of what it reads has changed, it says again what it said."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gate.check import Check, Context, Judged, Seen, Unjudged
from gate.config import Config
from gate.errors import GateError
from gate.finding import Hit, Severity, Span, Target
from gate.migration import read_migrations
from gate.page import Example
from gate.store import Store, cache_folder, code_in

FORMAT = "1"  # of what is written here


@dataclass(frozen=True, slots=True)
class RememberedAudit:
    """The check `audit`, which loads its engine only when something has changed."""

    name: str = "audit"
    summary: str = "replays the SQL migrations into a catalog and puts rules to it"
    rules_package: str = "gate.audit.rules"

    def subjects(self, context: Context) -> Iterator[object]:
        """As the audit itself."""
        return _audit().subjects(context)

    def example(self, example: Example) -> Iterator[object]:
        """As the audit itself."""
        return _audit().example(example)

    def memory(self, config: Config) -> "Memory | None":
        """What is known of this project; None where nothing is kept: in CI, where others may have filled the cache."""
        folder = cache_folder(config.root, "audit")
        key = _key(config) if folder else None
        return Memory(Store(folder), key, config) if folder and key else None


def _audit() -> Check:
    from gate.audit.check import AUDIT

    return AUDIT


@dataclass(frozen=True, slots=True)
class Memory:
    """What an earlier run saw in the very same files."""

    store: Store
    key: str
    config: Config

    def recall(self) -> Seen | None:
        """What that run saw, None for nothing that can be read."""
        content = self.store.read(self.key)
        try:
            return _seen(json.loads(content)) if content else None
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    def keep(self, seen: Seen) -> None:
        """Keep what this run saw, unless the files have changed while it ran."""
        if _key(self.config) == self.key:
            self.store.write(self.key, json.dumps(_written(seen), separators=(",", ":")).encode())


def _key(config: Config) -> str | None:
    """A digest of everything that decides: the tool, the configuration, the migrations. None where it cannot be told."""
    try:
        migrations = read_migrations(config)
        parts = [FORMAT, *_tool(), config.digest()]
    except (GateError, OSError):
        return None
    digest = hashlib.sha256("\0".join(parts).encode())
    for migration in migrations:
        data = migration.text.encode()
        digest.update(f"\0{migration.path}\0{len(data)}\0".encode(errors="surrogateescape"))
        digest.update(data)
    return digest.hexdigest()


def _tool() -> Iterator[str]:
    """The code that judges: every module of ours and the parser."""
    package = Path(__file__).parents[1]
    return code_in((package, package / "audit", package / "audit/replay", package / "audit/rules", *_parser()))


def _parser() -> Iterator[Path]:
    spec = find_spec("postgast")
    if spec and spec.origin:
        yield Path(spec.origin).parent


def _written(seen: Seen) -> dict[str, Any]:
    """As JSON. The statements of hits stay out: what does not parse may hold anything, and the fingerprint is enough."""
    return {
        "count": seen.count,
        "evidence": dict(seen.evidence),
        "unjudged": [[one.what, one.why, one.blocking] for one in seen.not_judged],
        "hits": [
            [
                *(rule, severity, identity, _place(hit.place)),
                *(hit.message, hit.subject, hit.severity, hit.reproducer, hit.remedy),
            ]
            for rule, severity, hit, identity in seen.hits
        ],
    }


def _place(place: Span | Target) -> list[Any]:
    if isinstance(place, Target):
        return [place.name, place.span and _place(place.span)]
    return [place.path, place.line, place.column, place.end_line, place.end_column]


def _seen(written: dict[str, Any]) -> Seen:
    return Seen(
        hits=tuple(
            Judged(rule, Severity(severity), _hit(*rest), identity)
            for rule, severity, identity, *rest in written["hits"]
        ),
        count=written["count"],
        evidence=written["evidence"],
        not_judged=tuple(Unjudged(*one) for one in written["unjudged"]),
    )


def _hit(place: list[Any], message: str, subject: str, severity: str | None, *rest: str | None) -> Hit:
    spot = Target(place[0], place[1] and Span(*place[1])) if len(place) == 2 else Span(*place)
    return Hit(spot, message, subject, "", Severity(severity) if severity else None, *rest)


AUDIT = RememberedAudit()
