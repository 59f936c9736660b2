"""Values that a partition takes, read from its bounds."""

import re
from collections.abc import Iterator

from gate.rls.constraints import Row
from gate.rls.schema import Bound, Relation

PART = re.compile(r"'((?:[^']|'')*)'|(\bMINVALUE\b|\bMAXVALUE\b)|(-?\d+(?:\.\d+)?)")
LEAST = {"N": "-1000000", "D": "1900-01-01", "S": ""}


def fitting(relation: Relation) -> Iterator[Row]:
    """Values for the columns that choose the partition: those of one bound each time, filled up from the others."""
    for first in range(len(relation.bounds)):
        row: Row = {}
        for bound in (*relation.bounds[first:], *relation.bounds[:first]):
            for name, value in _inside(relation, bound).items():
                row.setdefault(name, value)
        if row:
            yield row


def _inside(relation: Relation, bound: Bound) -> Row:
    """Values inside the bound. A range includes where it begins; a hash or a default says nothing."""
    lowest = bound.text.partition(" TO ")[0]
    found = [match.groups() for match in PART.finditer(lowest)]
    if "WITH (modulus" in bound.text or not found:
        return {}
    row: Row = {}
    for name, (text, limit, number) in zip(bound.columns, found, strict=False):
        column = relation.column(name)
        if limit is None:
            row[name] = number or text.replace("''", "'")
        elif column and column.category in LEAST:
            row[name] = LEAST[column.category]
    return row
