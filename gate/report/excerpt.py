"""The lines of a migration that a finding is about, with a light hand of colour; nothing that could be a key is shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gate.config import Config
from gate.finding import Finding, Span
from gate.report.plain import plain

MOST = 8  # lines
LARGEST = 64 * 1024 * 1024  # bytes of a file
WIDEST = 160  # characters of a line
KEYWORDS = (
    "add|all|alter|always|and|any|array|as|authenticated|begin|between|bigint|boolean|bucket|by|cascade|case|cast|check|column|"
    "comment|commit|constraint|create|cross|current_user|database|declare|default|definer|delete|desc|disable|distinct|do|drop|"
    "each|else|elsif|enable|end|except|execute|exists|extension|false|for|force|foreign|from|full|function|generated|grant|group|"
    "having|identity|if|immutable|in|index|inner|insert|int|integer|intersect|into|invoker|is|join|jsonb|key|language|left|level|"
    "like|limit|materialized|not|null|numeric|of|off|offset|on|only|or|order|outer|owner|partition|permissive|policy|primary|"
    "privileges|procedure|public|references|rename|replace|reset|restrictive|return|returning|returns|revoke|right|role|rollback|"
    "row|schema|security|select|sequence|set|setof|stable|table|temporary|text|then|timestamptz|to|trigger|true|truncate|type|"
    "union|unique|update|using|uuid|values|view|void|volatile|when|where|with|without"
)
TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)"
    r"|(?P<text>'(?:[^']|'')*'|\$(?P<tag>\w*)\$(?=\s*$)|\$\$)"
    r'|(?P<name>"(?:[^"]|"")*")'
    rf"|(?P<keyword>\b(?:{KEYWORDS})\b)"
    r"|(?P<number>\b\d+(?:\.\d+)?\b)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
Pieces = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number. `pieces` are a kind (comment, text, name, keyword, number or nothing) and the text of it."""

    number: int
    pieces: Pieces


def excerpt(finding: Finding, config: Config) -> tuple[Line, ...]:
    """The first lines of the statement; none where the place is no SQL file, or where they hold a key."""
    span = finding.place
    if not isinstance(span, Span) or not span.path.endswith(".sql"):
        return ()
    read = _read(span, config)
    if not read or _tells_a_key("\n".join(read)):  # before anything is cut off: half a key is no key, and half a secret
        return ()
    text = "\n".join(line if len(line) <= WIDEST else f"{line[:WIDEST]} …" for line in read)
    return tuple(Line(span.line + number, pieces) for number, pieces in enumerate(coloured(text)))


def _tells_a_key(text: str) -> bool:
    """Whether a key is in it. As in the scan, what has none of the words that give one away is not searched."""
    from gate.scan.signals import WORDS

    if not any(word in text for word in WORDS):
        return False
    from gate.scan.secrets import find

    return any(find(text))


def coloured(sql: str) -> Iterator[Pieces]:
    """The pieces of each line of SQL."""
    line: list[tuple[str, str]] = []
    for kind, piece in _pieces(plain(sql, lines=True)):
        first, *rest = piece.split("\n")
        line.append((kind, first))
        for more in rest:
            yield tuple(part for part in line if part[1])
            line = [(kind, more)]
    yield tuple(part for part in line if part[1])


def _pieces(sql: str) -> Iterator[tuple[str, str]]:
    end = 0
    for token in TOKEN.finditer(sql):
        if token.start() > end:
            yield "", sql[end : token.start()]
        yield next(kind for kind in ("comment", "text", "name", "keyword", "number") if token[kind]), token[0]
        end = token.end()
    if end < len(sql):
        yield "", sql[end:]


def _read(span: Span, config: Config) -> tuple[str, ...]:
    last = min(span.end_line or span.line, span.line + MOST - 1)
    try:
        path = config.root / span.path
        at = path.stat()
        lines = _lines(path, at.st_mtime_ns, at.st_size)
    except (OSError, ValueError):  # a name with a NUL in it is a ValueError
        return ()
    return tuple(line.rstrip() for line in lines[span.line - 1 : last])


@lru_cache(maxsize=2)  # findings of one rule tend to stand in one file
def _lines(path: Path, _changed: int, size: int) -> tuple[str, ...]:
    if size > LARGEST:
        return ()
    # Only this ends a line, as the audit counts them.
    return tuple(path.read_bytes().decode("utf-8-sig", errors="replace").split("\n"))
