"""Publications: which tables' changes are sent out, as CREATE, ALTER and DROP say."""

from collections.abc import Iterator
from typing import Any

from gate.audit.catalog import Name, Publication
from gate.audit.replay import constraints, owners, parser
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE PUBLICATION."""
    if tree.pubname in state.catalog.publications:
        state.refuse(f"publication {tree.pubname!r} exists already")
    made = Publication(tree.pubname, state.place, all_tables=tree.for_all_tables, owner=state.role)
    _options(made, tree)
    _add(state, made, tree)
    state.catalog.publications[made.name] = made


def alter(state: State, tree: Any) -> None:
    """ALTER PUBLICATION: ADD, SET and DROP of tables and schemas, and its options."""
    found = state.catalog.publications.get(tree.pubname)
    if found is None:
        state.missing(f"publication {tree.pubname!r} was never created")
    owners.must_own(state, f"publication {found.name!r}", found.owner)
    _options(found, tree)
    if not len(tree.pubobjects):
        return
    if found.all_tables:
        state.refuse(f"publication {found.name!r} is for all tables already")
    match parser.enum(tree, "action"):
        case "AP_AddObjects":
            _add(state, found, tree)
        case "AP_SetObjects":
            before = Publication(found.name, found.place)
            _add(state, before, tree)
            found.tables, found.schemas, found.places = before.tables, before.schemas, before.places
        case "AP_DropObjects":
            _take(state, found, tree)


def _options(found: Publication, tree: Any) -> None:
    for option in map(parser.unwrap, tree.options):
        if option.defname == "publish":
            found.publish = frozenset(
                word.strip() for word in parser.option_text(option.arg).split(",") if word.strip()
            )


def _objects(state: State, tree: Any) -> Iterator[tuple[Name | str, tuple[str, ...]]]:
    """Tables with their column lists, and names of schemas."""
    for node in map(parser.unwrap, tree.pubobjects):
        match parser.enum(node, "pubobjtype"):
            case "PUBLICATIONOBJ_TABLE":
                name = state.found(node.pubtable.relation)
                table = state.catalog.tables.get(name)
                yield name, parser.strings(node.pubtable.columns)
                if table and node.pubtable.relation.inh and not table.partitioned:
                    for child in list(constraints.family(state, table))[1:]:
                        yield child.name, parser.strings(node.pubtable.columns)
            case "PUBLICATIONOBJ_TABLES_IN_SCHEMA":
                yield node.name, ()
            case "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA":
                yield state.home, ()


def _add(state: State, found: Publication, tree: Any) -> None:
    objects = list(_objects(state, tree))
    for name, columns in objects:
        if isinstance(name, Name):
            _fitting(state, found, name, columns)
        elif name not in state.catalog.schemas:
            state.missing(f"schema {name} was never created")
    for name, columns in objects:
        if isinstance(name, Name):
            found.tables[name] = columns
            found.places[name] = state.place
        else:
            found.schemas.add(name)


def _fitting(state: State, found: Publication, name: Name, columns: tuple[str, ...]) -> None:
    table = state.catalog.tables.get(name)
    if name in found.tables:
        state.refuse(f"{name} is in publication {found.name!r} already")
    if name in state.catalog.views or name in state.catalog.sequences or (table and table.kind == "foreign"):
        state.refuse(f"{name} is no table and cannot be published")
    if table is None:
        state.missing(f"table {name} was never created")
    owners.must_own(state, str(name), table.owner)
    unknown = next((one for one in columns if one not in table.columns), None)
    if unknown is not None:
        state.missing(f"column {unknown!r} of {name} was never created")


def _take(state: State, found: Publication, tree: Any) -> None:
    objects = [name for name, _ in _objects(state, tree)]
    for name in objects:
        if name not in (found.tables if isinstance(name, Name) else found.schemas):
            state.missing(f"{name} is not in publication {found.name!r}")
    for name in objects:
        if isinstance(name, Name):
            found.tables.pop(name, None)
            found.places.pop(name, None)
        else:
            found.schemas.discard(name)


def forget(state: State, table: Name) -> None:
    """A dropped table is sent no more, and a new one of its name is not either."""
    for found in state.catalog.publications.values():
        forget_in(found, table)


def forget_in(found: Publication, table: Name) -> None:
    """Send a table no more."""
    found.tables.pop(table, None)
    found.places.pop(table, None)


def follow(state: State, old: Name, new: Name) -> None:
    """A publication follows a table to its new name."""
    for found in state.catalog.publications.values():
        if old in found.tables:
            found.tables[new] = found.tables.pop(old)
            found.places[new] = found.places.pop(old)
