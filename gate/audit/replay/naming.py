"""The names that Postgres makes up: of constraints, indexes and sequences."""

from collections.abc import Callable, Iterable

LIMIT = 63  # bytes of an identifier


def made_up(first: str, second: str, label: str, taken: Callable[[str], bool]) -> str:
    """TABLE_COLUMN_label, shortened where the parts are too long together, with a number where it is taken."""
    number = 0
    while True:
        ending = f"_{label}{number or ''}"
        one, two = _fitted(first, second, LIMIT - len(ending.encode()))
        name = f"{one}_{two}{ending}" if two else f"{one}{ending}"
        if not taken(name):
            return name
        number += 1


def _fitted(first: str, second: str, room: int) -> tuple[str, str]:
    one, two = first.encode(), second.encode()
    room -= 1 if two else 0
    while len(one) + len(two) > room:
        if len(one) > len(two):
            one = one[:-1]
        else:
            two = two[:-1]
    return one.decode(errors="ignore"), two.decode(errors="ignore")


def numbered(words: Iterable[str]) -> list[str]:
    """The words for the columns of an index; the same word again has a number."""
    found: list[str] = []
    for plain in words:
        word, number = plain, 0
        while word in found:
            number += 1
            word = f"{plain}{number}"
        found.append(word)
    return found
