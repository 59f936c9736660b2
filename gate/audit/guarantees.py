"""Whether what a dropped constraint or index guaranteed is still guaranteed."""

from typing import Any, Literal

from gate.audit.catalog import Catalog
from gate.audit.release import Change
from gate.audit.replay.altered import checked
from gate.audit.replay.conditions import demands, holds

Replaced = Literal["equal", "weaker", "nothing"]


def still_unique(head: Catalog, change: Change) -> bool:
    """Whether some unique index keeps the same columns unique, or fewer of them, for all rows."""
    wanted = set(change.columns)
    return any(
        one.table == change.name
        and one.unique
        and (one.where == "" or change.was.endswith(one.where))
        and (set(one.columns) <= wanted if one.columns else one.details in change.was)
        for one in head.indexes.values()
    )


def replaced(head: Catalog, change: Change) -> Replaced:
    """What stands in the place of a constraint after the newer migrations."""
    table = head.tables.get(change.name)
    if table is None:
        return "nothing"
    if change.words & {"unique", "primary"}:
        return "equal" if still_unique(head, change) or set(table.primary_key) == set(change.columns) else "nothing"
    if "foreign" in change.words:
        alike = any(set(key.columns) == set(change.columns) for key in table.foreign_keys)
        gone = not set(change.columns) <= set(table.columns)
        return "equal" if alike or gone else "nothing"
    if "check" in change.words and change.was_node is not None:
        if not set(change.columns) <= set(table.columns):
            return "equal"  # what it was about is gone as well
        return _checked(change, [one.node for one in table.constraints.values() if one.kind == "check"])
    return "nothing" if change.part not in table.constraints else "equal"


def _checked(change: Change, nodes: list[Any]) -> Replaced:
    left = [one for one in demands(change.was_node) if not any(holds(one, other) for other in nodes)]
    if not left:
        return "equal"
    about = set(change.columns)
    alike = any(about & set(checked(node)) for node in nodes)
    return "weaker" if alike else "nothing"
