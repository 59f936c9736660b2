"""CREATE VIEW and CREATE MATERIALIZED VIEW."""

from typing import Any

from gate.audit.catalog import Acl, Name, View
from gate.audit.replay import constraints, parser, references
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State

CHECK_OPTIONS = {"LOCAL_CHECK_OPTION": "local", "CASCADED_CHECK_OPTION": "cascaded"}


def create(state: State, tree: Any) -> None:
    """CREATE [OR REPLACE] VIEW: replacing drops every option that is not said again; grants stay."""
    if tree.view.relpersistence == "t":
        return
    name = state.made(tree.view)
    old = state.catalog.views.get(name)
    if (old and not tree.replace) or (not old and constraints.taken(state, name)):
        state.missing(f"{name} exists already")
        return
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.options)}
    checked = CHECK_OPTIONS.get(parser.enum(tree, "with_check_option"))
    if checked:
        options["check_option"] = checked
    _keep(state, name, materialized=False, options=options, query=tree.query, acl=old.acl if old else None)
    if old and (old.invoker or old.lost_invoker) and "security_invoker" not in options:
        state.catalog.views[name].lost_invoker = True


def create_materialized(state: State, tree: Any) -> None:
    """CREATE MATERIALIZED VIEW."""
    name = state.made(tree.into.rel)
    if constraints.taken(state, name):
        if not tree.if_not_exists:
            state.missing(f"{name} exists already")
        return
    options = {one.defname: parser.option_text(one.arg) for one in map(parser.unwrap, tree.into.options)}
    _keep(state, name, materialized=True, options=options, query=tree.query, acl=None)


def _keep(
    state: State, name: Name, *, materialized: bool, options: dict[str, str], query: Any, acl: Acl | None
) -> None:
    tree = parser.copied(query)
    references.qualify(state, tree)
    state.catalog.views[name] = View(
        name=name,
        place=state.place,
        materialized=materialized,
        options=options,
        query=tree,
        sources=tuple(sorted(references.relations(tree))),
        calls=frozenset(references.calls(tree)),
        acl=acl or born_with(state.catalog, name.schema, "tables", state.role),
    )
