"""The attack on one database: everything tried on every table and view, each leak made again from its own reproducer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gate.config import Config, Regime
from gate.finding import Span
from gate.postgres import Connection
from gate.rls.attempt import Actor, Answer, Attempt
from gate.rls.cause import find_cause
from gate.rls.ownership import Owner
from gate.rls.reproducer import Reproducer, ancestors, reproduce, write
from gate.rls.roundabout import roundabout
from gate.rls.rows import Seeds
from gate.rls.schema import Relation, Target
from gate.rls.server_says import Asked, Said, ask, ask_all
from gate.rls.trials import ACTORS, Trial, against, control, trials
from gate.rls.values import A, B, C

PATIENCE = "set local statement_timeout = '5s';"
LEADING = frozenset({"attach", "move under", "look up"})
TOLD = frozenset({"probe", "look up"})  # verbs by which a key tells, whatever the policies say
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
    newcomers: tuple[Actor, ...] = ()
    unjudged: list[tuple[str, str]] = field(default_factory=list)
    unreachable: dict[str, str] = field(default_factory=dict)
    leading: list[Attempt] = field(default_factory=list)
    open: set[tuple[str, str, str, Actor]] = field(default_factory=set)

    def table(self, relation: Relation) -> Iterator[Attempt]:
        """Every attempt on one table that has a row of B."""
        owner = self.owned.get(relation.full_name)
        own = control(relation, self.seeds, owner)
        needed = self.needed([relation.full_name])
        todo = [
            *([own] if own else []),
            *trials(relation, self.seeds, owner, self.config),
            *roundabout(relation, self.relations, self.seeds, self.owned, self.config, self.made_at_sign_up),
            *self._others(relation, owner),
        ]
        answers = self.ask_all(relation, todo)
        if own is None:
            self.unjudged.append(
                (relation.full_name, "no column tells the planted rows apart, so none can be asked for")
            )
        elif answers[0].answer != "let through":
            self.unreachable[relation.full_name] = answers[0].words
        first = 1 if own else 0
        tried = [
            self.attempt(relation, trial, said, needed)
            for trial, said in zip(todo[first:], answers[first:], strict=True)
        ]
        for attempt in folded(tried):
            if attempt.verb in LEADING and attempt.leak:
                self.leading.append(attempt)
            else:
                yield attempt

    def _others(self, relation: Relation, owner: Owner | None) -> Iterator[Trial]:
        """B against A, whom a policy may treat differently, and those who come in without a row of their own."""
        if owner and (relation.full_name, A) in self.seeds.stored:
            yield from against(A, "B", relation, self.seeds, owner, self.config)
        for actor in self.newcomers:
            yield from against(B, actor, relation, self.seeds, owner, self.config)

    def led(self) -> Iterator[Attempt]:
        """The attempts to add rows below B's, once all tables and tenants have been looked at.

        Below a row that all may read it is meant, and a row that all may read shows nobody anything more. Who joins a tenant
        by such a row has been told of. That a record is there is told once, however many tables lead to it.
        """
        told: set[str] = set()
        for attempt in self.leading:
            seen = {
                name for name in (attempt.detail, attempt.relation) if (name, "select", "", attempt.actor) in self.open
            }
            if attempt.verb == "look up":
                known = attempt.detail in seen | told
            else:
                known = bool(seen) or (attempt.relation, "join", "", attempt.actor) in self.open
            if not known:
                told.add(attempt.detail)
            yield replace(attempt, already=True) if known else attempt

    def ask(self, relation: Target, trial: Trial) -> Said:
        """Try it on the API's login."""
        lines = [
            "begin;",
            PATIENCE,
            *self.seeds.opening(trial.actor, relation.schema),
            f"{trial.statement};",
            "rollback;",
        ]
        return ask(self.api, "\n".join(lines), trial.verb, result=-2)

    def ask_all(self, relation: Target, todo: Sequence[Trial]) -> list[Said]:
        """Try them all, those of one actor in one round trip; one by one where they take too long together."""
        answers: dict[int, Said] = {}
        for actor in dict.fromkeys(trial.actor for trial in todo):
            places = [place for place, trial in enumerate(todo) if trial.actor == actor]
            start = (PATIENCE, *self.seeds.opening(actor, relation.schema))
            said = ask_all(self.api, start, [self._asked(relation, todo[place]) for place in places])
            answers |= zip(places, said or [self.ask(relation, todo[place]) for place in places], strict=True)
        return [answers[place] for place in range(len(todo))]

    def _asked(self, relation: Target, trial: Trial) -> Asked:
        """The trial, and B's look at what came of it, where that is what counts."""
        if trial.witness != "B" or trial.proof is None:
            return Asked(trial.statement, trial.verb)
        return Asked(trial.statement, trial.verb, (*self.seeds.opening("B", relation.schema), trial.proof))

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
        if any((*what, actor) in self.open for actor in weaker(trial)):
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
        if made is None or relation.kind not in POLICED or attempt.verb in TOLD:
            return attempt
        cause = find_cause(self.fresh, relation, made, self.places)
        return replace(attempt, cause=cause.name, place=cause.place or attempt.place) if cause else attempt

    def again(self, relation: Target, trial: Trial, said: Said, needed: set[tuple[str, str]]) -> Again:
        """Make the leak again from its own text, with as few rows as show it: the one it is about, those above it, others'."""
        few = {(name, user) for name, user in needed if user in party(trial)}
        again = said
        for rows in self._fewest(relation, trial, few, needed):
            made, again = self._made(relation, trial, rows)
            if again.answer == said.answer and not (again.forced and rows < few):
                return self._honest(relation, trial, needed, Again(said.answer, made, again.words))
            if "to no effect" in again.words and rows > few and trial.witness != "B":
                return Again("refused")
        if "to no effect" in again.words or trial.actor == "B":  # B may well be let in by a row that only B has
            return Again("refused")
        self.nothing(relation, f"{trial.verb} by {trial.actor} was let through once and not again ({again.words})")
        return Again("nothing")

    def _fewest(
        self, relation: Target, trial: Trial, few: set[tuple[str, str]], needed: set[tuple[str, str]]
    ) -> Iterator[set[tuple[str, str]]]:
        """Which rows to plant, the fewest first. What is added leads to other rows, which must be there."""
        own = {(name, user) for name, user in few if name == relation.full_name}
        if own and own < few and not trial.statement.startswith("insert"):
            yield own
        yield few
        if trial.actor == "B":
            return
        if needed > few:
            yield needed
        yield set(self.seeds.lines)

    def _made(self, relation: Target, trial: Trial, rows: set[tuple[str, str]]) -> tuple[Reproducer, Said]:
        """The reproducer with these rows, and what comes of it: without what A wrote into the own metadata, if that will do."""
        plain, said = self._plain(relation, trial, rows)
        if said.answer == "let through" or trial.actor != "A" or not self.seeds.forged:
            return plain, said
        made = self._written(relation, trial, rows)
        return made, self._reproduced(relation, made)

    def _plain(self, relation: Target, trial: Trial, rows: set[tuple[str, str]]) -> tuple[Reproducer, Said]:
        """The same, where nothing was written into the metadata."""
        made = self._written(relation, trial, rows)
        lines = tuple(line for line in made.lines if line != self.seeds.forged)
        plain = replace(made, metadata="{}", lines=lines)
        return plain, self._reproduced(relation, plain)

    def _written(self, relation: Target, trial: Trial, rows: set[tuple[str, str]]) -> Reproducer:
        refresh = [f"refresh materialized view {relation.sql};"] if relation.kind == "m" else []
        return write(trial, relation, self.seeds, rows, self.regime, *refresh)

    def _honest(self, relation: Target, trial: Trial, needed: set[tuple[str, str]], found: Again) -> Again:
        """The leak, and whether it takes what A wrote into the own metadata: among more rows it may do without."""
        if found.made is None or found.made.metadata == "{}":
            return found
        plain, said = self._plain(relation, trial, needed)
        if said.answer == found.answer:
            return Again(said.answer, plain, said.words)
        return replace(found, forged=said.answer == "refused")

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


