"""Untrusted text in Markdown: as words without any markup of their own, or as code."""

import re

from gate.report.plain import plain

SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~^$&])")
CALLS = re.compile(
    r"(@|#|!|://|\bwww\.|\b(?:GH|gl)-)(?=\S)", re.IGNORECASE
)  # what platforms turn into links and mentions


def words(text: str) -> str:
    """`text` on one line, shown as it is. An empty comment parts what a platform would make a link or a mention of."""
    parted = CALLS.sub(r"\1" + "\0", plain(text))
    return SPECIAL.sub(r"\\\1", parted).replace("\\<", "&lt;").replace("\\&", "&amp;").replace("\0", "<!-- -->")


def code(text: str) -> str:
    """`text` as a span of code, in a table too."""
    shown = plain(text).replace("|", "\N{BOX DRAWINGS LIGHT VERTICAL}")
    fence = _fence(shown, 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """`text` as a block of code."""
    shown = plain(text, lines=True).rstrip("\n")
    fence = _fence(shown, 3)
    return f"{fence}{language}\n{shown}\n{fence}"


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
