"""libpg_query itself: SQL in, trees out as the bytes in which it packs them, and back.

The library and the classes of its trees are loaded by themselves: the Python package around them takes longer to import
than most migrations take to parse.
"""

import ctypes
import importlib.util
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import Any, NamedTuple, TypeVar, cast

T = TypeVar("T")
LOCATION = re.compile(rb"(\n\x08location\x18)[\x01-\x7e]")  # a field called so, up to its number

# The parser recurses, with up to 2,000 bytes of stack for a level. Brackets it refuses itself when they are 10,000 deep,
# chains of operators are refused before it sees them.
SHALLOW = 2_000  # bytes of SQL, or of a packed tree, that any stack can take
STACK = 32 << 20
_STARTING = threading.Lock()
_MINE = threading.local()


class Refused(Exception):  # noqa: N818 - a property of the text, not a fault of ours
    """SQL that Postgres's own parser refuses: its words, and the character (from 0) where it stopped, if it says."""

    def __init__(self, words: str, at: int | None = None) -> None:
        super().__init__(words)
        self.words, self.at = words, at


class Trees(NamedTuple):
    """The classes of the trees, and the one that has any statement or expression inside."""

    result: Any
    node: Any
    overlong: Callable[[bool], object]  # lifts the limit on how deep a tree may be that is opened


@cache
def native() -> Any:
    """The C library with its types declared, without the package that declares them."""
    return _module("native")


def _package() -> Path:
    found = importlib.util.find_spec("postgast")
    if found is None or found.origin is None:
        raise ImportError("postgast is not installed")
    return Path(found.origin).parent


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"gate.audit.replay.postgast_{name}", _package() / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"postgast has no module {name}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def trees() -> Trees:
    """The classes of the trees: from the C runtime of protobuf directly, else the long way round."""
    try:
        return _direct()
    except (ImportError, AttributeError, TypeError, SystemError, KeyError, OSError):
        return _indirect()


def _direct() -> Trees:
    from google._upb import _message  # type: ignore[attr-defined, import-untyped, unused-ignore] # a C module, no stubs
    from google.protobuf.message import Message

    pool = _message.DescriptorPool()
    # Where a word stands decides nothing here: under another number it is unknown, and a copy of a tree leaves it out. So the
    # same condition is the same bytes wherever it is written, and its text and what it refers to are worked out once.
    described = LOCATION.sub(b"\\g<1>\x7f", (_package() / "pg_query.desc").read_bytes())
    at = 0
    while at < len(described):  # a FileDescriptorSet: files in the order in which they need one another
        size, at = varint(described, at + 1)
        pool.AddSerializedFile(described[at : at + size])
        at += size

    def made(name: str) -> Any:
        descriptor = pool.FindMessageTypeByName(f"pg_query.{name}")
        return _message.MessageMeta(name, (Message,), {"DESCRIPTOR": descriptor, "__module__": __name__})

    return Trees(made("ParseResult"), made("Node"), _message.SetAllowOversizeProtos)


def _indirect() -> Trees:
    from postgast import pg_query_pb2

    return Trees(pg_query_pb2.ParseResult, pg_query_pb2.Node, lambda _on: None)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number as protobuf writes it, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def parse(sql: bytes) -> bytes:
    """The packed ParseResult of some SQL. Raises Refused."""
    return with_stack(len(sql), lambda: _parse(sql))


def _parse(sql: bytes) -> bytes:
    lib = native().lib
    with _answer(lib.pg_query_parse_protobuf(sql), lib.pg_query_free_protobuf_parse_result) as result:
        return ctypes.string_at(result.parse_tree.data, result.parse_tree.len)


def split(sql: bytes) -> list[tuple[int, int]]:
    """Where each statement begins, and its length: by tokens alone, so the SQL need not parse. Raises Refused."""
    lib = native().lib
    with _answer(lib.pg_query_split_with_scanner(sql), lib.pg_query_free_split_result) as result:
        found = (result.stmts[number].contents for number in range(result.n_stmts))
        return [(one.stmt_location, one.stmt_len) for one in found]


def parse_plpgsql(sql: bytes) -> bytes:
    """A function's body as JSON. Raises Refused."""
    return with_stack(len(sql), lambda: _parse_plpgsql(sql))


def _parse_plpgsql(sql: bytes) -> bytes:
    lib = native().lib
    with _answer(lib.pg_query_parse_plpgsql(sql), lib.pg_query_free_plpgsql_parse_result) as result:
        return bytes(result.plpgsql_funcs)


def deparse(packed: bytes) -> str:
    """The SQL of a packed ParseResult. Raises Refused."""
    return with_stack(len(packed), lambda: _deparse(packed))


def _deparse(packed: bytes) -> str:
    lib = native().lib
    buffer = ctypes.create_string_buffer(packed, len(packed))
    given = native().PgQueryProtobuf(len=len(packed), data=ctypes.cast(buffer, ctypes.c_void_p).value)
    with _answer(lib.pg_query_deparse_protobuf(given), lib.pg_query_free_deparse_result) as result:
        return bytes(result.query).decode()


@contextmanager
def _answer(result: Any, free: Callable[[Any], object]) -> Iterator[Any]:
    """What the library answered, given back to it in the end. Raises Refused where it is a refusal."""
    try:
        if result.error:
            fault = result.error.contents
            words = (fault.message or b"refused").decode(errors="replace")
            raise Refused(words, fault.cursorpos - 1 if fault.cursorpos else None)
        yield result
    finally:
        free(result)


def with_stack(size: int, work: Callable[[], T]) -> T:
    """Do some work on so many bytes where the stack is deep enough for it. Raises Refused where there is no memory for one."""
    if size <= SHALLOW:
        return work()
    if not hasattr(_MINE, "deep"):
        _MINE.deep = Deep()
    done, fault = _MINE.deep.do(work)
    if fault is not None:
        raise fault
    return cast("T", done)


class Deep:
    """A thread with a deep stack, which works for one other thread and ends with it."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._answered: SimpleQueue[tuple[object, BaseException | None]] = SimpleQueue()
        thread = threading.Thread(target=_serve, args=(self._asked, self._answered), name="parser", daemon=True)
        with _STARTING:
            before = threading.stack_size(STACK)
            try:
                thread.start()
            except RuntimeError as fault:
                raise Refused("there is no memory for the stack that reading it may take") from fault
            finally:
                threading.stack_size(before)

    def __del__(self) -> None:
        self._asked.put(None)

    def do(self, work: Callable[[], object]) -> tuple[object, BaseException | None]:
        """What came of some work."""
        self._asked.put(work)
        return self._answered.get()


def _serve(asked: "SimpleQueue[Callable[[], object] | None]", answered: "SimpleQueue[Any]") -> None:
    while work := asked.get():
        try:
            answer: tuple[object, BaseException | None] = (work(), None)
        except BaseException as fault:  # noqa: BLE001 - raised again by whoever asked
            answer = (None, fault)
        del work
        answered.put(answer)
        del answer
