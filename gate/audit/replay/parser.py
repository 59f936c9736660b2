"""Reading trees: what other modules need of libpg_query's messages, whose fields they read but whose library they never see.

A statement's tree travels packed, as bytes: so it is small, and each replay opens one of its own, which it may change.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache, update_wrapper
from typing import Any, TypeVar, TypeVarTuple

from google.protobuf.message import DecodeError, Message

from gate.audit.replay import lexer, library
from gate.audit.replay.library import Refused

LONGEST = 4_000_000  # characters of SQL outside of quotes that are parsed at once; a tree takes thirty times the memory
CHAIN = 4_000  # operators in a row: the parser takes quadratic time
DEEPEST = 400  # messages inside one another that are followed; an operator takes two
REMEMBERED = 20_000  # expressions whose texts are kept: each is asked for once in each grant regime

NODE = library.trees().node
LIST = type(library.trees().result().stmts)
SCALARS = {str, int, bool, float, bytes}
NUMBERS = {field.number: str(field.message_type.name) for field in NODE.DESCRIPTOR.oneofs[0].fields}
KINDS = {field.name: str(field.message_type.name) for field in NODE.DESCRIPTOR.oneofs[0].fields}
NAMES: dict[type, str] = {}
Others = TypeVarTuple("Others")
Answer = TypeVar("Answer")


class TooDeep(Exception):  # noqa: N818 - a property of the text, not a fault of ours
    """A tree in which more is nested than is followed."""

    def __init__(self) -> None:
        super().__init__("more operators or queries stand in it inside one another than are followed")


def parse_file(text: str) -> list[tuple[bytes, int, int]]:
    """The statements of a text: each one's packed tree, the byte where it begins, and its length or 0. Raises Refused."""
    return list(_statements(library.parse(_readable(text))))


def _readable(text: str) -> bytes:
    """What the parser takes in linear time and memory. Raises Refused."""
    calm = _calm(text)
    if len(text) > LONGEST and lexer.unquoted(text) > LONGEST:
        raise Refused(f"it has more than {LONGEST:,} characters outside of quotes, which are not read at once")
    data = calm.encode()
    if (
        len(data) > 2 * CHAIN
        and lexer.links(data) > CHAIN
        and any(lexer.chained(one, CHAIN) for one in _long_statements(data))
    ):
        raise Refused(f"it links more than {CHAIN:,} operators or queries, which are not read")
    return data


def _calm(text: str) -> str:
    try:
        return lexer.tamed(text)
    except ValueError as fault:
        raise Refused("it has hundreds of operator characters in a row, which are not read", fault.args[0]) from fault


def _long_statements(data: bytes) -> Iterator[str]:
    """Those that have room for a long chain."""
    try:
        places = library.split(data)
    except Refused:
        places = [(0, len(data))]
    return (data[at : at + size].decode(errors="replace") for at, size in places if size > 2 * CHAIN)


def ends(text: str) -> Iterator[int]:
    """The character after each statement. Raises Refused for what cannot be told into tokens."""
    data = _calm(text).encode()
    at = characters = 0
    for begin, size in library.split(data):
        characters += len(data[at : begin + size].decode())
        at = begin + size
        yield characters


def _statements(result: bytes) -> Iterator[tuple[bytes, int, int]]:
    """A packed ParseResult taken apart without opening it: field 2 holds a RawStmt of tree, place and length."""
    at, end = 0, len(result)
    while at < end:
        tag, (size, at) = result[at], library.varint(result, at + 1)
        if tag != 0x12:  # the version of the parser
            continue
        stop = at + size
        tree, begin, length = b"", 0, 0
        while at < stop:
            tag, (value, at) = result[at], library.varint(result, at + 1)
            if tag == 0x0A:
                tree = result[at : at + value]
                at += value
            elif tag == 0x10:
                begin = value
            else:
                length = value
        yield tree, begin, length


def opened(packed: bytes, made: Any = NODE) -> Any:
    """The tree that was packed, a Node if nothing else is said. Raises TooDeep."""
    try:
        return made.FromString(packed)
    except DecodeError:  # protobuf's own limit is a hundred
        return library.with_stack(len(packed), lambda: _opened_deep(packed, made))


