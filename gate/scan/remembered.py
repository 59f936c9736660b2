"""What an earlier scan of a repository found nothing in, by the names that git gives to contents: names, and nothing else.

A name is a digest of the content, so what is remembered of it holds wherever and whenever it is met again, for the same scanner.
"""

import hashlib
import json
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from gate.git import ask
from gate.scan.ripgrep import program
from gate.store import Store, cache_folder, code_in

FORMAT = "1"  # of what is written here
LARGEST = 128 << 20  # bytes; three million objects


@dataclass(frozen=True, slots=True)
class Clean:
    """Objects without a key, by their names as bytes.

    `silent` blobs have not even a name that could matter in a file of theirs; `quiet` objects have one, or are no blobs; `trees`
    are lists of names, which hold nothing.
    """

    silent: frozenset[bytes] = frozenset()
    quiet: frozenset[bytes] = frozenset()
    trees: frozenset[bytes] = frozenset()

    def among(self, names: Collection[bytes]) -> "Clean":
        """Those of them that still exist."""
        return Clean(*(kind.intersection(names) for kind in (self.silent, self.quiet, self.trees)))

    def and_more(self, silent: Iterable[bytes], quiet: Iterable[bytes], trees: Iterable[bytes]) -> "Clean":
        """With others, whose names are those that git writes."""
        more = (map(named, kind) for kind in (silent, quiet, trees))
        return Clean(*(old.union(new) for old, new in zip((self.silent, self.quiet, self.trees), more, strict=True)))


UNKNOWN = Clean()


def named(name: bytes) -> bytes:
    """The name of an object as bytes, from what git writes."""
    return bytes.fromhex(name.decode())


@dataclass(frozen=True, slots=True)
class Memory:
    """Where a repository's clean objects are kept."""

    store: Store
    key: str

    def recall(self) -> Clean:
        """What is known; nothing where that cannot be read."""
        content = self.store.read(self.key)
        head, _, names = (content or b"").partition(b"\n")
        try:
            size, *counts = json.loads(head)
            listed = [names[start : start + size] for start in range(0, len(names), size)]
            silent, quiet, trees = counts
        except (ValueError, TypeError):
            return Clean()
        return Clean(
            frozenset(listed[:silent]),
            frozenset(listed[silent : silent + quiet]),
            frozenset(listed[silent + quiet : silent + quiet + trees]),
        )

    def keep(self, clean: Clean) -> None:
        """Keep what is clean for the next run."""
        kinds = (clean.silent, clean.quiet, clean.trees)
        size = len(next((name for names in kinds for name in names), b"")) or 1
        head = json.dumps([size, *map(len, kinds)]).encode()
        self.store.write(self.key, head + b"\n" + b"".join(name for names in kinds for name in names))


def memory(root: Path) -> Memory | None:
    """What is known of the repository that the root lies in; None where nothing is kept."""
    folder = cache_folder(root, "scan")
    if folder is None:
        return None
    place = ask(root, "rev-parse", "--absolute-git-dir")
    engine = Path(program()).stat()
    parts = (FORMAT, sys.version, f"{engine.st_size} {engine.st_mtime_ns}", *code_in((Path(__file__).parent,)))
    digest = hashlib.sha256("\0".join(parts).encode(errors="surrogateescape") + b"\0" + place)
    return Memory(Store(folder, LARGEST), digest.hexdigest())
