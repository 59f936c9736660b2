"""Functions called by nobody and by A with B's ids, to see whether the answer holds what only B's rows hold."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gate.rls.actors import role
from gate.rls.arguments import Values
from gate.rls.attempt import Actor, Answer, Attempt
from gate.rls.calling import ID
from gate.rls.functions import Function
from gate.rls.live.belongings import Belongings
from gate.rls.live.reading import Reading
from gate.rls.rows import Seeds
from gate.rls.schema import Column
from gate.rls.trials import ACTORS
from gate.rls.values import A, B


def call_functions(reading: Reading, functions: Sequence[Function]) -> Iterator[Attempt]:
    """An attempt for each function and actor where B's own call shows that there is something to be had."""
    values = _values(reading.belongings)
    for function in functions:
        if function.uncallable:
            reading.notes.cannot_tell(function.full_name, f"not called: it {function.uncallable}")
        else:
            yield from _call(reading, values, function)


def _values(belongings: Belongings) -> Values:
    """What there is to give: the two users' rows in the project."""
    seeds = Seeds()
    tables = [relation for relation in belongings.plan.relations.values() if relation.is_table and relation.exposed]
    for table in tables:
        for who, party in (("A", A), ("B", B)):
            rows = belongings.of(who, table.full_name)  # type: ignore[arg-type]
            if rows:
                seeds.stored[table.full_name, party] = {name: _text(value) for name, value in rows[0].items()}
    return Values(seeds, tables)


def _call(reading: Reading, values: Values, function: Function) -> Iterator[Attempt]:
    ids = {A: reading.belongings.ids["A"], B: reading.belongings.ids["B"]}
    given = {c.name: ids.get(v or "", v) for c, v in values.given(function, B, 1)}
    arguments = {c.name: _json(c, given[c.name]) for c in function.arguments if c.name in given}
    told = _told(reading.belongings, set(given.values()))
    own = _shown(reading, function, "B", arguments, told)
    known = False
    seen = False
    for actor in ACTORS:
        if role(actor) not in function.callers:
            continue
        found = _shown(reading, function, actor, arguments, told)
        table = next(iter(found), "")
        answer: Answer = "let through" if found else "refused"
        if not found and not own:
            answer = "nothing"
        seen = seen or answer != "nothing"
        yield Attempt(
            relation=function.full_name,
            kind=function.kind,
            place=reading.belongings.plan.places.get(f"{function.schema}.{function.name}()"),
            regime="explicit",
            actor=actor,
            verb="call to read",
            answer=answer,
            owner=reading.belongings.plan.owned.get(table),
            public=table in reading.config.public_tables,
            detail=table,
            columns=tuple(dict.fromkeys(found.get(table, ()))),
            already=known and bool(found),
        )
        known = known or bool(found)
    if not seen:
        reading.notes.cannot_tell(function.full_name, "its answers hold nothing of B's, not even for B")


def _told(belongings: Belongings, given: set[str | None]) -> dict[str, tuple[str, str]]:
    """Values that only B's rows hold, each with its table and column."""
    return {
        value: (name, column)
        for name, relation in belongings.plan.relations.items()
        if relation.is_table and relation.exposed and name in belongings.plan.owned
        for column, value in belongings.tell_tale(name)
        if value not in given
    }


def _shown(
    reading: Reading,
    function: Function,
    actor: Actor,
    arguments: Mapping[str, Any],
    told: Mapping[str, tuple[str, str]],
) -> dict[str, list[str]]:
    """The columns of B's rows that the answer shows, by table. That a row is there, with this id, tells nothing."""
    said = reading.belongings.asker.call(actor, (function.schema, function.name), arguments)
    try:
        text = json.dumps(said.value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return {}
    found: dict[str, list[str]] = {}
    for value, (table, column) in told.items():
        if json.dumps(value, ensure_ascii=False)[1:-1] in text:
            found.setdefault(table, []).append(column)
    return {table: columns for table, columns in found.items() if not all(ID.search(column) for column in columns)}


def _text(value: object) -> str | None:
    """A value of a row as SQL would show it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _json(column: Column, value: str | None) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A value as the API takes it for an argument of the type."""
    if value is None:
        return None
    if column.category == "A":
        return []
    if column.category == "B":
        return value == "true"
    if column.type in {"json", "jsonb"}:
        try:
            return json.loads(value)
        except ValueError:
            return {}
    return value
