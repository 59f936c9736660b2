"""The alternatives of a policy's condition that let people through by what a row says, whoever they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import Helpers, always_true, any_signed_in, checks_caller, open_to, owner_columns
from gate.audit.replay import parser
from gate.audit.replay.conditions import alternatives, demands, nobody

BUILT_IN = {"pg_catalog", "storage", "auth", "extensions"}


@dataclass(frozen=True, slots=True)
class Way:
    """What a row must say for such an alternative, whether one must be signed in, and whether it says `owner is null`."""

    text: str
    signed_in: bool
    ownerless: bool

    @property
    def shown(self) -> str:
        """The text, cut where it is long."""
        words = " ".join(self.text.split())
        return words if len(words) <= 80 else f"{words[:77]}..."


def open_ways(catalog: Catalog, known: Helpers, table: Table, node: object) -> Iterator[Way]:
    """Those alternatives. One that asks another table, or a function of the project, is not among them."""
    owners = owner_columns(catalog, table)
    for alternative in alternatives(node):
        parts = list(demands(alternative))
        asked = [parser.expression(one) for one in parts]
        rest = [one for one, text in zip(parts, asked, strict=True) if not any_signed_in(text)]
        texts = [parser.expression(one) for one in rest]
        if not rest or any(map(always_true, texts)) or any(text == "false" for text in texts):
            continue
        if (
            any(checks_caller(known, text) for text in texts)
            or any(map(_decided_elsewhere, rest))
            or nobody(alternative)
        ):
            continue
        ownerless = all(_null_of(one) in owners for one in rest)
        yield Way(" and ".join(texts), len(rest) < len(parts), ownerless)


def writing_ways(catalog: Catalog, known: Helpers, table: Table, policy: Policy) -> Iterator[tuple[str, Way]]:
    """By which of them a permissive policy lets rows be changed or deleted that its users can see: the verb and the way."""
    if not (policy.permissive and table.rls and policy.command in {"all", "update", "delete"}):
        return
    verb = "update" if policy.covers("update") else "delete"
    who = open_to(catalog, table, policy, verb.upper())
    for way in open_ways(catalog, known, table, policy.using_node) if who else ():
        if policy.command == "all" or any(_shows(catalog, known, table, one) for one in table.policies.values()):
            yield verb, way


def same_texts(one: Policy, other: Policy) -> bool:
    """Whether everything that a policy demands is demanded by another as well."""
    asked = _demanded(one)
    return bool(asked) and asked <= _demanded(other)


def _demanded(policy: Policy) -> set[str]:
    return {parser.expression(part) for node in policy.expressions() for part in demands(node)}


def _shows(catalog: Catalog, known: Helpers, table: Table, policy: Policy) -> bool:
    """Whether a policy shows rows to others than those they belong to."""
    if not policy.permissive or not policy.covers("select"):
        return False
    ways = [parser.expression(one) for one in alternatives(policy.using_node)]
    return any(always_true(one) or any_signed_in(one) for one in ways) or any(
        open_ways(catalog, known, table, policy.using_node)
    )


def _decided_elsewhere(node: object) -> bool:
    for one in parser.walk(node):
        if parser.kind(one) == "RangeVar":
            return True
        if parser.kind(one) == "FuncCall":
            names = parser.strings(one.funcname)
            if len(names) > 1 and names[0] not in BUILT_IN:
                return True
    return False


def _null_of(node: object) -> str | None:
    """The column of a `column is null`."""
    inner = parser.unwrap(node)
    if parser.kind(inner) != "NullTest" or parser.enum(inner, "nulltesttype") != "IS_NULL":
        return None
    column = parser.unwrap(inner.arg)
    return parser.strings(column.fields)[-1] if parser.kind(column) == "ColumnRef" else None
