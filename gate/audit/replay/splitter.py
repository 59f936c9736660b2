"""A migration file taken apart: its statements with exact places, and what is no SQL passed over."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from gate.audit.replay import parser
from gate.finding import Span
from gate.migration import Migration, Statement

NOT_SQL = re.compile(r"(?im)^\\|\bfrom\s+stdin\b")
COPY_IN = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
COPY_END = re.compile(r"(?m)^\\\.[ \t\r]*$")
BLANK = re.compile(r"[^\n]")
DOLLAR = re.compile(r"\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$")


def split(migration: Migration) -> tuple[Statement, ...]:
    r"""The statements of one file, each with its own place; one that does not parse keeps its problem.

    Lines for psql (`\connect`) and the data of COPY FROM stdin are no SQL and are passed over.
    """
    text = _only_sql(migration.text)
    lines = _LineIndex(text, migration.path)
    try:
        raws = parser.parse_file(text)
    except parser.Unparsable:
        return tuple(_one_by_one(text, lines))
    data = text.encode()
    statements = []
    for raw in raws:
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(data)
        body = data[raw.stmt_location : end].decode()
        begin = len(data[: raw.stmt_location].decode())
        skipped = leading(body)
        statements.append(
            Statement(body[skipped:].rstrip(), lines.span(begin + skipped, begin + len(body.rstrip())), raw.stmt)
        )
    return tuple(statements)


def _only_sql(text: str) -> str:
    """The text with everything that is no SQL blanked out, so that offsets stay true."""
    if not NOT_SQL.search(text):
        return text
    kept: list[str] = []
    copied = 0
    for begin, end in _foreign(text):
        kept += [text[copied:begin], BLANK.sub(" ", text[begin:end])]
        copied = end
    return "".join(kept) + text[copied:]


def _foreign(text: str) -> Iterator[tuple[int, int]]:
    """Lines for psql, and the data that follow a COPY FROM stdin, outside of every quote."""
    at = began = 0
    while at < len(text):
        if text[at] == "\\" and (at == 0 or text[at - 1] == "\n"):
            end = _line_end(text, at)
            yield at, end
            at = began = end
        elif text[at] == ";":
            statement = text[began:at]
            at = began = at + 1
            if COPY_IN.match(statement, leading(statement)):
                start = _line_end(text, at)
                close = COPY_END.search(text, start)
                end = close.end() if close else len(text)
                yield start, end
                at = began = end
        else:
            at = max(_skip(text, at), at + 1)


def _line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline


def _one_by_one(text: str, lines: "_LineIndex") -> Iterator[Statement]:
    for begin, end in _pieces(text):
        body = text[begin:end]
        skipped = leading(body)
        if not body[skipped:].strip():
            if "/*" not in body:
                continue
            skipped = 0  # a comment that is never closed is refused, not passed over
        span = lines.span(begin + skipped, begin + len(body.rstrip()))
        written = body[skipped:].rstrip()
        try:
            raws = parser.parse_file(written)
        except parser.Unparsable as fault:
            at = begin + skipped + (fault.at or 0)
            yield Statement(written, lines.span(at, at) if fault.at is not None else span, None, fault.words)
            continue
        for raw in raws:
            yield Statement(written, span, raw.stmt)


def leading(text: str) -> int:
    """How many characters of white space and comments stand before the statement itself."""
    at = 0
    while at < len(text):
        if text[at].isspace() or text[at] == ";":
            at += 1
        elif text.startswith("--", at):
            newline = text.find("\n", at)
            at = len(text) if newline < 0 else newline + 1
        elif text.startswith("/*", at):
            at = _comment_end(text, at)
        else:
            break
    return at


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where each top-level statement begins and ends, by quoting alone; works on text that does not parse."""
    begin = 0
    for at in _tops(text):
        yield begin, at
        begin = at + 1
    if begin < len(text):
        yield begin, len(text)


def _tops(text: str) -> Iterator[int]:
    at = depth = 0
    while at < len(text):
        jump = _skip(text, at)
        if jump > at:
            at = jump
            continue
        depth += (text[at] == "(") - (text[at] == ")" and depth > 0)
        if text[at] == ";" and depth == 0:
            yield at
        at += 1


def _skip(text: str, at: int) -> int:
    """The end of the quoted text or comment that begins at `at`; `at` itself where none does."""
    match text[at]:
        case "'":
            escapes = (
                at > 0 and text[at - 1] in "eE" and not (at > 1 and (text[at - 2].isalnum() or text[at - 2] == "_"))
            )
            return _string_end(text, at, escapes=escapes)
        case '"':
            close = text.find('"', at + 1)
            return len(text) if close < 0 else close + 1
        case "-" if text.startswith("--", at):
            newline = text.find("\n", at)
            return len(text) if newline < 0 else newline
        case "/" if text.startswith("/*", at):
            return _comment_end(text, at)
        case "$" if at == 0 or not (text[at - 1].isalnum() or text[at - 1] in "_$"):
            tag = DOLLAR.match(text, at)
            if tag:
                close = text.find(tag.group(), tag.end())
                return len(text) if close < 0 else close + len(tag.group())
    return at


def _string_end(text: str, at: int, *, escapes: bool) -> int:
    at += 1
    while at < len(text):
        if escapes and text[at] == "\\":
            at += 2
        elif text[at] != "'":
            at += 1
        elif text.startswith("''", at):
            at += 2
        else:
            return at + 1
    return len(text)


def _comment_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                return at
        else:
            at += 1
    return len(text)


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
