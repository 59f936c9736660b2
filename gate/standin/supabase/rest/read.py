"""GET and HEAD on a table."""

from psycopg import sql

from gate.postgres import Connection
from gate.standin.http import Answer, Request
from gate.standin.supabase.rest import body
from gate.standin.supabase.rest.catalog import find_table, type_named
from gate.standin.supabase.rest.embedding import Embedder
from gate.standin.supabase.rest.filters import filters_of, where
from gate.standin.supabase.rest.select import columns, order, page


def read(db: Connection, request: Request, schema: str, name: str) -> Answer:
    """The rows the caller may see."""
    db.execute("set transaction read only")  # a view may call functions, and a GET must change nothing
    table = find_table(db, schema, name)
    wanted, asked = body.shape(request), page(request)
    embedder = Embedder(db, table, table.source, filters_of(request))
    chosen = columns(table.source, request.asked("select"), lambda words: type_named(db, words), embedder.embed)
    conditions = where(table.source, embedder.filters, embedder.needed)
    source = sql.SQL(" from {}").format(table.source) + conditions
    query = sql.SQL("select ") + chosen + source + order(table.source, request.asked("order")) + asked.sql()
    total = sql.SQL("select pg_catalog.count(*)") + source if wanted.counted else None
    rows = body.fetch(db, query, sql.SQL(""), wanted, total, first=wanted.single)
    status, headers = body.page_headers(rows, asked)
    return body.answer(status, rows, wanted, headers)
