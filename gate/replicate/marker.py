"""Finds a job's marker in a prediction's input, so that a prediction whose answer was lost is known again."""

import re
from collections.abc import Iterator, Mapping


def holds(given: object, marker: str) -> bool:
    """Whether the marker stands by itself in some text of the input.

    A letter, a digit, `-` or `_` beside it makes it part of a longer word: job-1 is neither job-12 nor job-1-2.
    """
    whole = re.compile(rf"(?<![\w-]){re.escape(marker)}(?![\w-])")
    return any(whole.search(text) for text in _texts(given))


def _texts(given: object) -> Iterator[str]:
    match given:
        case str():
            yield given
        case Mapping():
            for value in given.values():
                yield from _texts(value)
        case list() | tuple():
            for value in given:
                yield from _texts(value)
