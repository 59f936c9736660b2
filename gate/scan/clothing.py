"""Takes the clothing off a text: what is encoded, escaped or in pieces is given once more as it would be read."""

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gate.scan.signals import BASE64, ESCAPED, HEX, LETTERS, ROLE, WIDE
from gate.scan.tokens import TOKEN

REACH = 8192  # characters on either side of a signal that are looked at: more than the longest key in any clothing


@dataclass(frozen=True, slots=True)
class Undressed:
    """A part of a text without one layer of clothing. It starts at `start` and ends at `end` of what it was."""

    start: int
    end: int
    dress: str
    text: str


def undressed(text: str) -> Iterator[Undressed]:
    """Every part of the text that may hide a key, without its outermost layer."""
    for way in (_joined, _unescaped, _from_base64, _from_hex, _narrowed):
        yield from way(text)


def _any(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, as a tree of their letters: Python tries an alternation branch by branch."""
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return re.compile(_branches(tree))


def _branches(tree: dict[str, Any]) -> str:
    found = [re.escape(letter) + _branches(rest) for letter, rest in tree.items() if letter]
    if not found:
        return ""
    joined = found[0] if len(found) == 1 and "" not in tree else f"(?:{'|'.join(found)})"
    return joined + ("?" if "" in tree else "")


def _around(text: str, signal: re.Pattern[str], run: re.Pattern[str]) -> Iterator[tuple[int, int, int]]:
    """(signal, start, end) of each run of characters of one kind around a signal."""
    done = 0
    for met in signal.finditer(text):
        if met.start() < done:
            continue
        before = run.match(text[max(0, met.start() - REACH) : met.start()][::-1])
        behind = run.match(text, met.start(), met.start() + REACH)
        done = max(behind.end() if behind else 0, met.end())
        yield met.start(), met.start() - (before.end() if before else 0), done


# -- pieces --------------------------------------------------------------------------------------------------------

_QUOTE = r"\\{0,4}[\"'`]"
_FOLD = r"[ \t]{0,80}(?:=|\\)?\r?\n[ \t]{0,80}(?:(?:\#|//|--|[*>|])[ \t]{0,8})?"
_SPACE = rf"(?:[ \t]|{_FOLD}){{0,4}}"
_NAMED = r"(?:(?:const|let|var|final|static|export|private|public|val)[ ]){0,3}\$?[A-Za-z_]\w{0,60}[ ]{0,2}(?::[ ]?\w{1,20}[ ]?)?(?::=|=|:)"
SEAM = re.compile(
    rf"(?:\\[nr]){{0,2}}{_QUOTE}{_SPACE}(?:[+.,&|~]{{1,2}}{_SPACE}|[;,]?{_SPACE}{_NAMED}{_SPACE})?{_QUOTE}"
    rf"|\\{{1,2}}[nr](?:{_QUOTE},?{_SPACE}{_QUOTE})?"
    rf"|{_FOLD}(?:[A-Z][A-Z0-9_]{{1,60}}=)?"
)
_LETTER = r"[A-Za-z0-9_.=-]"
# Possessive, and only from the first letter of a run: text without a seam must not be tried from every letter.
CHAIN = re.compile(rf"(?<!{_LETTER}){_LETTER}{{1,4000}}+(?:(?:{SEAM.pattern}){_LETTER}{{1,4000}}+){{1,2000}}")
BEGUN_CHAIN = re.compile(CHAIN.pattern.removeprefix(f"(?<!{_LETTER})"))
_END = r"(?=\\{0,4}[\"'`]|\\{1,2}[nr]|[ \t]{0,8}[=\\]?\r?\n)"
_ALONE = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
BEGUN = re.compile(
    rf"(?<![A-Za-z0-9_-][A-Za-z0-9_-])eyJ[A-Za-z0-9_.-]{{0,400}}+{_END}|{_ALONE}(?:sb_[A-Za-z0-9_-]{{0,40}}{_END}|r8_[A-Za-z0-9]{{0,40}}{_END}"
    rf"|sbp_[a-z0-9_]{{0,44}}{_END}|whsec_[A-Za-z0-9+/]{{0,60}}{_END})"
)
INSIDE = _any((*ROLE, *LETTERS))


def _joined(text: str) -> Iterator[Undressed]:
    """Literals that are added, listed, folded or kept in variables one after the other, put together."""
    done = 0
    for met in BEGUN.finditer(text):
        if met.start() >= done and not TOKEN.match(met.group()):
            chain = BEGUN_CHAIN.match(text, met.start(), met.start() + REACH)
            if chain:
                done = chain.end()
                yield from _glued(chain)
    done = 0
    for met in INSIDE.finditer(text):
        if met.start() >= done and not _complete(text, met):
            done = met.start() + REACH // 2  # what a chain may reach; the next search begins behind it
            for chain in CHAIN.finditer(text, max(0, met.start() - REACH // 4), met.start() + REACH):
                yield from _glued(chain)


def _complete(text: str, met: re.Match[str]) -> bool:
    """Whether the word stands in a token that is whole as it is."""
    start = max(0, met.start() - REACH // 4)
    return any(
        token.start() <= met.start() - start < token.end()
        for token in TOKEN.finditer(text[start : met.start() + REACH // 4])
    )


def _glued(chain: re.Match[str]) -> Iterator[Undressed]:
    for glue in ("", "."):
        yield Undressed(chain.start(), chain.end(), "in pieces", SEAM.sub(glue, chain.group()))


# -- escapes -------------------------------------------------------------------------------------------------------

ESCAPE = re.compile(
    r"\\{1,8}(?:x|u00|U000000|u\{)([0-7][0-9A-Fa-f])\}?|%(?:25)?([2-7][0-9A-Fa-f])|&(?:amp;)?(\#\w{2,5}|lowbar|UnderBar|period|hyphen);"
)
_LETTERS = re.compile(r"[A-Za-z0-9_.+/=:@-]*")
_RUN = re.compile(rf"(?:[A-Za-z0-9_.+/=:@-]|{re.sub(r'[(](?![?])', '(?:', ESCAPE.pattern)})+")


def _unescaped(text: str) -> Iterator[Undressed]:
    r"""`\x65`, `\u0065`, `%65`, `&#101;` as the letters that they stand for."""
    done = 0
    for met in ESCAPE.finditer(text):
        if met.start() < done:
            continue
        before = _LETTERS.match(text[max(done, met.start() - REACH) : met.start()][::-1])
        run = _RUN.match(text, met.start(), met.start() + REACH)
        start = met.start() - (before.end() if before else 0)
        done = run.end() if run else met.end()
        plain = ESCAPE.sub(_letter, text[start:done])
        if TELLING.search(plain):
            yield Undressed(start, done, "escaped", plain)


def _letter(met: re.Match[str]) -> str:
    number = met.group(1) or met.group(2)
    return chr(int(number, 16)) if number else html.unescape(f"&{met.group(3)};")


# -- encodings -----------------------------------------------------------------------------------------------------

_BASE64_SIGNAL = _any(BASE64)
_BASE64_RUN = re.compile(r"(?:[A-Za-z0-9+/_=-]|(?:\\{1,2}r)?\\{1,2}n|n\\{1,2}|\r?\n[ \t]{0,40}|[ \t]{0,40}\n)+")
_FOLDS = re.compile(r"\\+[nr]|\s")
_HEX_SIGNAL = _any(HEX)
_HEX_RUN = re.compile(r"[0-9A-Fa-f]+")
_WIDE_SIGNAL = _any(WIDE)


def _from_base64(text: str) -> Iterator[Undressed]:
    for signal, start, end in _around(text, _BASE64_SIGNAL, _BASE64_RUN):
        run = _FOLDS.sub("", text[start:end]).replace("-", "+").replace("_", "/")
        for part in run.split("="):
            for shift in range(4):  # the run may have been cut, or begin with letters of something else
                whole = part[shift : shift + (len(part) - shift) // 4 * 4]
                rest = part[shift + len(whole) :]
                plain = _decoded(base64.b64decode, whole + (rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""))
                if TELLING.search(plain):
                    yield Undressed(signal, end, "in base64", plain)


def _from_hex(text: str) -> Iterator[Undressed]:
    for signal, _, end in _around(text, _HEX_SIGNAL, _HEX_RUN):
        before = _HEX_RUN.match(text[max(0, signal - REACH) : signal][::-1])
        lead = len(before.group()) // 2 * 2 if before else 0
        run = text[signal - lead : end]
        plain = _decoded(bytes.fromhex, run[: len(run) // 2 * 2])
        if TELLING.search(plain):
            yield Undressed(signal, end, "in hex", plain)


def _narrowed(text: str) -> Iterator[Undressed]:
    """UTF-16 and UTF-32 without their mark."""
    if "\0" not in text:
        return
    done = 0
    for met in _WIDE_SIGNAL.finditer(text):
        if met.start() >= done:
            done = met.start() + 4 * REACH
            piece = text[max(0, met.start() - 400) : done]
            yield Undressed(met.start(), done, "in wide characters", piece.replace("\0", ""))


def _decoded(way: Callable[[str], bytes], text: str) -> str:
    try:
        return way(text).decode("latin-1")
    except (ValueError, binascii.Error):
        return ""


TELLING = _any(
    ("eyJ", "sb_", "sbp_", "r8_", "whsec_", "postgres://", "postgresql://", *ROLE, *BASE64, *HEX, *WIDE, *ESCAPED)
)
