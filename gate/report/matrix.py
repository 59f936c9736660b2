"""The access matrix of the rls check, as its evidence keeps it: who tried what on which table, and what came of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from gate.outcome import Work


def rows_of(work: Work) -> tuple[Mapping[str, Any], ...]:
    """A row per table, view, function and bucket, with its cells by actor and verb."""
    rows = work.evidence.get("matrix", ())
    return tuple(rows)


def tried(work: Work) -> Iterator[str]:
    """Each attempt that was refused, in words."""
    for row in rows_of(work):
        for actor, cells in row["cells"].items():
            for verb, answer in cells.items():
                if answer == "refused":
                    yield f"{row['relation']} {verb} by {actor}"
