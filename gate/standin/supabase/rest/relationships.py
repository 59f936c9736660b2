"""Which tables can be embedded in which: read from the foreign keys of the exposed schema, and chosen as PostgREST chooses."""
# ruff: noqa: S608 - the query is put together from our own words

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.sql import Composable, Composed, Identifier

from gate.postgres import Connection
from gate.standin.supabase.rest.catalog import Table
from gate.standin.supabase.rest.errors import refusal

NAMES = "array(select a.attname::text from unnest({0}) with ordinality as one (n, place) join pg_catalog.pg_attribute as a on a.attrelid = {1} and a.attnum = one.n order by one.place)"
KEYS = f"""
select k.conname, f.oid::int8, f.relname, {NAMES.format("k.conkey", "k.conrelid")},
       t.oid::int8, t.relname, {NAMES.format("k.confkey", "k.confrelid")},
       exists (select from pg_catalog.pg_constraint as u where u.conrelid = k.conrelid and u.contype in ('p', 'u')
               and u.conkey <@ k.conkey),
       exists (select from pg_catalog.pg_constraint as p where p.conrelid = k.conrelid and p.contype = 'p'
               and k.conkey <@ p.conkey)
from pg_catalog.pg_constraint as k
join pg_catalog.pg_class as f on f.oid = k.conrelid join pg_catalog.pg_class as t on t.oid = k.confrelid
where k.contype = 'f' and k.conparentid = 0 and f.relnamespace = t.relnamespace
  and f.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = %s)
order by k.conname
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key: whose it is and where it leads. `unique`: at most one row leads to each. `keyed`: it is part of the key."""

    name: str
    source: Table
    columns: tuple[str, ...]
    target: Table
    target_columns: tuple[str, ...]
    unique: bool
    keyed: bool


@dataclass(frozen=True, slots=True)
class Relationship:
    """A way from one table to another: along a key, against one, or through a table that joins the two."""

    target: Table
    single: bool
    cardinality: str
    hints: frozenset[str]
    described: str
    outward: Key | None = None
    inward: Key | None = None
    through: tuple[Key, Key] | None = None

    def joined(self, here: Composable, there: Composable) -> Composed:
        """The condition that a row there belongs to the row here."""
        if self.outward:
            return _equal(there, self.outward.target_columns, here, self.outward.columns)
        if self.inward:
            return _equal(there, self.inward.columns, here, self.inward.target_columns)
        assert self.through is not None
        mine, theirs = self.through
        between = Identifier("gate junction")
        both = [_equal(between, mine.columns, here, mine.target_columns)]
        both.append(_equal(between, theirs.columns, there, theirs.target_columns))
        exists = sql.SQL("exists (select from {} as {} where {})")
        return exists.format(mine.source.source, between, sql.SQL(" and ").join(both))


def choose(db: Connection, table: Table, name: str, hint: str | None) -> Relationship:
    """The relationship that an embedding means. None is PGRST200, several are PGRST201."""
    found = [one for one in _relationships(_keys(db, table.schema), table) if _fits(one, name, hint)]
    if len(found) == 1:
        return found[0]
    if not found:
        hinted = f" using the hint '{hint}'" if hint else ""
        words = f"Could not find a relationship between '{table.name}' and '{name}' in the schema cache"
        details = (
            f"Searched for a foreign key relationship between '{table.name}' and '{name}'{hinted} "
            f"in the schema '{table.schema}', but no matches were found."
        )
        raise refusal(400, "PGRST200", words, details)
    details_of = [
        {
            "cardinality": one.cardinality,
            "embedding": f"{table.name} with {one.target.name}",
            "relationship": one.described,
        }
        for one in found
    ]
    names = ", ".join(f"'{name}!{min(one.hints)}'" for one in found)
    raise refusal(
        300,
        "PGRST201",
        f"Could not embed because more than one relationship was found for '{table.name}' and '{name}'",
        details_of,
        f"Try changing '{name}' to one of the following: {names}. Find the desired relationship in the 'details' key.",
    )


def _keys(db: Connection, schema: str) -> list[Key]:
    return [
        Key(name, Table(own, schema, source), tuple(columns), Table(oid, schema, target), tuple(theirs), unique, keyed)
        for name, own, source, columns, oid, target, theirs, unique, keyed in db.execute(KEYS, [schema])
    ]


def _relationships(keys: Sequence[Key], table: Table) -> Iterator[Relationship]:
    for key in keys:
        if key.source.oid == table.oid:
            words = f"{key.name} using {table.name}({', '.join(key.columns)}) and {key.target.name}({', '.join(key.target_columns)})"
            kind = "one-to-one" if key.unique else "many-to-one"
            yield Relationship(key.target, True, kind, frozenset({key.name, *key.columns}), words, outward=key)  # noqa: FBT003
        if key.target.oid == table.oid:
            words = f"{key.name} using {table.name}({', '.join(key.target_columns)}) and {key.source.name}({', '.join(key.columns)})"
            kind = "one-to-one" if key.unique else "one-to-many"
            yield Relationship(key.source, key.unique, kind, frozenset({key.name, *key.columns}), words, inward=key)
    # A table that joins two others has both of its keys in its primary key.
    joining = [key for key in keys if key.keyed]
    for mine in joining:
        for theirs in joining:
            if mine.source.oid == theirs.source.oid and mine.name != theirs.name and mine.target.oid == table.oid:
                words = f"{mine.source.name} using {mine.name}({', '.join(mine.columns)}) and {theirs.name}({', '.join(theirs.columns)})"
                hints = frozenset({mine.source.name})
                yield Relationship(theirs.target, False, "many-to-many", hints, words, through=(mine, theirs))  # noqa: FBT003


def _fits(one: Relationship, name: str, hint: str | None) -> bool:
    """Whether it is called so: by the other table's name, or by that of the key or of its column."""
    named = name == one.target.name or (one.outward is not None and name in one.hints)
    return named and (hint is None or hint in one.hints)


def _equal(left: Composable, names: Sequence[str], right: Composable, others: Sequence[str]) -> Composed:
    return sql.SQL(" and ").join(
        left + sql.SQL(".") + Identifier(name) + sql.SQL(" = ") + right + sql.SQL(".") + Identifier(other)
        for name, other in zip(names, others, strict=True)
    )
