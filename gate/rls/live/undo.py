"""What was written into the project and is still to be undone; it is, however the run ends."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gate.errors import ENDING, Incomplete
from gate.rls.live.asking import Asker
from gate.rls.live.notes import Notes

IN_FLIGHT = 20.0  # seconds to wait for a request that is under way


@dataclass(slots=True)
class Change:
    """Something that is about to be written. `undo` takes it back and says why it could not, or None where it is gone.

    `happened` is None while nobody knows, as when we were interrupted in between.
    """

    what: str
    by: str
    undo: Callable[[Asker, bool], str | None]
    happened: bool | None = None


@dataclass(slots=True)
class Ledger:
    """Written down before it is done. May be closed from another thread while the attack still works."""

    notes: Notes
    asker: Asker | None = None
    _open: list[Change] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stopped: bool = False

    def may_go(self) -> None:
        """Raise Incomplete once everything is to stop."""
        if self._stopped:
            raise Incomplete("the check was stopped")

    @contextmanager
    def writing(self, change: Change) -> Iterator[Change]:
        """Around the request that makes the change; whoever closes the ledger waits for its answer."""
        with self._lock:
            self.may_go()
            self._open.append(change)
            yield change
            if change.happened is False:
                self._open.remove(change)

    def settled(self, change: Change) -> None:
        """It is gone already: the attack itself has taken it away, which was seen."""
        with self._lock:
            if change in self._open:
                self._open.remove(change)
                self.notes.writes.append({"what": change.what, "by": change.by, "undone": True})

    def undo(self, change: Change) -> bool:
        """Take it back now; whether nothing is left of it."""
        with self._lock:
            if change not in self._open:
                return True
            self._open.remove(change)
            assert self.asker is not None, "set before anything is written"
            try:
                why = change.undo(self.asker, change.happened is True)
            except Exception as fault:  # noqa: BLE001 - the other changes must be undone as well
                why = f"undoing it failed ({type(fault).__name__})"
        if change.happened or why:
            self.notes.writes.append({"what": change.what, "by": change.by, "undone": why is None})
        if why:
            self.notes.left_behind(change.what, why)
        return why is None

    def close(self) -> None:
        """Stop all writing, and undo what is left, the newest first. A second Ctrl-C has to wait for that."""
        self._stopped = True
        with _undisturbed():
            held = self._lock.acquire(timeout=IN_FLIGHT)
            try:
                for change in reversed(list(self._open)):
                    self.undo(change)
            finally:
                if held:
                    self._lock.release()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No signal that asks us to end is heard; only the main thread hears any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *ENDING)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def row_away(table: tuple[str, str], column: str, value: str) -> Callable[[Asker, bool], str | None]:
    """Delete the row that holds a value of ours, as B or else as A."""

    def undo(asker: Asker, happened: bool) -> str | None:  # noqa: FBT001 - as Change wants it
        here = f"{column} = {value!r} in {'.'.join(table)}"
        words = ""
        for who in ("B", "A"):
            said = asker.delete(who, table, [(column, "eq", value)])
            if said.count:
                return None
            words = said.words if said.answer == "nothing" else words
            if asker.rows(who, table, [column], [(column, "eq", value)], 1).rows:
                happened = True  # it is there, whatever was answered
        return f"neither A nor B may delete the row with {here}{f' ({words})' if words else ''}" if happened else None

    return undo


def value_back(
    table: tuple[str, str], column: str, value: object, key: tuple[str, object]
) -> Callable[[Asker, bool], str | None]:
    """Write the old value into A's own row again."""

    def undo(asker: Asker, happened: bool) -> str | None:  # noqa: ARG001, FBT001 - as Change wants it
        asker.update("A", table, {column: value}, [(key[0], "eq", key[1])])
        seen = asker.rows("A", table, [column], [(key[0], "eq", key[1])], 1).rows
        if seen and seen[0].get(column) == value:
            return None
        return f"{column} of A's own row in {'.'.join(table)} could not be set back to {value!r}"

    return undo


def file_away(bucket: str, *paths: str) -> Callable[[Asker, bool], str | None]:
    """Remove files of ours, as B or else as A."""

    def undo(asker: Asker, happened: bool) -> str | None:  # noqa: FBT001 - as Change wants it
        from gate.rls.live.files import removed

        gone = [who for who in ("B", "A") if removed(asker, who, bucket, paths)]
        return None if gone or not happened else f"neither A nor B may remove {' or '.join(paths)} from bucket {bucket}"

    return undo
