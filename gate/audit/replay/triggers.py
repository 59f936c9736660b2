"""CREATE TRIGGER, and ALTER TABLE ... ENABLE and DISABLE TRIGGER."""

from typing import Any, Literal

from gate.audit.catalog import Name, Table, Trigger, View
from gate.audit.replay import owners, parser, references
from gate.audit.replay.constraints import partitions
from gate.audit.replay.state import State

BEFORE, INSTEAD = 2, 64
EVENTS = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}
SWITCHES: dict[str, Literal["origin", "disabled", "replica", "always"]] = {
    "AT_EnableTrig": "origin",
    "AT_EnableAlwaysTrig": "always",
    "AT_EnableReplicaTrig": "replica",
    "AT_DisableTrig": "disabled",
    "AT_EnableTrigAll": "origin",
    "AT_EnableTrigUser": "origin",
    "AT_DisableTrigAll": "disabled",
    "AT_DisableTrigUser": "disabled",
}


def create(state: State, tree: Any) -> None:
    """CREATE [OR REPLACE] [CONSTRAINT] TRIGGER on a table or view."""
    name = state.found(tree.relation)
    holder = state.catalog.tables.get(name) or state.catalog.views.get(name)
    if holder is None:
        state.missing(f"table {name} of trigger {tree.trigname!r} was never created")
    old = holder.triggers.get(tree.trigname)
    if old and not (tree.replace and not old.constraint and not tree.isconstraint):
        state.refuse(f"trigger {tree.trigname!r} on {name} exists already")
    owners.must_hold(state, str(name), holder, "TRIGGER")
    _fitting(state, holder, tree)
    named = (*parser.strings(tree.columns), *sorted(references.of_rows(tree.when_clause)))
    unknown = next((one for one in named if one not in holder.columns), None)
    if unknown is not None and holder.columns:
        state.missing(f"column {unknown!r} of {name} was never created")
    made = Trigger(
        name=tree.trigname,
        function=_function(state, tree),
        place=state.place,
        timing="before" if tree.timing & BEFORE else "instead of" if tree.timing & INSTEAD else "after",
        events=frozenset(word for bit, word in EVENTS.items() if tree.events & bit),
        columns=parser.strings(tree.columns),
        each_row=tree.row,
        condition=_condition(state, tree),
        constraint=tree.isconstraint,
    )
    if isinstance(holder, Table) and made.each_row:
        for child in partitions(state, holder):
            if made.name in child.triggers:
                state.refuse(f"trigger {made.name!r} on {child.name}, a partition of {name}, exists already")
    holder.triggers[made.name] = made


def _fitting(state: State, holder: Table | View, tree: Any) -> None:
    """INSTEAD OF belongs to views and rows, which take no other triggers for rows."""
    instead = bool(tree.timing & INSTEAD)
    truncates = bool(tree.events & 32)
    if isinstance(holder, View):
        if holder.materialized or truncates or (tree.row and not instead):
            state.refuse(f"trigger {tree.trigname!r} does not go with view {holder.name}")
    elif instead:
        state.refuse(f"trigger {tree.trigname!r} on {holder.name}: INSTEAD OF is for views")
    if (instead and not tree.row) or (truncates and tree.row):
        state.refuse(f"trigger {tree.trigname!r} on {holder.name} cannot fire for each row or statement")


def _function(state: State, tree: Any) -> Name:
    parts = parser.strings(tree.funcname)
    homes = (parts[-2],) if len(parts) > 1 else state.path
    found = next(
        (
            one
            for home in homes
            for one in [state.catalog.functions.get((Name(home, parts[-1]), ()))]
            if one is not None
        ),
        None,
    )
    if found is None:
        if not (len(parts) == 1 or parts[-2] == "pg_catalog" or state.of_an_extension(homes)):
            state.lacks(f"function {'.'.join(parts)} of trigger {tree.trigname!r} was never created")
        elif len(parts) == 1 and not state.of_an_extension(homes) and parts[-1] not in BUILT_IN:
            state.lacks(f"function {parts[-1]} of trigger {tree.trigname!r} was never created")
        return Name(homes[0] if homes else state.home, parts[-1])
    if found.returns not in {"trigger", "?"}:
        state.refuse(f"function {found.signature} of trigger {tree.trigname!r} returns no trigger")
    return found.name


BUILT_IN = {"suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"}


def _condition(state: State, tree: Any) -> Any:
    if not parser.present(tree, "when_clause"):
        return None
    node = parser.copied(tree.when_clause)
    references.qualify(state, node)
    return node


def switch(state: State, table: Table, command: Any) -> None:
    """ENABLE and DISABLE of one trigger, or of ALL or USER ones."""
    subtype = parser.enum(command, "subtype")
    if command.name and command.name not in table.triggers:
        state.missing(f"trigger {command.name!r} on {table.name} was never created")
    keyed = table.foreign_keys or any(
        key.target == table.name for other in state.catalog.tables.values() for key in other.foreign_keys
    )
    if subtype.endswith("TrigAll") and keyed:
        state.refuse(f"{state.role} may not switch the triggers behind the keys of {table.name}")
    for trigger in table.triggers.values():
        if command.name in {"", trigger.name}:
            trigger.enabled = SWITCHES[subtype]
