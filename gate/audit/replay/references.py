"""What an expression or query refers to: relations, functions, types and columns, and how these follow a rename."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
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


def mentions(node: Any) -> Mentions:
    """What a tree speaks of; asked again of a tree of the same text, it is not searched again."""
    made: Any = type(node)
    return _mentions(made, node.SerializeToString())


@lru_cache(parser.REMEMBERED)
def _mentions(made: Any, packed: bytes) -> Mentions:
    relations: set[tuple[str, str]] = set()
    calls: set[tuple[str, ...]] = set()
    queries: set[str] = set()
    for one in parser.walk(parser.opened(packed, made)):
        match parser.kind(one):
            case "RangeVar":
                relations.add((one.schemaname, one.relname))
            case "FuncCall":
                calls.add(parser.strings(one.funcname))
            case "CommonTableExpr":
                queries.add(one.ctename)
    return Mentions(
        frozenset(Name(*one) for one in relations if one[0]),
        frozenset(Name(*one[-2:]) for one in calls if len(one) > 1),
        frozenset(name for schema, name in relations if not schema and name not in queries),
        frozenset(one[0] for one in calls if len(one) == 1),
        frozenset(queries),
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


def relations(node: Any) -> frozenset[Name]:
    """The relations that a qualified tree reads."""
    return mentions(node).relations


def calls(node: Any) -> frozenset[Name]:
    """The functions that a qualified tree calls."""
    return mentions(node).calls


def types(node: Any) -> set[str]:
    """The types that a tree casts to, by their own name."""
    return {parser.type_text(one).lstrip("_") for one in parser.walk(node) if parser.kind(one) == "TypeName"}


def sequences(state: State, node: Any) -> set[Name]:
    """The sequences that a default draws from, as in nextval('public.s'::regclass)."""
    found = set()
    for one in parser.walk(node):
        if parser.kind(one) == "FuncCall" and parser.strings(one.funcname)[-1:] == ("nextval",) and len(one.args):
            word = parser.literal(one.args[0])
            if word:
                found.add(state.spelled(word))
    return found


def columns(state: State, node: Any, own: Name | None = None) -> Iterator[tuple[Any, Name, str]]:
    """Every column reference whose table is known: the node, the table, the column. `own` is a policy's table."""
    yield from _columns(state, node, ({own.name: own},) if own else ())


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
    for reference, owner, column in list(columns(state, node, own)):
        if owner == table and column == old:
            parser.set_names(reference.fields, (*parser.strings(reference.fields)[:-1], new))
