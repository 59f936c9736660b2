"""From rows to an answer: the JSON is written by PostgreSQL, the counts go into Content-Range."""

import json
import re
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql
from psycopg.sql import Composable

from gate.postgres import Connection
from gate.standin.http import Answer, Request
from gate.standin.supabase.rest.errors import not_built, refusal
from gate.standin.supabase.rest.select import Page

ONE = "application/vnd.pgrst.object+json"
MANY = ("application/json", "application/vnd.pgrst.array+json", "*/*", "application/*", "")
PREFERENCE = re.compile(r"([a-z-]+)=([^,;\s]+)")
RESPONSE = "select current_setting('response.status', true), current_setting('response.headers', true)"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the client wants back: one object or a list, with or without nulls, and how much of it."""

    single: bool
    stripped: bool
    counted: bool
    preferences: dict[str, str]

    @property
    def wants_rows(self) -> bool:
        """Whether a write should answer with the rows."""
        return self.preferences.get("return") == "representation"


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database gave: the JSON text, how many rows are in it, and how many there are in all."""

    text: str
    count: int
    total: int | None = None


def shape(request: Request) -> Shape:
    """From the Accept and Prefer headers."""
    media, _, rest = request.headers.get("accept", "*/*").split(",")[0].partition(";")
    media = media.strip().lower()
    if media not in {ONE, *MANY}:
        raise not_built(f"answers as {media!r}")
    preferences = dict(PREFERENCE.findall(request.headers.get("prefer", "")))
    return Shape(media == ONE, "nulls=stripped" in rest.replace(" ", ""), "count" in preferences, preferences)


def fetch(
    db: Connection,
    query: Composable,
    prefix: Composable,
    wanted: Shape,
    total: Composable | None = None,
    *,
    element: LiteralString = "given",
    first: bool = False,
) -> Rows:
    """Run `query` (behind a WITH prefix, if any) and let the server write its rows as JSON: all in a list, or the first."""
    listed = sql.SQL("coalesce(pg_catalog.json_agg(" + element + "), '[]')")
    written = sql.SQL("coalesce({} -> 0, 'null')" if first else "{}").format(listed)
    if wanted.stripped:
        written = sql.SQL("pg_catalog.json_strip_nulls({})").format(written)
    asked = sql.SQL("{} select ({})::text, pg_catalog.count(*)::int8, ({})::int8 from ({}) as given").format(
        prefix, written, total or sql.SQL("null"), query
    )
    # A binary result makes the driver use the extended protocol, which refuses a second statement in the same text.
    row = db.execute(asked, binary=True).fetchone()
    assert row is not None
    return Rows(str(row[0]), int(row[1]), None if row[2] is None else int(row[2]))


def answer(status: int, rows: Rows, wanted: Shape, headers: dict[str, str] | None = None) -> Answer:
    """The rows as the client wants them. Not exactly one for a client that wants one is 406, and nothing is kept."""
    if wanted.single and rows.count != 1:
        words = "Cannot coerce the result to a single JSON object"
        raise refusal(406, "PGRST116", words, f"The result contains {rows.count} rows")
    kind = ONE if wanted.single else "application/json"
    return Answer(status, rows.text.encode(), {"content-type": f"{kind}; charset=utf-8", **(headers or {})})


def text_of(request: Request) -> str:
    """The body as text."""
    try:
        return request.body.decode()
    except UnicodeDecodeError as fault:
        raise refusal(400, "PGRST102", "Empty or invalid json") from fault


def page_headers(rows: Rows, page: Page) -> tuple[int, dict[str, str]]:
    """Status and Content-Range of a page: 206 when it is known not to be all, 416 when it begins behind the end."""
    total = "*" if rows.total is None else str(rows.total)
    if rows.total is not None and page.offset > rows.total:
        words = f"An offset of {page.offset} was requested, but there are only {rows.total} rows."
        raise refusal(416, "PGRST103", "Requested range not satisfiable", words)
    span = f"{page.offset}-{page.offset + rows.count - 1}" if rows.count else "*"
    status = 206 if rows.total is not None and rows.count < rows.total else 200
    return status, {"content-range": f"{span}/{total}"}


def as_the_function_says(db: Connection, given: Answer) -> Answer:
    """A function may set `response.status` and `response.headers` for the answer of its own request."""
    row = db.execute(RESPONSE).fetchone()
    status, headers = (row[0] or "", row[1] or "") if row else ("", "")
    if not status and not headers:
        return given
    try:
        extra = {str(k).lower(): str(v) for one in json.loads(headers or "[]") for k, v in one.items()}
        return Answer(int(status or given.status), given.body, {**given.headers, **extra})
    except (ValueError, AttributeError, TypeError) as fault:
        raise refusal(500, "PGRST111", "response.headers guc must be a JSON array", str(fault)) from fault
