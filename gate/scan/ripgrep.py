"""Runs ripgrep over a tree for literal words, and reads what it found, searched and could not read."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.errors import Incomplete
from gate.scan.archives import PATTERNS as ARCHIVES
from gate.scan.signals import pattern

CLOSE = 1000  # bytes
AT_ONCE = 2000  # paths on one command line
PROBLEM = re.compile(r"rg: (?:\./)?(.*): ([^:]*) \(os error (\d+)\)")
GONE = "2"  # ENOENT: a file that went away while we looked cannot ship
NOTHING = "rg: No files were searched"
ALWAYS = ("--no-config", "--hidden", "--text", "--with-filename", "--null", "--no-line-number", "--stats")
OFFSETS = ("--only-matching", "--byte-offset")
RECORD = re.compile(rb"([^\0]+)\0(\d+):[^\n]*\n")


@dataclass(frozen=True, slots=True)
class Found:
    """The files that hold a word and where in them, how many were searched, and (what, why) of all that was unreadable."""

    candidates: Mapping[Path, tuple[int, ...]]
    searched: int
    unreadable: frozenset[tuple[str, str]]

    @property
    def signals(self) -> list[int]:
        """The offsets of the only file that was searched."""
        return [offset for offsets in self.candidates.values() for offset in offsets]


def search(
    root: Path,
    where: Sequence[str],
    options: Sequence[str],
    exclude: Sequence[str],
    literals: Sequence[str],
    closing: Callable[[Callable[[], object]], None],
) -> Found:
    """Search the paths `where` below the root. `exclude` are globs from the root."""
    command = [program(), *ALWAYS, *OFFSETS, *options]
    command += [part for glob in exclude for part in ("--glob", f"!{glob}")]
    command += [part for literal in literals for part in ("--regexp", pattern(literal))]
    command += [part for expression in ARCHIVES for part in ("--regexp", expression)]
    candidates: dict[Path, tuple[int, ...]] = {}
    unreadable: set[tuple[str, str]] = set()
    searched = 0
    for start in range(0, len(where), AT_ONCE):
        # In the root's folder, because ripgrep measures globs from where it stands.
        process = subprocess.Popen(
            [*command, "--", *where[start : start + AT_ONCE]],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        closing(process.kill)
        out, err = process.communicate()
        if process.returncode not in {0, 1, 2}:
            raise Incomplete(f"ripgrep ended with {process.returncode}")
        candidates |= {root / os.fsdecode(name): offsets for name, offsets in _offsets(out).items()}
        searched += _searched(out[-1000:].decode(errors="replace"))
        unreadable |= _problems(err.decode(errors="replace"))
    return Found(candidates, searched, frozenset(unreadable))


def offsets(
    source: "subprocess.Popen[bytes]", literals: Sequence[str], closing: Callable[[Callable[[], object]], None]
) -> Iterator[int]:
    """Where the words are in what a program writes."""
    command = [program(), "--no-config", "--text", "--no-filename", "--no-line-number", *OFFSETS]
    command += [part for literal in literals for part in ("--regexp", pattern(literal))]
    process = subprocess.Popen([*command, "-"], stdin=source.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    closing(process.kill)
    assert source.stdout
    source.stdout.close()  # it is ripgrep's now
    assert process.stdout
    with process.stdout as lines:
        yield from (int(line.partition(b":")[0]) for line in lines)
    if process.wait() not in {0, 1}:
        raise Incomplete(f"ripgrep ended with {process.returncode}")


def _offsets(said: bytes) -> dict[bytes, tuple[int, ...]]:
    """The offsets of each file's signals; those that stand close together are one."""
    found: dict[bytes, list[int]] = {}
    for name, digits in RECORD.findall(said):
        offsets = found.setdefault(name, [])
        offset = int(digits)
        if not offsets or offset - offsets[-1] > CLOSE:
            offsets.append(offset)
    return {name: tuple(offsets) for name, offsets in found.items()}


def program() -> str:
    """The program of the ripgrep wheel, else one on the path."""
    beside = Path(sysconfig.get_path("scripts")) / ("rg.exe" if sys.platform == "win32" else "rg")
    found = str(beside) if beside.is_file() else shutil.which("rg")
    if not found:
        raise Incomplete("ripgrep is missing: pip install ripgrep==14.1.0")
    return found


def _searched(statistics: str) -> int:
    counts = (line.split()[0] for line in statistics.splitlines() if line.endswith("files searched"))
    return next((int(count.replace(",", "")) for count in counts), 0)


def _problems(said: str) -> set[tuple[str, str]]:
    problems = set()
    for line in filter(None, said.splitlines()):
        found = PROBLEM.fullmatch(line)
        if line.startswith(NOTHING) or (found and found.group(3) == GONE):
            continue
        if not found and not line.startswith("rg: "):
            continue  # the rest of a message that has several lines
        problems.add((found.group(1), found.group(2)) if found else ("ripgrep", line.removeprefix("rg: ")))
    return problems
