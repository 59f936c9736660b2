"""Measures the gate against peers and limits, side by side in one run, and prints ratios: below 1 is better."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.scan.ripgrep import program
from gate.scan.signals import WORDS

ROOT = Path(__file__).resolve().parent.parent
GATE = [sys.executable, "-m", "gate"]
TABLES = 400
SIZES = (10, 100, 1000)  # tables of the attack, whose cost per table should stay the same


def seconds(run: Callable[[], object], times: int) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def command(*words: str, cwd: Path = ROOT) -> Callable[[], object]:
    """A program, run with its output thrown away."""
    return lambda: subprocess.run(words, cwd=cwd, capture_output=True, check=False)


@contextmanager
def project(tables: int = TABLES, *, tenant: bool = False) -> Iterator[Path]:
    """A generated project of so many tables in as many files, with policies and grants.

    With `tenant` half as many more belong to one tenant, each with a function that takes an id.
    """
    folder = Path(tempfile.mkdtemp(prefix="gate-bench-"))
    migrations = folder / "supabase/migrations"
    migrations.mkdir(parents=True)
    for n in range(tables):
        parent = f", parent uuid references public.t{n - 1}" if n % 10 else ""
        (migrations / f"{n:05}_t{n}.sql").write_text(
            f"create table public.t{n} (id uuid primary key default gen_random_uuid(), user_id uuid not null references"
            f" auth.users (id), body text not null check (length(body) < 100), n int default 0{parent});\n"
            f"alter table public.t{n} enable row level security;\n"
            f"create policy see on public.t{n} for select to authenticated using (user_id = (select auth.uid()));\n"
            f"create policy add on public.t{n} for insert to authenticated with check (user_id = (select auth.uid()));\n"
            f"grant select, insert on public.t{n} to authenticated;\n"
        )
    if tenant:
        (migrations / "99999_tenant.sql").write_text(
            "create table public.teams (id uuid primary key default gen_random_uuid(), name text);\n"
            "create table public.team_members (team_id uuid not null references public.teams on delete cascade, user_id uuid"
            " not null references auth.users (id), role text not null default 'member', primary key (team_id, user_id));\n"
            "alter table public.teams enable row level security;\nalter table public.team_members enable row level security;\n"
            + "".join(
                f"create table public.s{n} (id uuid primary key default gen_random_uuid(), team_id uuid not null references"
                f" public.teams on delete cascade, body text);\nalter table public.s{n} enable row level security;\n"
                f"create function public.f{n}(p_id uuid) returns void language sql security definer as"
                f" $$ update public.s{n} set body = body where id = p_id and false $$;\n"
                for n in range(tables // 2)
            )
        )
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def parse_only(folder: Path) -> Callable[[], object]:
    """The lower bound of any audit: a process that reads the files and has the SQL parser parse them."""
    text = (
        "import postgast, pathlib, sys\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.sql')): postgast.parse(path.read_text())"
    )
    return command(sys.executable, "-c", text, str(folder / "supabase/migrations"))


def search_only() -> Callable[[], object]:
    """The lower bound of any scan: ripgrep looking for the same letters in the same tree."""
    words = [word for literal in WORDS if "\0" not in literal for word in ("-e", literal)]
    return command(program(), "--hidden", "--text", "-l", "-F", *words, ".")


LIGHT = command(sys.executable, "-c", "import requests, tenacity")  # what the client is made of


def main() -> int:
    """Print one line per measurement: what, ours, the other's, the ratio."""
    rows: list[tuple[str, float, str, float]] = []
    rows.append(("gate --help", seconds(command(*GATE, "--help"), 9), "limit", 0.25))
    client = command(sys.executable, "-c", "import gate.replicate")
    rows.append(("import of the Replicate client", seconds(client, 9), "its parts alone", seconds(LIGHT, 9)))
    rows.append(("gate run, the demo", seconds(command(*GATE, "run"), 3), "limit", 15.0))
    rows.append(
        ("gate scan, this repository", seconds(command(*GATE, "scan"), 5), "ripgrep alone", seconds(search_only(), 5))
    )
    with project() as folder:
        audit = seconds(command(*GATE, "audit", cwd=folder), 3)
        rows.append(
            (f"gate audit, {TABLES} tables, both regimes", audit, "parsing alone", seconds(parse_only(folder), 3))
        )
    rows.append(("gate rls, the demo", seconds(command(*GATE, "rls"), 3), "limit", 3.0))
    for tables in SIZES:
        with project(tables) as folder:
            rls = seconds(command(*GATE, "rls", cwd=folder), 1)
            rows.append((f"gate rls, {tables} tables in as many files", rls, "limit", max(3.0, tables * 0.05)))
    for tables in SIZES:
        with project(tables // 2, tenant=True) as folder:
            rls = seconds(command(*GATE, "rls", cwd=folder), 1)
            rows.append((f"gate rls, {tables // 4} tables of one tenant", rls, "limit", max(3.0, tables * 0.05)))
    for what, ours, other, theirs in rows:
        print(f"{what:<42} {ours:8.3f} s   {other:<14} {theirs:8.3f} s   ratio {ours / theirs:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
