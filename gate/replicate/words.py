"""Somebody else's words, made fit for a message: one line, not long, and without what may be a secret."""

import re

LIMIT = 300
QUERY = re.compile(r"(https?://[^\s?#'\"]*)[?#][^\s'\"]*")


def words(text: object, *, hide: str = "") -> str:
    """One short line of `text`; addresses lose their query, which may be a signature, and `hide` is blotted out."""
    line = " ".join(str(text or "").split())
    if hide:
        line = line.replace(hide, "[token]")
    return QUERY.sub(r"\1?...", line)[:LIMIT]
