"""What the objects of a repository hold: keys, in archives too, and what could not be looked into."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from gate.scan.archives import Unpacked, kind_of
from gate.scan.kinds import Secret
from gate.scan.objects import Stored, contents
from gate.scan.packed import secrets_in
from gate.scan.reading import read_open
from gate.scan.ripgrep import Closing
from gate.scan.signals import Signals

LFS = b"version https://git-lfs"


class Key(NamedTuple):
    """A key that an object holds, in a file of its archive where `inner` names one."""

    item: Stored
    inner: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Judgement:
    """What objects hold: keys, pointers to large files, archives that could not be opened and why."""

    keys: list[Key] = field(default_factory=list)
    pointers: list[Stored] = field(default_factory=list)
    closed: list[tuple[Stored, str, str]] = field(default_factory=list)

    def unjudged(self, prefix: str, never: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        """(what, why) of what was seen and not looked into, below the folder `prefix` of the repository."""
        if self.pointers:
            yield f"{len(self.pointers)} LFS pointers", "what they point to is kept elsewhere"
        for item, inner, why in self.closed:
            shown = item.path.removeprefix(prefix)
            if item.path.startswith(prefix) and not never(shown):
                yield f"{shown}{inner} in the history", f"not opened: {why}"


def judged(root: Path, closing: Closing, found: Sequence[tuple[Stored, Signals]]) -> Judgement:
    """Look into objects that hold a word or begin an archive."""
    seen = Judgement()
    signals = {item.name: where for item, where in found}
    for item, file in contents(root, closing, [item for item, _ in found]):
        if file.read(len(LFS)) == LFS:
            seen.pointers.append(item)
        file.seek(0)
        if not kind_of(file):
            seen.keys.extend(Key(item, "", secret) for secret in read_open(file, signals[item.name]))
            continue
        with tempfile.TemporaryFile() as members:
            opened = Unpacked(cast("BinaryIO", members))
            opened.add_open(file, item.size, "")
            seen.closed.extend((item, name, why) for name, why in opened.closed)
            for member, secrets in secrets_in(opened, closing):
                seen.keys.extend(Key(item, member.name, secret) for secret in secrets)
    return seen
