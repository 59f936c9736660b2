"""Embedding: `select=*,parts(*)` as a subquery for each row, with its own filters, order and page."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg import sql
from psycopg.sql import Composable, Composed, Identifier

from gate.postgres import Connection
from gate.standin.supabase.rest.catalog import Table, columns_of, type_named
from gate.standin.supabase.rest.errors import not_built
from gate.standin.supabase.rest.filters import condition
from gate.standin.supabase.rest.relationships import choose
from gate.standin.supabase.rest.scanner import Scanner
from gate.standin.supabase.rest.select import items, number, order

HINT = re.compile(r"![\w$]+")
NOTHING = {"is.null": "not exists ({})", "not.is.null": "exists ({})"}
DEEPEST = 10  # embeddings within each other; more is nobody's request

Parameters = list[tuple[str, str]]


@dataclass(slots=True)
class Embedder:
    """What may be embedded in a table's rows, which stand in the query under the name `source`.

    `filters` are the parameters of the request that are not yet spoken for: an embedding takes its own out. `needed` are
    conditions on the rows themselves, as `!inner` makes them.
    """

    db: Connection
    table: Table
    source: Composable
    filters: Parameters
    needed: list[Composable] = field(default_factory=list)
    depth: int = 0
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def embed(self, scanner: Scanner, name: str, alias: str | None) -> Composable:
        """Read the hints and what stands in brackets; the subquery, under its name."""
        hint, inner = None, False
        while found := scanner.match(HINT):
            word = found[0][1:]
            if word in {"inner", "left"}:
                inner = word == "inner"
            else:
                hint = word
        scanner.expect("(")
        if self.depth >= DEEPEST:
            raise not_built(f"more than {DEEPEST} embeddings within each other")
        chosen = choose(self.db, self.table, name, hint)
        label = alias or name
        there = Identifier(f"gate embedded {next(self.numbers)}")
        mine = self._own(label)
        page = {key: mine.pop(at)[1] for key in ("order", "limit", "offset") if (at := _place(mine, key)) is not None}
        child = Embedder(self.db, chosen.target, there, mine, [], self.depth + 1, self.numbers)
        inside = self._inside(scanner, child)
        needed = [chosen.joined(self.source, there), *(condition(there, *one) for one in child.filters), *child.needed]
        source = sql.SQL(" from {} as {} where ").format(chosen.target.source, there) + sql.SQL(" and ").join(needed)
        self._required(label, source, inner=inner)
        query = sql.SQL("select ") + inside + source + order(there, page.get("order", "")) + _cut(page)
        if chosen.single:
            whole = sql.SQL("(select pg_catalog.row_to_json(one) from ({}) as one limit 1) as {}")
            return whole.format(query, Identifier(label))
        whole = sql.SQL("(select coalesce(pg_catalog.json_agg(one), '[]') from ({}) as one) as {}")
        return whole.format(query, Identifier(label))

    def _inside(self, scanner: Scanner, child: "Embedder") -> Composable:
        """What to return of each embedded row. `count` alone counts them, unless a column is called so."""
        if scanner.text.startswith("count)", scanner.at) and "count" not in columns_of(self.db, child.table):
            scanner.take("count)")
            return sql.SQL("pg_catalog.count(*) as count")
        if scanner.take(")"):
            raise not_built("an embedding without columns")
        found = items(scanner, child.source, lambda words: type_named(self.db, words), child.embed)
        scanner.expect(")")
        return found

    def _own(self, label: str) -> Parameters:
        """The parameters of an embedding, without its name; they are spoken for from now on."""
        prefix = f"{label}."
        own = [(key.removeprefix(prefix), value) for key, value in self.filters if key.startswith(prefix)]
        self.filters[:] = [one for one in self.filters if not one[0].startswith(prefix)]
        return own

    def _required(self, label: str, source: Composable, *, inner: bool) -> None:
        """Rows without any such embedded row drop out with `!inner`; or those with one, as `parts=is.null` asks."""
        if inner:
            self.needed.append(sql.SQL("exists (select") + source + sql.SQL(")"))
        for one in [one for one in self.filters if one[0] == label and one[1] in NOTHING]:
            self.filters.remove(one)
            self.needed.append(sql.SQL(NOTHING[one[1]]).format(sql.SQL("select") + source))


def _place(found: Parameters, key: str) -> int | None:
    return next((place for place, (name, _) in enumerate(found) if name == key), None)


def _cut(page: dict[str, str]) -> Composed:
    parts = [sql.SQL(" limit {}").format(number("limit", page["limit"]))] if "limit" in page else []
    parts += [sql.SQL(" offset {}").format(number("offset", page["offset"]))] if "offset" in page else []
    return Composed(parts)
