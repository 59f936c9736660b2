"""The relations and functions that the body of a function names, found along its own search path."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from gate.audit.catalog import Catalog, Function, Name
from gate.audit.replay import parser, references
from gate.audit.replay.state import DEFAULT_PATH

REMEMBERED = 5_000  # bodies whose mentions are kept
RETURNS = ("void", "trigger", "text", "setof record")  # the parser refuses a RETURN that does not fit
STATEMENT = re.compile(
    r"\s*(select|insert|update|delete|with|merge|create|alter|drop|grant|revoke|truncate|call)\b", re.IGNORECASE
)


def mentioned(catalog: Catalog, function: Function) -> tuple[frozenset[Name], frozenset[Name]]:
    """The relations and functions that a body names itself, found along its own search path."""
    path = _path(function)
    if function.body_node is not None:
        return references.relations(function.body_node), references.calls(function.body_node)
    relations, calls, bare_relations, bare_calls = _spoken(function.body, function.language)
    found: set[Name] = set()
    for word in bare_relations:
        homes = (Name(home, word) for home in path)
        found |= {next((one for one in homes if one in catalog.tables or one in catalog.views), Name("", word))}
    called = set(calls)
    for word in bare_calls:
        homes = (Name(home, word) for home in path)
        called |= {next((one for one in homes if catalog.functions.named(one)), Name("", word))}
    return frozenset(relations | found), frozenset(called)


def _path(function: Function) -> tuple[str, ...]:
    """Where a body looks names up: its own SET search_path, else what the API's connection has."""
    written = function.settings.get("search_path")
    if written is None:
        return DEFAULT_PATH
    return tuple(word for part in written.split(",") if (word := part.strip(" \"'")) and word != "$user")


Spoken = tuple[frozenset[Name], frozenset[Name], frozenset[str], frozenset[str]]


@lru_cache(REMEMBERED)
def _spoken(body: str, language: str) -> Spoken:
    """Relations and functions of a body's SQL, with their schema and without."""
    trees = [tree for text in _texts(body, language) for tree in parser.parse(text)]
    said = [references.mentions(tree) for tree in trees]
    return (
        frozenset(name for one in said for name in one.relations),
        frozenset(name for one in said for name in one.calls),
        frozenset(word for one in said for word in one.bare_relations),
        frozenset(word for one in said for word in one.bare_calls),
    )


def _texts(body: str, language: str) -> Iterator[str]:
    """The pieces of SQL in a body: all of it, or the expressions and statements of PL/pgSQL."""
    if language == "sql":
        yield body
    parsed = next((one for returns in RETURNS if (one := parser.parse_body(body, language, returns))), None)
    for text in _queries(parsed):
        yield text if STATEMENT.match(text) else f"select {text.partition(':=')[2] or text}"


def _queries(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("query"), str):
            yield node["query"]
        for value in node.values():
            yield from _queries(value)
    elif isinstance(node, list):
        for value in node:
            yield from _queries(value)
