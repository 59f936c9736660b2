"""Harmless values: what a row holds when nobody is meant to gain anything by it. All are written as text."""

import re
import uuid
from collections.abc import Callable, Mapping

from gate.rls.schema import Column

A = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
B = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
C = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"  # the other party, where a row must have two; nobody attacks as C or C's rows
LETTER = {A: "a", B: "b", C: "c"}

# Words of roles and plans, by what they give. A label is taken for harmless only by its own word.
HARMLESS = (
    *("user", "member", "viewer", "reader", "guest", "customer", "client", "student", "basic", "free", "none", "trial"),
    *("private", "draft", "hidden", "unlisted", "internal", "pending", "inactive", "new", "open", "unverified"),
)
POWERFUL = re.compile(
    r"(?i)admin|owner|super|root|staff|moderator|manager|editor|maintainer|creator|pro\b|premium|plus|enterprise|business"
    r"|lifetime|unlimited|paid|verified|approved|active|public|published|everyone|anyone|shared"
)
PRIVATE = ("private", "draft", "hidden", "unlisted", "only_me", "owner", "personal", "me")
SHOWS = re.compile(r"(?i)public|publish|shar(e|ed|ing)|visib|listed|discover|featured")

BY_TYPE: Mapping[str, Callable[[], str]] = {
    "uuid": lambda: str(uuid.uuid4()),
    "boolean": lambda: "false",
    "json": lambda: "{}",
    "jsonb": lambda: "{}",
    "xml": lambda: "<gate/>",
    "bytea": lambda: "\\x67617465",
    "inet": lambda: "192.0.2.1",
    "cidr": lambda: "192.0.2.0/24",
    "macaddr": lambda: "02:00:00:00:00:01",
    "macaddr8": lambda: "02:00:00:00:00:00:00:01",
    "interval": lambda: "1 hour",
    "tsvector": lambda: "gate",
    "tsquery": lambda: "gate",
    "jsonpath": lambda: "$",
    "pg_lsn": lambda: "0/1",
    "point": lambda: "(0,0)",
    "lseg": lambda: "((0,0),(1,1))",
    "line": lambda: "{1,1,0}",
    "box": lambda: "((0,0),(1,1))",
    "path": lambda: "((0,0),(1,1))",
    "polygon": lambda: "((0,0),(1,1),(1,0))",
    "circle": lambda: "<(0,0),1>",
    '"char"': lambda: "g",
    "hstore": lambda: "",
    "ltree": lambda: "gate",
}


def plain(column: Column, user: str, turn: int = 0) -> str | None:
    """A harmless value of the column's type; another one each `turn`, where the type has more. None where unknown."""
    if column.labels:
        return harmless(column.labels, turn)
    if column.type in BY_TYPE:
        return BY_TYPE[column.type]()
    make = BY_KIND.get(column.kind) or BY_CATEGORY.get(column.category)
    if column.type in {"vector", "halfvec"}:
        return f"[{','.join(['0.1'] * (column.width or 3))}]"
    return make(column, user, turn) if make else None


BY_KIND: Mapping[str, Callable[[Column, str, int], str]] = {
    "r": lambda _column, _user, _turn: "empty",
    "m": lambda _column, _user, _turn: "{}",
    "c": lambda column, _user, _turn: f"({',' * (column.fields - 1)})",
}
BY_CATEGORY: Mapping[str, Callable[[Column, str, int], str]] = {
    "A": lambda _column, _user, _turn: "{}",
    "N": lambda column, _user, _turn: _number(column),
    "S": lambda column, user, _turn: text(column, user),
    "D": lambda column, _user, turn: _moment(column, turn),
    "V": lambda column, _user, _turn: "0" * (column.width or 1),
}


def _number(column: Column) -> str:
    """A number that no other row is likely to hold, small enough for numeric(p, s)."""
    most = 30000 if column.width is None else 10**column.width - 1
    return str(uuid.uuid4().int % min(30000, most) + 1) if most > 0 else "0"


def large(column: Column, user: str) -> str:
    """A number beyond the first million, where the type reaches so far; C's is larger than those of the others."""
    start = 20_000 if column.type == "smallint" else 1_000_000
    return str(start + uuid.uuid4().int % 3000 + (6000 if user == C else 0))


def last() -> str:
    """An id that comes after all others: where two must be in order, the other party is the second."""
    return f"ffffffff-ffff-4fff-8fff-{uuid.uuid4().hex[:12]}"


def text(column: Column, user: str) -> str:
    """A text that no other row holds, cut from the left where the column is short."""
    full = f"gate-{LETTER[user]}-{uuid.uuid4().hex[:8]}"
    return full[-column.width :] if column.width else full


def _moment(column: Column, turn: int) -> str:
    day = f"2026-01-{turn % 28 + 1:02}"
    if column.type == "date":
        return day
    return f"{turn % 24:02}:00" if column.type.startswith("time ") else f"{day} 12:00:00"


def harmless(labels: tuple[str, ...], turn: int = 0) -> str:
    """The label that gives least: one known to be harmless, else the last that promises nothing.

    Never simply the first: that is as often `admin` as `user`.
    """
    known = [word for word in HARMLESS for label in labels if label.lower() == word]
    mild = [label for label in reversed(labels) if not POWERFUL.search(label)]
    same = {label.lower(): label for label in labels}
    ordered = [*(same[word] for word in dict.fromkeys(known)), *mild, *reversed(labels)]
    distinct = list(dict.fromkeys(ordered))
    return distinct[turn % len(distinct)]


def gives_power(labels: tuple[str, ...]) -> bool:
    """Whether every label gives power, so that no row of the table can be harmless."""
    return bool(labels) and all(POWERFUL.search(label) and label.lower() not in HARMLESS for label in labels)


def hidden(column: Column, named: tuple[str, ...]) -> str | None:
    """The value that keeps a row to its owner, for a column that says who may see it; None for any other column.

    A row that is public by default would be read by everyone as meant; what matters is whether a private one is.
    """
    if column.type == "boolean":
        return "false" if SHOWS.search(column.name) else None
    words = column.labels or named
    return next((word for word in words if word.lower() in PRIVATE), None)
