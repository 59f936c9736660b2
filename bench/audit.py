"""Measures `gate audit` against squawk and pgrls on the same files: CPU, wall, memory; below 1 is better for the gate.

Further arguments are projects to measure as well, each with supabase/migrations below it. The peers are installed into an
environment that is thrown away.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PEERS = ("squawk-cli", "pgrls")
ROUNDS = 5
LIMIT = 300.0  # megabytes


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program used: seconds of both kinds, megabytes, and how it ended."""

    cpu: float
    wall: float
    memory: float
    code: int


def table(number: int) -> str:
    """Five statements about one table."""
    parent = f", parent uuid references public.t{number - 1}" if number else ""
    return (
        f"create table public.t{number} (id uuid primary key default gen_random_uuid(), user_id uuid not null"
        f" references auth.users (id), body text not null check (length(body) < 100), n int default 0{parent});\n"
        f"alter table public.t{number} enable row level security;\n"
        f"create policy see on public.t{number} for select to authenticated using (user_id = (select auth.uid()));\n"
        f"create policy add on public.t{number} for insert to authenticated"
        " with check (user_id = (select auth.uid()));\n"
        f"grant select, insert on public.t{number} to authenticated;\n"
    )


def project(folder: Path, files: Sequence[str]) -> Path:
    """A project of these migrations."""
    migrations = folder / "supabase/migrations"
    migrations.mkdir(parents=True)
    for number, text in enumerate(files):
        (migrations / f"{number:05}_m.sql").write_text(text)
    return folder


def run(command: Sequence[str], folder: Path, cache: Path | None = None) -> Cost:
    """Run a program to its end, with all that it starts."""
    surroundings = os.environ | ({"XDG_CACHE_HOME": str(cache)} if cache else {})
    surroundings.pop("CI", None)  # where the audit remembers nothing
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever installs a package compiles it once
    began = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, child.returncode)


def install_peers(folder: Path) -> dict[str, Path | str]:
    """Each peer's program, or why it is not there."""
    venv.create(folder, with_pip=True)
    found: dict[str, Path | str] = {}
    for package in PEERS:
        done = subprocess.run(
            [folder / "bin/pip", "install", "-q", "--disable-pip-version-check", package],
            capture_output=True,
            text=True,
            check=False,
        )
        name = package.removesuffix("-cli")
        lines = done.stderr.strip().splitlines()
        found[name] = folder / "bin" / name if not done.returncode else f"not installed: {(lines or ['?'])[-1]}"
    return found


def commands(folder: Path, peers: dict[str, Path | str]) -> Iterator[tuple[str, Sequence[str]]]:
    """How each peer is called on a project's migrations."""
    files = sorted(map(str, (folder / "supabase/migrations").glob("*.sql")))
    for name, program in peers.items():
        if isinstance(program, Path):
            named = [word for file in files for word in ("--sql-file", file)]
            yield name, [str(program), "lint", *named] if name == "pgrls" else [str(program), *files]


def compare(title: str, folder: Path, peers: dict[str, Path | str], scratch: Path) -> None:
    """Measure everybody in turns, and print the best of each: what another program takes away is no merit."""
    costs: dict[str, list[Cost]] = {}
    gate = [sys.executable, "-m", "gate", "audit", "--root", str(folder)]
    for number in range(ROUNDS):
        cache = scratch / f"cache {title} {number}"
        costs.setdefault("gate, cold", []).append(run(gate, folder, cache))
        costs.setdefault("gate, warm", []).append(run(gate, folder, cache))
        for name, command in commands(folder, peers):
            costs.setdefault(name, []).append(run(command, folder))
    best = {
        name: min(found, key=lambda cost: cost.cpu)
        for name, found in costs.items()
        if all(one.code in {0, 1} for one in found) or name.startswith("gate")
    }
    print(f"\n{title}")
    for name, cost in best.items():
        ratios = "".join(
            f"  {cost.cpu / other.cpu:6.2f} of {peer}'s CPU"
            for peer, other in best.items()
            if name.startswith("gate") and not peer.startswith("gate")
        )
        print(f"  {name:<11} {cost.cpu:7.3f} s CPU {cost.wall:7.3f} s wall {cost.memory:5.0f} MB{ratios}")
    for name in costs.keys() - best.keys():
        print(f"  {name:<11} gives up (exit code {costs[name][0].code})")


def growth(title: str, make: Callable[[int], list[str]], scratch: Path) -> None:
    """Ten times as much should take ten times as long."""
    found = []
    for number in (1_000, 10_000):
        folder = project(scratch / f"growth {title} {number}", make(number))
        gate = [sys.executable, "-m", "gate", "audit", "--root", str(folder)]
        found.append(min((run(gate, folder, scratch / f"{folder.name} {n}") for n in range(2)), key=lambda c: c.cpu))
    small, large = found
    print(
        f"  {title:<42} {small.cpu:7.3f} s, ten times as many {large.cpu:7.3f} s CPU, {large.memory:5.0f} MB,"
        f" ratio {large.cpu / small.cpu:5.1f}"
    )


GROWTH: dict[str, Callable[[int], list[str]]] = {
    "tables with policies, one file": lambda n: ["".join(map(table, range(n // 5)))],
    "files": lambda n: [table(number) for number in range(n // 5)],
    "rows of one INSERT": lambda n: [
        table(0) + "insert into public.t0 (body) values\n" + ",\n".join(f"('row {m}')" for m in range(n)) + ";\n"
    ],
    "policies on one table": lambda n: [
        table(0) + "".join(f"create policy p{m} on public.t0 using (user_id = auth.uid());\n" for m in range(n))
    ],
    "views in a chain": lambda n: [
        table(0) + "".join(f"create view v{m} as select * from {f'v{m - 1}' if m else 't0'};\n" for m in range(n))
    ],
    "functions": lambda n: [
        "".join(f"create function f{m}() returns int language sql as 'select 1';\n" for m in range(n))
    ],
    "renames of one table": lambda n: [
        table(0) + "".join("alter table t0 rename to t1; alter table t1 rename to t0;\n" for _ in range(n // 2))
    ],
    "statements that do not parse": lambda n: [table(0) + "create tabel x;\n" * n],
    "deep parentheses": lambda n: [table(0) + "select " + "(" * n + "1" + ")" * n + ";\n"],
}


def main(projects: Sequence[str]) -> int:
    """Everything, one line per measurement."""
    scratch = Path(tempfile.mkdtemp(prefix="gate-bench-"))
    try:
        peers = install_peers(scratch / "peers")
        for name, program in peers.items():
            if isinstance(program, str):
                print(f"{name}: {program}")
        compare("500 migrations", project(scratch / "many", list(map(table, range(500)))), peers, scratch)
        whole = "".join(map(table, range(1_000)))
        compare("one file of 5,000 statements", project(scratch / "one", [whole]), peers, scratch)
        for number, path in enumerate(projects, 1):
            compare(f"project {number}", Path(path).resolve(), peers, scratch)
        print("\nTen times as much, cold")
        for title, make in GROWTH.items():
            growth(title, make, scratch)
    finally:
        shutil.rmtree(scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
