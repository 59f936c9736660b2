"""The one adapter to the SQL parser: migrations in, statements with exact places and parse trees out.

The trees are protobuf messages of libpg_query. Other modules read their fields but never import the parser.
"""

import re
from collections.abc import Iterator
from typing import Any

import postgast
from google.protobuf.message import Message

from gate.finding import Span
from gate.migration import Migration, Statement

COPY_DATA = re.compile(
    r"(?im)^copy\s[^;]*?\bfrom\s+stdin\b[^;]*;[^\n]*\n(?P<data>.*?^\\\.[ \t]*$)", re.DOTALL | re.MULTILINE
)
META_COMMAND = re.compile(r"(?m)^\\[a-zA-Z!].*$")
BLANK = re.compile(r"[^\n]")
DOLLAR = re.compile(r"\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$")


def split(migration: Migration) -> tuple[Statement, ...]:
    r"""The statements of one file, each with its own place; one that does not parse keeps its problem.

    Lines for psql (`\connect`) and the data of COPY FROM stdin are no SQL and are passed over.
    """
    text = _only_sql(migration.text)
    lines = _LineIndex(text, migration.path)
    try:
        parsed = postgast.parse(text)
    except postgast.PgQueryError:
        return tuple(_one_by_one(text, lines))
    data = text.encode()
    statements = []
    for raw in parsed.stmts:
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
    if "\\" not in text:
        return text
    text = COPY_DATA.sub(lambda m: m.group()[: m.start("data") - m.start()] + BLANK.sub(" ", m.group("data")), text)
    return (
        META_COMMAND.sub(lambda m: BLANK.sub(" ", m.group()), text)
        if META_COMMAND.search(text) and not _inside(text)
        else text
    )


def _inside(text: str) -> bool:
    """Whether every line that looks like a psql command stands inside a quoted text, as in a function body."""
    pieces = list(_pieces(text))
    quoted = [range(b, e) for begin, end in pieces for b, e in _quoted(text, begin, end)]
    return all(any(m.start() in span for span in quoted) for m in META_COMMAND.finditer(text))


def _one_by_one(text: str, lines: "_LineIndex") -> Iterator[Statement]:
    for begin, end in _pieces(text):
        body = text[begin:end]
        skipped = leading(body)
        if skipped == len(body) or not body[skipped:].strip():
            continue
        span = lines.span(begin + skipped, begin + len(body.rstrip()))
        written = body[skipped:].rstrip()
        try:
            parsed = postgast.parse(written)
        except postgast.PgQueryError as fault:
            at = begin + skipped + max(fault.cursorpos - 1, 0)
            yield Statement(written, lines.span(at, at) if fault.cursorpos else span, None, fault.message)
            continue
        for raw in parsed.stmts:
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


def _quoted(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    at = begin
    while at < end:
        jump = _skip(text, at)
        if jump > at:
            yield at, jump
            at = jump
        else:
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
        from bisect import bisect_right

        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def unwrap(node: Any) -> Any:
    """The message inside a `Node`."""
    if isinstance(node, Message) and node.DESCRIPTOR.name == "Node":
        name = node.WhichOneof("node")
        return getattr(node, name) if name else None
    return node


def kind(node: Any) -> str:
    """The name of a message's type, as in CreatePolicyStmt; '' for nothing."""
    inner = unwrap(node)
    return inner.DESCRIPTOR.name if isinstance(inner, Message) else ""


def walk(node: Any) -> Iterator[Any]:
    """Every message below a node, itself first, wrappers left out."""
    inner = unwrap(node)
    if not isinstance(inner, Message):
        return
    yield inner
    for descriptor, value in inner.ListFields():
        if descriptor.message_type is None:
            continue
        for child in value if not isinstance(value, Message) else (value,):
            yield from walk(child)


def present(message: Any, name: str) -> bool:
    """Whether a message has a sub-message of that name."""
    return bool(message.HasField(name))


def expression(node: Any) -> str:
    """An expression as text in one normal form; '' for none."""
    if unwrap(node) is None:
        return ""
    tree = postgast.parse("select 1")
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    return str(postgast.deparse(tree)).removeprefix("SELECT ").strip()


def statement_text(node: Any) -> str:
    """A statement in its normal form."""
    tree = postgast.parse("select 1")
    tree.stmts[0].stmt.CopyFrom(node)
    return str(postgast.deparse(tree))


def parse(text: str) -> tuple[Any, ...]:
    """The trees of some SQL that is no file, such as the literal of an EXECUTE; empty when it does not parse."""
    try:
        return tuple(raw.stmt for raw in postgast.parse(text).stmts)
    except postgast.PgQueryError:
        return ()


def enum(message: Any, name: str) -> str:
    """The name of an enum field's value, as in OBJECT_TABLE."""
    field = message.DESCRIPTOR.fields_by_name[name]
    return str(field.enum_type.values_by_number[getattr(message, name)].name)


def strings(nodes: Any) -> tuple[str, ...]:
    """The texts of a list of String nodes."""
    return tuple(unwrap(node).sval for node in nodes if kind(node) == "String")


def items(node: Any) -> tuple[Any, ...]:
    """The members of a List node."""
    inner = unwrap(node)
    return tuple(inner.items) if kind(inner) == "List" else ()


def type_text(node: Any) -> str:
    """A type's own name, with a leading underscore for an array, as Postgres names it."""
    names = strings(node.names)
    array = "_" if len(node.array_bounds) else ""
    return array + (names[-1] if names else "?")


def literal(node: Any) -> str | None:
    """The value of a constant as text; None for anything else."""
    inner = unwrap(node)
    if kind(inner) == "TypeCast":
        return literal(inner.arg)
    if kind(inner) == "String":
        return str(inner.sval)
    if kind(inner) != "A_Const" or inner.isnull:
        return None
    match inner.WhichOneof("val"):
        case "sval":
            return str(inner.sval.sval)
        case "boolval":
            return "true" if inner.boolval.boolval else "false"
        case "ival":
            return str(inner.ival.ival)
        case "fval":
            return str(inner.fval.fval)
    return None


def option_text(node: Any) -> str:
    """The value of a WITH option; an option without a value counts as true."""
    inner = unwrap(node)
    match kind(inner):
        case "":
            return "true"
        case "String":
            return str(inner.sval)
        case "Integer":
            return str(inner.ival)
        case "Boolean":
            return "true" if inner.boolval else "false"
        case "TypeName":
            return type_text(inner)
    return literal(inner) or ""


def role(node: Any) -> str:
    """A role's name; `public` for everyone and `postgres` for whoever runs the migration."""
    inner = unwrap(node)
    match enum(inner, "roletype"):
        case "ROLESPEC_PUBLIC":
            return "public"
        case "ROLESPEC_CSTRING":
            return str(inner.rolename)
    return "postgres"
