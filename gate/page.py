"""A rule's page: its docstring, read as a summary, a text and examples that are tests."""

import re
from dataclasses import dataclass

from gate.errors import RuleError

FENCE = re.compile(r"^```(\w*)\s*$")
FLAG = re.compile(r"\bflagged\s*(?:-->|\*/)?\s*$")


@dataclass(frozen=True, slots=True)
class Example:
    """One fenced block of a page. `flagged` holds the line numbers (from 1) that must be hit; no other may be."""

    language: str
    text: str
    flagged: frozenset[int]
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """What `gate explain` shows."""

    summary: str
    text: str
    examples: tuple[Example, ...]


def read_page(docstring: str | None, *, where: str) -> Page:
    """Read a rule's docstring; refuse one without a summary, a flagged example and a clean one.

    A block in the language `defect` names a flaw of the demo backend: it is flagged by nature, and the sound backend
    is its clean twin.
    """
    text = (docstring or "").strip()
    if not text:
        raise RuleError(f"{where}: the rule has no page; write one as the module's docstring")
    summary = text.splitlines()[0].strip()
    examples = tuple(_examples(text, where))
    defects = [example for example in examples if example.language == "defect"]
    others = [example for example in examples if example.language != "defect"]
    if not defects:
        if not any(example.flagged for example in others):
            raise RuleError(f"{where}: the page has no flagged example; end the offending line in a comment `flagged`")
        if all(example.flagged for example in others):
            raise RuleError(f"{where}: the page has no clean example; add the near-miss that must stay silent")
    return Page(summary, text, examples)


def _examples(text: str, where: str) -> list[Example]:
    examples: list[Example] = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opened = FENCE.match(lines[number])
        number += 1
        if not opened:
            continue
        start = number
        while number < len(lines) and lines[number] != "```":
            number += 1
        if number == len(lines):
            raise RuleError(f"{where}: the example that begins on line {start} of the page is not closed")
        body = lines[start:number]
        number += 1
        language = opened.group(1)
        if language == "text":
            continue
        flagged = frozenset(i for i, line in enumerate(body, 1) if FLAG.search(line))
        examples.append(Example(language, "\n".join(body) + "\n", flagged, start + 1))
    return examples
