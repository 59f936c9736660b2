"""Where code for browsers begins: the modules that a framework ships, and those that it keeps on the server."""

import re
from collections.abc import Iterator, Mapping
from posixpath import basename, dirname, join
from typing import Any

from gate.scan.exposure import DIRECTIVE
from gate.scan.resolve import Files, read_json

SCRIPT = re.compile(r"<script\b[^>]*\bsrc\s*=\s*[\"']([^\"'?#]+)", re.IGNORECASE)
TEST = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|e2e|cypress|playwright|scripts)/|\.(?:test|spec|stories|d|config)\.\w+$"
)
# What only a server can load stops a build for browsers; whoever wrote it has not shipped it.
ONLY_SERVER = re.compile(
    r"""["'](?:server-only|next/headers|next/server|\$env/(?:static|dynamic)/private|\$app/server|node:\w[\w/]*|fs|fs/promises|child_process|net|tls|pg|postgres|express)["']"""
)
SERVER_FILE = re.compile(
    r"\.server\.\w+$|(?:^|/)(?:\.server|lib/server|server/(?:api|routes|middleware|utils|plugins))/|(?:^|/)\+(?:server|page\.server|layout\.server|hooks\.server)\.|\+api\.\w+$"
)
USE_SERVER = re.compile(r"\A\ufeff?(?:\s|//[^\n]*|/\*.*?\*/)*[\"']use server[\"']", re.DOTALL)
PAGES = re.compile(r"(?:^|/)(?:src/)?pages/(?!api/).*\.[jt]sx?$")
ROUTES = re.compile(r"(?:^|/)app/(?:routes/.*|root)\.[jt]sx?$")
# What the frameworks cut out of a page before they ship it, with whatever only that imports.
PAGE_ON_SERVER = frozenset({"getServerSideProps", "getStaticProps", "getStaticPaths", "getServerData"})
ROUTE_ON_SERVER = frozenset({"loader", "action", "headers", "middleware"})


def on_server(path: str, text: str) -> bool:
    """Whether a module cannot get into a browser, or is only called from there over the network."""
    return bool(SERVER_FILE.search(path) or USE_SERVER.match(text) or ONLY_SERVER.search(text))


def is_client(path: str, text: str) -> bool:
    """Whether a module says itself that it runs in the browser."""
    return path.endswith((".vue", ".svelte")) or DIRECTIVE.match(text) is not None


class Entries:
    """The modules with which the programs of a tree begin in the browser, and the names that are cut out of them."""

    def __init__(self, files: Files) -> None:
        self.cut: dict[str, frozenset[str]] = {}
        for folder, about in files.packages().values():
            uses = _dependencies(about)
            self._of_package(files, folder, about, uses)
        for path in files.paths:
            name = basename(path)
            if name == "index.html":
                self._of_page(files, path)
            elif name == "manifest.json":
                self._of_extension(files, path)
            elif name == "angular.json":
                for main in re.findall(r'"(?:main|browser)"\s*:\s*"([^"]+\.ts)"', files.read(path)):
                    self._add(files.file(join(dirname(path), main)))

    def _add(self, path: str | None, cut: frozenset[str] = frozenset()) -> None:
        if path and not TEST.search(path):
            self.cut.setdefault(path, cut)

    def _of_package(self, files: Files, folder: str, about: Mapping[str, Any], uses: frozenset[str]) -> None:
        inside = (
            [path for path in files.paths if path.startswith(f"{folder}/" if folder else "")]
            if uses & FRAMEWORKS
            else []
        )
        if "react-scripts" in uses:
            self._add(files.file(join(folder, "src/index")))
        if "expo" in uses:
            main = about.get("main")
            for name in ("App", "index", "src/App", main if isinstance(main, str) else ""):
                self._add(files.file(join(folder, name)) if name else None)
            if "expo-router" in uses:
                for path in inside:
                    if re.match(rf"{re.escape(folder)}/?(?:src/)?app/.*\.[jt]sx?$", path) and "+api" not in path:
                        self._add(path)
        if "next" in uses or "gatsby" in uses:
            for path in inside:
                if PAGES.search(path):
                    self._add(path, PAGE_ON_SERVER)
        if {"@remix-run/react", "@react-router/dev"} & uses:
            for path in inside:
                if ROUTES.search(path):
                    self._add(path, ROUTE_ON_SERVER)
        if "plasmo" in uses:
            for name in ("popup", "options", "background", "content", "sidepanel", "newtab"):
                self._add(files.file(join(folder, name)) or files.file(join(folder, "src", name)))

    def _of_page(self, files: Files, path: str) -> None:
        for source in SCRIPT.findall(files.read(path)):
            if "://" not in source and not source.startswith("//"):
                self._add(files.file(join(dirname(path), source.lstrip("/"))))

    def _of_extension(self, files: Files, path: str) -> None:
        about = read_json(files.read(path))
        if not isinstance(about, dict) or "manifest_version" not in about:
            return
        for name in _strings(about):
            place = join(dirname(path), name.lstrip("/"))
            if name.endswith(".html") and place in files.paths:
                self._of_page(files, place)
            elif name.endswith((".js", ".ts", ".tsx", ".mjs")):
                self._add(files.file(place))


FRAMEWORKS = frozenset({"expo-router", "next", "gatsby", "@remix-run/react", "@react-router/dev"})


def _dependencies(about: Mapping[str, Any]) -> frozenset[str]:
    parts = (about.get(key) for key in ("dependencies", "devDependencies"))
    return frozenset(name for part in parts if isinstance(part, dict) for name in part)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
