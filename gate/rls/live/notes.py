"""What a live attack keeps for its report: what could not be judged, what was written, and what is still there."""

from dataclasses import dataclass, field
from typing import Any

from gate.check import Context


@dataclass(slots=True)
class Notes:
    """Said once each. `writes` are the changes made and undone, `left` those that could not be undone."""

    context: Context
    writes: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _said: set[tuple[str, str]] = field(default_factory=set)

    def cannot_tell(self, what: str, why: str) -> None:
        """List what could not be judged."""
        if (what, why) not in self._said:
            self._said.add((what, why))
            self.context.unjudged(what, why)

    def left_behind(self, what: str, why: str) -> None:
        """Say loudly that a change is still in the project: no verdict comes of such a run."""
        self.left.append(f"{what}: {why}")
        self.context.unjudged(what, f"LEFT BEHIND in the project: {why}", blocking=True)
        self.context.record("left_behind", self.left)
