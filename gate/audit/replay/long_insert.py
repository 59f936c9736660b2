"""An INSERT of more rows than are parsed at once: all of them are parsed, portion by portion."""

import re
from collections.abc import Iterator

from gate.audit.replay import lexer, parser
from gate.audit.replay.library import Refused

LONG = 1_000_000  # characters; shorter ones are parsed at once
PORTION = 200_000  # characters of rows
_NAME = r'(?:"[^"]*"|[\w$]+)'
_HEAD = re.compile(
    rf"(insert\s+into\s+(?:{_NAME}\s*\.\s*)?{_NAME}\s*)(\((?:{_NAME}|[\s,])*\)\s*)?(values\s*)(?=\()", re.IGNORECASE
)
_PLAIN = re.compile(r"insert\s+into\s+(?:\"?public\"?\s*\.\s*)?(?!\"?buckets\b)[\w$\"]+\s*$", re.IGNORECASE)


def parse(text: str) -> list[bytes]:
    """The packed tree of a long INSERT ... VALUES; none where the text is none. Raises Refused with the true place.

    A message that follows another is merged into it, and lists are joined: so protobuf puts the rows back together. Only the
    first portion is kept of rows for a table of the project, whose rows no rule looks at.
    """
    head = _HEAD.match(text) if len(text) > LONG else None
    if head is None:
        return []
    target, columns, values = head.group(1), head.group(2) or "", head.group(3)
    kept = b""
    for begin, end, tail in _portions(text, head.end()):
        start = f"{target}{'' if kept else columns}{values}"
        try:
            ((tree, _, _),) = parser.parse_file(f"{start}{text[begin:end]}{tail}")
        except Refused as fault:
            at = None if fault.at is None else fault.at - len(start) + begin
            raise Refused(fault.words, at) from fault
        except ValueError as fault:
            raise Refused("its rows cannot be told apart", begin) from fault
        kept = kept if kept and _PLAIN.match(target) else kept + tree
    return [kept] if kept else []


def _portions(text: str, at: int) -> Iterator[tuple[int, int, str]]:
    """Begin and end of portions of rows, and what follows the last."""
    begin, last = at, at
    for first, end in lexer.rows(text, at):
        if last - begin > PORTION:
            yield begin, last, ""
            begin = first
        last = end
    yield begin, last, text[last:]
