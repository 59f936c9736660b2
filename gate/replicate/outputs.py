"""Fetches a prediction's output before it expires, from Replicate's own hosts only, and only what it should be."""

from urllib.parse import urlsplit

import requests

from gate.replicate.errors import OutputRefused

HOSTS = ("replicate.delivery",)
IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}
SIZE_LIMIT = 50 << 20


def fetch_image(address: object, *, also_from: str | None = None, limit: int = SIZE_LIMIT) -> tuple[bytes, str]:
    """The bytes of an output image and its file ending. No token is sent, no redirect followed.

    `also_from` is the base address of a stand-in whose outputs are allowed as well. Raises OutputRefused.
    """
    parts = urlsplit(address if isinstance(address, str) else "")
    host = parts.hostname or ""
    own = any(host == known or host.endswith(f".{known}") for known in HOSTS) and parts.scheme == "https"
    if not own and not (also_from and parts.netloc == urlsplit(also_from).netloc):
        raise OutputRefused("the output's address is not one of Replicate's")
    try:
        session = requests.Session()
        session.trust_env = False
        with session.get(parts.geturl(), timeout=(5, 30), allow_redirects=False, stream=True) as answer:
            if answer.status_code != 200:
                raise OutputRefused(f"the output cannot be fetched (status {answer.status_code}); it may have expired")
            body = b""
            for piece in answer.iter_content(1 << 16):
                body += piece
                if len(body) > limit:
                    raise OutputRefused(f"the output is larger than {limit} bytes")
    except requests.RequestException as fault:
        raise OutputRefused(f"the output cannot be fetched ({type(fault).__name__})") from None
    ending = next((ending for magic, ending in IMAGES.items() if body.startswith(magic)), None)
    if ending is None and body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        ending = "webp"
    if ending is None:
        raise OutputRefused("the output is not an image")
    return body, ending
