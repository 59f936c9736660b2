"""The attack on one database: everything tried on every table and view, each leak made again from its own reproducer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gate.config import Config, Regime
from gate.finding import Span
from gate.postgres import Connection
from gate.rls.actors import opening, server_opening
from gate.rls.attempt import Actor, Answer, Attempt
from gate.rls.cause import find_cause
from gate.rls.ownership import Owner
from gate.rls.reproducer import Reproducer, ancestors, reproduce, write
from gate.rls.roundabout import roundabout
from gate.rls.rows import Seeds
from gate.rls.schema import Relation, Target
from gate.rls.server_says import Asked, Said, ask, ask_all
from gate.rls.trials import Trial, control, trials
from gate.rls.values import A, B, C

PATIENCE = "set local statement_timeout = '5s';"
LEADING = frozenset({"attach", "move under"})
POLICED = frozenset({"r", "p", "bucket", "channel"})  # kinds


@dataclass(frozen=True, slots=True)
class Again:
    """What came of a leak made again: how and with what outcome, and whether it takes what A wrote into the own metadata."""

    answer: Answer
    made: Reproducer | None = None
    words: str = ""
    forged: bool = False

    @property
    def text(self) -> str | None:
        """The SQL that shows it."""
        return self.made.text(self.words) if self.made else None


@dataclass(slots=True)
class Attack:
    """Who is logged in where, what was planted, and what was noticed on the way.

    `api` is the login of the platform's API, `admin` is `postgres` on the same database, and `fresh` is `postgres` on one
    that holds the migrations and nothing else.
    """

    api: Connection
    admin: Connection
    fresh: Connection
    config: Config
    regime: Regime
    relations: Mapping[str, Relation]
    seeds: Seeds
    owned: Mapping[str, Owner]
    places: Mapping[str, Span]
    made_at_sign_up: frozenset[str] = frozenset()
    published: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    unjudged: list[tuple[str, str]] = field(default_factory=list)
    unreachable: dict[str, str] = field(default_factory=dict)
    server_only: list[str] = field(default_factory=list)
    leading: list[Attempt] = field(default_factory=list)
    open: set[tuple[str, str, str, Actor]] = field(default_factory=set)

    def table(self, relation: Relation) -> Iterator[Attempt]:
        """Every attempt on one table that has a row of B."""
        owner = self.owned.get(relation.full_name)
        own = control(relation, self.seeds, owner)
        if own is None:
            self.unjudged.append(
                (relation.full_name, "no column tells the planted rows apart, so none can be asked for")
            )
        elif (said := self.ask(relation, own)).answer != "let through":
            if relation.rls and not relation.policed and self._served(relation, own):
                self.server_only.append(relation.full_name)
            else:
                self.unreachable[relation.full_name] = said.words
        needed = self.needed([relation.full_name])
        todo = [
            *trials(relation, self.seeds, owner, self.config),
            *roundabout(relation, self.relations, self.seeds, self.owned, self.config, self.made_at_sign_up),
        ]
        tried = [
            self.attempt(relation, trial, said, needed)
            for trial, said in zip(todo, self.ask_all(relation, todo), strict=True)
        ]
        for attempt in folded(tried):
            if attempt.verb in LEADING and attempt.leak:
                self.leading.append(attempt)
            else:
                yield attempt

    def led(self) -> Iterator[Attempt]:
        """The attempts to add rows below B's, once all tables and tenants have been looked at.

        Below a row that all may read it is meant, and a row that all may read shows nobody anything more. Who joins a tenant
        by such a row has been told of.
        """
        for attempt in self.leading:
            known = any((t, "select", "", attempt.actor) in self.open for t in (attempt.detail, attempt.relation))
            known = known or (attempt.relation, "join", "", attempt.actor) in self.open
            yield replace(attempt, already=True) if known else attempt

    def _served(self, relation: Relation, own: Trial) -> bool:
        """The control where no policy lets anybody in: the row is there for the service key, so that strangers are kept out."""
        script = ["begin;", PATIENCE, *server_opening(relation.schema), f"{own.statement};", "rollback;"]
        return ask(self.api, "\n".join(script), own.verb, result=-2).answer == "let through"

    def ask(self, relation: Target, trial: Trial) -> Said:
        """Try it on the API's login."""
        lines = [
            "begin;",
            PATIENCE,
            *opening(trial.actor, relation.schema, self.seeds.metadata, self.seeds.claims),
            f"{trial.statement};",
            "rollback;",
        ]
        return ask(self.api, "\n".join(lines), trial.verb, result=-2)

    def ask_all(self, relation: Target, todo: Sequence[Trial]) -> list[Said]:
        """Try them all, those of one actor in one round trip; one by one where they take too long together."""
        answers: dict[int, Said] = {}
        for actor in dict.fromkeys(trial.actor for trial in todo):
            places = [place for place, trial in enumerate(todo) if trial.actor == actor]
            start = (PATIENCE, *opening(actor, relation.schema, self.seeds.metadata, self.seeds.claims))
            said = ask_all(self.api, start, [self._asked(relation, todo[place]) for place in places])
            answers |= zip(places, said or [self.ask(relation, todo[place]) for place in places], strict=True)
        return [answers[place] for place in range(len(todo))]

    def _asked(self, relation: Target, trial: Trial) -> Asked:
        """The trial, and B's look at what came of it, where that is what counts."""
        if trial.witness != "B" or trial.proof is None:
            return Asked(trial.statement, trial.verb)
        return Asked(trial.statement, trial.verb, (*opening("B", relation.schema, more=self.seeds.claims), trial.proof))

    def attempt(
        self,
        relation: Target,
        trial: Trial,
        said: Said,
        needed: set[tuple[str, str]],
        owner: Owner | None = None,
        *,
        public: bool = False,
    ) -> Attempt:
        """What came of a trial; a leak is made again from its own text."""
        owner = owner or self.owned.get(relation.full_name)
        parent = relation.partition_of if isinstance(relation, Relation) else None
        place = self.places.get(relation.full_name) or self.places.get(parent or "")
        public = public or relation.full_name in self.config.public_tables
        attempt = Attempt(
            relation.full_name,
            relation.kind,
            place,
            self.regime,
            trial.actor,
            trial.verb,
            said.answer,
            owner,
            public,
            trial.detail,
            published=relation.full_name in self.published,
            shown=relation.full_name in self.shown,
        )
        what = (relation.full_name, trial.verb, trial.detail)
        match said.answer:
            case "nothing":
                self.nothing(relation, f"{trial.verb} by {trial.actor}: {said.words}")
                return attempt
            case "refused":
                return attempt
        if (*what, "anon") in self.open:
            self.open.add((*what, trial.actor))
            return replace(attempt, already=True)
        found = self.again(relation, trial, said, needed)
        attempt = replace(attempt, answer=found.answer, reproducer=found.text, forged=found.forged)
        if found.answer != "let through":
            return attempt
        self.open.add((*what, trial.actor))
        return self.caused(attempt, relation, found.made)

    def caused(self, attempt: Attempt, relation: Target, made: Reproducer | None) -> Attempt:
        """A leak with what let it through, where policies decide."""
        if made is None or relation.kind not in POLICED or attempt.verb == "probe":
            return attempt
        cause = find_cause(self.fresh, relation, made, self.places)
        return replace(attempt, cause=cause.name, place=cause.place or attempt.place) if cause else attempt

    def again(self, relation: Target, trial: Trial, said: Said, needed: set[tuple[str, str]]) -> Again:
        """Make the leak again from its own text, with as few rows as show it: those of whom it is about, or also others'."""
        refresh = [f"refresh materialized view {relation.sql};"] if relation.kind == "m" else []
        party = {B, A} if trial.actor == "A" or trial.witness == "A" else {B}
        few = {(name, user) for name, user in needed if user in party}
        again = said
        for rows in (few, needed, set(self.seeds.lines)):
            reproducer = write(trial, relation, self.seeds, rows, self.regime, *refresh)
            again = self._reproduced(relation, reproducer)
            if again.answer == said.answer:
                return self._honest(relation, reproducer, again)
            if "to no effect" in again.words and rows is not few and trial.witness != "B":
                return Again("refused")
        if "to no effect" in again.words:
            return Again("refused")
        self.nothing(relation, f"{trial.verb} by {trial.actor} was let through once and not again ({again.words})")
        return Again("nothing")

    def _honest(self, relation: Target, reproducer: Reproducer, said: Said) -> Again:
        """The leak without what A wrote into the own metadata, or with it, where it takes that."""
        forged = self.seeds.forged
        if not forged or reproducer.trial.actor != "A":
            return Again(said.answer, reproducer, said.words)
        lines = tuple(line for line in reproducer.lines if line != forged)
        plain = replace(reproducer, metadata="{}", lines=lines)
        without = self._reproduced(relation, plain)
        if without.answer == said.answer:
            return Again(said.answer, plain, without.words)
        return Again(said.answer, reproducer, said.words, forged=without.answer == "refused")

    def _reproduced(self, relation: Target, reproducer: Reproducer) -> Said:
        said = reproduce(self.fresh, reproducer)
        trial = reproducer.trial
        if said.forced and trial.proof and self._guarded(relation, trial):
            return Said("nothing", 0, f"{said.words}, but a trigger may have changed the row before")
        if said.answer == "let through" and relation.kind in "vm" and trial.verb == "select":
            owned = {line for (_, user), lines in self.seeds.lines.items() if user == B for line in lines}
            rest = replace(reproducer, lines=tuple(line for line in reproducer.lines if line not in owned))
            if reproduce(self.fresh, rest).rows >= said.rows:
                return Said("nothing", said.rows, "the same rows come back without B's")
        return said

    def _guarded(self, relation: Target, trial: Trial) -> bool:
        command = "insert" if trial.statement.startswith("insert") else "update"
        return command in relation.before

    def needed(self, tables: list[str]) -> set[tuple[str, str]]:
        """The planted rows that rows of these tables need."""
        return {(name, user) for name in ancestors(self.relations, tables) for user in (A, B, C)}

    def nothing(self, relation: Target, words: str) -> None:
        """Note that something was not judged."""
        if (relation.full_name, words) not in self.unjudged:
            self.unjudged.append((relation.full_name, words))


