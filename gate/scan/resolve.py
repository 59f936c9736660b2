"""From what an import says to the file that is meant: relative paths, aliases of tsconfig, packages of the workspace."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from typing import Any

ENDINGS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte")
TYPED = {".js": (".ts", ".tsx", ".jsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
USUAL = {"@/": ("src/", "", "app/"), "~/": ("src/", "", "app/"), "$lib/": ("src/lib/",)}  # where no configuration says
COMMENTS = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
TRAILING = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')
HOPS = 5  # of `extends`


def read_json(text: str) -> Any:  # noqa: ANN401 - anybody's JSON
    """JSON, with comments and commas at the end as editors allow them; None for anything else."""
    plain = TRAILING.sub(r"\1", COMMENTS.sub(r"\1", text.lstrip("\ufeff")))
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        return None


@dataclass(slots=True)
class Files:
    """The files of a tree by their paths from its root, and how to read one."""

    paths: AbstractSet[str]
    read: Callable[[str], str]
    _aliases: dict[str, Sequence[tuple[str, Sequence[str]]]] = field(default_factory=dict)
    _packages: dict[str, tuple[str, Mapping[str, Any]]] | None = None

    def resolve(self, importer: str, source: str) -> str | None:
        """The file that an import means, None for one of somebody else."""
        source = source.partition("?")[0]
        folder = dirname(importer)
        if source.startswith("."):
            return self.file(join(folder, source))
        for prefix, targets in self._paths_for(folder):
            if prefix.endswith("*") and source.startswith(prefix[:-1]):
                found = self._first(target.replace("*", source[len(prefix) - 1 :]) for target in targets)
            else:
                found = self._first(targets) if source == prefix else None
            if found:
                return found
        for prefix, places in USUAL.items():
            if source.startswith(prefix):
                return self._first(
                    join(above, place, source[len(prefix) :]) for above in _above(folder) for place in places
                )
        return self._of_a_package(source)

    def file(self, path: str) -> str | None:
        """A path with the ending that it lacks, or the index of its folder."""
        path = normpath(path)
        if path in self.paths:
            return path
        stem, dot, ending = path.rpartition(".")
        for other in TYPED.get(dot + ending, ()):
            if stem + other in self.paths:
                return stem + other
        for ending in (*ENDINGS, *(f"/index{ending}" for ending in ENDINGS)):
            if path + ending in self.paths:
                return path + ending
        return None

    def _first(self, places: Iterator[str] | Sequence[str]) -> str | None:
        return next((found for found in map(self.file, places) if found), None)

    def _paths_for(self, folder: str) -> Sequence[tuple[str, Sequence[str]]]:
        """The aliases that hold in a folder: those of the nearest configuration."""
        if folder not in self._aliases:
            self._aliases[folder] = ()
            for name in ("tsconfig.json", "jsconfig.json", "tsconfig.app.json", "tsconfig.base.json"):
                path = join(folder, name)
                if path in self.paths:
                    self._aliases[folder] = tuple(self._configured(path, HOPS))
                    if self._aliases[folder]:
                        break
            if not self._aliases[folder] and folder:
                self._aliases[folder] = self._paths_for(dirname(folder))
        return self._aliases[folder]

    def _configured(self, path: str, hops: int) -> Iterator[tuple[str, Sequence[str]]]:
        settings = read_json(self.read(path))
        if not isinstance(settings, dict):
            return
        options = settings.get("compilerOptions")
        options = options if isinstance(options, dict) else {}
        base = options.get("baseUrl")
        root = join(dirname(path), base) if isinstance(base, str) else dirname(path)
        paths = options.get("paths")
        if isinstance(paths, dict):
            for prefix, targets in sorted(paths.items(), key=lambda item: -len(item[0])):
                if isinstance(targets, list):
                    yield prefix, [join(root, target) for target in targets if isinstance(target, str)]
        if isinstance(base, str):
            yield "*", [join(root, "*")]
        above = settings.get("extends")
        if not paths and isinstance(above, str) and above.startswith(".") and hops:
            whole = normpath(join(dirname(path), above))
            yield from (
                self._configured(whole if whole in self.paths else f"{whole}.json", hops - 1)
                if (whole in self.paths or f"{whole}.json" in self.paths)
                else ()
            )

    def packages(self) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        """The packages of the tree by their names: each with its folder and its package.json."""
        if self._packages is None:
            self._packages = {}
            for path in sorted(self.paths):
                if path == "package.json" or path.endswith("/package.json"):
                    about = read_json(self.read(path))
                    if isinstance(about, dict):
                        name = about.get("name")
                        self._packages[name if isinstance(name, str) else f"/{path}"] = (dirname(path), about)
        return self._packages

    def _of_a_package(self, source: str) -> str | None:
        words = source.split("/")
        name = "/".join(words[: 2 if source.startswith("@") else 1])
        if name not in self.packages():
            return None
        folder, about = self.packages()[name]
        inner = source[len(name) :].strip("/")
        wanted = [*_targets(about.get("exports"), f"./{inner}" if inner else ".")]
        if inner:
            wanted += [inner, f"src/{inner}"]
        else:
            wanted += [place for key in ("source", "module", "main") if isinstance(place := about.get(key), str)]
            wanted += ["src/index", "index"]
        return self._first(join(folder, place) for place in wanted)


def _targets(exports: object, wanted: str) -> Iterator[str]:
    """Where `exports` of a package.json leads for a subpath."""
    if isinstance(exports, str) and wanted == ".":
        yield exports
    if not isinstance(exports, dict):
        return
    if not any(str(key).startswith(".") for key in exports):
        exports = {".": exports}
    for key, value in exports.items():
        before, star, behind = str(key).partition("*")
        if key == wanted:
            yield from _leaves(value, "")
        elif star and wanted.startswith(before) and wanted.endswith(behind):
            yield from _leaves(value, wanted[len(before) : len(wanted) - len(behind)])


def _leaves(value: object, star: str) -> Iterator[str]:
    if isinstance(value, str):
        yield value.replace("*", star)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner, star)


def _above(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = dirname(folder)
    yield ""
