"""`gate rls --live`: the attack on the project that the configuration names."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gate.check import Context
from gate.config import Config
from gate.errors import Incomplete
from gate.page import Example
from gate.rls.attempt import Attempt
from gate.rls.check import RLS
from gate.rls.functions import Function
from gate.rls.live.belongings import Belongings
from gate.rls.live.calls import call_functions
from gate.rls.live.files import read_files, write_files
from gate.rls.live.line import Pace
from gate.rls.live.notes import Notes
from gate.rls.live.people import introduced
from gate.rls.live.plan import Plan, allowed, make_plan
from gate.rls.live.reading import Reading
from gate.rls.live.target import project
from gate.rls.live.undo import Ledger
from gate.rls.live.writing import Writing
from gate.rls.matrix import Matrix


@dataclass(frozen=True, slots=True)
class Live:
    """The check `rls` with `--live`. With `writes` it also changes things, and undoes each change."""

    writes: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    pace: Pace = field(default_factory=Pace)
    name: str = "rls"
    summary: str = "attacks a real project as two of its users"
    rules_package: str = RLS.rules_package

    def subjects(self, context: Context) -> Iterator[Attempt]:
        """Every attempt. Raises Incomplete where the project cannot be attacked at all."""
        target = project(context.config, writes=self.writes, environment=self.environment)
        context.record("target", "real")
        context.record("project", target.host)
        notes, matrix = Notes(context), Matrix()
        ledger = Ledger(notes)
        with introduced(target, self.pace, ledger.may_go) as people:
            plan = make_plan(context)
            ledger.asker = people.undoing
            context.closing(ledger.close)
            try:
                reading = Reading(Belongings(plan, people.asker, people.ids, context.config), notes)
                for attempt in self._attempts(context, reading, ledger):
                    matrix.add(attempt)
                    yield attempt
            finally:
                ledger.close()
                context.record("matrix", matrix.value())
                context.record("writes", notes.writes)
                context.record("left_behind", notes.left)
        judged, tables = context.count, len(plan.tables(context.config))
        if not judged:
            raise Incomplete(
                "nothing could be judged: neither user owns anything there; add rows for both and try again"
            )
        context.record(
            "summary", f"live: {target.host}, {tables} tables{', with writes' if self.writes else ', reads only'}"
        )

    def _attempts(self, context: Context, reading: Reading, ledger: Ledger) -> Iterator[Attempt]:
        plan, config = reading.belongings.plan, context.config
        tables = plan.tables(config)
        for number, table in enumerate(tables, 1):
            context.progress(f"asking for {table.full_name}, {number} of {len(tables)} tables")
            self._in_time(context)
            yield from _counted(context, reading.table(table))
        for view in plan.views(config):
            self._in_time(context)
            yield from _counted(context, reading.view(view))
        context.progress("calling functions that only read")
        yield from _counted(context, call_functions(reading, self._functions(plan, context)))
        buckets = [b for b in plan.buckets if allowed(config, b.name) or allowed(config, b.full_name)]
        for bucket in buckets:
            context.progress(f"trying {bucket.full_name}")
            self._in_time(context)
            yield from _counted(context, read_files(reading, bucket))
        if not self.writes:
            return
        for table in tables:
            owner = plan.owned.get(table.full_name)
            self._in_time(context)
            if owner is None or not owner.names_user:
                reading.notes.cannot_tell(table.full_name, "nothing is written there: no column of it names the user")
                continue
            context.progress(f"writing into {table.full_name}")
            yield from _counted(context, Writing(reading, ledger, table, owner).attempts())
        for bucket in buckets:
            context.progress(f"uploading into {bucket.full_name}")
            self._in_time(context)
            yield from _counted(context, write_files(reading, ledger, bucket))

    def _functions(self, plan: Plan, context: Context) -> Sequence[Function]:
        """Those that promise to change nothing; one that may is called only by its name in `live_tables`, with leave to write."""
        found = []
        for function in plan.functions:
            name = f"{function.schema}.{function.name}()"
            named = name in context.config.live_tables or name.removeprefix("public.") in context.config.live_tables
            if not function.writes and allowed(context.config, name):
                found.append(function)
            elif function.writes and named and self.writes:
                context.unjudged(function.full_name, "it may change something, which nobody can undo; it was called")
                found.append(function)
            elif function.writes:
                context.unjudged(function.full_name, "not called: it may change something, which nobody could undo")
        return found

    @staticmethod
    def _in_time(context: Context) -> None:
        if context.remaining() == 0:
            raise Incomplete("ran out of time; --live is slow on purpose, `timeouts` in [tool.gate] gives it more")

    def example(self, example: Example) -> Iterator[Attempt]:
        """As of the check without a project."""
        return RLS.example(example)


def live(config: Config, *, writes: bool) -> Live:
    """The check, once it is certain that the project may be attacked. Raises ConfigError."""
    project(config, writes=writes)
    return Live(writes)


def _counted(context: Context, attempts: Iterator[Attempt]) -> Iterator[Attempt]:
    """Only what proved something counts as examined."""
    for attempt in attempts:
        if attempt.answer != "nothing":
            context.examined()
        yield attempt
