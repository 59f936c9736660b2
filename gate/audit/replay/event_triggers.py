"""Event triggers: functions that run after statements which do not mention them, as the one that enables RLS."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import EventTrigger, Name
from gate.audit.quoting import spelled
from gate.audit.replay import blocks, parser
from gate.audit.replay.state import State

AFTER = "ddl_command_end"
TAGS = {
    "CreateStmt": "CREATE TABLE",
    "CreateForeignTableStmt": "CREATE FOREIGN TABLE",
    "CreateTableAsStmt": "CREATE TABLE AS",
    "ViewStmt": "CREATE VIEW",
    "CreateFunctionStmt": "CREATE FUNCTION",
    "AlterTableStmt": "ALTER TABLE",
    "SelectStmt": "SELECT INTO",
}


def create(state: State, tree: Any) -> None:
    """CREATE EVENT TRIGGER."""
    if tree.trigname in state.catalog.event_triggers:
        state.refuse(f"event trigger {tree.trigname!r} exists already")
    parts = parser.strings(tree.funcname)
    homes = (parts[-2],) if len(parts) > 1 else state.path
    found = next((Name(h, parts[-1]) for h in homes if (Name(h, parts[-1]), ()) in state.catalog.functions), None)
    if found is None:
        state.lacks(f"function {'.'.join(parts)} of event trigger {tree.trigname!r} was never created")
    tags = [
        word.upper()
        for option in map(parser.unwrap, tree.whenclause)
        if option.defname == "tag"
        for word in parser.strings(parser.items(option.arg))
    ]
    name = found or Name(homes[0] if homes else state.home, parts[-1])
    state.catalog.event_triggers[tree.trigname] = EventTrigger(
        tree.trigname, tree.eventname, tuple(tags), name, state.place
    )


def alter(state: State, tree: Any) -> None:
    """ALTER EVENT TRIGGER ... ENABLE and DISABLE."""
    found = state.catalog.event_triggers.get(tree.trigname)
    if found is None:
        state.missing(f"event trigger {tree.trigname!r} was never created")
    found.enabled = tree.tgenabled not in {"D", "R"}


def fire(state: State, kind: str, tree: Any) -> None:
    """Run what is to run after a statement. What it makes fires nothing itself, as far as a replay follows."""
    tag = TAGS.get(kind)
    if kind == "SelectStmt" and not parser.present(tree, "into_clause"):
        return
    for trigger in list(state.catalog.event_triggers.values()):
        if trigger.enabled and trigger.event == AFTER and tag and (not trigger.tags or tag in trigger.tags):
            made = list(_made(state, kind, tag, tree))
            function = state.catalog.functions.get((trigger.function, ()))
            if function and made and trigger.function not in state.calling:
                state.calling.append(trigger.function)
                blocks.after_event(state, function, tag, made)
                state.calling.pop()


def _made(state: State, kind: str, tag: str, tree: Any) -> Iterator[dict[str, Any]]:
    """The rows of pg_event_trigger_ddl_commands()."""
    match kind:
        case "CreateStmt" | "AlterTableStmt":
            relation, what = tree.relation, "table"
        case "CreateForeignTableStmt":
            relation, what = tree.base_stmt.relation, "foreign table"
        case "CreateTableAsStmt":
            relation, what = tree.into.rel, "table"
        case "ViewStmt":
            relation, what = tree.view, "view"
        case "SelectStmt":
            relation, what = tree.into_clause.rel, "table"
        case _:
            yield _row(tag, "function", None)
            return
    name = state.found(relation)
    if name in state.catalog.tables or name in state.catalog.views:
        table = state.catalog.tables.get(name)
        yield _row(tag, "partitioned table" if table and table.partitioned else what, name)


def _row(tag: str, what: str, name: Name | None) -> dict[str, Any]:
    identity = spelled(name) if name else None
    return {
        "command_tag": tag,
        "object_type": what,
        "schema_name": name.schema if name else None,
        "object_identity": identity,
        "objid": identity,
        "in_extension": False,
    }
