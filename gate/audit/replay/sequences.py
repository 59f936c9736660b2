"""CREATE and ALTER SEQUENCE."""

from typing import Any

from gate.audit.catalog import Sequence
from gate.audit.replay import columns, owners, parser
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE SEQUENCE."""
    name = state.made(tree.sequence)
    if tree.sequence.relpersistence == "t":
        return
    if columns.taken(state, name):
        if not tree.if_not_exists:
            state.refuse(f"sequence {name} exists already")
        return
    owners.may_create(state, name.schema)
    acl = born_with(state.catalog, name.schema, "sequences", state.role)
    made = Sequence(name, state.place, acl=acl, owner=state.role)
    _owned_by(state, made, tree.options)
    state.catalog.sequences[name] = made


def alter(state: State, tree: Any) -> None:
    """ALTER SEQUENCE ... OWNED BY."""
    name = state.found(tree.sequence)
    found = state.catalog.sequences.get(name)
    if found is None:
        if tree.missing_ok:
            return
        state.missing(f"sequence {name} was never created")
    _owned_by(state, found, tree.options)


def _owned_by(state: State, sequence: Sequence, options: Any) -> None:
    for option in map(parser.unwrap, options):
        if option.defname != "owned_by":
            continue
        held = state.catalog.tables.get(sequence.column[0]) if sequence.column else None
        if held and sequence.column and held.columns[sequence.column[1]].kind == "identity":
            state.refuse(f"sequence {sequence.name} belongs to an identity column")
        parts = parser.strings(parser.items(option.arg))
        if len(parts) < 2:
            sequence.column = None
            continue
        name = state.found_as(parts[:-1])
        table = state.catalog.tables.get(name)
        if table is None or parts[-1] not in table.columns:
            state.missing(f"column {parts[-1]!r} of {name}, which a sequence belongs to, was never created")
        if name.schema != sequence.name.schema or table.owner != sequence.owner:
            state.refuse(f"sequence {sequence.name} and {name} must have one schema and one owner")
        sequence.column = (name, parts[-1])
