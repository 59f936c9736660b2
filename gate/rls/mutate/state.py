"""What was learnt before time ran out, kept in a file so that the next run goes on from there."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gate.config import Config
from gate.errors import GateError, Incomplete
from gate.migration import Migration
from gate.postgres.host import cache_dir
from gate.rls.mutate.guards import Guard
from gate.rls.mutate.mutant import RESULTS, Row
from gate.writing import write_whole

MOST = 64 << 20  # bytes; a larger file is not ours
WORDS = ("guard", "kind", "table", "mutation", "result", "why")


def fingerprint(migrations: Sequence[Migration], config: Config, *more: str) -> str:
    """What the results rest on: the same SQL under the same settings, judged by the same version of us."""
    told: list[Any] = [[migration.path, migration.text] for migration in migrations]
    told += [config.exposed_schemas, config.public_tables, config.privileged_columns, dict(config.owners)]
    return hashlib.sha256(json.dumps([*told, version("supagate"), *more], default=list).encode()).hexdigest()[:32]


class State:
    """A file of rows by guard. One that is not there, is of other migrations or is damaged holds none."""

    def __init__(self, mark: str, path: Path | None = None) -> None:
        """Of these migrations; in the user's cache unless a file is named."""
        self._mark = mark
        self.path = path or cache_dir().parent / "mutations" / f"{mark}.json"

    def load(self, guards: Iterable[Guard]) -> dict[str, Row]:
        """The rows of these guards that are known already."""
        try:
            if self.path.stat().st_size > MOST:
                return {}
            said = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(said, dict) or said.get("of") != self._mark or not isinstance(said.get("rows"), dict):
            return {}
        known = {guard.id: guard for guard in guards}
        found = {}
        for name, row in said["rows"].items():
            if name in known and _is_row(row) and (row["guard"], row["table"]) == (known[name].name, known[name].table):
                found[name] = Row(**row)
        return found

    def save(self, rows: dict[str, Row]) -> None:
        """Write all of them, whole or not at all. Raises GateError where the file cannot be written."""
        text = json.dumps({"of": self._mark, "rows": {name: asdict(row) for name, row in rows.items()}})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self.path, text.encode(), mode=0o600)
        except OSError as fault:
            raise GateError(f"cannot keep what was learnt in {self.path}: {fault.strerror}") from fault

    def forget(self) -> None:
        """Everything was tried: the next run begins anew."""
        self.path.unlink(missing_ok=True)


def _is_row(row: object) -> bool:
    return (
        isinstance(row, dict)
        and tuple(row) == WORDS
        and all(isinstance(word, str) for word in row.values())
        and row["result"] in RESULTS
    )


def unfinished(tried: int, planned: int) -> Incomplete:
    """What is said when time ran out."""
    return Incomplete(f"ran out of time after {tried} of {planned} mutants; run it again, and it goes on from there")