def folded(tried: Sequence[Attempt]) -> Iterator[Attempt]:
    """The attempts of one table, with what goes without saying marked so.

    Update and delete by the same actor are said in one, and who may change B's row at will need not overwrite it or take it
    over. Who may add rows in B's name, or change B's, need not give any.
    """
    leaks = [attempt for attempt in tried if attempt.answer == "let through"]
    said = {(attempt.verb, attempt.actor) for attempt in leaks}
    fresh = {(attempt.verb, attempt.actor) for attempt in tried if attempt.leak}
    raised = {attempt.detail for attempt in leaks if attempt.verb == "raise"}
    for attempt in tried:
        actor = attempt.actor
        both = {("update", actor), ("delete", actor)} <= fresh
        implied = {
            "delete": both,
            "give away": any(verb in {"insert", "update"} for verb, _ in said),
            "upsert": ("update", actor) in said,
            "take": bool(said & {("update", actor), ("upsert", actor)}),
            "start with": attempt.detail in raised,
            "attach": ("insert", actor) in said,
            "move under": ("attach", actor) in said,
            "probe": bool(said & {("select", actor), ("select", "anon")}),
        }
        if both and attempt.verb == "update":
            yield replace(attempt, detail="and delete")
        elif implied.get(attempt.verb) and attempt.answer == "let through":
            yield replace(attempt, already=True)
        else:
            yield attempt
