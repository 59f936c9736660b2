"""Untrusted text in Markdown: as words without any markup of their own, or as code."""

import re

from gate.report.plain import plain

SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~^$&])")
FIRST = re.compile(r"(^\d*)([-+=#.)])")  # what makes a list or a heading where it comes first
# What platforms turn into links and mentions.
CALLS = re.compile(r"(@|#|!|://|\bwww\.|\b(?:GH|gl)-)(?=\S)", re.IGNORECASE)
PART = "\0"  # stands for an empty comment until all else is escaped; no text holds it any more


def words(text: str) -> str:
    """`text` on one line, shown as it is. An empty comment parts what a platform would make a link or a mention of."""
    escaped = SPECIAL.sub(r"\\\1", CALLS.sub(rf"\1{PART}", plain(text).strip()))
    escaped = FIRST.sub(r"\1\\\2", escaped)
    return escaped.replace("\\<", "&lt;").replace("\\&", "&amp;").replace(PART, "<!-- -->")


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
