"""What every note of a change begins with: where it stands, and whether what it is about is new itself."""

from typing import Any

from gate.audit.catalog import Function, Name, Table
from gate.audit.release import Change, Release
from gate.audit.replay.state import State


def change(state: State, act: str, name: Name, part: str = "", **facts: Any) -> Change:
    """A change at the current statement."""
    return Change(act, name, state.place, part, text=state.statement.text, hidden=state.depth > 0, **facts)


def words(**said: bool) -> frozenset[str]:
    """The options that were written."""
    return frozenset(word for word, given in said.items() if given)


def new_table(state: State, table: Table | None) -> bool:
    """Whether newer migrations made the table. One that nobody knows is in production."""
    release = state.catalog.release
    return release is not None and table is not None and id(table) not in release.tables


def new_column(state: State, table: Table, name: str) -> bool:
    """Whether newer migrations made the column."""
    release = state.catalog.release
    column = table.columns.get(name)
    return new_table(state, table) or (release is not None and column is not None and id(column) not in release.columns)


def typed(state: State, name: Name) -> tuple[str, ...]:
    """The columns of a type, as in 'public.notes.kind'."""
    return tuple(
        f"{table.name}.{column.name}"
        for table in state.catalog.tables.values()
        for column in table.columns.values()
        if column.type.removeprefix("_") == name.name
    )


def release_of(state: State) -> Release:
    """The release whose changes are noted."""
    release = state.catalog.release
    assert release
    return release


def table_meant(state: State, relation: Any) -> tuple[Name, Table | None] | None:
    """The table that a statement means; None for a temporary one and for anything else that keeps no rows."""
    name = state.found(relation)
    release = release_of(state)
    if name in state.catalog.views or (not relation.schemaname and relation.relname in release.temporary):
        return None
    return name, state.catalog.tables.get(name)


def new_view(state: State, name: Name) -> bool:
    """Whether newer migrations made the view."""
    return name in state.catalog.views and name not in release_of(state).base.views


def of_function(state: State, act: str, function: Function) -> Change:
    """A change of a function, which its argument types tell from others of its name."""
    kinds = ", ".join(kind for _, kind in function.arguments)
    made = function.key not in release_of(state).base.functions
    return change(state, act, function.name, f"({kinds})", made=made, columns=function.key[1])
