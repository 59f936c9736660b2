"""The one adapter to the SQL parser: what other modules need of libpg_query's trees, which are protobuf messages.

Other modules read the fields of the trees but never import the parser.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import postgast
from google.protobuf.message import Message


class Unparsable(Exception):  # noqa: N818 - a property of the text, not a fault of ours
    """SQL that Postgres's own parser refuses: its words, and the character (from 0) where it stopped, if it says."""

    def __init__(self, words: str, at: int | None) -> None:
        super().__init__(words)
        self.words, self.at = words, at


def parse_file(text: str) -> tuple[Any, ...]:
    """The raw statements of a text, with their byte offsets. Raises Unparsable."""
    try:
        return tuple(postgast.parse(text).stmts)
    except postgast.PgQueryError as fault:
        raise Unparsable(fault.message, fault.cursorpos - 1 if fault.cursorpos else None) from fault


def parse(text: str) -> tuple[Any, ...]:
    """The trees of some SQL that is no file, such as the literal of an EXECUTE; empty when it does not parse."""
    try:
        return tuple(raw.stmt for raw in postgast.parse(text).stmts)
    except postgast.PgQueryError:
        return ()


def parse_body(text: str, language: str = "plpgsql", returns: str = "void") -> dict[str, Any] | None:
    """The function in a PL/pgSQL body as nested dictionaries; None where the parser cannot read it."""
    tag = "$gate$"
    if language != "plpgsql" or tag in text:
        return None
    try:
        found = postgast.parse_plpgsql(f"create function f() returns {returns} language plpgsql as {tag}{text}{tag}")
    except (postgast.PgQueryError, json.JSONDecodeError):
        return None
    return found[0]["PLpgSQL_function"] if found else None


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
    for child in children(inner):
        yield from walk(child)


def is_message(node: Any) -> bool:
    """Whether there is a tree at all."""
    return isinstance(node, Message)


def children(message: Any) -> Iterator[Any]:
    """The messages directly below one."""
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            yield from value if not isinstance(value, Message) else (value,)


def copied(node: Any) -> Any:
    """A copy that may be changed: a statement's own tree is replayed in each grant regime."""
    made = type(node)()
    made.CopyFrom(node)
    return made


def set_names(nodes: Any, names: Iterable[str]) -> None:
    """Replace a list of String nodes."""
    del nodes[:]
    for name in names:
        nodes.add().string.sval = name


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
    field = message.DESCRIPTOR.fields_by_name[name]
    return str(field.enum_type.values_by_number[getattr(message, name)].name)


def strings(nodes: Any) -> tuple[str, ...]:
    """The texts of a list of String nodes."""
    return tuple(unwrap(node).sval for node in nodes if kind(node) == "String")


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
