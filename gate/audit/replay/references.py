"""What an expression or query refers to: relations, functions, types and columns, and how these follow a rename."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from gate.audit.catalog import Name
from gate.audit.replay import parser
from gate.audit.replay.state import State

Scope = Mapping[str, Name | None]


class Mentions(NamedTuple):
    """What a tree speaks of: with its schema, or without and then to be looked up along the search path."""

    relations: frozenset[Name]
    calls: frozenset[Name]
    bare_relations: frozenset[str]
    bare_calls: frozenset[str]
    queries: frozenset[str]  # names of a WITH, which hide relations
    columns: frozenset[tuple[str, ...]]  # as they are written
    labels: frozenset[str]  # names that queries give to what they select
    types: frozenset[str]  # that it casts to, by their own name
    draws: frozenset[str]  # sequences, as their names are written


@parser.remembered
def mentions(node: Any) -> Mentions:
    """What a tree speaks of."""
    relations: set[tuple[str, str]] = set()
    calls: set[tuple[str, ...]] = set()
    queries: set[str] = set()
    columns: set[tuple[str, ...]] = set()
    labels: set[str] = set()
    types: set[str] = set()
    draws: set[str | None] = set()
    for one in parser.walk(node):
        match parser.kind(one):
            case "RangeVar":
                relations.add((one.schemaname, one.relname))
            case "FuncCall":
                calls.add(parser.strings(one.funcname))
                if parser.strings(one.funcname)[-1:] == ("nextval",) and len(one.args):
                    draws.add(parser.literal(one.args[0]))
            case "TypeName":
                types.add(parser.type_text(one).lstrip("_"))
            case "CommonTableExpr":
                queries.add(one.ctename)
            case "ColumnRef":
                columns.add(parser.strings(one.fields))
            case "ResTarget":
                labels.add(one.name)
    return Mentions(
        frozenset(Name(*one) for one in relations if one[0]),
        frozenset(Name(*one[-2:]) for one in calls if len(one) > 1),
        frozenset(name for schema, name in relations if not schema and name not in queries),
        frozenset(one[0] for one in calls if len(one) == 1),
        frozenset(queries),
        frozenset(columns),
        frozenset(labels),
        frozenset(types),
        frozenset(word for word in draws if word),
    )


def qualify(state: State, node: Any) -> None:
    """Spell every relation and function of a tree with its schema, as Postgres remembers the object and not the word."""
    spoken = mentions(node)
    relations = {word: found.schema for word in spoken.bare_relations if (found := state.existing(word))}
    calls = {word: home for word in spoken.bare_calls if (home := _home(state, word))}
    if not relations and not calls:
        return
    for one in parser.walk(node):
        match parser.kind(one):
            case "RangeVar" if not one.schemaname and one.relname in relations:
                one.schemaname = relations[one.relname]
            case "FuncCall" if len(one.funcname) == 1:
                (word,) = parser.strings(one.funcname)
                if word in calls:
                    parser.set_names(one.funcname, (calls[word], word))


def _home(state: State, word: str) -> str | None:
    return next((schema for schema in state.path if state.catalog.functions.named(Name(schema, word))), None)


def must_be_there(state: State, node: Any, what: str, own: Name | None = None) -> None:
    """Note, or refuse, relations, functions and columns that a qualified tree names and that nothing made."""
    spoken = mentions(node)
    gone = next((name for name in sorted(spoken.relations) if not _there(state, name)), None)
    bare = next((word for word in sorted(spoken.bare_relations) if not word.startswith("pg_")), None)
    if gone is not None or bare is not None:
        state.lacks(f"table {gone or bare}, which {what} reads, was never created")
    for name in sorted(spoken.calls):
        _call_there(state, name, what)
    if not state.catalog.extensions:
        for word in sorted(spoken.bare_calls - built_in()):
            if not any(Name(home, word) in state.catalog.types for home in state.path):
                state.lacks(f"function {word}, which {what} calls, was never created")
    held = state.catalog.tables.get(own) if own else None
    if held is None or any(len(fields) != 1 or fields[0] not in held.columns for fields in spoken.columns):
        _columns_there(state, node, what, own)


def _columns_there(state: State, node: Any, what: str, own: Name | None) -> None:
    for _, table, column in columns(state, node, own):
        held = state.catalog.tables.get(table)
        if held and column not in held.columns and column not in SYSTEM_COLUMNS and column != table.name:
            state.lacks(f"column {column!r} of {table}, which {what} reads, was never created")
    for column in _unknown(state, node, ({own.name: own},) if own else ()):
        if column not in mentions(node).labels:
            state.lacks(f"column {column!r}, which {what} reads, was never created")


def _unknown(state: State, node: Any, scopes: tuple[Scope, ...]) -> Iterator[str]:
    """The bare names of columns that no relation in sight has, where all of them are known."""
    inner = parser.unwrap(node)
    if not parser.is_message(inner):
        return
    match parser.kind(inner):
        case "ColumnRef":
            fields = parser.strings(inner.fields)
            if len(fields) == 1 and scopes and not any(_may_have(state, scope, fields[0]) for scope in scopes):
                yield fields[0]
            return
        case "SelectStmt":
            scopes = (*scopes, dict(ranges(inner.from_clause)))
        case "InsertStmt" | "UpdateStmt" | "DeleteStmt":
            return
    for child in parser.children(inner):
        yield from _unknown(state, child, scopes)


def _may_have(state: State, scope: Scope, column: str) -> bool:
    """Whether a name may be a column of what is in scope, or one of these itself."""
    if column in scope or column in SYSTEM_COLUMNS:
        return True
    for name in scope.values():
        held = state.catalog.tables.get(name) or state.catalog.views.get(name) if name else None
        if held is None or column in held.columns or not held.columns:
            return True
    return False


SYSTEM_COLUMNS = {"ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"}
SYSTEM_SCHEMAS = {"pg_catalog", "information_schema"}


def _there(state: State, name: Name) -> bool:
    """Whether a relation is there, or belongs to what a replay does not hold."""
    catalog = state.catalog
    if name in catalog.tables or name in catalog.views or name in catalog.sequences:
        return True
    # An extension has relations, and the platform's schemas have more than is modelled.
    return name.schema in SYSTEM_SCHEMAS | PLATFORM_SCHEMAS or (
        state.of_an_extension((name.schema,)) or name.name.startswith("pg_")
    )


PLATFORM_SCHEMAS = {
    *("auth", "storage", "realtime", "vault", "extensions", "cron", "net", "pgmq", "graphql", "graphql_public"),
    *("supabase_functions", "supabase_migrations", "pgsodium", "_realtime", "pgbouncer", "pgtle"),
}


def _call_there(state: State, name: Name, what: str) -> None:
    elsewhere = name.schema in SYSTEM_SCHEMAS | PLATFORM_SCHEMAS or state.of_an_extension((name.schema,))
    if not elsewhere and not state.catalog.functions.named(name) and name not in state.catalog.types:
        state.lacks(f"function {name}, which {what} calls, was never created")


@cache
def built_in() -> frozenset[str]:
    """The names of the functions that Postgres, and what the platform installs, brings along."""
    return frozenset(files("gate.audit.replay").joinpath("built_in.txt").read_text(encoding="utf-8").split())


def starred(state: State, node: Any) -> Iterator[tuple[Name, tuple[str, ...]]]:
    """The relations that a query reads by `*`, with the columns that they have now."""
    for query in parser.walk(node):
        if parser.kind(query) != "SelectStmt":
            continue
        sources = dict(ranges(query.from_clause))
        for target in map(parser.unwrap, query.target_list):
            value = parser.unwrap(target.val)
            if parser.kind(value) == "ColumnRef" and parser.kind(value.fields[-1]) == "A_Star":
                wanted = parser.strings(value.fields)
                for alias, name in sources.items():
                    if name and (not wanted or wanted[-1] == alias):
                        held = state.catalog.tables.get(name) or state.catalog.views.get(name)
                        yield name, tuple(held.columns) if held else ()


def relations(node: Any) -> frozenset[Name]:
    """The relations that a qualified tree reads."""
    return mentions(node).relations


def calls(node: Any) -> frozenset[Name]:
    """The functions that a qualified tree calls."""
    return mentions(node).calls


def types(node: Any) -> frozenset[str]:
    """The types that a tree casts to, by their own name."""
    return mentions(node).types


def bare(node: Any) -> set[str]:
    """The columns of one row that an expression reads, by their own name, as in a CHECK or a generated column."""
    return set() if parser.unwrap(node) is None else {names[-1] for names in mentions(node).columns if names}


def of_rows(node: Any) -> set[str]:
    """The columns of NEW and OLD that a trigger's WHEN reads."""
    return {names[1] for names in mentions(node).columns if len(names) == 2 and names[0] in {"new", "old"}}


