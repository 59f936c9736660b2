"""One server per regime for all tests of the attack; each test has a database of its own."""

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from gate.audit.replay import split
from gate.check import Context
from gate.config import Config, Regime
from gate.finding import Finding
from gate.migration import Migration
from gate.postgres import Server, apply
from gate.rls.attempt import Attempt
from gate.rls.notes import Notes
from gate.rls.one_database import attack, drop
from gate.rls.places import Places
from gate.rule import load_rules
from gate.run import judged, sign

NUMBERS = itertools.count(1)
MEMORY = Path("/dev/shm")
KEPT = 8  # databases


@dataclass(frozen=True)
class Attacked:
    """What came of an attack on some SQL. `fresh` is the name of the database with the SQL and nothing else."""

    attempts: tuple[Attempt, ...]
    context: Context
    server: Server
    fresh: str

    def answer(self, verb: str, actor: str = "A", relation: str = "public.t", detail: str = "") -> str:
        """What the one such attempt was answered."""
        (found,) = (
            a
            for a in self.attempts
            if (a.verb, a.actor, a.relation) == (verb, actor, relation) and detail in {a.detail, ""}
        )
        return found.answer

    def findings(self) -> tuple[Finding, ...]:
        """What the rules say, signed as in a run."""
        rules = load_rules("gate.rls.rules")
        return sign(
            "rls", [judged(rule, hit) for attempt in self.attempts for rule in rules for hit in rule.judge(attempt)]
        )

    def rules(self) -> list[str]:
        """Which rules spoke, once each."""
        return sorted({finding.rule for finding in self.findings()})

    def why(self, what: str) -> list[str]:
        """The reasons for which something was not judged."""
        return [item.why for item in self.context.not_judged if item.what == what]


class Attacking(Protocol):
    """Attack some SQL."""

    def __call__(self, sql: str, regime: Regime = "auto", **config: Any) -> Attacked: ...


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[Regime, Server]]:
    regimes: tuple[Regime, ...] = ("auto", "explicit")
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o755)  # the server runs as another user
        patch.setattr(tempfile, "tempdir", folder)
        running = {regime: Server.start(regime) for regime in regimes}
        patch.undo()
        yield running
        for server in running.values():
            server.stop()


@pytest.fixture(scope="session")
def attacking(servers: Mapping[Regime, Server]) -> Attacking:
    """What was attacked lately is kept, as the cases of one test ask for the same; what is older is dropped."""
    known: dict[str, Attacked] = {}

    def run(sql: str, regime: Regime = "auto", **config: Any) -> Attacked:
        asked = repr((sql, regime, config))
        if asked not in known:
            known[asked] = attacked(sql, regime, **config)
            for oldest in list(known)[:-KEPT]:
                gone = known.pop(oldest)
                drop(gone.server, gone.fresh.removeprefix("gate_fresh_"))
        return known[asked]

    def attacked(sql: str, regime: Regime, **config: Any) -> Attacked:
        server, name = servers[regime], f"test_{next(NUMBERS)}"
        server.clone("postgres", name)
        migration = Migration("test.sql", sql)
        applied = apply(server, split(migration), dbname=name)

        assert applied.failures == ()
        settings = Config(Path(), **{"exposed_schemas": ("public",), **config})
        context = Context(settings)
        attempts = tuple(attack(Notes(context), server, Places([migration], settings), {}, name))
        return Attacked(attempts, context, server, f"gate_fresh_{name}")

    return run
