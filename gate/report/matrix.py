"""The access matrix of the rls check as a picture: a row per table, view, function and bucket, a column per actor and verb."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from gate.finding import Finding
from gate.outcome import Work

GROUPS = {
    "tables": ("r", "p", "f"),
    "views": ("v", "m"),
    "functions": ("function",),
    "buckets": ("bucket",),
}
USUAL = ("select", "update", "delete", "insert")
WRITES = frozenset({"insert", "update", "delete", "give away", "upsert", "take", "attach", "move under"})
FILES = frozenset({"upload", "overwrite", "move", "remove", "upload over", "move in"})
# What a cell says, mildest first: of several attempts behind one cell the worst is shown.
STATES = ("no", "?", "open", "waived", "also", "warns", "leak")
MILD = frozenset({"no", "?", "open"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one verb by one actor. `finding` is the fingerprint of what says so, `only` the regime that it needs."""

    state: str
    finding: str | None = None
    only: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A relation and its cells, in the order of the group's columns; None where nothing was tried."""

    name: str
    owner: str
    cells: tuple[Cell | None, ...]

    @property
    def leaks(self) -> bool:
        """Whether anything in it is let through that should not be."""
        return any(cell is not None and cell.state in {"leak", "warns", "also"} for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Group:
    """Relations of one kind. `columns` are pairs of an actor and a verb."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]

    @property
    def starred(self) -> bool:
        """Whether a cell needs one of the regimes."""
        return any(cell is not None and cell.only for row in self.rows for cell in row.cells)

    @property
    def actors(self) -> tuple[tuple[str, int], ...]:
        """The actors with the number of their columns."""
        names = [actor for actor, _ in self.columns]
        return tuple((actor, names.count(actor)) for actor in dict.fromkeys(names))


def picture(work: Work) -> tuple[Group, ...]:
    """The matrix of a check's evidence, all regimes laid over each other; empty where there is none."""
    found = {finding.fingerprint: finding for finding in work.findings}
    groups = {name: [row for row in _rows(work) if row["kind"] in kinds] for name, kinds in GROUPS.items()}
    known = {kind for kinds in GROUPS.values() for kind in kinds}
    groups["others"] = [row for row in _rows(work) if row["kind"] not in known]
    return tuple(_group(name, rows, found) for name, rows in groups.items() if rows)


def tried(work: Work) -> Iterator[str]:
    """Each attempt that was refused, in words."""
    for row in _rows(work):
        for actor, verb, answer, *_ in row["cells"]:
            if answer == "refused":
                yield f"{row['relation']} {verb} by {actor}, {row['regime']} grants"


def _rows(work: Work) -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = work.evidence.get("matrix", {}).get("rows", ())
    return rows


def _group(name: str, rows: Sequence[Mapping[str, Any]], found: Mapping[str, Finding]) -> Group:
    seen: dict[str, dict[tuple[str, str], dict[str, Cell]]] = {}
    owners = {row["relation"]: row["owner"] or "" for row in rows}
    regimes = {row["regime"] for row in rows}
    for row in rows:
        mine = seen.setdefault(row["relation"], {})
        for one in row["cells"]:
            by_regime = mine.setdefault((one[0], _column(one[1])), {})
            cell = _cell(row, one, found)
            by_regime[row["regime"]] = _worst([by_regime.get(row["regime"], cell), cell])
    # Behind the usual verbs come those that found something: the right end of a wide table is out of sight.
    leaking = {c for mine in seen.values() for c, cell in mine.items() if _worst(list(cell.values())).state not in MILD}
    verbs = list(dict.fromkeys(verb for mine in seen.values() for _, verb in mine))
    columns = sorted(
        {c for mine in seen.values() for c in mine},
        key=lambda c: (c[0] != "anon", c[0], c[1] not in USUAL, c not in leaking, verbs.index(c[1])),
    )
    shown = [
        Row(relation, owners[relation], tuple(_laid_over(mine[c], regimes) if c in mine else None for c in columns))
        for relation, mine in seen.items()
    ]
    return Group(name, tuple(columns), tuple(shown))


def _column(verb: str) -> str:
    """`raise credits` and `raise role` share a column, and so do all ways to call a function."""
    first = verb.partition(" ")[0]
    return first if first in {"raise", "call"} else verb


def _laid_over(by_regime: Mapping[str, Cell], regimes: AbstractSet[str]) -> Cell:
    """The worst of all regimes, with a word where it needs one of them."""
    worst = _worst(list(by_regime.values()))
    needed = [regime for regime, cell in by_regime.items() if cell.state == worst.state]
    if worst.state in MILD or len(regimes) == 1 or len(needed) > 1:
        return worst
    return replace(worst, only=f"with {needed[0]} grants alone")


def _worst(cells: Sequence[Cell]) -> Cell:
    return max(cells, key=lambda cell: STATES.index(cell.state))


def _cell(row: Mapping[str, Any], cell: Sequence[str], found: Mapping[str, Finding]) -> Cell:
    _, verb, answer, *mark = cell
    if answer == "refused":
        return Cell("no")
    if mark:
        finding = found.get(mark[0])
        if finding is None or finding.blocks:
            return Cell("leak", mark[0])
        return Cell("waived" if finding.waived else "warns", mark[0])
    if answer == "nothing":
        return Cell("?")
    told = next((other[3] for other in row["cells"] if len(other) > 3 and _says(other[1], verb)), None)
    return Cell("also", told) if told else Cell("open")


def _says(one: str, other: str) -> bool:
    """Whether what is said of one verb says the other, too: no finding is repeated for delete beside update."""
    return _column(one) == _column(other) or {one, other} <= WRITES or {one, other} <= FILES
