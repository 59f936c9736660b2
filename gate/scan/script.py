"""Reads a JavaScript or TypeScript module as far as leaks need it: its imports, its parts, and which parts reach a key."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

ALL = "*"  # whoever imports the module at all
DEFAULT = "default"
QUIET = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.DOTALL
)  # no regular expressions and templates: what a mistake hides ends with its line
IMPORT = re.compile(
    r"""^[ \t;]*(import|export)\b(?![ \t]*\()[ \t]*(type\b(?!\s*,|\s+from\b))?((?:[\w$*, \t]|\{[^{}]{0,9000}\}){0,400}?)(["'])([^"'\n]{1,300})\4"""
    r"""|(?:\b(?:const|let|var)\s+(\w+|\{[^{}]{0,500}\})\s*=\s*(?:await\s+)?)?\b(?:require|import)\s*\(\s*(["'`])([^"'`\n]{1,300})\7\s*[,)]""",
    re.MULTILINE,
)
PART = re.compile(r"^(?=[A-Za-z_$@(])", re.MULTILINE)
DECLARED = re.compile(
    r"(export\s+)?(default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(function\b\*?|class\b|const\b|let\b|var\b|enum\b)?\s*([\w$]+|[{\[][^=]{0,1000}?[}\]])?"
)
LATER = re.compile(
    r"[^=]*(?::[^=]*)?=\s*(?:[\w$.]+\s*(?:<[^()\n]*>)?\(\s*)?(?:async\b\s*)?(?:function\b|(?:<[^()\n]*>)?\([^()]*(?:\([^()]*\)[^()]*)*\)\s*(?::[^=]*)?=>|[\w$]+\s*=>)"
)
EXPORTED = re.compile(r"^export\s*\{([^{}]*)\}\s*;?\s*(?!from)$", re.MULTILINE)
NAMED = re.compile(r"(type\s+)?([\w$]+)(?:\s+as\s+([\w$]+)|\s*:\s*([\w$]+))?")
TYPES = re.compile(r"(?:[:<|&]|\b(?:as|typeof|extends|implements|keyof|satisfies|type|is))\s*$")
SERVER = re.compile(r"""["']use server["']""")
WORD = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*")
GUARD = re.compile(r"""typeof\s+window\s*={2,3}\s*["']undefined["']|createServerFn\s*\(""")
# The settings of a whole program, checked in one place: not to be had in a browser, and whoever uses one of them names it.
SETTINGS = re.compile(r"\bcreateEnv\s*\(")


@dataclass(frozen=True, slots=True)
class Import:
    """One import: where from, what (local names by the name there), and where it is written. It may be an export as well."""

    source: str
    names: Mapping[str, str]  # the name there -> the name here; ALL for the whole module
    offset: int
    passed_on: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A statement of the module's outermost level: its names, whether others see them, and whether it runs later, when called."""

    start: int
    end: int
    names: frozenset[str]
    exported: bool
    default: bool
    later: bool


@dataclass(frozen=True, slots=True)
class Module:
    """A module as it was read. `code` is its text without comments and the insides of literals, letter for letter as long.

    `users` are the parts that use a name for more than a type.
    """

    text: str
    code: str
    imports: tuple[Import, ...]
    parts: tuple[Part, ...]
    users: Mapping[str, Sequence[Part]]

    def line(self, offset: int) -> int:
        """The line of an offset."""
        return self.text.count("\n", 0, offset) + 1

    def column(self, offset: int) -> int:
        """The column of an offset."""
        return offset - self.text.rfind("\n", 0, offset)

    def whole(self, parts: Iterable[Part]) -> tuple[Part, ...]:
        """Some parts with all those that they use."""
        used = list(dict.fromkeys(parts))
        known = set(used)
        uses: dict[Part, list[Part]] = {}
        for part in self.parts:
            for name in part.names:
                for user in self.users.get(name, ()):
                    uses.setdefault(user, []).append(part)
        for part in used:  # grows as it is gone through
            more = [other for other in uses.get(part, ()) if other not in known]
            known.update(more)
            used += dict.fromkeys(more)
        return tuple(used)


def read_module(text: str, *, component: bool = False) -> Module:
    """Read a module. What is no module gives one without imports. A component (Vue, Svelte) is one part, with its markup."""
    code = QUIET.sub(_blank, text)
    found = tuple(imports(text, code))
    parts = (Part(0, len(code), frozenset(), False, True, False),) if component else tuple(_parts(code))  # noqa: FBT003
    names = {name for part in parts for name in part.names} | {here for one in found for here in one.names.values()}
    users: dict[str, list[Part]] = {}
    for part in parts:
        for met in WORD.finditer(code, part.start, part.end):
            name = met.group()
            if name in names and not (users.get(name, [None])[-1] is part or _is_type(code, part, met)):
                users.setdefault(name, []).append(part)
    return Module(text, code, found, parts, users)


def _is_type(code: str, part: Part, met: re.Match[str]) -> bool:
    return met.group()[0].isupper() and TYPES.search(code, max(part.start, met.start() - 12), met.start()) is not None


def _blank(met: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", met.group())


def imports(text: str, code: str) -> Iterator[Import]:
    """Every import that lasts until the program runs: types are gone by then."""
    for met in IMPORT.finditer(text):
        if met.group(5) is not None:
            clause, _, behind = met.group(3).rpartition("from")
            if met.group(2) or code[met.start(1)] != met.group(1)[0] or behind.strip():
                continue
            if met.group(1) == "export" and not clause.strip():
                continue
            names = _clause(clause)
            if names or not clause.strip():
                names = names or {ALL: ""}
                yield Import(met.group(5), names, met.start(1), met.group(1) == "export")
        elif code[met.end(8) + 1 : met.end()].strip():  # else it stands in a comment
            bound = (met.group(6) or "").strip()
            names = _names(bound) if bound.startswith("{") else {ALL: bound}
            yield Import(met.group(8), names or {ALL: ""}, met.start(8))


def _clause(clause: str) -> dict[str, str]:
    names: dict[str, str] = {}
    braces = re.search(r"\{[^{}]*\}", clause)
    if braces:
        names |= _names(braces.group())
        clause = clause.replace(braces.group(), "")
    star = re.search(r"\*(?:\s*as\s+([\w$]+))?", clause)
    if star:
        names[ALL] = star.group(1) or ""
        clause = clause.replace(star.group(), "")
    alone = re.search(r"[\w$]+", clause)
    if alone:
        names[DEFAULT] = alone.group()
    return names


def _names(braces: str) -> dict[str, str]:
    found = {}
    for name in QUIET.sub("", braces).strip("{} \n\t").split(","):
        met = NAMED.match(name.strip())
        if met and not met.group(1):
            found[met.group(2)] = met.group(3) or met.group(4) or met.group(2)
    return found


def _parts(code: str) -> Iterator[Part]:
    starts = [met.start() for met in PART.finditer(code)]
    listed = {name for met in EXPORTED.finditer(code) for name in _names(f"{{{met.group(1)}}}")}
    for start, end in pairwise([*starts, len(code)]):
        head = code[start : min(end, start + 3000)]
        met = DECLARED.match(head)
        if not met or re.match(r"import\b|export\s*(?:\{|\*|type\b|interface\b)|type\b|interface\b", head):
            continue
        exported, default, kind, name = met.groups()
        if not (kind or default):
            yield Part(start, end, frozenset(), exported=False, default=False, later=False)
            continue
        names = frozenset(re.findall(r"[\w$]+", name or ""))
        later = bool((kind and kind.startswith(("function", "class"))) or LATER.match(head))
        if default and not kind:
            later = bool(re.match(r"export\s+default\s+(?:async\b\s*)?(?:\(|[\w$]+\s*=>)", head))
        yield Part(start, end, names, bool(exported or names & listed), bool(default), later)


def reached(
    module: Module, seeds: Iterable[int], names: Iterable[str], *, browser: bool
) -> tuple[frozenset[str], frozenset[Part]]:
    """(what of the module's exports reaches a key, the parts that do), from offsets that read one and local names that bring one.

    A part that runs when the module is loaded makes the whole module reach it. What only a server runs does not count in a `browser`.
    """
    tainted: set[Part] = set()
    fresh = [part for part in module.parts for offset in seeds if part.start <= offset < part.end]
    fresh += [part for name in names for part in module.users.get(name, ())]
    while fresh:
        part = fresh.pop()
        silent = _settings(module, part) or (browser and _kept_on_the_server(module, part))
        if part not in tainted and not silent:
            tainted.add(part)
            fresh += [user for name in part.names for user in module.users.get(name, ())]
    if any(not part.later for part in tainted):
        return frozenset({ALL}), frozenset(tainted)
    exports = {name for part in tainted if part.exported for name in part.names}
    return frozenset(exports | {DEFAULT for part in tainted if part.default}), frozenset(tainted)


def _kept_on_the_server(module: Module, part: Part) -> bool:
    body = module.text[part.start : part.end]
    return bool(SERVER.search(body) or GUARD.search(body))


def _settings(module: Module, part: Part) -> bool:
    # Almost no module has the word, and a search for it alone costs next to nothing.
    return "createEnv" in module.code and SETTINGS.search(module.code, part.start, part.end) is not None
