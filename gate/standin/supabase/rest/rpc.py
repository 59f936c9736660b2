"""Calls of functions, by POST or GET, with arguments by name."""

from psycopg import sql
from psycopg.sql import Composable, Composed, Identifier, Literal

from gate.postgres import Connection
from gate.standin.http import Answer, Request
from gate.standin.supabase.rest import body, catalog
from gate.standin.supabase.rest.catalog import Function
from gate.standin.supabase.rest.errors import refusal
from gate.standin.supabase.rest.filters import filters_of, looks_like_filter, where
from gate.standin.supabase.rest.select import columns, order, page

CALLED = Identifier("called")


def rpc(db: Connection, request: Request, schema: str, name: str) -> Answer:
    """Call the overload that fits and answer as its return type wants: nothing, a value, an object or a list."""
    found = catalog.functions(db, schema, name)
    filters = filters_of(request)
    if request.method == "POST":
        given = request.json() if request.body.strip() else {}
        if given is None:
            raise refusal(400, "PGRST102", "Empty or invalid json")
        names = frozenset(given) if isinstance(given, dict) else frozenset[str]()
        function = _chosen(found, schema, name, names, one_body=True)
        call = _called_with_json(function, body.text_of(request), names)
    else:
        known = {one for function in found for one in function.names}
        arguments = {key: value for key, value in filters if key in known or not looks_like_filter(value)}
        filters = [(key, value) for key, value in filters if key not in arguments]
        function = _chosen(found, schema, name, frozenset(arguments), one_body=False)
        call = _called_with_texts(function, arguments)
    if request.method != "POST" or not function.volatile:
        db.execute("set transaction read only")
    if function.void:
        db.execute(sql.SQL("select from ") + call, binary=True)
        return Answer(204)
    return _answer(db, request, function, call, filters)


def _answer(
    db: Connection, request: Request, function: Function, call: Composable, filters: list[tuple[str, str]]
) -> Answer:
    wanted, asked = body.shape(request), page(request)
    prefix = sql.SQL("with called as materialized (select called.* from {})").format(call)
    first = wanted.single or not function.many
    if not function.table:
        whole = sql.SQL("select called.scalar from called")
        rows = body.fetch(db, whole, prefix, wanted, element="given.scalar", first=first)
        return body.answer(200, rows, wanted)
    chosen = columns(CALLED, request.asked("select"), lambda words: catalog.type_named(db, words))
    source: Composable = sql.SQL(" from called") + where(CALLED, filters)
    query = sql.SQL("select ") + chosen + source + order(CALLED, request.asked("order")) + asked.sql()
    total = sql.SQL("select pg_catalog.count(*)") + source if wanted.counted else None
    rows = body.fetch(db, query, prefix, wanted, total, first=first)
    status, headers = body.page_headers(rows, asked)
    return body.answer(status, rows, wanted, headers)


def _chosen(found: list[Function], schema: str, name: str, given: frozenset[str], *, one_body: bool) -> Function:
    fitting = [one for one in found if one.takes(given) and "" not in one.names]
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        words = ", ".join(one.described() for one in fitting)
        hint = (
            "Try renaming the parameters or the function itself in the database so function overloading can be resolved"
        )
        raise refusal(300, "PGRST203", f"Could not choose the best candidate function between: {words}", hint=hint)
    if one_body:
        whole = [one for one in found if one.names == ("",) and one.types[0] in {"json", "jsonb"}]
        if len(whole) == 1:
            return whole[0]
    listed: str = f"({', '.join(sorted(given))})" if given else " without parameters"
    near: str | None = f"Perhaps you meant to call the function {found[0].described()}" if found else None
    details = f"Searched for the function {schema}.{name} with these parameters, but no matches were found in the schema cache."
    raise refusal(
        404, "PGRST202", f"Could not find the function {schema}.{name}{listed} in the schema cache", details, near
    )


def _called_with_json(function: Function, text: str, given: frozenset[str]) -> Composed:
    if function.names == ("",):
        return _called(function, [Literal(text)], Composed([]))
    used = [(name, kind) for name, kind in zip(function.names, function.types, strict=True) if name in given]
    if not used:
        return _called(function, [], Composed([]))
    types = sql.SQL(", ").join(sql.SQL("{} {}").format(Identifier(name), sql.SQL(kind)) for name, kind in used)
    before = sql.SQL("pg_catalog.json_to_record({}::json) as given ({}), lateral ").format(Literal(text), types)
    inside: list[Composable] = []
    for place, (name, _kind) in enumerate(used):
        spread = sql.SQL(
            "variadic " if function.variadic and name == function.names[-1] and place + 1 == len(used) else ""
        )
        inside.append(spread + sql.SQL("{} := given.{}").format(Identifier(name), Identifier(name)))
    return _called(function, inside, before)


def _called_with_texts(function: Function, arguments: dict[str, str]) -> Composed:
    inside: list[Composable] = []
    for name, kind in zip(function.names, function.types, strict=True):
        if name in arguments:
            spread = sql.SQL("variadic " if function.variadic and name == function.names[-1] else "")
            value = sql.SQL("{} := {}::{}").format(Identifier(name), Literal(arguments[name]), sql.SQL(kind))
            inside.append(spread + value)
    return _called(function, inside, Composed([]))


def _called(function: Function, inside: list[Composable], before: Composed) -> Composed:
    alias = sql.SQL("called" if function.table else "called (scalar)")
    call = sql.SQL("{}({}) as {}").format(function.source, sql.SQL(", ").join(inside), alias)
    return before + call