def _opened_deep(packed: bytes, made: Any) -> Any:
    trees = library.trees()
    trees.overlong(True)  # noqa: FBT003 - protobuf's own signature
    try:
        tree = made.FromString(packed)
    except DecodeError as fault:
        raise TooDeep from fault
    finally:
        trees.overlong(False)  # noqa: FBT003
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for one in level for child in children(one)]
        if not level:
            return tree
    raise TooDeep


def packed_kind(packed: bytes) -> str:
    """The name of the type of a packed tree, without opening it."""
    return NUMBERS.get(library.varint(packed, 0)[0] >> 3, "") if packed else ""


def parse(text: str) -> tuple[Any, ...]:
    """The trees of some SQL that is no file, such as the literal of an EXECUTE; empty when it does not parse."""
    try:
        return tuple(opened(tree) for tree, _, _ in parse_file(text))
    except (Refused, TooDeep, UnicodeEncodeError):
        return ()


def parse_body(text: str, language: str = "plpgsql", returns: str = "void") -> dict[str, Any] | None:
    """The function in a PL/pgSQL body as nested dictionaries; None where the parser cannot read it."""
    tag = "$gate$"
    if language != "plpgsql" or tag in text:
        return None
    begin, end = f"create function f() returns {returns} language plpgsql as {tag}".encode(), tag.encode()
    try:
        found = json.loads(library.parse_plpgsql(begin + _readable(text) + end))
    except (Refused, UnicodeError, json.JSONDecodeError, RecursionError):
        return None
    return found[0]["PLpgSQL_function"] if found else None


def unwrap(node: Any) -> Any:
    """The message inside a `Node`."""
    if type(node) is NODE:
        name = node.WhichOneof("node")
        return getattr(node, name) if name else None
    return node


def kind(node: Any) -> str:
    """The name of a message's type, as in CreatePolicyStmt; '' for nothing."""
    made = type(node)
    if made is NODE:
        return KINDS.get(node.WhichOneof("node"), "")
    name = NAMES.get(made)
    if name is None:
        name = NAMES[made] = str(made.DESCRIPTOR.name) if issubclass(made, Message) else ""
    return name


def walk(node: Any) -> Iterator[Any]:
    """Every message below a node, itself first, wrappers left out."""
    root = unwrap(node)
    todo = [root] if is_message(root) else []
    while todo:
        one = todo.pop()
        if type(one) is NODE:  # as `unwrap` does, which would take as long as all the rest
            name = one.WhichOneof("node")
            if name is None:
                continue
            one = getattr(one, name)
        yield one
        todo += reversed(children(one))


def is_message(node: Any) -> bool:
    """Whether there is a tree at all."""
    return isinstance(node, Message)


def children(message: Any) -> list[Any]:
    """The messages directly below one."""
    found: list[Any] = []
    for _, value in message.ListFields():
        held = type(value)
        if held is LIST:
            found += value
        elif held not in SCALARS:
            found.append(value)
    return found


def copied(node: Any) -> Any:
    """A copy that may be changed, and that is the same wherever it was written."""
    made = type(node)()
    made.CopyFrom(node)
    made.DiscardUnknownFields()  # where its words stand, see `library.LOCATION`
    return made


def set_names(nodes: Any, names: Iterable[str]) -> None:
    """Replace a list of String nodes."""
    del nodes[:]
    for name in names:
        nodes.add().string.sval = name


def remembered(question: Callable[[Any, *Others], Answer]) -> Callable[[Any, *Others], Answer]:
    """A question about a tree and nothing that changes: its answer is worked out once for all trees of the same text."""

    @lru_cache(REMEMBERED)
    def answer(made: Any, packed: bytes, others: Any) -> Answer:
        return question(opened(packed, made), *others)

    def ask(node: Any, *others: *Others) -> Answer:
        made: Any = type(node)
        return answer(made, node.SerializeToString(), others) if is_message(node) else question(node, *others)

    return update_wrapper(ask, question)


def present(message: Any, name: str) -> bool:
    """Whether a message has a sub-message of that name."""
    return bool(message.HasField(name))


def expression(node: Any) -> str:
    """An expression as text in one normal form; '' for none."""
    return "" if unwrap(node) is None else _expression(node.SerializeToString())


