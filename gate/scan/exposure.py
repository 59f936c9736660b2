"""Finds code that would ship a privileged key to browsers whatever its value is: by the names of its variables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from gate.scan.secrets import CLIENT_PREFIX

NAMES = (
    "SERVICE_ROLE",
    "SUPABASE_SERVICE_KEY",
    "SUPABASE_SECRET",
    "SUPABASE_ADMIN_KEY",
    "REPLICATE_API_",
    "erviceRole",
)
LARGEST = 1 << 20  # bytes; what people write by hand is smaller
CODE = frozenset({".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".astro"})
SETTINGS = frozenset({".json", ".toml", ".yml", ".yaml", ".sh"})
PRIVILEGED = r"(?:\w{0,40}SERVICE_ROLE(?:_\w{0,20})?|\w{0,40}SUPABASE_(?:SERVICE|SECRET|ADMIN)_KEY|\w{0,40}REPLICATE_API_(?:TOKEN|KEY))\b"
CLIENT = re.compile(
    rf"(?:^[ \t]*(?:export[ ]|ENV[ ]|ARG[ ]|-[ ])?[\"']?|env(?:\.|\[[\"']))({CLIENT_PREFIX}_{PRIVILEGED})(?=[ \t]*[=:]|[\W])",
    re.MULTILINE,
)
READ = re.compile(
    rf"\benv(?:\.|\?\.|\[[\"']|\.get\([\"'])({PRIVILEGED})"
    rf"|(?:const|let|var)\s*\{{[^{{}}]{{0,300}}?\b({PRIVILEGED})[^{{}}]{{0,300}}\}}\s*=\s*(?:process|import\.meta)\.env\b"
)
DIRECTIVE = re.compile(r"\A\ufeff?(?:\s|//[^\n]*|/\*.*?\*/)*[\"']use client[\"']", re.DOTALL)
COMMENT = re.compile(r"^[ \t]*(?://|#|\*|/\*|<!--)")
_NEXT, _VITE, _WEBPACK, _EXPO, _NUXT = (
    re.compile(start)
    for start in (
        r"\benv\s*:\s*\{",
        r"\bdefine\s*:\s*\{",
        r"\bDefinePlugin\s*\(\s*\{",
        r"[\"']?\bextra[\"']?\s*:\s*\{",
        r"\bpublic\s*:\s*\{",
    )
)
# Which blocks of which file are written into the bundle.
INLINED = (
    (re.compile(r"next\.config\.\w+"), (_NEXT, _WEBPACK)),
    (re.compile(r"(?:vite|vitest|electron\.vite|astro|svelte)\.config\.\w+"), (_VITE,)),
    (re.compile(r"(?:webpack[\w.-]*|vue\.config|craco\.config)\.\w+"), (_WEBPACK,)),
    (re.compile(r"app\.(?:config\.\w+|json)"), (_EXPO,)),
    (re.compile(r"nuxt\.config\.\w+"), (_NUXT, _VITE)),
)
ANGULAR = re.compile(r"environment(?:\.\w+)*\.ts")
NAMED = re.compile(rf"\b(?:{PRIVILEGED}|\w{{0,30}}[sS]ervice_?[rR]ole\w{{0,20}})")


class Way(StrEnum):
    """How a name would reach the browser."""

    VARIABLE = "a variable with a client's prefix"
    MODULE = "a module that runs in the browser"
    CONFIG = "a framework's configuration"
    HANDLER = "a function of the server that asks nobody who calls"
    IMPORT = "a module that runs in the browser and imports one that reads the key"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A name of a privileged key where browsers can see it; `chain` are the modules from there to where it is read."""

    way: Way
    name: str
    line: int
    column: int
    chain: tuple[str, ...] = ()


def exposures(path: str, text: str) -> Iterator[Exposure]:
    """What a file gives away by names. Server code that reads the key is as it should be."""
    file = PurePosixPath(path)
    code = file.suffix in CODE
    if not (code or file.suffix in SETTINGS or file.name.startswith((".env", "Dockerfile"))):
        return
    for met in CLIENT.finditer(text):
        yield from _at(text, met.start(1), met.group(1), Way.VARIABLE)
    if code and DIRECTIVE.match(text):
        for name, offset in read_keys(text):
            yield from _at(text, offset, name, Way.MODULE)
    if ANGULAR.fullmatch(file.name):
        blocks = [(0, len(text))]
    else:
        blocks = [block for files, starts in INLINED if files.fullmatch(file.name) for block in _blocks(text, starts)]
    for start, end in blocks:
        lines = set()
        for met in NAMED.finditer(text, start, end):
            line = text.count("\n", 0, met.start())
            if line not in lines:  # the name and what it is read from are one
                lines.add(line)
                yield from _at(text, met.start(), met.group(), Way.CONFIG)


def read_keys(text: str) -> Iterator[tuple[str, int]]:
    """(name, offset) of each privileged key that code reads from its surroundings, but for those that every browser has."""
    for met in READ.finditer(text):
        name = met.group(1) or met.group(2)
        if not re.match(CLIENT_PREFIX, name):
            start = text.rfind("\n", 0, met.start()) + 1
            if not COMMENT.match(text[start : met.start()]):
                yield name, met.start(met.lastindex or 0)


def _at(text: str, offset: int, name: str, way: Way) -> Iterator[Exposure]:
    start = text.rfind("\n", 0, offset) + 1
    if not COMMENT.match(text[start:offset]):
        yield Exposure(way, name, text.count("\n", 0, offset) + 1, offset - start + 1)


def _blocks(text: str, starts: tuple[re.Pattern[str], ...]) -> Iterator[tuple[int, int]]:
    """From each opening brace to the one that closes it."""
    for start in starts:
        end = 0
        for met in start.finditer(text):
            if met.end() <= end:
                continue  # inside the one before
            depth, end = 1, met.end()
            while end < len(text) and depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            yield met.end(), end