def weaker(trial: Trial) -> tuple[Actor, ...]:
    """Who can do less: what is open to them is open to the trial's actor as well. B's own row is nobody else's."""
    if trial.actor in {"anon", "A"} or trial.verb == "raise":
        return ("anon",)
    return ("anon", "A")


def party(trial: Trial) -> set[str]:
    """Whose rows show what a trial is about."""
    if trial.actor == "B":
        return {B} if trial.verb == "raise" else {A, C}
    return {B, A} if trial.actor == "A" or trial.witness == "A" else {B}


def folded(tried: Sequence[Attempt]) -> Iterator[Attempt]:
    """The attempts of one table, with what goes without saying marked so.

    Update and delete by the same actor are said in one, and who may change B's row at will need not overwrite it or take it
    over. Who may add rows in B's name, or change B's, need not give any. What A and whoever takes an anonymous sign-in can
    both do is said of A, as what guests do.
    """
    leaks = [attempt for attempt in tried if attempt.answer == "let through"]
    said = {(attempt.verb, attempt.actor) for attempt in leaks}
    fresh = {(attempt.verb, attempt.actor) for attempt in tried if attempt.leak}
    raised = {attempt.detail for attempt in leaks if attempt.verb == "raise"}
    guests = {(attempt.verb, attempt.detail) for attempt in leaks if attempt.actor == "anonymous"}
    for attempt in tried:
        actor = attempt.actor
        both = {("update", actor), ("delete", actor)} <= fresh
        guest = actor == "A" and (attempt.verb, attempt.detail) in guests
        implied = {
            "delete": both,
            "give away": bool(said & {(verb, who) for verb in ("insert", "update") for who in ACTORS}),
            "upsert": ("update", actor) in said,
            "take": bool(said & {("update", actor), ("upsert", actor)}),
            "start with": attempt.detail in raised,
            "raise": actor == "B" and ("raise", "A") in said,
            "attach": ("insert", actor) in said,
            "move under": ("attach", actor) in said,
            "probe": bool(said & {("select", actor), ("select", "anon")}),
        }
        if both and attempt.verb == "update":
            yield replace(attempt, detail="and delete", guest=guest)
        elif implied.get(attempt.verb) and attempt.answer == "let through":
            yield replace(attempt, already=True)
        else:
            yield replace(attempt, guest=True) if guest else attempt
