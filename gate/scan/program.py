"""The modules of a tree: who imports whom, and which of them reach a privileged key."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gate.scan.browser import TEST
from gate.scan.exposure import CODE, LARGEST
from gate.scan.resolve import Files
from gate.scan.script import ALL, Import, Module, reached, read_module

COMPONENTS = (".vue", ".svelte", ".astro")
SOURCE = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["'`]([^"'`\n]{1,300})["'`]""")


class Tree:
    """The code of a tree, read when it is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @lru_cache(64)  # noqa: B019 - it lives as long as a scan
    def read(self, path: str) -> str:
        """A file's text; nothing of one that is too large for a person to have written, or that is gone."""
        file = self.root / path
        try:
            return file.read_text(encoding="utf-8", errors="replace") if file.stat().st_size <= LARGEST else ""
        except OSError:
            return ""  # who searched the tree has said so


@dataclass(frozen=True, slots=True)
class Reach:
    """A module that reaches a key: through which of its exports, where, and by what: offsets or the names of imports.

    `chain` are the modules from it to the place that reads the key.
    """

    path: str
    exports: frozenset[str]
    offset: int
    seeds: tuple[int, ...]
    names: tuple[str, ...]
    chain: tuple[str, ...]
    name: str


class Program:
    """The modules of a tree, each read at most once, and who imports whom."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._modules: dict[str, Module] = {}
        self._importers: dict[str, list[str]] | None = None

    def module(self, path: str) -> Module:
        """A module."""
        if path not in self._modules:
            self._modules[path] = read_module(self.files.read(path), component=path.endswith(COMPONENTS))
        return self._modules[path]

    def importers(self, path: str) -> Sequence[str]:
        """The files that name a module in an import, for whatever it is."""
        if self._importers is None:
            self._importers = {}
            for file in sorted(self.files.paths):
                if file.endswith(tuple(CODE)) and not TEST.search(file):
                    for source in dict.fromkeys(SOURCE.findall(self.files.read(file))):
                        target = self.files.resolve(file, source)
                        if target and target != file:
                            self._importers.setdefault(target, []).append(file)
        return self._importers.get(path, ())

    def reaching(
        self, readers: Mapping[str, Sequence[tuple[str, int]]], stop: Callable[[str, str], bool], *, browser: bool
    ) -> Iterator[Reach]:
        """Each module that reaches a key, nearest first, as far as nothing stops it."""
        waiting = deque[Reach]()
        for path, reads in readers.items():
            if TEST.search(path) or stop(path, self.files.read(path)):
                continue
            module = self.module(path)
            for name, offset in reads:
                exports, parts = reached(module, [offset], (), browser=browser)
                if parts:
                    place = (f"{path}:{module.line(offset)}",)
                    waiting.append(Reach(path, exports, offset, (offset,), (), place, name))
        seen = {(reach.path, reach.chain[-1], export) for reach in waiting for export in reach.exports}
        while waiting:
            reach = waiting.popleft()
            yield reach
            for importer in self.importers(reach.path):
                if stop(importer, self.files.read(importer)):
                    continue
                found = self._through(reach, importer, browser=browser)
                if found:
                    fresh = {(importer, reach.chain[-1], export) for export in found.exports or {""}}
                    if not fresh <= seen:
                        seen |= fresh
                        waiting.append(found)

    def _through(self, reach: Reach, importer: str, *, browser: bool) -> Reach | None:
        """What of an importer reaches the key through a module that does."""
        module = self.module(importer)
        exports: set[str] = set()
        names: list[str] = []
        offsets: list[int] = []
        for one in module.imports:
            if self.files.resolve(importer, one.source) != reach.path:
                continue
            brought = _brought(one, reach.exports, module)
            here, parts = reached(module, (), brought.values(), browser=browser)
            if one.passed_on and brought:
                exports |= reach.exports if ALL in brought else {*brought.values()}
            elif parts or "" in brought.values():
                exports |= here | (reach.exports & {ALL})
            else:
                continue
            names += filter(None, brought.values())
            offsets.append(one.offset)
        if not offsets:
            return None
        chain = (importer, *reach.chain)
        return Reach(importer, frozenset(exports), offsets[0], (), tuple(names), chain, reach.name)


def _brought(one: Import, exports: frozenset[str], module: Module) -> dict[str, str]:
    """The names by which an import brings what reaches the key."""
    if ALL in exports:
        return dict(one.names)
    found = {name: here for name, here in one.names.items() if name in exports}
    if ALL in one.names:
        whole = one.names[ALL]
        if not whole or any(
            re.search(rf"\b{re.escape(whole)}\s*\??\.\s*{re.escape(n)}\b", module.code) for n in exports
        ):
            found[ALL] = whole
    return found
