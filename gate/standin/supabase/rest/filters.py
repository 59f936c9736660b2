"""Filters: `column=op.value`, negation, and trees of `and` and `or`, as SQL conditions.

Values become literals without a type, so that PostgreSQL reads them as the column's type and complains in its own words.
"""

import re
from collections.abc import Sequence

from psycopg import sql
from psycopg.sql import Composable, Composed, Identifier, Literal

from gate.standin.http import Request
from gate.standin.supabase.rest.errors import refusal
from gate.standin.supabase.rest.scanner import Field, Scanner

OPERATORS = {
    "eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "like": "like", "ilike": "ilike",
    "match": "~", "imatch": "~*", "cs": "@>", "cd": "<@", "ov": "&&", "sl": "<<", "sr": ">>", "nxr": "&<",
    "nxl": "&>", "adj": "-|-", "isdistinct": "is distinct from",
}  # fmt: skip
QUANTIFIED = ("eq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch")
SEARCHES = {
    "fts": "to_tsquery",
    "plfts": "plainto_tsquery",
    "phfts": "phraseto_tsquery",
    "wfts": "websearch_to_tsquery",
}
STATES = ("null", "not_null", "true", "false", "unknown")

OPERATOR = re.compile(r"([a-z]+)(?:\(([A-Za-z0-9_]+)\))?\.")
BRANCH = re.compile(r"(not\.)?(and|or)(?=\()")
TREE_KEY = re.compile(r"(not\.)?(and|or)")
EXPECTING = "operator (eq, gt, ...)"


RESERVED = frozenset({"select", "order", "limit", "offset", "columns", "on_conflict", "apikey"})


def filters_of(request: Request) -> list[tuple[str, str]]:
    """The parameters that are filters."""
    return [(key, value) for key, value in request.query if key not in RESERVED]


def looks_like_filter(value: str) -> bool:
    """Whether a parameter of a function call by GET begins with an operator; otherwise it is an argument."""
    found = OPERATOR.match(value.removeprefix("not."))
    return found is not None and found[1] in {"in", "is", *OPERATORS, *SEARCHES}


def column(source: Composable, field: Field) -> Composed:
    """A column of the source, or what lies behind its arrows."""
    plain = source + sql.SQL(".") + Identifier(field.name)
    if not field.path:
        return plain
    inside = sql.SQL("pg_catalog.to_jsonb({})").format(plain)
    for arrow, step in field.path:
        inside += sql.SQL("->>" if arrow == "->>" else "->") + Literal(step)
    return sql.SQL("({})").format(inside)


def where(source: Composable, given: Sequence[tuple[str, str]], more: Sequence[Composable] = ()) -> Composed:
    """` where ...` for all of these parameters, and more conditions; empty when there are none."""
    conditions = [*(condition(source, key, value) for key, value in given), *more]
    return sql.SQL(" where ") + sql.SQL(" and ").join(conditions) if conditions else Composed([])


def condition(source: Composable, key: str, value: str) -> Composable:
    """One parameter of the query as a condition."""
    tree = TREE_KEY.fullmatch(key)
    if tree:
        scanner = Scanner(value, "logic tree")
        found = _members(scanner, source, tree[2])
        scanner.end()
        return _negated(found) if tree[1] else found
    named = Scanner(key, "field name")
    field = named.field()
    if named.take("."):
        words = f"'{field.name}' is not an embedded resource in this request"
        raise refusal(400, "PGRST108", words, hint=f"Verify that '{field.name}' is included in the 'select' query.")
    named.end()
    scanner = Scanner(value, "filter")
    return _comparison(scanner, column(source, field), whole=True)


def _members(scanner: Scanner, source: Composable, joined: str) -> Composed:
    scanner.expect("(")
    found = [_member(scanner, source)]
    while scanner.take(","):
        found.append(_member(scanner, source))
    scanner.expect(")")
    return sql.SQL("({})").format(sql.SQL(" or " if joined == "or" else " and ").join(found))


def _member(scanner: Scanner, source: Composable) -> Composable:
    branch = scanner.match(BRANCH)
    if branch:
        found = _members(scanner, source, branch[2])
        return _negated(found) if branch[1] else found
    field = scanner.field()
    scanner.expect(".")
    return _comparison(scanner, column(source, field), whole=False)


def _comparison(scanner: Scanner, left: Composable, *, whole: bool) -> Composable:
    """`[not.]op.value`. A whole filter's value is all that follows; inside a tree it ends at a comma or bracket."""
    negated = scanner.take("not.")
    start = scanner.at
    found = scanner.match(OPERATOR)
    if not found:
        scanner.fail(f'"not" or {EXPECTING}' if not negated else EXPECTING)
    name, inside = found[1], found[2]
    if name == "in" and inside is None:
        values = scanner.list_of_values()
        if whole:
            scanner.end()
        done: Composable = sql.SQL("{} = any ({})").format(left, Literal(_array(values)))
    else:
        value = scanner.text[scanner.at :] if whole else scanner.one_value()
        known = _known(name, inside, left, value)
        if known is None:
            scanner.at = start
            scanner.fail(EXPECTING)
        done = known
    return _negated(done) if negated else done


def _known(name: str, inside: str | None, left: Composable, value: str) -> Composable | None:
    """The condition of an operator; None for one that there is not."""
    if name in {"like", "ilike"}:
        value = value.replace("*", "%")
    if name == "is" and inside is None:
        state = value.lower()
        if state not in STATES:
            raise refusal(400, "PGRST100", f'"failed to parse filter (is.{value})" (line 1, column 4)',
                          "expecting null, not_null, true, false or unknown")  # fmt: skip
        return left + sql.SQL({s: f" is {s.replace('_', ' ')}" for s in STATES}[state])
    if name in SEARCHES:
        language = Literal(inside) + sql.SQL(", ") if inside else Composed([])
        query = Identifier("pg_catalog", SEARCHES[name])
        return sql.SQL("{} @@ {}({}{})").format(left, query, language, Literal(value))
    if name not in OPERATORS or (inside and (name not in QUANTIFIED or inside not in {"any", "all"})):
        return None
    right: Composable = Literal(value)
    if inside:
        right = sql.SQL("any ({})" if inside == "any" else "all ({})").format(right)
    return sql.SQL("{} {} {}").format(left, sql.SQL(OPERATORS[name]), right)


def _negated(found: Composable) -> Composed:
    return sql.SQL("not ({})").format(found)


def _array(values: Sequence[str]) -> str:
    """An array literal in which every element is quoted, so that no element can be read as NULL or as two."""
    inside = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return "{" + inside + "}"
