"""COMMENT ON: kept with the object, so that it follows and goes with it."""

from typing import Any, Protocol

from gate.audit.catalog import Index, Name, Sequence, Table, View
from gate.audit.replay import functions, owners, parser
from gate.audit.replay.drops import RELATIONS as KINDS_OF_RELATIONS
from gate.audit.replay.drops import ROUTINES, kind_of
from gate.audit.replay.state import State

KINDS = KINDS_OF_RELATIONS | {"OBJECT_INDEX": "index"}


class Commented(Protocol):
    """What can have a comment."""

    comment: str


def comment(state: State, tree: Any) -> None:
    """COMMENT ON ... IS; NULL and '' take it away."""
    kind = parser.enum(tree, "objtype")
    node = parser.unwrap(tree.object)
    found: Commented | None
    if kind in KINDS:
        parts = parser.strings(parser.items(node))
        found = _relation(state, parts)
        if isinstance(found, Table | View | Sequence | Index) and kind_of(state, found.name) != KINDS[kind]:
            state.refuse(f"{found.name} is no {KINDS[kind]}")
        if isinstance(found, Table | View):
            owners.must_own(state, str(found.name), found.owner)
    elif kind in ROUTINES:
        made = functions.find(state, node, ROUTINES[kind])
        if made and made[0].kind not in ROUTINES[kind]:
            state.refuse(f"{made[0].signature} is a {made[0].kind}")
        homes = tuple(parser.strings(node.objname)[:-1]) or state.path
        if not made and not state.of_an_extension(homes):
            state.missing(f"function {'.'.join(parser.strings(node.objname))} was never created")
        found = made[0] if made else None
    elif kind in {"OBJECT_TYPE", "OBJECT_DOMAIN"}:
        name = state.type_named(parser.strings(node.names))
        found = state.catalog.types[name] if name else None
    elif kind == "OBJECT_SCHEMA":
        found = state.catalog.schemas.get(node.sval)
    elif kind == "OBJECT_PUBLICATION":
        found = state.catalog.publications.get(node.sval)
    elif kind in PARTS:
        found = _part(state, kind, parser.strings(parser.items(node)))
    else:
        return
    if found is None:
        state.missing("what a comment is about was never created")
    found.comment = tree.comment


def _relation(state: State, parts: tuple[str, ...]) -> Commented | None:
    catalog = state.catalog
    homes = (parts[-2],) if len(parts) > 1 else state.path
    for home in homes:
        name = Name(home, parts[-1])
        found = catalog.tables.get(name) or catalog.views.get(name) or catalog.sequences.get(name)
        if found or name in catalog.indexes:
            return found or catalog.indexes[name]
    return None


PARTS = {"OBJECT_COLUMN", "OBJECT_POLICY", "OBJECT_TRIGGER", "OBJECT_TABCONSTRAINT"}


def _part(state: State, kind: str, parts: tuple[str, ...]) -> Commented | None:
    """A column, policy, trigger or constraint, by its relation's name and its own."""
    *where, name = parts
    holder = state.found_as(tuple(where))
    table = state.catalog.tables.get(holder)
    view = state.catalog.views.get(holder)
    owned = table or view
    if owned:
        owners.must_own(state, str(holder), owned.owner)
    match kind:
        case "OBJECT_COLUMN":
            held = table or view
            return held.columns.get(name) if held else None
        case "OBJECT_TRIGGER":
            held = table or view
            return held.triggers.get(name) if held else None
        case "OBJECT_POLICY":
            return table.policies.get(name) if table else None
    return table.constraints.get(name) if table else None
