"""A copy of the database with planted rows, and everything that can be tried on it, one table, view or function at a time."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import psycopg

from gate.config import Config
from gate.postgres import Connection
from gate.rls.actors import role
from gate.rls.arguments import Call, Values
from gate.rls.attempt import Actor
from gate.rls.calling import Caller
from gate.rls.functions import Function
from gate.rls.membership import membership
from gate.rls.mutate.nested import answer, let_through
from gate.rls.mutate.own_rows import folders, own_writes
from gate.rls.ownership import Owner
from gate.rls.roundabout import roundabout
from gate.rls.rows import Seeds
from gate.rls.schema import Relation
from gate.rls.statements import delete, exists, literal, select, where
from gate.rls.storage import OBJECTS, Bucket, file_trials
from gate.rls.tenants import come_back, joining, promote, row_in
from gate.rls.trials import ACTORS, Trial, naming, trials
from gate.rls.values import B
from gate.rls.views import look

Asked = Callable[[str, Actor], bool]  # whether a deed of an actor's shall be tried
Key = tuple[str, str, Actor, str]  # where, what, by whom, and the column or table that it is about
BEGIN_CALL = "savepoint gate_call;"
MADE_UP = re.compile(r"'gate-[ab]-[0-9a-f]{8}'")
UNDO_CALL = "rollback to savepoint gate_call; release savepoint gate_call;"


def everything(_deed: str, _actor: Actor) -> bool:
    """Try all of it."""
    return True


@dataclass(slots=True)
class World:
    """Who is logged in, among which rows. All is asked inside a transaction that the caller opens and rolls back.

    `functions` are those of the exposed schemas, callable or not; `conditions` the texts of the policies of each table,
    `bodies` those of the functions. `in_time` raises when there is no time for anything more. `recursive` are tables
    whose policies were seen to call themselves.
    """

    db: Connection
    config: Config
    relations: Mapping[str, Relation]
    functions: Mapping[str, Function]
    buckets: tuple[Bucket, ...]
    conditions: Mapping[str, str]
    bodies: Mapping[str, str]
    seeds: Seeds
    owned: Mapping[str, Owner]
    in_time: Callable[[], None] = lambda: None
    recursive: set[str] = field(default_factory=set)
    caller: Caller = field(init=False)
    values: Values = field(init=False)

    def __post_init__(self) -> None:
        tables = {relation.oid: relation for relation in self.relations.values() if relation.is_table}
        self.caller = Caller(self.db, tables, self.seeds, self.owned, self.config, begin=BEGIN_CALL, undo=UNDO_CALL)
        self.values = Values(self.seeds, tables.values())

    def seeded(self, name: str) -> bool:
        """Whether something is there to be attacked."""
        relation = self.relations.get(name)
        if relation is None:
            return name in self.functions or (name == OBJECTS and bool(self.buckets))
        return relation.kind in "vm" or (relation.is_table and (name, B) in self.seeds.stored)

    def within_reach(self, name: str) -> bool:
        """Whether an API role may come there at all, guards aside."""
        relation = self.relations.get(name)
        return name in self.functions or name == OBJECTS or (relation is not None and relation.exposed)

    def open(
        self,
        name: str,
        relation: Relation | None = None,
        function: Function | None = None,
        *,
        paths: bool = False,
        asked: Asked = everything,
    ) -> Iterator[Key]:
        """What is let through there. `relation` or `function` is what the mutant has made of it, if anything.

        With `paths` a function is called with paths of B's as well, in the folders that its body names. Only what is
        `asked` for is tried.
        """
        relation = relation or self.relations.get(name)
        function = function or self.functions.get(name)
        if name == OBJECTS:
            yield from self._files(asked)
        elif relation is not None and relation.exposed and self.seeded(name):
            yield from self._view(relation) if relation.kind in "vm" else self._table(relation, asked)
        elif function is not None and function.callers:
            yield from self._calls(function, folders(self.bodies.get(name, "")) if paths else (), asked)

    def _table(self, relation: Relation, asked: Asked) -> Iterator[Key]:
        name, owner = relation.full_name, self.owned.get(relation.full_name)
        usual = trials(relation, self.seeds, owner, self.config)
        other = roundabout(relation, self.relations, self.seeds, self.owned, self.config)
        for trial in itertools.chain(usual, other):
            if asked(trial.verb, trial.actor) and self._through(relation, trial):
                shown = (
                    [c.name for c in relation.columns if role(trial.actor) in c.selects]
                    if trial.verb == "select"
                    else []
                )
                for detail in shown or [trial.detail]:
                    yield (name, trial.verb, trial.actor, detail)
        if asked("write own", "A"):
            for trial, prepared in own_writes(self.relations[name], self.seeds, owner, self.config, self.conditions):
                if let_through(self.db, trial, relation.schema, prepared):
                    yield (name, "write own", trial.actor, trial.detail)
        yield from self._tenant(name, asked)

    def _through(self, relation: Relation, trial: Trial) -> bool:
        self.in_time()
        prepared = [*self._without(trial), *trial.planted]
        command = trial.statement.partition(" ")[0]
        said = answer(self.db, trial, relation.schema, prepared, mends=command in relation.before)
        if said == "recursion":
            self.recursive.add(relation.full_name)
        return said == "let through"

    def _without(self, trial: Trial) -> list[str]:
        """The DELETE of a planted row that would be in the trial's way."""
        if trial.without is None or trial.without not in self.seeds.stored:
            return []
        relation, stored = self.relations[trial.without[0]], self.seeds.stored[trial.without]
        owner = self.owned.get(relation.full_name)
        here = where(relation, stored, relation.primary_key) or where(relation, stored, [owner.column] if owner else [])
        return [f"{delete(relation, here)};"] if here else []

    def _tenant(self, name: str, asked: Asked) -> Iterator[Key]:
        """What membership opens, where the table ties users to tenants or belongs to one."""
        for table in self.relations.values():
            owner = self.owned.get(table.full_name)
            member = membership(table, owner.column) if owner and table.exposed else None
            row = row_in(member, self.seeds) if member else None
            if member is None or row is None:
                continue
            family = self._family(member.key.target)
            if name != table.full_name and name not in family:
                continue
            tried = [(promote(member, row), "")] if name == table.full_name and not member.alone else []
            for below in family if name == table.full_name else [name]:
                relation = self.relations.get(below)
                if relation is None or (below, B) not in self.seeds.stored:
                    continue
                if theirs := naming(relation, self.seeds, B, "authenticated"):
                    joins = joining(member, row, self.seeds, exists(relation, theirs))
                    tried.extend((trial, below) for trial in joins)
                    if member.removed() is not None and not member.alone:
                        tried.append((come_back(member, row, select(relation, theirs), removed=True), below))
            for trial, opens in tried:
                if trial is not None and asked(trial.verb, "A") and self._through(member.table, trial):
                    yield (table.full_name, trial.verb, "A", opens)

    def _family(self, tenant: str) -> list[str]:
        """The tenant's table, and those whose rows belong to it."""
        found = [tenant]
        for name in self.owned:
            above, seen = self.owned[name].parent, {name}
            while above and above != tenant and above not in seen:
                seen.add(above)
                above = self.owned[above].parent if above in self.owned else None
            if above == tenant:
                found.append(name)
        return found

    def _view(self, view: Relation) -> Iterator[Key]:
        private = {name: self.owned[name] for name in view.below if name in self.owned}
        for shown in look(self.db, [view], self.seeds, private, self.relations):
            if shown.looker is not None and shown.theirs:
                yield (view.full_name, "select", shown.looker, "")

    def _calls(self, function: Function, folders: Iterable[str], asked: Asked) -> Iterator[Key]:
        if function.uncallable:
            return
        for actor in ACTORS:
            if role(actor) not in function.callers or not asked("call to read", actor):
                continue
            calls = list(self.values.calls(function, actor))
            for call in (*calls, *(_with_path(call, f"{folder}{B}/gate.png") for folder in folders for call in calls)):
                self.in_time()
                try:
                    effects = list(self.caller.make(function, call))
                except psycopg.errors.QueryCanceled:
                    return
                except psycopg.Error:
                    if self.db.closed:
                        raise
                    continue
                for effect in effects:
                    yield (function.full_name, effect.trial.verb, actor, effect.table)

    def _files(self, asked: Asked) -> Iterator[Key]:
        for bucket in self.buckets:
            for actor in ACTORS:
                for trial in file_trials(bucket, actor, bucket.path(B, "gate")):
                    if asked(trial.verb, actor) and let_through(self.db, trial, bucket.schema):
                        yield (OBJECTS, trial.verb, actor, bucket.name)

    def shows_own(self, name: str) -> bool:
        """Whether a view shows its owner a row at all."""
        view = self.relations.get(name)
        if view is None or view.kind not in "vm":
            return False
        private = {below: self.owned[below] for below in view.below if below in self.owned}
        self.db.execute("begin")
        try:
            return any(
                s.looker is None and s.theirs for s in look(self.db, [view], self.seeds, private, self.relations)
            )
        finally:
            if not self.db.closed:
                self.db.execute("rollback")


def _with_path(call: Call, path: str) -> Call:
    """The call with this path for every text that was made up."""
    return replace(call, text=MADE_UP.sub(literal(path), call.text))


def allowing(relation: Relation, roles: frozenset[str], privileges: frozenset[str]) -> Relation:
    """The relation as it is once these roles hold these privileges on every column."""
    columns = tuple(
        replace(
            column,
            selects=column.selects | roles if "select" in privileges else column.selects,
            inserts=column.inserts | roles if "insert" in privileges else column.inserts,
            updates=column.updates | roles if "update" in privileges else column.updates,
        )
        for column in relation.columns
    )
    return replace(relation, columns=columns)
