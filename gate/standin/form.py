"""Forms that carry files: multipart bodies, taken apart byte by byte."""

from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from gate.standin.http import Request


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form. `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes


def multipart(request: Request) -> tuple[Part, ...]:
    """The parts of a multipart form, byte by byte as they came; none when the body is no such form."""
    head = Message()
    head["content-type"] = request.headers.get("content-type", "")
    boundary = head.get_boundary()
    if head.get_content_maintype() != "multipart" or not boundary:
        return ()
    pieces = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    return tuple(_part(piece) for piece in pieces[1:] if piece.startswith(b"\r\n"))


def _part(piece: bytes) -> Part:
    text, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    head = HeaderParser().parsestr(text.decode(errors="replace"))
    name = head.get_param("name", "", header="content-disposition")
    return Part(str(name), head.get_filename(), head.get("content-type"), content)
