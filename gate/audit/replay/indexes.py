"""CREATE INDEX, and what tells indexes apart."""

from typing import Any

from gate.audit.catalog import Index, Name
from gate.audit.replay import parser
from gate.audit.replay.constraints import taken
from gate.audit.replay.naming import made_up
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE INDEX, also without a name."""
    table = state.found(tree.relation)
    words = "_".join(one.name or "expr" for one in map(parser.unwrap, tree.index_params))
    name = tree.idxname or made_up(table.name, words, "idx", lambda word: taken(state, Name(table.schema, word)))
    state.catalog.indexes.setdefault(Name(table.schema, name), described(table, tree)._replace(place=state.place))


def described(table: Name, tree: Any) -> Index:
    """An index as it is written."""
    elements = [parser.unwrap(node) for node in tree.index_params]
    details = [
        " ".join(
            (
                one.name or parser.expression(one.expr),
                *parser.strings(one.opclass),
                parser.enum(one, "ordering"),
                parser.enum(one, "nulls_ordering"),
            )
        )
        for one in elements
    ]
    return Index(
        table,
        tuple(one.name for one in elements if one.name),
        unique=tree.unique,
        details=f"{tree.access_method} {', '.join(details)}",
        where=parser.expression(tree.where_clause),
    )
