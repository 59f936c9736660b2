"""Fetches a prediction's output before it expires, from Replicate's own hosts only, and only what it should be."""

from urllib.parse import urlsplit

import requests

from gate.replicate.errors import OutputRefused
from gate.replicate.session import new_session

HOSTS = ("replicate.delivery",)
IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}
SIZE_LIMIT = 50 << 20
TIMEOUT = (5.0, 60.0)  # seconds to connect, and for the whole output


def fetch_image(address: object, *, also_from: str | None = None, limit: int = SIZE_LIMIT) -> tuple[bytes, str]:
    """The bytes of an output image and its file ending. No token is sent, no redirect followed.

    `also_from` is the base address of a stand-in whose outputs are allowed as well. Raises OutputRefused.
    """
    if not isinstance(address, str) or not _allowed(address, also_from):
        raise OutputRefused("the output's address is not one of Replicate's")
    refusal: str
    try:
        with (
            new_session() as session,
            session.get(address, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer,
        ):
            if answer.status_code == 200:
                return _image(answer, limit)
            refusal = f"status {answer.status_code}; it may have expired"
    except requests.RequestException as fault:
        refusal = type(fault).__name__
    raise OutputRefused(f"the output cannot be fetched ({refusal})")


def _allowed(address: str, also_from: str | None) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if also_from and parts[:2] == urlsplit(also_from)[:2]:
        return True
    known = any(host == name or host.endswith(f".{name}") for name in HOSTS)
    return known and parts.scheme == "https" and port in {None, 443}


def _image(answer: requests.Response, limit: int) -> tuple[bytes, str]:
    body = bytearray()
    for piece in answer.iter_content(1 << 16):
        body += piece
        if len(body) > limit:
            raise OutputRefused(f"the output is larger than {limit} bytes")
    ending = next((ending for magic, ending in IMAGES.items() if body.startswith(magic)), None)
    if ending is None and body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        ending = "webp"
    if ending is None:
        raise OutputRefused("the output is not an image")
    return bytes(body), ending
