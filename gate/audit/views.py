"""What views let through past row security: which tables they read with an owner's rights, and may be written by."""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Name, Table, View
from gate.audit.meaning import asks_caller, whole_table
from gate.audit.replay import parser

CLAUSES = ("distinct_clause", "group_clause", "values_lists", "window_clause")
SINGLE = ("having_clause", "limit_count", "limit_offset", "with_clause")
NOT_OF_ONE_ROW = frozenset(  # aggregates, and functions that give several rows
    [
        *(
            "count",
            "sum",
            "avg",
            "min",
            "max",
            "array_agg",
            "json_agg",
            "jsonb_agg",
            "string_agg",
            "bool_and",
            "bool_or",
        ),
        *("json_object_agg", "jsonb_object_agg", "unnest", "generate_series", "jsonb_array_elements", "every"),
    ]
)


def owner_reads(catalog: Catalog, view: View) -> dict[Name, View]:
    """The tables that are read with an owner's rights, each with the view that does so: this one, or one below it.

    A view with the caller's rights asks as the caller wherever it stands, also below one with its owner's. One that is
    reached by itself is a finding of its own.
    """
    found: dict[Name, View] = {}
    seen = {view.name}
    todo = [view]
    while todo:
        one = todo.pop()
        for source in one.sources:
            inner = catalog.views.get(source)
            if inner is None:
                if _with_owners_rights(one):
                    found.setdefault(source, one)
            elif source not in seen and not catalog.reaches(inner, "SELECT") and not filtered(inner):
                seen.add(source)
                if _with_owners_rights(one) or any(_may_read(catalog, role, inner) for role in API_ROLES):
                    todo.append(inner)
    return found


def _with_owners_rights(view: View) -> bool:
    return view.materialized or not view.invoker


def _may_read(catalog: Catalog, role: str, view: View) -> bool:
    return catalog.may(role, "SELECT", view.acl, view.name.schema)


def filtered(view: View) -> bool:
    """Whether its query looks at who is asking."""
    return asks_caller(parser.statement_text(view.query))


def shown(catalog: Catalog, view: View) -> dict[Name, View]:
    """The tables with row security of which a view within reach shows more than its readers may see, and through what."""
    who = catalog.reaches(view, "SELECT")
    if not who:
        return {}
    protected = {
        name: through
        for name, through in sorted(owner_reads(catalog, view).items())
        if (table := catalog.tables.get(name)) is not None and table.rls
        if not all(whole_table(table, role) for role in who)
    }
    return {} if protected and not view.materialized and filtered(view) else protected


def written_table(catalog: Catalog, view: View) -> Table | None:
    """The table with row security that is written past it by writing to the view; None where Postgres lets nobody."""
    query = parser.unwrap(view.query)
    if view.materialized or view.invoker or parser.enum(query, "op") != "SETOP_NONE":
        return None
    if any(len(getattr(query, name)) for name in CLAUSES) or any(parser.present(query, name) for name in SINGLE):
        return None
    sources = [parser.unwrap(one) for one in query.from_clause]
    if len(sources) != 1 or parser.kind(sources[0]) != "RangeVar" or any(map(_spread, query.target_list)):
        return None
    table = catalog.tables.get(Name(sources[0].schemaname, sources[0].relname))
    return table if table is not None and table.rls else None


def _spread(target: object) -> bool:
    """Whether a column of the view is not of one row."""
    value = parser.unwrap(parser.unwrap(target).val)
    if parser.kind(value) != "FuncCall":
        return False
    return parser.present(value, "over") or parser.strings(value.funcname)[-1] in NOT_OF_ONE_ROW


def writers(catalog: Catalog, view: View, table: Table, verb: str) -> Iterator[str]:
    """The API roles that may write to a view, and not the same rows of its table."""
    for role in catalog.reaches(view, verb.upper()):
        free = any(
            policy.permissive and policy.covers(verb) and policy.applies_to(role) and policy.using == "true"
            for policy in table.policies.values()
        )
        if not (free and role in catalog.reaches(table, verb.upper())):
            yield role
