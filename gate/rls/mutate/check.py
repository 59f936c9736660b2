"""`gate rls --mutate`: the attack as always, and then every guard weakened in turn."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import psycopg

from gate.audit.replay import replay, split
from gate.check import Context
from gate.config import Config, Regime
from gate.errors import Incomplete
from gate.finding import Span
from gate.migration import Migration, read_migrations
from gate.page import Example
from gate.postgres import Server, apply
from gate.rls.attempt import Attempt
from gate.rls.check import RLS
from gate.rls.mutate.guards import Guard
from gate.rls.mutate.judge import judged
from gate.rls.mutate.mutant import Row, as_json, score, subject
from gate.rls.mutate.prepare import names, prepare
from gate.rls.mutate.state import State, fingerprint, unfinished
from gate.rls.mutate.workbench import Workbench

SPARE = 5.0  # seconds before the check's deadline at which no new mutant is begun
LAST = 2.0  # and at which one that is under way is left
SAVED_EVERY = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Mutate:
    """The check `rls` with `--mutate`. `state` names the file that keeps what was learnt."""

    state: Path | None = None
    name: str = "rls"
    summary: str = RLS.summary
    rules_package: str = RLS.rules_package

    def subjects(self, context: Context) -> Iterator[Attempt]:
        """The attempts of the attack, and one more for each guard that was weakened."""
        yield from RLS.subjects(context)
        config = context.config
        regime: Regime = "auto" if "auto" in config.regimes else config.regimes[0]
        migrations = read_migrations(config)
        statements = [statement for migration in migrations for statement in split(migration)]
        places = guard_places(migrations, config, regime)
        context.progress(f"starting PostgreSQL for the mutants, {regime} grants")
        with Server.start(regime) as server:
            context.closing(server.stop)
            apply(server, statements)
            state = State(fingerprint(migrations, config, regime, server.version), self.state)
            yield from weaken(context, server, "postgres", state, places)

    def example(self, example: Example) -> Iterator[Attempt]:
        """As of the check without mutants."""
        return RLS.example(example)


def mutants_of(migration: Migration, config: Config, server: Server, dbname: str) -> Iterator[Attempt]:
    """The mutants of a page's example, which is applied to a database of its own."""
    yield from weaken(Context(config), server, dbname, None, guard_places([migration], config, server.regime))
    with server.connect(dbname="template1") as db:
        for name in (*names(dbname), dbname):
            db.execute(psycopg.sql.SQL("drop database {} with (force)").format(psycopg.sql.Identifier(name)))


def weaken(
    context: Context, server: Server, source: str, state: State | None, places: Mapping[str, Span]
) -> Iterator[Attempt]:
    """Weaken every guard of a database in turn; a subject for each. Raises Incomplete when time runs out."""
    began = time.monotonic()

    def in_time() -> None:
        if context.remaining() < LAST:
            raise Incomplete("ran out of time while weakening the guards")

    benches, guards = prepare(server, source, context.config, in_time)
    rows = state.load(guards) if state else {}
    saved = time.monotonic()
    try:
        for guard, row in _working(context, benches, [guard for guard in guards if guard.id not in rows]):
            rows[guard.id] = row
            context.progress(f"weakened {len(rows)} of {len(guards)} guards")
            if state and time.monotonic() - saved > SAVED_EVERY:
                state.save(rows)
                saved = time.monotonic()
    except psycopg.Error as fault:
        words = " ".join(str(fault).split())[:200] if server.alive() else "it died"
        raise Incomplete(f"the embedded PostgreSQL broke off among the mutants: {words}") from fault
    finally:
        found = [rows[guard.id] for guard in guards if guard.id in rows]
        context.record("mutations", as_json(found, len(guards), server.regime, time.monotonic() - began))
        if state and len(found) < len(guards):
            state.save(rows)
        for bench in benches:
            bench.world.db.close()
    context.record("summary", _summary(str(context.evidence.get("summary", "")), found))
    for guard in guards:
        if guard.id in rows:
            context.examined()
            made = guard.table.partition("(")
            place = places.get(f"{guard.table} {guard.name}") or places.get(f"{made[0]}()" if made[1] else made[0])
            yield subject(rows[guard.id], server.regime, place)
    if len(found) < len(guards):
        raise unfinished(len(found), len(guards))
    if state:
        state.forget()


def _working(context: Context, benches: Sequence[Workbench], guards: Sequence[Guard]) -> Iterator[tuple[Guard, Row]]:
    """Each guard with its row, as the workers come to them; none is begun once time is nearly up."""
    left = iter(guards)
    lock = threading.Lock()
    done: SimpleQueue[tuple[Guard, Row] | BaseException | None] = SimpleQueue()

    def work(bench: Workbench) -> None:
        try:
            while context.remaining() > SPARE:
                with lock:
                    guard = next(left, None)
                if guard is None:
                    break
                done.put((guard, judged(bench, guard)))
        except Incomplete:  # in the middle of one, which is then begun anew next time
            done.put(None)
        except BaseException as fault:  # noqa: BLE001 - raised again below
            done.put(fault)
        else:
            done.put(None)

    for bench in benches:
        threading.Thread(target=work, args=(bench,), name="mutants", daemon=True).start()
    for _ in benches:
        while (item := done.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item


def _summary(before: str, rows: Sequence[Row]) -> str:
    found = score(rows)
    killed = sum(row.result == "killed" for row in rows)
    told = f"mutation score {found:.0%}, {killed} of {len(rows)} guards hold by themselves" if found is not None else ""
    return "; ".join(filter(None, [before, told]))


def guard_places(migrations: Sequence[Migration], config: Config, regime: Regime) -> dict[str, Span]:
    """Where each table, view, function, policy and trigger was made."""
    statements = [statement for migration in migrations for statement in split(migration)]
    catalog = replay(statements, config, regime)
    found: dict[str, Span] = {str(view.name): view.place for view in catalog.views.values()}
    for table in catalog.tables.values():
        found[str(table.name)] = table.place
        found |= {f"{table.name} policy {name!r}": policy.place for name, policy in table.policies.items()}
        found |= {f"{table.name} trigger {name!r}": trigger.place for name, trigger in table.triggers.items()}
    for function in catalog.functions.values():
        found[f"{function.name}()"] = function.place
    return found
