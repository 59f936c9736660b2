"""What policies believe of the caller's own row elsewhere: which table they look it up in, and which columns they go by."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gate.audit.catalog import Catalog, Name, Policy, Table
from gate.audit.meaning import owner_columns, plain
from gate.audit.reach import reached

LOOKUP = re.compile(
    r'\b(?:from|join)\s+(?:only\s+)?(?:("?)(\w+)\1\.)?("?)(\w+)\3(?:\s+(?:as\s+)?(?!where\b|on\b|join\b|left\b|inner\b|cross\b|order\b|limit\b|group\b|union\b)(\w+))?',
    re.IGNORECASE,
)
MARKS = re.compile(r"[();]|\border\s+by\b", re.IGNORECASE)
SELECT = re.compile(r"\bselect\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A query that a policy asks, itself or in a function: whose policy it is, the query, and what it calls the table."""

    believer: Name
    policy: str
    query: str
    alias: str


def believed(catalog: Catalog, table: Table) -> Mapping[str, Lookup]:
    """The columns by which policies of other tables go when they look up the caller's row in this one.

    Where a user has many rows, what lies below one of them is the user's to share, by whatever that row says.
    """
    lookups = catalog.once("lookups", lambda: _lookups(catalog)).get(table.name.name)
    if not lookups:
        return {}
    owners = [one for one in owner_columns(catalog, table) if one in table.columns]
    own = {table.name} if one_each(catalog, table) else {table.name, *_below(catalog, table)}
    found: dict[str, Lookup] = {}
    for lookup in lookups:
        if lookup.believer in own or not any(_compared(lookup, table, owner) for owner in owners):
            continue
        for column in table.columns:
            if column not in owners and _reads(lookup, table, column):
                found.setdefault(column, lookup)
    return found


def one_each(catalog: Catalog, table: Table) -> bool:
    """Whether a user has one row at most, as in a table of profiles."""
    return bool(table.primary_key) and set(table.primary_key) <= set(owner_columns(catalog, table))


def _below(catalog: Catalog, table: Table) -> set[Name]:
    """The tables whose rows belong to rows of this one, at any depth."""
    keyed = catalog.once("keyed", lambda: _keyed(catalog))
    found: set[Name] = set()
    todo = [table.name]
    while todo:
        fresh = keyed.get(todo.pop(), set()) - found
        found |= fresh
        todo += fresh
    return found


def _keyed(catalog: Catalog) -> Mapping[Name, set[Name]]:
    """The tables that have a key to each one."""
    found: dict[Name, set[Name]] = defaultdict(set)
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            found[key.target].add(table.name)
    return found


def _lookups(catalog: Catalog) -> Mapping[str, list[Lookup]]:
    """The lookups of all permissive policies, by the bare name of the table that is asked."""
    found: dict[str, list[Lookup]] = defaultdict(list)
    for other, policy in catalog.policies():
        if policy.permissive and other.rls and (policy.relations or policy.calls):
            for text in dict.fromkeys(_texts(catalog, policy)):
                for name, query, alias in _queries(text):
                    found[name].append(Lookup(other.name, policy.name, query, alias))
    return found


def _texts(catalog: Catalog, policy: Policy) -> Iterator[str]:
    """The conditions, and the bodies of the functions that they lead to."""
    yield from (plain(text) for text in (policy.using, policy.check) if text)
    for one in reached(catalog, policy):
        if one.kind == "function":
            yield from (plain(function.body) for function in catalog.functions.named(one.name))


def _queries(text: str) -> Iterator[tuple[str, str, str]]:
    """Each table that is looked into, with the query around it and its alias."""
    for match in LOOKUP.finditer(text):
        starts = [one.start() for one in SELECT.finditer(text, 0, match.start())]
        yield match[4], text[starts[-1] if starts else match.start() : _end(text, match.end())], match[5] or match[4]


def _end(text: str, start: int) -> int:
    """Where the conditions of the query end that goes on here: at its order, a semicolon, or where more is closed than opened."""
    depth = 0
    for mark in MARKS.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth < 0 or (mark[0] not in "()" and (depth == 0 or mark[0] == ";")):
            return mark.start()
    return len(text)


def _reads(lookup: Lookup, table: Table, name: str) -> bool:
    """Whether the query speaks of the column, by itself or as this table's."""
    if name not in lookup.query:
        return False
    ours = "|".join(map(re.escape, dict.fromkeys((lookup.alias, table.name.name))))
    return bool(re.search(rf"(?<![\w.$])(?:(?:{ours})\.)?{re.escape(name)}\b(?!\s*\()", lookup.query))


def _compared(lookup: Lookup, table: Table, owner: str) -> bool:
    """Whether the query asks for the row of one user."""
    if owner not in lookup.query:
        return False
    ours = "|".join(map(re.escape, dict.fromkeys((lookup.alias, table.name.name))))
    column = rf"(?<![\w.$])(?:(?:{ours})\.)?{re.escape(owner)}\b"
    return bool(re.search(rf"{column}\s*=|=\s*\(?{column}", lookup.query))
