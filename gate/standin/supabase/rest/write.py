"""POST, PATCH and DELETE on a table: insert, upsert, update, delete."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.sql import Composable, Composed, Identifier, Literal

from gate.postgres import Connection
from gate.standin.http import Answer, Request
from gate.standin.supabase.rest import body, catalog
from gate.standin.supabase.rest.catalog import Column, Table
from gate.standin.supabase.rest.embedding import Embedder
from gate.standin.supabase.rest.errors import not_built, refusal
from gate.standin.supabase.rest.filters import filters_of, where
from gate.standin.supabase.rest.scanner import Scanner
from gate.standin.supabase.rest.select import columns

PAYLOAD = Identifier("gate payload")  # not a name that a table would have: both stand in one UPDATE


@dataclass(frozen=True, slots=True)
class Payload:
    """The JSON of a write, always a list of objects, and the columns it speaks of."""

    text: str
    rows: int
    columns: tuple[Column, ...]


def write(db: Connection, request: Request, schema: str, name: str) -> Answer:
    """Carry out the write as the caller, and answer with the rows if they are wanted and may be seen."""
    table = catalog.find_table(db, schema, name)
    wanted = body.shape(request)
    match request.method:
        case "POST":
            statement, status = _insert(db, request, table, wanted), 201
        case "PATCH":
            statement, status = _update(db, request, table), 200
        case _:
            statement, status = _delete(request, table), 200
    if statement is None:
        rows = body.Rows("[]", 0)
    else:
        # Only what was asked for is returned: RETURNING needs the right to SELECT those columns, and a policy that shows them.
        returned: Composable = sql.SQL("1")
        if wanted.wants_rows:
            embedder = Embedder(db, table, table.source, [])
            returned = columns(
                table.source, request.asked("select"), lambda words: catalog.type_named(db, words), embedder.embed
            )
        prefix = sql.SQL("with written as ({} returning {})").format(statement, returned)
        rows = body.fetch(db, sql.SQL("select * from written"), prefix, wanted, first=wanted.single)
    limit = wanted.preferences.get("max-affected", "")
    if wanted.preferences.get("handling") == "strict" and limit.isdecimal() and rows.count > int(limit):
        words = "Query result exceeds max-affected preference constraint"
        raise refusal(400, "PGRST124", words, f"The query affects {rows.count} rows")
    headers = {"content-range": f"*/{rows.count if wanted.counted else '*'}"}
    if wanted.wants_rows:
        return body.answer(status, rows, wanted, headers)
    return Answer(201 if status == 201 else 204, b"", headers)


def _insert(db: Connection, request: Request, table: Table, wanted: body.Shape) -> Composed | None:
    known = catalog.columns_of(db, table)
    payload = _payload(request, table, known)
    if not payload.rows:
        return None
    if not payload.columns:
        if payload.rows > 1:
            raise not_built("inserting several rows of nothing but defaults")
        return sql.SQL("insert into {} default values").format(table.source)
    resolution = wanted.preferences.get("resolution")
    names = _names(payload.columns)
    text: Composable = Literal(payload.text)
    if wanted.preferences.get("missing") == "default":
        text = _with_defaults(payload.columns, text)
    statement = sql.SQL("insert into {} ({}) select {} from {}").format(
        table.source, names, names, _rows(payload, text)
    )
    return statement + _on_conflict(db, request, table, payload, resolution) if resolution else statement


def _on_conflict(db: Connection, request: Request, table: Table, payload: Payload, resolution: str) -> Composed:
    target = request.asked("on_conflict")
    keys = Scanner(target, "on_conflict parameter").names() if target else catalog.primary_key(db, table)
    if not keys:
        return Composed([])
    inside = sql.SQL(", ").join(map(Identifier, keys))
    if resolution == "ignore-duplicates":
        return sql.SQL(" on conflict ({}) do nothing").format(inside)
    changes = sql.SQL(", ").join(
        sql.SQL("{} = excluded.{}").format(Identifier(one.name), Identifier(one.name)) for one in payload.columns
    )
    return sql.SQL(" on conflict ({}) do update set {}").format(inside, changes)


def _update(db: Connection, request: Request, table: Table) -> Composed | None:
    payload = _payload(request, table, catalog.columns_of(db, table))
    conditions = _needed(request, table, "UPDATE")
    if not payload.rows or not payload.columns:
        return None
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}.{}").format(Identifier(one.name), PAYLOAD, Identifier(one.name)) for one in payload.columns
    )
    one_row = sql.SQL("(select * from {} limit 1) as {}").format(_rows(payload, Literal(payload.text)), PAYLOAD)
    return sql.SQL("update {} set {} from {}").format(table.source, changes, one_row) + conditions


def _delete(request: Request, table: Table) -> Composed:
    return sql.SQL("delete from {}").format(table.source) + _needed(request, table, "DELETE")


def _needed(request: Request, table: Table, word: str) -> Composed:
    """A hosted project's API login refuses these without a WHERE; a forgotten filter must not pass here either."""
    for name in ("limit", "offset"):
        if request.asked(name):
            raise not_built(f"{word} with {name}")
    given = filters_of(request)
    if not given:
        raise refusal(400, "21000", f"{word} requires a WHERE clause")
    return where(table.source, given)


def _payload(request: Request, table: Table, known: dict[str, Column]) -> Payload:
    value = request.json()
    given = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in given):
        raise refusal(400, "PGRST102", "Empty or invalid json")
    if request.asked("columns"):
        names: Sequence[str] = list(dict.fromkeys(Scanner(request.asked("columns"), "columns parameter").names()))
    else:
        names = list(given[0]) if given else []
        if any(set(one) != set(names) for one in given):
            raise refusal(400, "PGRST102", "All object keys must match")
    for name in names:
        if name not in known:
            raise refusal(400, "PGRST204", f"Could not find the '{name}' column of '{table.name}' in the schema cache")
    text = body.text_of(request) if isinstance(value, list) else f"[{body.text_of(request)}]"
    return Payload(text, len(given), tuple(known[name] for name in names))


def _rows(payload: Payload, text: Composable) -> Composed:
    """The payload as rows of the columns' own types."""
    # The types are the server's own words for them (format_type), so they can stand in the text as they are.
    types = sql.SQL(", ").join(
        sql.SQL("{} {}").format(Identifier(one.name), sql.SQL(one.type)) for one in payload.columns
    )
    return sql.SQL("pg_catalog.json_to_recordset(({})::json) as payload ({})").format(text, types)


def _with_defaults(given: Sequence[Column], text: Composable) -> Composed:
    """What a row leaves out gets the column's default. The expressions come from the catalog, as the server prints them."""
    pairs: list[Composable] = []
    for one in given:
        if one.default is not None:
            pairs += [Literal(one.name), sql.SQL(one.default)]
    defaults = sql.SQL("pg_catalog.jsonb_build_object({})").format(sql.SQL(", ").join(pairs))
    return sql.SQL(
        "select pg_catalog.jsonb_agg({} || one) from pg_catalog.jsonb_array_elements(({})::jsonb) as one"
    ).format(defaults, text)


def _names(given: Sequence[Column]) -> Composed:
    return sql.SQL(", ").join(Identifier(one.name) for one in given)
