"""The statements of the attack as text, with every name quoted by the server and every value by us."""
# ruff: noqa: S608 - writing SQL is what this file is for

from collections.abc import Mapping, Sequence

from psycopg import sql

from gate.rls.schema import Column, Relation

# Types whose values can be compared with `=`, and read the same when written back.
COMPARED = "SNDBEU"
NOT_COMPARED = ("json", "xml", "jsonpath", "hstore", "jsonb", "tsvector", "vector", "halfvec")


def literal(value: str | None) -> str:
    """The value as SQL writes it."""
    return "null" if value is None else sql.Literal(value).as_string(None).strip()


def comparable(column: Column) -> bool:
    """Whether a value of the column can be looked for with `=`."""
    return column.category in COMPARED and column.type not in NOT_COMPARED


def equals(column: Column, value: str | None) -> str:
    """The condition that the column holds the value, which may be null."""
    if not comparable(column):
        return f"({column.sql})::text is not distinct from {literal(value)}"
    return f"{column.sql} is null" if value is None else f"{column.sql} = {literal(value)}"


def where(relation: Relation, row: Mapping[str, str | None], columns: Sequence[str]) -> str | None:
    """The condition that names one row by these columns; None where a value is missing."""
    known = [column for name in columns if (column := relation.column(name)) and row.get(name) is not None]
    if not columns or len(known) < len(columns):
        return None
    return " and ".join(equals(column, row[column.name]) for column in known)


def select(relation: Relation, condition: str | None, columns: str = "*") -> str:
    """A SELECT, without its semicolon."""
    return f"select {columns} from {relation.sql}" + (f" where {condition}" if condition else "")


def insert(relation: Relation, row: Mapping[str, str | None]) -> str:
    """The INSERT of a row."""
    if not row:
        return f"insert into {relation.sql} default values"
    names = ", ".join(_sql(relation, name) for name in row)
    counted = any((column := relation.column(name)) and column.given for name in row)
    ours = " overriding system value" if counted else ""
    return f"insert into {relation.sql} ({names}){ours} values ({', '.join(map(literal, row.values()))})"


def update(relation: Relation, changes: Mapping[str, str | None], condition: str) -> str:
    """An UPDATE that sets the columns to new values."""
    pairs = ", ".join(f"{_sql(relation, name)} = {literal(value)}" for name, value in changes.items())
    return f"update {relation.sql} set {pairs} where {condition}"


def delete(relation: Relation, condition: str) -> str:
    """A DELETE."""
    return f"delete from {relation.sql} where {condition}"


def exists(relation: Relation, *conditions: str) -> str:
    """A query that says true when there is such a row."""
    return f"select exists (select from {relation.sql} where {' and '.join(conditions)})"


def gone(relation: Relation, condition: str) -> str:
    """A query that says true when there is no such row."""
    return f"select not exists (select from {relation.sql} where {condition})"


def user_row(user: str, email: str) -> str:
    """The INSERT of a confirmed user into the platform's table."""
    return (
        "insert into auth.users (id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, email_confirmed_at)"
        f" values ({literal(user)}, 'authenticated', 'authenticated', {literal(email)}, '{{}}', '{{}}', now(), now())"
    )


def _sql(relation: Relation, name: str) -> str:
    column = relation.column(name)
    assert column is not None, name
    return column.sql
