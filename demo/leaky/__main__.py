"""Writes darkroom's leaky twin into an empty folder: `python -m demo.leaky DIR`, then `gate run --root DIR`.

It is never kept in the repository, because it holds keys: fakes, made new each time, that open nothing.
"""

import shutil
import sys
from pathlib import Path

from gate.scan.fakes import filled

HERE = Path(__file__).resolve().parent
PLACES = {
    "pyproject.toml": "pyproject.toml",
    "env.production": "demo/web/.env.production",
    "web/dist/admin.js": "demo/web/dist/admin.js",
    "scripts/seed.mjs": "demo/scripts/seed.mjs",
}


def write(folder: Path) -> None:
    """Copy the demo, add the leaky migration, and put files with fake keys where teams leave real ones."""
    shutil.copytree(
        HERE.parent, folder / "demo", ignore=shutil.ignore_patterns("__pycache__", "files", "migrations", "sql_defects")
    )
    for migrations in (HERE.parent / "supabase/migrations", HERE / "migrations"):
        shutil.copytree(migrations, folder / "demo/supabase/migrations", dirs_exist_ok=True)
    for source, place in PLACES.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled((HERE / "files" / source).read_text(encoding="utf-8")), encoding="utf-8")


def main() -> int:
    """Write it, or say in one line why not."""
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 and not sys.argv[1].startswith("-") else None
    if folder is None or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        print("usage: python -m demo.leaky DIR, where DIR is empty or does not exist", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    write(folder)
    print(f"written; now: gate run --root {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
