"""A and nobody ask for B's rows, in tables and through views. B sees them first: what is not there is not withheld."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gate.config import Config
from gate.rls.attempt import Actor, Answer, Attempt, Verb
from gate.rls.live.asking import Said
from gate.rls.live.belongings import PLAIN, Belongings, key_of, keys_of, named
from gate.rls.live.notes import Notes
from gate.rls.ownership import Owner
from gate.rls.schema import Relation
from gate.rls.storage import Bucket
from gate.rls.trials import ACTORS

MOST_TOLD = 3  # values by which a view is searched for a table's rows


@dataclass(slots=True)
class Reading:
    """What both users own, and where it is noted what could not be judged."""

    belongings: Belongings
    notes: Notes

    @property
    def config(self) -> Config:
        """The project's own word."""
        return self.belongings.config

    def table(self, relation: Relation) -> Iterator[Attempt]:
        """What of B's in a table comes back to A and to nobody."""
        name, owner = relation.full_name, self.belongings.plan.owned.get(relation.full_name)
        if owner is None:
            self.notes.cannot_tell(name, "no owner found: its rows are shared by all users")
            return
        theirs = self.belongings.theirs(name)
        known = False
        for actor in ACTORS:
            said = self._asked_for(relation, owner, actor)
            answer: Answer = said.answer
            if answer == "nothing":
                self.notes.cannot_tell(name, f"select by {actor}: {said.words}")
            elif answer == "refused" and (why := self._doubt(name, actor, has=bool(theirs))):
                self.notes.cannot_tell(name, why)
                answer = "nothing"
            found = self.attempt(relation, actor, "select", answer, owner)
            yield replace(found, already=known) if answer == "let through" else found
            known = known or answer == "let through"

    def _asked_for(self, relation: Relation, owner: Owner, actor: Actor) -> Said:
        """B's rows by their keys, and then any row that is another's by the owner's column, where none can be meant for A."""
        place, keys = (relation.schema, relation.name), keys_of(relation)
        theirs = self.belongings.theirs(relation.full_name)
        said = Said("refused")
        if filters := named(relation, theirs):
            said = self.belongings.asker.rows(actor, place, keys, filters, len(theirs))
            wanted = {key_of(relation, row) for row in theirs}
            if any(tuple(str(row.get(name)) for name in keys) in wanted for row in said.rows):
                return said
            said = replace(said, answer="refused") if said.answer == "let through" else said
        anybody = owner.names_user and bool(PLAIN.fullmatch(owner.column)) and not self.belongings.shared(relation)
        if said.answer == "refused" and anybody:
            own, column = self.belongings.ids["A"], owner.column
            filters = [(column, "set", None)]
            if actor == "A":
                filters.append((column, "neq", own))
            asked = self.belongings.asker.rows(actor, place, [column], filters, 1)
            others = [row for row in asked.rows if row.get(column) is not None and str(row[column]) != own]
            if others or (actor == "anon" and asked.rows):
                return asked
            if asked.answer in {"nothing", "recursion"} and not theirs:
                return asked
        return said

    def _doubt(self, name: str, actor: Actor, *, has: bool) -> str | None:
        """Why it proves nothing that no row came back."""
        if not has:
            words = self.belongings.words.get(("B", name))
            return f"there is no row of B's to ask for: {words}" if words else "B sees no row of its own there"
        if actor == "A" and not self.belongings.of("A", name):
            return "A sees no row of its own there either, so that it sees none of B's proves little"
        return None

    def view(self, view: Relation) -> Iterator[Attempt]:
        """Whether values that only B's rows hold show in a view."""
        place = (view.schema, view.name)
        for below in view.below:
            if below not in self.belongings.plan.owned:
                continue
            names = {column.name for column in view.columns if PLAIN.fullmatch(column.name)}
            told = [(column, value) for column, value in self.belongings.tell_tale(below) if column in names]
            for column, value in told[:MOST_TOLD]:
                if not self._shows(place, "B", column, value):
                    continue
                author = self.belongings.plan.owned[below].author
                owner = Owner("", f"shows rows of {below}", author=author)
                known = False
                for actor in ACTORS:
                    through = self._shows(place, actor, column, value)
                    found = self.attempt(view, actor, "select", "let through" if through else "refused", owner)
                    yield replace(found, already=known)
                    known = known or through
                return
        if any(below in self.belongings.plan.owned for below in view.below):
            self.notes.cannot_tell(view.full_name, "shows nothing by which a row of B's could be known, not even to B")

    def _shows(self, place: tuple[str, str], actor: Actor, column: str, value: str) -> bool:
        said = self.belongings.asker.rows(actor, place, [column], [(column, "eq", value)], 1)
        return any(row.get(column) == value for row in said.rows)

    def attempt(
        self,
        relation: Relation | Bucket,
        actor: Actor,
        verb: Verb,
        answer: Answer,
        owner: Owner | None,
        detail: str = "",
    ) -> Attempt:
        """The attempt as rules judge it. What the project grants is what it is: nothing is said of regimes."""
        return Attempt(
            relation=relation.full_name,
            kind=relation.kind,
            place=self.belongings.plan.places.get(relation.full_name),
            regime="explicit",
            actor=actor,
            verb=verb,
            answer=answer,
            owner=owner,
            public=relation.full_name in self.config.public_tables,
            detail=detail,
            shown=relation.full_name in self.belongings.plan.shown,
        )
