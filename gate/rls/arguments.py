"""With what a function is called: ids of the party it is aimed at, amounts of every sign, and harmless values elsewhere."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gate.rls.attempt import Actor
from gate.rls.constraints import named
from gate.rls.functions import Function
from gate.rls.rows import Seeds
from gate.rls.schema import Column, Relation
from gate.rls.statements import literal
from gate.rls.trials import more
from gate.rls.values import A, B, plain

AMOUNT = 1000
PREFIX = re.compile(r"^_*(?:(?:p|in|arg|v|param|input|target|new|the)_+)*")
PERSON = re.compile(
    r"(^|_)(user|uid|owner|profile|member|customer|sender|recipient|author|client|account|student|creator|referrer|buyer"
    r"|seller|friend|follower|caller|target)(_?(id|uid|uuid))?$"
)
AMOUNTS = re.compile(
    r"(^|_)(amount|credits?|points?|coins?|tokens?|quantity|qty|value|delta|cost|price|balance|cents|reward|gems|sum|change)(_|$)"
)
# Whoever knows such a value is meant to come in by it.
SECRET = re.compile(r"token|code|secret|key|hash|password|otp|pin$|slug|share|invit|referral|session")


@dataclass(frozen=True, slots=True)
class Call:
    """A call as an actor, aimed at a party's rows; `text` is the call without SELECT, `values` what was given."""

    actor: Actor
    party: str
    text: str
    values: tuple[str, ...]
    amount: int = 0


def calls(function: Function, actor: Actor, seeds: Seeds, tables: Mapping[str, Relation]) -> Iterator[Call]:
    """Calls worth trying: with B's ids by anyone; with A's own by A, where the function may write."""
    money = any(_is_amount(argument) for argument in function.arguments)
    amounts = (AMOUNT, -AMOUNT) if money and function.writes else (1,)
    for amount in amounts:
        yield write_call(function, actor, B, amount, seeds, tables)
    if actor == "A" and function.writes:
        for amount in amounts:
            yield write_call(function, actor, A, amount, seeds, tables)


def write_call(
    function: Function, actor: Actor, party: str, amount: int, seeds: Seeds, tables: Mapping[str, Relation]
) -> Call:
    """The call with every argument that must be given, and those of the others that say whom or how much."""
    given: list[tuple[Column, str | None]] = []
    for place, argument in enumerate(function.arguments):
        told = _told(argument, party, amount, seeds, tables)
        if told is not None:
            given.append((argument, told))
        elif place < function.needed:
            given.append((argument, party if argument.type == "uuid" else plain(argument, party)))
    written = ", ".join(f"{argument.sql} => {literal(value)}::{argument.type}" for argument, value in given)
    values = tuple(value for _, value in given if value is not None)
    return Call(actor, party, f"{function.sql}({written})", values, amount if abs(amount) == AMOUNT else 0)


def _told(argument: Column, party: str, amount: int, seeds: Seeds, tables: Mapping[str, Relation]) -> str | None:
    """A value that says something: an id of the party's, an amount, or a word of power."""
    name = PREFIX.sub("", argument.name.lower())
    if _is_amount(argument):
        return str(amount)
    if SECRET.search(name):
        return None
    stem = re.sub(r"_?(id|uuid)$", "", name)
    if stem != name:
        for table in tables.values():
            value = _key_of(table, party, seeds) if table.name.lower() in _plurals(stem) else None
            if value is not None and _fits(argument, value):
                return value
    if PERSON.search(name) and (argument.type == "uuid" or (argument.category == "S" and stem != name)):
        return party
    for table in tables.values():
        column = table.column(name)
        if column is None or (table.full_name, party) not in seeds.stored or column.category != argument.category:
            continue
        if name in {"role", "plan", "tier", "is_admin"}:
            return more(column, None, named(table, name))
        value = seeds.stored[table.full_name, party].get(name)
        if stem != name and value is not None and _fits(argument, value):
            return value
    return "admin" if name in {"role", "user_role"} and argument.category == "S" else None


def _is_amount(argument: Column) -> bool:
    return argument.category == "N" and bool(AMOUNTS.search(argument.name.lower()))


def _plurals(stem: str) -> tuple[str, ...]:
    return (stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies" if stem.endswith("y") else stem)


def _key_of(table: Relation, party: str, seeds: Seeds) -> str | None:
    stored = seeds.stored.get((table.full_name, party), {})
    return stored.get(table.primary_key[0]) if len(table.primary_key) == 1 else None


def _fits(argument: Column, value: str) -> bool:
    if argument.type == "uuid":
        return bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value))
    if argument.category == "N":
        return bool(re.fullmatch(r"-?\d+", value))
    return argument.category == "S"
