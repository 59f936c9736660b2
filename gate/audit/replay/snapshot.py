"""A catalog as it is at one moment, while the replay goes on with the living one."""

import copy
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any


def snapshot(value: Any) -> Any:
    """A copy of everything that a replay changes in place. What is frozen is shared, and so are parse trees.

    A tree that follows a later rename does so here as well, which makes a condition that was only renamed the same as before.
    """
    if isinstance(value, dict):
        made = type(value)()
        for key, one in value.items():
            made[key] = snapshot(one)
        return made
    if isinstance(value, list):
        return [snapshot(one) for one in value]
    if isinstance(value, set):
        return set(value)
    names = _changed(type(value))  # type: ignore[arg-type]
    if names is None:
        return value
    made = copy.copy(value)
    for name in names:
        setattr(made, name, snapshot(getattr(value, name)))
    return made


@cache
def _changed(kind: type) -> tuple[str, ...] | None:
    """The fields of a dataclass that may be changed; None for any other type."""
    if not is_dataclass(kind) or kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return None
    return tuple(field.name for field in fields(kind))
