"""Whose row is it, by the word of the policies: the column that they compare with the caller, or with a claim of the caller's.

Read from the server's own rendering of their conditions, and only where neither keys nor names say it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gate.rls.schema import Column, Relation

Form = Literal["plain", "array", "document"]
CALLER = r"[( ]*(?:SELECT )?auth\.uid\(\)(?: AS \w+)?\)*(?:::text)?"
OURS = r"(?<![\w.\"])(\w+)"  # a column of another table has its name before it
PLAIN = (
    re.compile(rf"{OURS}\)?(?:::text)?\)* = {CALLER}"),
    re.compile(rf"{CALLER}\)* = \(*{OURS}"),
    re.compile(rf"{OURS}\)?(?:::text)?\)* = [( ]*(?:SELECT )?\(*auth\.jwt\(\) ->> 'sub'::text\)"),
)
ARRAY = (re.compile(rf"{CALLER}\)* = ANY \(\(*{OURS}"), re.compile(rf"{OURS}\)* @> ARRAY\[{CALLER}"))
DOCUMENT = (re.compile(rf"\({OURS} ->> '(\w+)'::text\)\)* = {CALLER}"),)
CLAIM = re.compile(rf"{OURS}\)?(?:::text)?\)* = [( ]*(?:SELECT )?\(*auth\.jwt\(\)((?: ->>? '\w+'::text\)*)+)")
KEYS = re.compile(r"'(\w+)'")


@dataclass(frozen=True, slots=True)
class Named:
    """A column and how it holds a user's id: as it is, in an array, or in a document under `key`.

    `claim` is the path of the claim that it is compared with, where that is not the user's id.
    """

    column: str
    form: Form = "plain"
    key: str = ""
    claim: tuple[str, ...] = ()


def named_by_policies(table: Relation) -> Named | None:
    """The first column that a policy of the table ties to the caller."""
    return next((named for text in table.conditions for named in _read(text) if _fits(table, named)), None)


def _read(text: str) -> Iterator[Named]:
    for pattern in PLAIN:
        yield from (Named(found) for found in pattern.findall(text))
    for pattern in ARRAY:
        yield from (Named(found, "array") for found in pattern.findall(text))
    for pattern in DOCUMENT:
        yield from (Named(column, "document", key) for column, key in pattern.findall(text))
    for column, path in CLAIM.findall(text):
        keys: Sequence[str] = KEYS.findall(path)
        if keys and keys[0] not in {"sub", "user_metadata", "role", "aud", "email"}:
            yield Named(column, claim=tuple(keys))


def _fits(table: Relation, named: Named) -> bool:
    column = table.column(named.column)
    return column is not None and not column.given and _holds(column, named.form)


def _holds(column: Column, form: Form) -> bool:
    match form:
        case "plain":
            return column.type == "uuid" or column.category == "S"
        case "array":
            return column.type in {"uuid[]", "text[]", "character varying[]"}
    return column.type in {"json", "jsonb"}
