"""Reads PostgREST's little languages from left to right; what does not parse is PGRST100."""

import re
from dataclasses import dataclass
from typing import NoReturn

from gate.standin.supabase.rest.errors import refusal

NAME = re.compile(r'(?:(?!->)[^,():."*!\s])(?:(?!->)[^,():."!])*')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ARROW = re.compile(r"->>?")
INDEX = re.compile(r"-?\d+(?=$|[.,:)]|->)")
BARE = re.compile(r"[^,)]*")
ARRAY = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Field:
    """A column, and the way into it when it holds JSON: pairs of arrow and key or index."""

    name: str
    path: tuple[tuple[str, str | int], ...] = ()


class Scanner:
    """A position in a text."""

    def __init__(self, text: str, what: str) -> None:
        self.text, self.at, self._what = text, 0, what

    def fail(self, expecting: str) -> NoReturn:
        """Refuse the request."""
        found = f'unexpected "{self.text[self.at]}"' if self.at < len(self.text) else "unexpected end of input"
        place = f'"failed to parse {self._what} ({self.text})" (line 1, column {self.at + 1})'
        raise refusal(400, "PGRST100", place, f"{found} expecting {expecting}")

    def ended(self) -> bool:
        """Whether everything was read."""
        return self.at >= len(self.text)

    def end(self) -> None:
        """Insist that everything was read."""
        if not self.ended():
            self.fail("end of input")

    def take(self, word: str) -> bool:
        """Read exactly this, if it comes next."""
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def expect(self, word: str) -> None:
        """Read exactly this, or refuse."""
        if not self.take(word):
            self.fail(f'"{word}"')

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what the pattern describes, if it comes next."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def quoted(self) -> str | None:
        """A text in double quotes, if one comes next; a backslash keeps the sign behind it as it is."""
        found = self.match(QUOTED)
        return re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL) if found else None

    def name(self) -> str:
        """A column's name, in quotes or not."""
        quoted = self.quoted()
        if quoted is not None:
            return quoted
        found = self.match(NAME)
        if not found:
            self.fail('field name (* or [a..z0..9_$"])')
        return found[0].strip()

    def names(self) -> list[str]:
        """Names with commas between, up to the end."""
        found = [self.name()]
        while self.take(","):
            found.append(self.name())
        self.end()
        return found

    def field(self) -> Field:
        """A column with its JSON path."""
        name, path = self.name(), list[tuple[str, str | int]]()
        while arrow := self.match(ARROW):
            index = self.match(INDEX)
            path.append((arrow[0], int(index[0]) if index else self.name()))
        return Field(name, tuple(path))

    def one_value(self) -> str:
        """A value inside a tree: in quotes, an array, or everything up to the next comma or bracket."""
        before = self.at
        quoted = self.quoted()
        if quoted is not None and (self.ended() or self.text[self.at] in ",)"):
            return quoted
        self.at = before
        found = self.match(ARRAY) or self.match(BARE)
        assert found is not None  # BARE matches the empty text
        return found[0]

    def list_of_values(self) -> list[str]:
        """`(a,"b,c",d)`."""
        self.expect("(")
        if self.take(")"):
            return []
        values = [self._element()]
        while self.take(","):
            values.append(self._element())
        self.expect(")")
        return values

    def _element(self) -> str:
        before = self.at
        quoted = self.quoted()
        if quoted is not None and not self.ended() and self.text[self.at] in ",)":
            return quoted
        self.at = before
        found = self.match(BARE)
        assert found is not None
        return found[0]
