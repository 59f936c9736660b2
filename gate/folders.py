"""Where a project keeps its supabase folder: at its root, or somewhere below where it has many packages."""

import os
from collections.abc import Iterator
from pathlib import Path

DEPTH = 4  # folders below the root
PASSED_BY = frozenset(
    {"node_modules", ".git", ".nox", ".venv", "venv", "dist", "build", ".next", "vendor", "__pycache__"}
)
TOLD = 6  # folders that a message names


def folders(folder: Path, depth: int = DEPTH) -> Iterator[Path]:
    """The folders below, without links and what others have made, each before what is in it."""
    try:
        with os.scandir(folder) as entries:  # which knows what each is: nothing is asked about thousands of files
            inner = sorted(folder / entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return
    for path in inner:
        if path.name not in PASSED_BY:
            yield path
            if depth > 1:
                yield from folders(path, depth - 1)


def supabase_folders(root: Path) -> dict[str, int]:
    """Every supabase folder, relative to the root and with forward slashes, and how many migrations are in it."""
    there = [path for path in folders(root) if path.name == "supabase" and _kept(path)]
    return {path.relative_to(root).as_posix(): len(list((path / "migrations").glob("*.sql"))) for path in there}


def usual_folder(root: Path) -> str:
    """The one that is meant where nobody says so: `supabase`, or the only one with migrations further down."""
    if _kept(root / "supabase"):
        return "supabase"
    found = [folder for folder, migrations in supabase_folders(root).items() if migrations]
    return found[0] if len(found) == 1 else "supabase"


def _kept(folder: Path) -> bool:
    return (folder / "migrations").is_dir() or (folder / "config.toml").is_file()


def listed(found: dict[str, int]) -> str:
    """The folders with their migrations, for a message."""
    return ", ".join(
        f"{folder} ({number} migration{'s' * (number != 1)})" for folder, number in list(found.items())[:TOLD]
    )
