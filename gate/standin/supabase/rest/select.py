"""What to return of each row, in which order and how many: `select`, `order`, `limit`, `offset`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.sql import Composable, Composed, Identifier

from gate.standin.http import Request
from gate.standin.supabase.rest.errors import not_built, refusal
from gate.standin.supabase.rest.filters import column
from gate.standin.supabase.rest.scanner import Field, Scanner

CAST = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*(?:\[\])*")
AGGREGATE = re.compile(r"(?:count|sum|avg|min|max)\(\)")
DIRECTION = re.compile(r"(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?")
RANGE = re.compile(r"(\d+)-(\d*)")
ORDER = {"asc": " asc", "desc": " desc", "nullsfirst": " nulls first", "nullslast": " nulls last"}

MOST_ROWS = 1000  # a hosted project gives no more at once, and an app that counts on more must find out here

TypeName = Callable[[str], Composable]
Embed = Callable[[Scanner, str, str | None], Composable]  # reads what comes after the name; the name, its alias


@dataclass(frozen=True, slots=True)
class Page:
    """Which of the rows: how many at most, and after how many."""

    limit: int
    offset: int

    def sql(self) -> Composed:
        """As SQL."""
        return sql.SQL(" limit {} offset {}").format(self.limit, self.offset)


def no_embedding(_scanner: Scanner, name: str, _alias: str | None) -> Composable:
    """Where there is no table whose keys could lead to others."""
    raise not_built(f"embedding in what a function returns ({name}(...)); ask for each table by itself")


def columns(source: Composable, text: str, type_name: TypeName, embed: Embed = no_embedding) -> Composed:
    """The list behind SELECT or RETURNING. `type_name` turns the words of a cast into a type the server knows."""
    scanner = Scanner(text or "*", "select parameter")
    found = items(scanner, source, type_name, embed)
    scanner.end()
    return found


def items(scanner: Scanner, source: Composable, type_name: TypeName, embed: Embed) -> Composed:
    """The list, as far as it goes."""
    found = [_item(scanner, source, type_name, embed)]
    while scanner.take(","):
        found.append(_item(scanner, source, type_name, embed))
    return sql.SQL(", ").join(found)


def order(source: Composable, text: str) -> Composed:
    """` order by ...`; empty for no order."""
    if not text:
        return Composed([])
    scanner = Scanner(text, "order")
    found: list[Composable] = []
    while True:
        field = scanner.field()
        if scanner.take("("):
            raise not_built("ordering by an embedded table")
        direction = scanner.match(DIRECTION)
        words = "".join(ORDER[word] for word in (direction.groups() if direction else ()) if word)
        found.append(column(source, field) + sql.SQL(words))
        if not scanner.take(","):
            scanner.end()
            return sql.SQL(" order by ") + sql.SQL(", ").join(found)


def page(request: Request) -> Page:
    """From `limit` and `offset`, or from a Range header."""
    ranged = RANGE.fullmatch(request.headers.get("range", "")) if request.method == "GET" else None
    offset = int(ranged[1]) if ranged else 0
    limit = int(ranged[2]) - offset + 1 if ranged and ranged[2] else None
    if request.asked("offset"):
        offset = number("offset", request.asked("offset"))
    if request.asked("limit"):
        limit = number("limit", request.asked("limit"))
    if limit is not None and limit < 0:
        raise refusal(416, "PGRST103", "Requested range not satisfiable", "The limit must be 0 or more.")
    return Page(MOST_ROWS if limit is None else min(limit, MOST_ROWS), offset)


def number(name: str, text: str) -> int:
    """The number that a parameter holds."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        words = f'"failed to parse {name} parameter ({text})" (line 1, column 1)'
        raise refusal(400, "PGRST100", words, "expecting digits")
    return int(text)


def _item(scanner: Scanner, source: Composable, type_name: TypeName, embed: Embed) -> Composable:
    if scanner.take("*"):
        return source + sql.SQL(".*")
    if scanner.take("..."):
        raise not_built("spreading (...) of an embedded table; embed it by its name")
    if scanner.match(AGGREGATE):
        raise _no_aggregates()
    field, alias = scanner.field(), None
    if not field.path and not scanner.text.startswith("::", scanner.at) and scanner.take(":"):
        alias = field.name
        if scanner.match(AGGREGATE):
            raise _no_aggregates()
        field = scanner.field()
    if scanner.take("."):
        raise _no_aggregates() if scanner.match(AGGREGATE) else scanner.fail("an aggregate")
    if not field.path and scanner.text[scanner.at : scanner.at + 1] in {"!", "("}:
        return embed(scanner, field.name, alias)
    found: Composable = column(source, field)
    if scanner.take("::"):
        cast = scanner.match(CAST)
        if not cast:
            scanner.fail("a type")
        found = sql.SQL("cast({} as {})").format(found, type_name(cast[0].strip()))
    if alias is None and not field.path and isinstance(found, Composed):
        return found + sql.SQL(" as ") + Identifier(field.name)
    return sql.SQL("{} as {}").format(found, Identifier(alias or _last_key(field)))


def _last_key(field: Field) -> str:
    """A value inside JSON is named after the last key on the way to it."""
    keys: Sequence[str] = [step for _arrow, step in field.path if isinstance(step, str)]
    return keys[-1] if keys else field.name


def _no_aggregates() -> Exception:
    return refusal(400, "PGRST123", "Use of aggregate functions is not allowed")
