"""With what a function is called: ids of the party it is aimed at, amounts of every sign, and harmless values elsewhere."""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gate.rls.attempt import Actor
from gate.rls.constraints import named
from gate.rls.functions import Function
from gate.rls.rows import Seeds
from gate.rls.schema import Column, Relation
from gate.rls.statements import literal
from gate.rls.trials import more
from gate.rls.values import LETTER, A, B, plain

AMOUNT = 1000
PICKS = 3
WORD = re.compile(r"\w+")
NUMBER = re.compile(r"int|serial|numeric|decimal|real|double")
ADDRESS = re.compile(r"^e?_?mail(_address)?$|^phone(_number)?$")
PREFIX = re.compile(r"^_*(?:(?:p|in|arg|v|param|input|target|new|the)_+)*")
PERSON = re.compile(
    r"(^|_)(user|uid|owner|profile|member|customer|sender|recipient|author|client|account|student|creator|referrer|buyer"
    r"|seller|friend|follower|caller|target)(_?(id|uid|uuid))?$"
)
AMOUNTS = re.compile(
    r"(^|_)(amount|credits?|points?|coins?|tokens?|quantity|qty|value|delta|cost|price|balance|cents|reward|gems|sum|change)(_|$)"
)
POWER = ("role", "plan", "tier", "is_admin")
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


class Values:
    """What there is to give: the planted rows, found by the names of tables and columns."""

    def __init__(self, seeds: Seeds, tables: Iterable[Relation]) -> None:
        self._seeds = seeds
        self._tables: dict[str, list[Relation]] = defaultdict(list)
        self._columns: dict[str, list[tuple[Relation, Column]]] = defaultdict(list)
        for table in tables:
            self._tables[table.name.lower()].append(table)
            for column in table.columns:
                self._columns[column.name].append((table, column))

    def calls(self, function: Function, actor: Actor) -> Iterator[Call]:
        """Calls worth trying: with B's ids by anyone; with A's own by A, where the function may write.

        Where an argument does not say what it is the id of, there is a call for each of the likeliest.
        """
        money = any(_is_amount(argument) for argument in function.arguments)
        amounts = (AMOUNT, -AMOUNT) if money and function.writes else (1,)
        for party in (B, A) if actor == "A" and function.writes else (B,):
            for amount in amounts:
                calls = (self.call(function, actor, party, amount, pick) for pick in range(PICKS))
                yield from {call.text: call for call in calls}.values()

    def call(self, function: Function, actor: Actor, party: str, amount: int, pick: int = 0) -> Call:
        """The call with every argument that must be given, and those of the others that say whom or how much."""
        given = list(self.given(function, party, amount, pick))
        written = ", ".join(f"{argument.sql} => {literal(value)}::{argument.type}" for argument, value in given)
        values = tuple(value for _, value in given if value is not None)
        return Call(actor, party, f"{function.sql}({written})", values, amount if abs(amount) == AMOUNT else 0)

    def given(self, function: Function, party: str, amount: int, pick: int = 0) -> Iterator[tuple[Column, str | None]]:
        """The arguments of such a call, each with its value; `pick` says which id, where several are as likely."""
        for place, argument in enumerate(function.arguments):
            one = argument if argument.category != "A" else _element(argument)
            told = self._told(function, one, party, amount)
            ids = self._ids(function, one, party) if told is None else []
            if told is None and ids and (pick or place < function.needed):
                told = ids[pick % len(ids)]
            if told is not None:
                yield argument, told if one is argument else f"{{{told}}}"
            elif place < function.needed:
                yield argument, plain(argument, party)

    def _told(self, function: Function, argument: Column, party: str, amount: int) -> str | None:
        """A value that says something: an id of the party's, an amount, an address, or a word of power."""
        name = PREFIX.sub("", argument.name.lower())
        if _is_amount(argument):
            return str(amount)
        if SECRET.search(name):
            return None
        stem = re.sub(r"_?(id|uuid)$", "", name)
        if stem and (stem != name or argument.type == "uuid"):  # job_id, or job
            for table in (table for word in _plurals(stem) for table in self._tables.get(word, ())):
                value = self._key_of(table, party)
                if value is not None and _fits(argument, value):
                    return value
        if PERSON.search(name) and (argument.type == "uuid" or (argument.category == "S" and stem != name)):
            return party
        columns = self._columns.get(name, ()) if stem else ()
        for table, column in sorted(columns, key=lambda one: not _mentions(function, one[0])):
            stored = self._seeds.stored.get((table.full_name, party))
            if stored is None or column.category != argument.category:
                continue
            if name in POWER:
                return more(column, None, named(table, name))
            value = stored.get(name)
            if (stem != name or ADDRESS.search(name)) and value is not None and _fits(argument, value):
                return value
        if argument.category == "S" and name in {"email", "email_address"}:
            return f"{LETTER[party]}@gate.example"
        return "admin" if name in {"role", "user_role"} and argument.category == "S" else None

    def _ids(self, function: Function, argument: Column, party: str) -> list[str]:
        """What an id may be of that does not say so: of the rows that the body speaks of, or the party itself."""
        name = PREFIX.sub("", argument.name.lower())
        if argument.type != "uuid" and name not in {"id", "ids"}:
            return []
        tables = (table for several in self._tables.values() for table in several if _mentions(function, table))
        keys = (self._key_of(table, party) for table in tables)
        found = [key for key in keys if key is not None and _fits(argument, key)]
        return list(dict.fromkeys([*found[: PICKS - 1], *([party] if argument.type == "uuid" else [])]))

    def _key_of(self, table: Relation, party: str) -> str | None:
        stored = self._seeds.stored.get((table.full_name, party), {})
        return stored.get(table.primary_key[0]) if len(table.primary_key) == 1 else None


def _element(argument: Column) -> Column:
    """An array's argument as one of its elements."""
    kind = argument.type.removesuffix("[]")
    category = "N" if NUMBER.search(kind) else "U" if kind == "uuid" else "S"
    return replace(argument, name=re.sub(r"s$", "", argument.name), type=kind, category=category)


def _mentions(function: Function, table: Relation) -> bool:
    name = table.name.lower()
    if WORD.fullmatch(name):  # most are; a pattern for each of many tables would be compiled anew each time
        return name in _words(function.source)
    return re.search(rf"\b{re.escape(name)}\b", function.source) is not None


@functools.lru_cache(maxsize=16)
def _words(source: str) -> frozenset[str]:
    return frozenset(WORD.findall(source))


def _is_amount(argument: Column) -> bool:
    return argument.category == "N" and bool(AMOUNTS.search(argument.name.lower()))


def _plurals(stem: str) -> tuple[str, ...]:
    return (stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies" if stem.endswith("y") else stem)


def _fits(argument: Column, value: str) -> bool:
    if argument.type == "uuid":
        return bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value))
    if argument.category == "N":
        return bool(re.fullmatch(r"-?\d+", value))
    return argument.category == "S"
