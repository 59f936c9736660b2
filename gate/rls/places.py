"""Where each table, policy, view, function and bucket was made, and row security switched off, read from the audit's catalog while the server applies the migrations."""

import threading
from collections.abc import Mapping, Sequence

from gate.audit.catalog import Name
from gate.audit.purpose import on_purpose
from gate.audit.replay import replay, split
from gate.config import Config
from gate.finding import Span
from gate.migration import Migration
from gate.rls.cause import policy_name, without_rls


class Places(threading.Thread):
    """The replay, in a thread of its own: a long history takes it as long as the server takes to apply.

    A daemon, so that an interrupted run does not wait for it.
    """

    def __init__(self, migrations: Sequence[Migration], config: Config) -> None:
        super().__init__(name="places", daemon=True)
        self._migrations, self._config = migrations, config
        self._made: Mapping[str, Span] = {}
        self._shown: frozenset[str] = frozenset()
        self._fault: Exception | None = None
        self.start()

    def run(self) -> None:
        """Replay. What goes wrong is kept for whoever asks."""
        try:
            # Replay changes parse trees, so it has its own.
            statements = [statement for migration in self._migrations for statement in split(migration)]
            catalog = replay(statements, self._config, "auto")
            tables = {str(table.name): table.place for table in catalog.tables.values()}
            views = {str(view.name): view.place for view in catalog.views.values()}
            functions = {f"{function.name}()": function.place for function in catalog.functions.values()}
            buckets = {f"bucket {name}": bucket.place for name, bucket in catalog.buckets.items()}
            channels = catalog.tables.get(Name("realtime", "messages"))
            first = next(iter(channels.policies.values()), None) if channels else None
            joined = {"realtime.messages": first.place} if first else {}
            policies = {
                policy_name(policy.name, str(table.name)): policy.place
                for table in catalog.tables.values()
                for policy in table.policies.values()
            }
            unguarded = {
                without_rls(str(table.name)): table.changed or table.place for table in catalog.tables.values()
            }
            self._shown = frozenset(map(str, on_purpose(catalog)))
            self._made = {**tables, **views, **functions, **buckets, **joined, **policies, **unguarded}
        except Exception as fault:  # noqa: BLE001 - raised again in made()
            self._fault = fault

    def made(self) -> Mapping[str, Span]:
        """The place of each, by schema.name, schema.name() of functions, `bucket name` and the names that a cause has.

        Waits for the end of the replay.
        """
        self.join()
        if self._fault is not None:
            raise self._fault
        return self._made

    def shown(self) -> frozenset[str]:
        """The tables and views whose rows strangers see by the project's own design, as the audit reads it."""
        self.made()
        return self._shown
