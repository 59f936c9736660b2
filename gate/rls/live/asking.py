"""Asks the project through the official client, as anon, A or B, and reads whatever comes back without trusting it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gate.errors import Incomplete
from gate.rls.attempt import Actor, Answer

if TYPE_CHECKING:
    from supabase import Client

KEYS = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]+){0,2}|\bsb[a-z]*_[\w-]{8,}|postgres(?:ql)?://\S+")
MOST_WORDS = 160
Filter = tuple[str, Literal["eq", "neq", "in", "set"], Any]  # column, how, value; `set` is NOT NULL
Row = Mapping[str, Any]
GONE = {"PGRST205": "the project has no such table", "PGRST202": "the project has no such function"}


@dataclass(frozen=True, slots=True)
class Said:
    """What the project answered. `count` is what it says of all rows, where it was asked."""

    answer: Answer
    rows: tuple[Row, ...] = ()
    count: int | None = None
    words: str = ""
    value: Any = None

    @property
    def happened(self) -> bool | None:
        """Whether a write was made; None where the answer does not say."""
        return {"let through": True, "refused": False}.get(self.answer)


@dataclass(slots=True)
class Asker:
    """The three clients. `secrets` are never shown, whatever the project says."""

    clients: Mapping[Actor, "Client"]
    secrets: Sequence[str] = field(repr=False)

    def rows(
        self, actor: Actor, table: tuple[str, str], columns: Sequence[str], filters: Sequence[Filter], most: int
    ) -> Said:
        """Rows of a table or view, named by schema and name. They are not counted: that takes long where there are many."""

        def ask() -> Said:
            query = self._table(actor, table).select(",".join(columns) or "*")
            found = _filtered(query, filters).limit(most).execute()
            return _rows(found.data)

        return self.tried(ask)

    def insert(self, actor: Actor, table: tuple[str, str], row: Row) -> Said:
        """Add a row, without asking for it back: that would take the right to see it."""
        return self.tried(
            lambda: _done(self._table(actor, table).insert(dict(row), returning="minimal", count="exact").execute())
        )

    def upsert(self, actor: Actor, table: tuple[str, str], row: Row) -> Said:
        """Add a row, or overwrite the one with its key."""
        return self.tried(
            lambda: _done(self._table(actor, table).upsert(dict(row), returning="minimal", count="exact").execute())
        )

    def update(self, actor: Actor, table: tuple[str, str], changes: Row, filters: Sequence[Filter]) -> Said:
        """Change rows; the number of them decides."""
        return self.tried(
            lambda: _done(
                _filtered(
                    self._table(actor, table).update(dict(changes), returning="minimal", count="exact"), filters
                ).execute()
            )
        )

    def delete(self, actor: Actor, table: tuple[str, str], filters: Sequence[Filter]) -> Said:
        """Delete rows; the number of them decides. Never without a filter."""
        assert filters
        return self.tried(
            lambda: _done(
                _filtered(self._table(actor, table).delete(returning="minimal", count="exact"), filters).execute()
            )
        )

    def call(self, actor: Actor, function: tuple[str, str], arguments: Row) -> Said:
        """Call a function; its answer is `value`."""
        schema, name = function
        return self.tried(
            lambda: Said(
                "let through", value=self.clients[actor].schema(schema).rpc(name, dict(arguments)).execute().data
            )
        )

    def files(self, actor: Actor, bucket: str) -> Any:  # noqa: ANN401 - the client's own type, of a module loaded late
        """The client of a bucket."""
        return self.clients[actor].storage.from_(bucket)

    def tried(self, ask: Callable[[], Said]) -> Said:
        """Make a request. Any failure is an answer: a hostile project can make the client raise anything."""
        from postgrest.exceptions import APIError
        from storage3.exceptions import StorageApiError

        try:
            return ask()
        except APIError as fault:
            return self._refused(str(fault.code or ""), str(fault.message or ""))
        except StorageApiError as fault:
            return Said("refused", words=self.shown(f"{fault.status}: {fault.message}"))
        except Incomplete:
            raise  # we were told to stop
        except RecursionError:
            return Said("nothing", words="the answer is too deep to be read")
        except Exception as fault:  # noqa: BLE001 - see above
            words = str(fault) if type(fault).__name__ == "HungUp" else type(fault).__name__
            return Said("nothing", words=self.shown(f"no usable answer ({words})"))

    def shown(self, text: str) -> str:
        """Words of the project in one short line, without anything that looks like a key."""
        for secret in self.secrets:
            if secret:
                text = text.replace(secret, "[redacted]")
        line = " ".join(KEYS.sub("[redacted]", text).split())[:MOST_WORDS]
        return "".join(sign if sign.isprintable() else "?" for sign in line)

    def _table(self, actor: Actor, table: tuple[str, str]) -> Any:  # noqa: ANN401 - as above
        return self.clients[actor].schema(table[0]).table(table[1])

    def _refused(self, code: str, message: str) -> Said:
        words = GONE.get(code) or self.shown(f"{code}: {message}")
        if code == "42501":
            return Said("refused", words=words)
        if code == "42P17":
            return Said("recursion", words=words)
        return Said("nothing", words=words)


def _filtered(query: Any, filters: Sequence[Filter]) -> Any:  # noqa: ANN401 - as above
    for column, how, value in filters:
        match how:
            case "eq":
                query = query.eq(column, value)
            case "neq":
                query = query.neq(column, value)
            case "in":
                query = query.in_(column, list(value))
            case "set":
                query = query.not_.is_(column, "null")
    return query


def _rows(data: object) -> Said:
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        return Said("nothing", words="the answer is no list of rows")
    return Said("let through" if data else "refused", tuple(data), words=f"{len(data)} rows")


def _done(found: Any) -> Said:  # noqa: ANN401 - as above
    """A write, by the number of rows that the project says it touched."""
    if not isinstance(found.count, int):
        return Said("nothing", words="the answer does not say how many rows were touched")
    return Said("let through" if found.count else "refused", count=found.count, words=f"{found.count} rows")