def sequences(state: State, node: Any) -> set[Name]:
    """The sequences that a default draws from, as in nextval('public.s'::regclass)."""
    return {state.spelled(word) for word in mentions(node).draws}


def columns(state: State, node: Any, own: Name | None = None) -> Iterator[tuple[Any, Name, str]]:
    """Every column reference whose table is known: the node, the table, the column. `own` is a policy's table."""
    yield from _columns(state, node, ({own.name: own},) if own else ())


def reads(state: State, node: Any, wanted: tuple[Name, str], own: Name | None = None) -> bool:
    """Whether a tree reads a column of a table. Most speak of none of that name, and are not searched."""
    spoken = any(names[-1:] == wanted[1:] for names in mentions(node).columns)
    return spoken and any((table, column) == wanted for _, table, column in columns(state, node, own))


def _columns(state: State, node: Any, scopes: tuple[Scope, ...]) -> Iterator[tuple[Any, Name, str]]:
    inner = parser.unwrap(node)
    if not parser.is_message(inner):
        return
    match parser.kind(inner):
        case "ColumnRef":
            found = _resolved(state, parser.strings(inner.fields), scopes)
            if found:
                yield inner, *found
            return
        case "SelectStmt":
            scopes = (*scopes, dict(ranges(inner.from_clause)))
    for child in parser.children(inner):
        yield from _columns(state, child, scopes)


