"""Runs ripgrep over a tree for literal words, and reads what it found, searched and could not read."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from gate.errors import Incomplete
from gate.scan.archives import PATTERNS as ARCHIVES
from gate.scan.exposure import NAMES
from gate.scan.signals import WORDS, Signals, pattern

LARGE = 8 << 20  # bytes; ripgrep keeps a whole line in memory, on each of its threads
AT_ONCE = 2000  # paths on one command line
READ = 1 << 18
PROBLEM = re.compile(r"rg: (?:\./)?(.*): ([^:]*) \(os error (\d+)\)")
GONE = "2"  # ENOENT: a file that went away while we looked cannot ship
NOTHING = "rg: No files were searched"
ALWAYS = ("--no-config", "--hidden", "--text", "--with-filename", "--null", "--no-line-number", "--stats")
OFFSETS = ("--only-matching", "--byte-offset")
RECORD = re.compile(rb"([^\0]+)\0(\d+):([^\n]*)\n")
MET = re.compile(rb"(\d+):([^\n]*)\n")
Closing = Callable[[Callable[[], object]], None]


@dataclass(frozen=True, slots=True)
class Found:
    """The files that hold a word and where, how many were searched, and (what, why) of all that was unreadable."""

    candidates: Mapping[Path, Signals]
    searched: int
    unreadable: frozenset[tuple[str, str]]
    remembered: int = 0


def search(root: Path, where: Sequence[str], options: Sequence[str], exclude: Sequence[str], closing: Closing) -> Found:
    """Search the paths `where` below the root, but for files that are large. `exclude` are globs from the root."""
    command = [program(), *ALWAYS, *OFFSETS, f"--max-filesize={LARGE}", *options]
    command += [part for glob in exclude for part in ("--glob", f"!{glob}")]
    command += _expressions((*WORDS, *NAMES), ARCHIVES)
    candidates: dict[bytes, Signals] = {}
    unreadable: set[tuple[str, str]] = set()
    searched = 0
    for start in range(0, len(where), AT_ONCE):
        with tempfile.TemporaryFile() as complaints:
            # In the root's folder, because ripgrep measures globs from where it stands.
            process = subprocess.Popen(
                [*command, "--", *where[start : start + AT_ONCE]],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
            )
            closing(process.kill)
            assert process.stdout
            with process.stdout as said:
                last = b""
                for name, offset, word in _records(cast("BinaryIO", said), RECORD):
                    if name:
                        candidates.setdefault(name, Signals()).add(int(offset), word)
                    else:
                        last = word
            if process.wait() not in {0, 1, 2}:
                raise Incomplete(f"ripgrep ended with {process.returncode}")
            searched += _searched(last.decode(errors="replace"))
            complaints.seek(0)
            unreadable |= _problems(complaints.read().decode(errors="replace"))
    return Found({root / os.fsdecode(name): met for name, met in candidates.items()}, searched, frozenset(unreadable))


def listed(
    root: Path, where: Sequence[str], options: Sequence[str], exclude: Sequence[str], closing: Closing
) -> tuple[set[bytes], set[tuple[str, str]]]:
    """The names of the files that a search would go through, large ones too, and (what, why) of what could not be listed."""
    command = [program(), "--no-config", "--hidden", "--files", "--null", *options]
    command += [part for glob in exclude for part in ("--glob", f"!{glob}")]
    names: set[bytes] = set()
    unreadable: set[tuple[str, str]] = set()
    for start in range(0, len(where), AT_ONCE):
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
        names.update(filter(None, out.split(b"\0")))
        unreadable |= _problems(err.decode(errors="replace"))
    return names, unreadable


def met(source: IO[bytes], literals: Sequence[str], closing: Closing) -> Iterator[tuple[int, bytes]]:
    """Where the words are in what comes through a pipe, and which, and the beginnings of archives."""
    command = [program(), "--no-config", "--text", "--no-filename", "--no-line-number", *OFFSETS]
    command += _expressions(literals, ARCHIVES)
    process = subprocess.Popen([*command, "-"], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    closing(process.kill)
    source.close()  # it is ripgrep's now
    assert process.stdout
    with process.stdout as said:
        for offset, word, *_ in _records(cast("BinaryIO", said), MET):
            if offset:
                yield int(offset), word
    if process.wait() not in {0, 1}:
        raise Incomplete(f"ripgrep ended with {process.returncode}")


def _expressions(literals: Sequence[str], expressions: Sequence[str]) -> list[str]:
    wanted = (*map(pattern, literals), *expressions)
    return [part for expression in wanted for part in ("--regexp", expression)]


def _records(said: BinaryIO, form: re.Pattern[bytes]) -> Iterator[tuple[bytes, ...]]:
    """The records of a stream, and at last, with empty names, what comes behind them."""
    rest = b""
    while piece := said.read(READ):
        rest += piece
        end = 0
        for record in form.finditer(rest):
            yield record.groups()
            end = record.end()
        rest = rest[end:]
    yield (*[b""] * (form.groups - 1), rest)


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
