"""Writes, where they are allowed: into rows that B adds for this, and into A's own; each is undone, and that is seen to."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from gate.rls.attempt import Actor, Answer, Attempt, Verb
from gate.rls.live.asking import Asker, Filter, Row
from gate.rls.live.belongings import PLAIN, named
from gate.rls.live.plan import allowed
from gate.rls.live.reading import Reading
from gate.rls.live.undo import Change, Ledger, row_away, value_back
from gate.rls.ownership import USERS, Owner
from gate.rls.schema import Column, Relation
from gate.rls.trials import ACTORS, more, privileged
from gate.rls.values import A, B

PLANTED = re.compile(r"gate-[ab]-[0-9a-f]{8}")


@dataclass(slots=True)
class Writing:
    """The attack by writing on one table whose owner's column names the user."""

    reading: Reading
    ledger: Ledger
    relation: Relation
    owner: Owner
    stuck: bool = False

    def attempts(self) -> Iterator[Attempt]:
        """Every attempt; what B adds for them is taken away in the end."""
        yield from self._raised()
        for actor in ACTORS:
            yield from self._as(actor)
            if self.stuck:  # what could not be undone once is not done again
                return

    @property
    def _place(self) -> tuple[str, str]:
        return self.relation.schema, self.relation.name

    @property
    def _asker(self) -> Asker:
        return self.reading.belongings.asker

    def _as(self, actor: Actor) -> Iterator[Attempt]:
        made = self._row()
        if self.relation.full_name not in self.reading.belongings.plan.removable:
            made = "by the migrations B could not delete it again"
        if isinstance(made, str):
            self.reading.notes.cannot_tell(self.relation.full_name, f"nothing is written there: {made}")
            return
        row, handle = made
        here: list[Filter] = [(handle, "eq", row[handle])]
        with self.ledger.writing(self._change(handle, row, "B")) as base:
            base.happened = self._asker.insert("B", self._place, row).happened
        if self._rows("B", here):
            yield from self._changed(actor, row, here, base)
        else:
            self.reading.notes.cannot_tell(
                self.relation.full_name, "B cannot add a row of its own there, or not see it"
            )
        self.stuck = not self.ledger.undo(base)
        made = self._row()
        if not self.stuck and not isinstance(made, str):
            yield self._inserted(actor, *made)

    def _change(self, handle: str, row: Row, by: str) -> Change:
        return Change(f"a row in {self.relation.full_name}", by, row_away(self._place, handle, str(row[handle])))

    def _changed(self, actor: Actor, row: Row, here: list[Filter], base: Change) -> Iterator[Attempt]:
        """Update and delete of a row of B's that is ours to lose."""
        handle = here[0][0]
        column = self._free(handle)
        if column is not None:
            wanted = f"changed by {actor}"
            answer: Answer = self._asker.update(actor, self._place, {column: wanted}, here).answer
            if answer == "refused" and handle in self.relation.primary_key and actor == "A":
                answer = self._asker.upsert(actor, self._place, {**row, column: wanted}).answer
            yield self._attempt(actor, "update", self._proven(answer, self._reads("B", here, column, wanted)))
        said = self._asker.delete(actor, self._place, here)
        seen = self._asker.rows("B", self._place, [handle], here, 1)
        if gone := seen.answer == "refused" and not seen.rows:
            self.ledger.settled(base)
        yield self._attempt(actor, "delete", self._proven(said.answer, gone))

    def _inserted(self, actor: Actor, row: Row, handle: str) -> Attempt:
        with self.ledger.writing(self._change(handle, row, actor)) as change:
            said = self._asker.insert(actor, self._place, row)
            change.happened = said.happened
        here: list[Filter] = [(handle, "eq", row[handle])]
        through = said.answer == "let through" and self._reads("B", here, self.owner.column, row[self.owner.column])
        self.stuck = not self.ledger.undo(change)
        return self._attempt(actor, "insert", self._proven(said.answer, through))

    def _raised(self) -> Iterator[Attempt]:
        """Columns of power in A's own row, set and set back."""
        belongings = self.reading.belongings
        mine = next(iter(belongings.of("A", self.relation.full_name)), None)
        here = named(self.relation, [mine]) if mine else []
        if mine is None or len(here) != 1:
            return
        key = here[0][0]
        for column in privileged(self.relation, self.owner, self.reading.config):
            if column.name not in mine or not PLAIN.fullmatch(column.name):
                continue
            old = mine[column.name]
            better = more(column, _text(old), ())
            if better is None:
                continue
            undo = value_back(self._place, column.name, old, (key, mine[key]))
            with self.ledger.writing(
                Change(f"{column.name} of A's row in {self.relation.full_name}", "A", undo)
            ) as one:
                said = self._asker.update("A", self._place, {column.name: better}, [(key, "eq", mine[key])])
                one.happened = said.happened
            mine_now: list[Filter] = [(key, "eq", mine[key])]
            through = any(_text(row.get(column.name)) == better for row in self._rows("A", mine_now, column.name))
            self.ledger.undo(one)
            yield self._attempt("A", "raise", self._proven(said.answer, through), column.name)

    def _row(self) -> tuple[Row, str] | str:
        """A row of B's that the constraints take, and the column by which it is found again; or why there is none."""
        ids = self.reading.belongings.ids
        planted = self.reading.belongings.plan.seeds.written.get((self.relation.full_name, B))
        if planted is None:
            return "no row could be made up that its constraints take"
        row: dict[str, object] = {}
        for name, value in planted.items():
            column = self.relation.column(name)
            if column is None or column.given or column.counted or not PLAIN.fullmatch(name):
                continue
            row[name] = value.replace(A, ids["A"]).replace(B, ids["B"]) if value is not None else None
        for key in self.relation.keys:
            for own, theirs in zip(key.columns, key.target_columns, strict=True):
                if own in row and own != self.owner.column and row[own] is not None:
                    parent = ids["B"] if key.target == USERS else self._parent(key.target, theirs)
                    if parent is None:
                        return f"B sees no row of {key.target} that it could belong to"
                    row[own] = parent
        row[self.owner.column] = ids["B"]
        handle = self._handle(row)
        return (row, handle) if handle else "no column could hold a value by which the row is found again"

    def _parent(self, table: str, column: str) -> object | None:
        belongings = self.reading.belongings
        relation = belongings.plan.relations.get(table)
        rows = belongings.of("B", table)
        free = relation is not None and relation.exposed and allowed(self.reading.config, table)
        if not rows and free and relation is not None and table not in belongings.plan.owned:
            rows = self._asker.rows("B", (relation.schema, relation.name), [column], [], 1).rows
        return next((row[column] for row in rows if row.get(column) is not None), None)

    def _handle(self, row: dict[str, object]) -> str | None:
        """Put a value of ours into a column and say which: the key where we may choose it, else a text."""
        tied = self._tied()
        for name in self.relation.primary_key:
            column = self.relation.column(name)
            if column and column.type == "uuid" and name not in tied and PLAIN.fullmatch(name) and not column.given:
                row[name] = str(uuid.uuid4())
                return name
        for column in self._texts(tied):
            row[column.name] = f"gate-live-{uuid.uuid4().hex[:12]}"
            return column.name
        return None

    def _free(self, handle: str) -> str | None:
        """A text to change, other than the one by which the row is found."""
        return next((column.name for column in self._texts(self._tied()) if column.name != handle), None)

    def _texts(self, tied: set[str]) -> Iterator[Column]:
        taken = {name for check in self.relation.checks for name in check.columns} | set(self.relation.bound_columns)
        taken |= tied | set(self.reading.config.privileged_columns)
        for column in self.relation.columns:
            plain = column.type == "text" and column.kind == "b" and not column.given
            if plain and column.name not in taken and PLAIN.fullmatch(column.name):
                yield column

    def _tied(self) -> set[str]:
        return {self.owner.column} | {name for key in self.relation.keys for name in key.columns}

    def _rows(self, who: Actor, here: list[Filter], column: str | None = None) -> tuple[Row, ...]:
        return self._asker.rows(who, self._place, [column or here[0][0]], here, 1).rows

    def _reads(self, who: Actor, here: list[Filter], column: str, wanted: object) -> bool:
        return any(row.get(column) == wanted for row in self._rows(who, here, column))

    def _proven(self, answer: Answer, through: bool) -> Answer:  # noqa: FBT001 - the proof itself
        """Let through is what had its effect, whatever was answered; refused is what had none and was answered plainly."""
        if through:
            return "let through"
        return "refused" if answer in {"let through", "refused"} else "nothing"

    def _attempt(self, actor: Actor, verb: Verb, answer: Answer, detail: str = "") -> Attempt:
        if answer == "nothing":
            words = f"{verb} by {actor}: the answer does not say whether it was let through"
            self.reading.notes.cannot_tell(self.relation.full_name, words)
        return self.reading.attempt(self.relation, actor, verb, answer, self.owner, detail)


def _text(value: object) -> str | None:
    """A value of JSON as SQL would show it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