def ranges(nodes: Any) -> Iterator[tuple[str, Name | None]]:
    """What a FROM clause brings into scope: alias and relation, None for what is no relation."""
    for one in map(parser.unwrap, nodes):
        match parser.kind(one):
            case "RangeVar":
                yield _alias(one) or one.relname, Name(one.schemaname, one.relname) if one.schemaname else None
            case "JoinExpr":
                yield from ranges((one.larg, one.rarg))
            case _:
                yield _alias(one), None


def _alias(node: Any) -> str:
    return str(node.alias.aliasname) if parser.is_message(node) and parser.present(node, "alias") else ""


def _resolved(state: State, fields: tuple[str, ...], scopes: tuple[Scope, ...]) -> tuple[Name, str] | None:
    if not fields:
        return None
    *prefix, column = fields
    if len(prefix) == 2:
        return Name(prefix[0], prefix[1]), column
    for scope in reversed(scopes):
        if prefix:
            if prefix[0] in scope:
                table = scope[prefix[0]]
                return (table, column) if table else None
            continue
        for table in scope.values():
            if table in state.catalog.tables and column in state.catalog.tables[table].columns:
                return table, column
            if table in state.catalog.views and column in state.catalog.views[table].columns:
                return table, column
        if None in scope.values():
            return None
    return None


def rename_relation(state: State, node: Any, old: Name, new: Name, own: Name | None = None) -> None:
    """Make a tree follow a relation to its new name. Call it while the catalog still holds the old one."""
    for reference, table, _ in list(columns(state, node, own)):
        *prefix, column = parser.strings(reference.fields)
        if table == old and prefix == [old.name]:
            parser.set_names(reference.fields, (new.name, column))
        elif prefix == list(old):
            parser.set_names(reference.fields, (*new, column))
    for one in parser.walk(node):
        if parser.kind(one) == "RangeVar" and (one.schemaname, one.relname) == old:
            one.schemaname, one.relname = new


def rename_function(node: Any, old: Name, new: Name) -> None:
    """Make a tree follow a function to its new name."""
    for one in parser.walk(node):
        if parser.kind(one) == "FuncCall" and parser.strings(one.funcname) == old:
            parser.set_names(one.funcname, new)


def rename_column(state: State, node: Any, table: Name, names: tuple[str, str], own: Name | None = None) -> None:
    """Make a tree follow a column to its new name. Call it while the catalog still holds the old one."""
    old, new = names
    unnamed = [one for one in _outputs(node) if parser.strings(parser.unwrap(one.val).fields)[-1:] == (old,)]
    for reference, owner, column in list(columns(state, node, own)):
        if owner == table and column == old:
            parser.set_names(reference.fields, (*parser.strings(reference.fields)[:-1], new))
    for target in unnamed:  # what a query calls it stays
        if parser.strings(parser.unwrap(target.val).fields)[-1:] == (new,) and new != old:
            target.name = old


def _outputs(node: Any) -> Iterator[Any]:
    """The columns that queries hand on under their own names."""
    for query in parser.walk(node):
        if parser.kind(query) == "SelectStmt":
            for target in map(parser.unwrap, query.target_list):
                if not target.name and parser.kind(target.val) == "ColumnRef":
                    yield target


def rename_bare(node: Any, old: str, new: str) -> None:
    """Make an expression over one row follow a column to its new name."""
    for one in parser.walk(node):
        if parser.kind(one) == "ColumnRef" and parser.strings(one.fields)[-1:] == (old,):
            parser.set_names(one.fields, (*parser.strings(one.fields)[:-1], new))


def rename_of_rows(node: Any, old: str, new: str) -> None:
    """Make a trigger's WHEN follow a column of NEW and OLD to its new name."""
    for one in parser.walk(node):
        if parser.kind(one) == "ColumnRef" and parser.strings(one.fields) in {("new", old), ("old", old)}:
            parser.set_names(one.fields, (parser.strings(one.fields)[0], new))


def rename_sequence(state: State, node: Any, old: Name, new: Name) -> None:
    """Make a default follow the sequence that it draws from."""
    for one in parser.walk(node):
        text = parser.literal(one) if parser.kind(one) == "A_Const" else None
        if text and one.WhichOneof("val") == "sval" and state.spelled(text) == old:
            one.sval.sval = f'"{new.schema}"."{new.name}"'


def rename_type(node: Any, old: Name, new: Name) -> None:
    """Make casts follow a type to its new name."""
    for one in parser.walk(node):
        if parser.kind(one) == "TypeName" and parser.strings(one.names)[-1:] == (old.name,):
            parser.set_names(one.names, (*parser.strings(one.names)[:-1], new.name))
