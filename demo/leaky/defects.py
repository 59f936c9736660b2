"""Which flaws are switched on, by the name of the rule that must catch each."""

import os

ON = frozenset(filter(None, os.environ.get("DARKROOM_DEFECTS", "").split(",")))


def on(name: str) -> bool:
    """Whether a flaw is switched on."""
    return name in ON
