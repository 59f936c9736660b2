"""CREATE VIEW and CREATE MATERIALIZED VIEW."""

from typing import Any

from gate.audit.catalog import Acl, Name, View
from gate.audit.replay import parser
from gate.audit.replay.platform import born_with
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE [OR REPLACE] VIEW: replacing drops every option that is not said again; grants stay."""
    if tree.view.relpersistence == "t":
        return
    name = state.made(tree.view)
    old = state.catalog.views.get(name)
    if old and not tree.replace:
        state.missing(f"view {name} exists already")
        return
    _keep(state, name, materialized=False, options=tree.options, query=tree.query, acl=old.acl if old else None)


def create_materialized(state: State, tree: Any) -> None:
    """CREATE MATERIALIZED VIEW."""
    name = state.made(tree.into.rel)
    if name not in state.catalog.views:
        _keep(state, name, materialized=True, options=tree.into.options, query=tree.query, acl=None)


def _keep(state: State, name: Name, *, materialized: bool, options: Any, query: Any, acl: Acl | None) -> None:
    named = [parser.unwrap(node) for node in options]
    ctes = {one.ctename for one in parser.walk(query) if parser.kind(one) == "CommonTableExpr"}
    sources = [one for one in parser.walk(query) if parser.kind(one) == "RangeVar"]
    state.catalog.views[name] = View(
        name=name,
        place=state.place,
        materialized=materialized,
        options={one.defname: parser.option_text(one.arg) for one in named},
        query=query,
        sources=tuple(dict.fromkeys(state.found(one) for one in sources if one.schemaname or one.relname not in ctes)),
        acl=acl or born_with(state.catalog, name.schema, "tables"),
    )
