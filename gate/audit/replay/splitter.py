"""A migration file taken apart: its statements with exact places, and what is no SQL passed over."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from gate.audit.replay import lexer, long_insert, parser
from gate.audit.replay.lexer import SPACE
from gate.audit.replay.library import Refused
from gate.finding import Span
from gate.migration import Migration, Statement

NOT_SQL = re.compile(r"(?im)^\\|from\s+stdin\b")
TOGETHER = 400_000  # characters of SQL that are parsed at once: more would only take more memory
WORDS = 200  # characters of what the parser says: it quotes a token of any length


def split(migration: Migration) -> tuple[Statement, ...]:
    r"""The statements of one file, each with its own place; one that does not parse keeps its problem.

    Lines for psql (`\connect`) and the data of COPY FROM stdin are no SQL and are passed over.
    """
    text = _only_sql(migration.text)
    lines = _LineIndex(text, migration.path)
    return tuple(statement for begin, end in _portions(text) for statement in _portion(text[begin:end], begin, lines))


def _only_sql(text: str) -> str:
    """The text with everything that is no SQL blanked out, so that offsets stay true."""
    if "\\" not in text and "stdin" not in text.lower():
        return text
    if not NOT_SQL.search(text):
        return text
    kept: list[str] = []
    copied = 0
    for begin, end in lexer.foreign(text):
        kept += [text[copied:begin], lexer.blanks(text[begin:end])]
        copied = end
    return "".join(kept) + text[copied:]


def _portions(text: str) -> Iterator[tuple[int, int]]:
    """A file in portions of whole statements."""
    begin = 0
    for at in _ends(text) if len(text) > TOGETHER else ():
        if at - begin > TOGETHER:
            yield begin, at
            begin = at
    yield begin, len(text)


def _ends(text: str) -> list[int]:
    try:
        return list(parser.ends(text))
    except Refused:
        return list(lexer.ends(text))


def _portion(text: str, offset: int, lines: "_LineIndex") -> Iterator[Statement]:
    """Statements side by side, parsed at once if they are all in order."""
    try:
        found = parser.parse_file(text)
    except Refused:
        yield from _one_by_one(text, offset, lines)
        return
    for tree, begin, end in _characters(text, found):
        skipped = lexer.leading(text, begin)
        written = text[skipped:end].rstrip(SPACE)
        yield Statement(written, lines.span(offset + skipped, offset + skipped + len(written)), tree)


def _characters(text: str, found: list[tuple[bytes, int, int]]) -> Iterator[tuple[bytes, int, int]]:
    """The parser counts bytes: each tree with the characters where it begins and ends."""
    if text.isascii():
        yield from ((tree, begin, begin + length if length else len(text)) for tree, begin, length in found)
        return
    data = text.encode()
    at = characters = 0
    for tree, begin, length in found:
        characters += len(data[at:begin].decode())
        at = begin + length if length else len(data)
        start = characters
        characters += len(data[begin:at].decode())
        yield tree, start, characters


def _one_by_one(text: str, offset: int, lines: "_LineIndex", *, nested: bool = True) -> Iterator[Statement]:
    """Statements of which some do not parse. One that is refused and has semicolons inside is taken apart at these."""
    begin = 0
    for end in (*lexer.ends(text, nested=nested), len(text)):
        piece, start = text[begin:end], offset + begin
        begin = end + 1
        skipped = lexer.leading(piece)
        written = piece[skipped:].rstrip(SPACE)
        if not written:
            if not lexer.never_closed(piece):
                continue
            skipped, written = 0, piece.rstrip(SPACE)  # a comment that is never closed is refused, not passed over
        start += skipped
        statements = _read(written, start, lines)
        if nested and statements[0].tree is None and next(lexer.ends(written, nested=False), None) is not None:
            yield from _one_by_one(written, start, lines, nested=False)
        else:
            yield from statements


def _read(written: str, start: int, lines: "_LineIndex") -> list[Statement]:
    whole = Statement(written, lines.span(start, start + len(written)))
    try:
        trees = long_insert.parse(written) or [tree for tree, _, _ in parser.parse_file(written)]
    except Refused as fault:
        place = whole.place if fault.at is None else lines.span(start + fault.at, start + fault.at)
        return [replace(whole, place=place, problem=shortened(fault.words))]
    return [replace(whole, tree=tree) for tree in trees]


def shortened(words: str) -> str:
    """What the parser says, cut to a length that can be read."""
    return words if len(words) <= WORDS else f"{words[:WORDS]}..."


class _LineIndex:
    """Turns character offsets into lines and columns."""

    def __init__(self, text: str, path: str) -> None:
        self._path = path
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def span(self, begin: int, end: int) -> Span:
        line, column = self._place(begin)
        end_line, end_column = self._place(end)
        return Span(self._path, line, column, end_line, end_column)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
