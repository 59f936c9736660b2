"""Values that ALTER TYPE adds to an enum and that the same file uses, which is too early: they count after its transaction."""

from dataclasses import dataclass, field
from typing import Any

from gate.audit.catalog import Name
from gate.audit.replay import parser
from gate.audit.replay.state import State

NOT_READ = {"CommentStmt", "AlterEnumStmt", "CreateFunctionStmt", "DropStmt", "GrantStmt"}


@dataclass(slots=True)
class Early:
    """The values that the current file has added to types of earlier files."""

    path: str = ""
    added: list[tuple[Name, str]] = field(default_factory=list)

    def see(self, state: State, tree: Any) -> None:
        """Note a value that is added, or used by a statement that speaks of its type or of a column of it."""
        if state.place.path != self.path:
            self.path, self.added = state.place.path, []
        kind = parser.kind(tree)
        if kind == "AlterEnumStmt" and tree.new_val and not tree.old_val:
            name = state.type_named(parser.strings(tree.type_name))
            if name and state.catalog.types[name].place.path != self.path:
                self.added.append((name, tree.new_val))
        elif self.added and kind not in NOT_READ:
            text = state.statement.text
            for name, label in self.added:
                if f"'{label}'" in text and self._about(state, name, text):
                    state.catalog.early.append((name, label, state.place))

    @staticmethod
    def _about(state: State, name: Name, text: str) -> bool:
        tables = (
            table.name.name
            for table in state.catalog.tables.values()
            if any(column.type == name.name for column in table.columns.values())
        )
        return name.name in text or any(table in text for table in tables)