@lru_cache(REMEMBERED)
def _expression(packed: bytes) -> str:
    """The text of a packed expression: the only column of a SELECT, as the library writes only statements."""
    for tag, after in _select():
        packed = tag + _varint(len(packed)) + packed + after
    return _text(packed).removeprefix("SELECT ").strip()


@cache
def _select() -> tuple[tuple[bytes, bytes], ...]:
    """The fields that hold the column of a packed SELECT, innermost first, and what else stands beside each."""
    tree = library.trees().result.FromString(library.parse(b"select 1"))
    query = tree.stmts[0].stmt.select_stmt
    column = query.target_list[0].res_target.DESCRIPTOR
    query.ClearField("target_list")
    holders = ((column, "val"), (None, "res_target"), (query.DESCRIPTOR, "target_list"), (None, "select_stmt"))
    rest = {"target_list": query.SerializeToString()}
    node = NODE.DESCRIPTOR
    tags = [(_tag(holder or node, name), rest.get(name, b"")) for holder, name in holders]
    return (*tags, (b"\x0a", b""), (b"\x12", b""))


def _tag(descriptor: Any, name: str) -> bytes:
    return _varint(descriptor.fields_by_name[name].number << 3 | 2)


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes((*written, number))


def statement_text(node: Any) -> str:
    """A statement in its normal form."""
    packed = node.SerializeToString()
    statement = b"\x0a" + _varint(len(packed)) + packed
    return _text(b"\x12" + _varint(len(statement)) + statement)


def _text(packed: bytes) -> str:
    """The SQL of a packed ParseResult."""
    try:
        return library.deparse(packed)
    except Refused:  # what the library parses and cannot write
        return "?"


def body_text(node: Any) -> str:
    """The statements of a BEGIN ATOMIC body, which is a list of lists, in their normal form."""
    inner = unwrap(node)
    if kind(inner) == "List":
        return "; ".join(text for item in inner.items if (text := body_text(item)))
    if kind(inner) == "ReturnStmt":
        return f"select {expression(inner.returnval)}"
    return statement_text(node)


def enum(message: Any, name: str) -> str:
    """The name of an enum field's value, as in OBJECT_TABLE."""
    made: Any = type(message)
    return _enum_names(made, name)[getattr(message, name)]


@cache
def _enum_names(made: Any, name: str) -> Mapping[int, str]:
    values = made.DESCRIPTOR.fields_by_name[name].enum_type.values_by_number
    return {number: str(value.name) for number, value in values.items()}


def strings(nodes: Any) -> tuple[str, ...]:
    """The texts of a list of String nodes."""
    return tuple([node.string.sval for node in nodes if node.WhichOneof("node") == "string"])


def items(node: Any) -> tuple[Any, ...]:
    """The members of a List node."""
    inner = unwrap(node)
    return tuple(inner.items) if kind(inner) == "List" else ()


SERIALS = {"serial": "int4", "bigserial": "int8", "smallserial": "int2"}
SERIALS |= {"serial4": "int4", "serial8": "int8", "serial2": "int2"}


def type_text(node: Any) -> str:
    """A type's own name, with a leading underscore for an array, as Postgres names it."""
    names = strings(node.names)
    array = "_" if len(node.array_bounds) else ""
    # An identifier is cut at 63 bytes; the array's name gives way to its underscore.
    return _cut(array + (names[-1] if names else "?"))


def _cut(name: str) -> str:
    return name.encode()[:63].decode(errors="ignore")


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


def is_null(node: Any) -> bool:
    """Whether an expression is the constant NULL."""
    inner = unwrap(node)
    while kind(inner) == "TypeCast" and not len(inner.type_name.typmods):  # a length makes it a function call
        inner = unwrap(inner.arg)
    return kind(inner) == "A_Const" and bool(inner.isnull)


def role(node: Any, current: str = "postgres") -> str:
    """A role's name; `public` for everyone and `current` for CURRENT_USER and the like."""
    inner = unwrap(node)
    match enum(inner, "roletype"):
        case "ROLESPEC_PUBLIC":
            return "public"
        case "ROLESPEC_CSTRING":
            return str(inner.rolename)
        case "ROLESPEC_SESSION_USER":
            return "postgres"
    return current
