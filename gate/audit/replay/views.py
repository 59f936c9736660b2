"""CREATE VIEW and CREATE MATERIALIZED VIEW."""

from typing import Any

from gate.audit.catalog import Column, Name, View
from gate.audit.replay import columns, outputs, owners, parser, references
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State

CHECK_OPTIONS = {"LOCAL_CHECK_OPTION": "local", "CASCADED_CHECK_OPTION": "cascaded"}


def create(state: State, tree: Any) -> None:
    """CREATE [OR REPLACE] VIEW: replacing drops every option that is not said again; grants stay."""
    if tree.view.relpersistence == "t":
        return
    name = state.made(tree.view)
    old = state.catalog.views.get(name)
    if (old and (not tree.replace or old.materialized)) or (not old and columns.taken(state, name)):
        state.refuse(f"{name} exists already")
    if old is None and name in state.catalog.types:
        state.refuse(f"type {name} exists already")
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    checked = CHECK_OPTIONS.get(parser.enum(tree, "with_check_option"))
    if checked:
        options["check_option"] = checked
    made = _new(state, name, options, tree.query, parser.strings(tree.aliases))
    if old:
        owners.must_own(state, str(name), old.owner)
        _replaceable(state, old, made)
        made.acl, made.owner, made.triggers, made.comment = old.acl, old.owner, old.triggers, old.comment
        for column in made.columns.values():
            column.comment = old.columns[column.name].comment if column.name in old.columns else ""
        made.lost_invoker = (old.invoker or old.lost_invoker) and "security_invoker" not in options
    state.catalog.views[name] = made


def _replaceable(state: State, old: View, new: View) -> None:
    """A view that is replaced keeps its columns, and may have more after them."""
    if not old.columns or not new.columns:
        return
    for before, after in zip(old.columns.values(), [*new.columns.values(), None], strict=False):
        if after is None or before.name != after.name:
            state.refuse(f"view {old.name} must keep its column {before.name!r}")
        if "?" not in (before.type, after.type) and before.type != after.type:
            state.refuse(f"view {old.name} must keep the type of its column {before.name!r}")
    if len(new.columns) < len(old.columns):
        state.refuse(f"view {old.name} must keep its columns")


def create_materialized(state: State, tree: Any) -> None:
    """CREATE MATERIALIZED VIEW."""
    name = state.made(tree.into.rel)
    if columns.taken(state, name) or name in state.catalog.types:
        if tree.if_not_exists and columns.taken(state, name):
            return
        state.refuse(f"{name} exists already")
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.into.options)}
    made = _new(state, name, options, tree.query, parser.strings(tree.into.col_names))
    made.materialized = True
    state.catalog.views[name] = made


def _new(state: State, name: Name, options: dict[str, str], query: Any, aliases: tuple[str, ...]) -> View:
    owners.may_create(state, name.schema)
    tree = parser.copied(query)
    references.qualify(state, tree)
    references.must_be_there(state, tree, f"view {name}")
    named: dict[str, Column] = {}
    for number, column in enumerate(outputs.of_query(state, parser.unwrap(tree)) or ()):
        column.name = aliases[number] if number < len(aliases) else column.name
        if column.name in named:
            state.refuse(f"view {name} has two columns called {column.name!r}")
        named[column.name] = column
    return View(
        name=name,
        place=state.place,
        materialized=False,
        options=options,
        query=tree,
        sources=tuple(sorted(references.relations(tree))),
        calls=frozenset(references.calls(tree)),
        acl=born_with(state.catalog, name.schema, "tables", state.role),
        columns=named,
        starred=dict(references.starred(state, tree)),
        owner=state.role,
    )
