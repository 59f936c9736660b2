"""Several pieces of work at the same time, each in a thread of its own; what they yield comes in the order they were given."""

import threading
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Working(threading.Thread, Generic[T]):
    """Exhausts an iterator and keeps what it yields until it is asked for.

    A daemon: whoever is interrupted stops the servers, which ends the work.
    """

    def __init__(self, work: Iterator[T]) -> None:
        super().__init__(name="rls", daemon=True)
        self._work = work
        self._done: SimpleQueue[T | BaseException | None] = SimpleQueue()
        self.start()

    def run(self) -> None:
        """Work. How it ended is the last thing kept."""
        try:
            for item in self._work:
                self._done.put(item)
        except BaseException as fault:  # noqa: BLE001 - raised again in results()
            self._done.put(fault)
        else:
            self._done.put(None)

    def results(self) -> Iterator[T]:
        """What was yielded, as it comes. Raises what ended the work."""
        while (item := self._done.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item


def side_by_side(works: Sequence[Iterator[T]]) -> Iterator[T]:
    """Everything that all of them yield, even where one fails. Raises the first failure once all have ended."""
    running = [Working(work) for work in works]
    faults: list[BaseException] = []
    for one in running:
        try:
            yield from one.results()
        except Exception as fault:  # noqa: BLE001 - raised below, when the others have been heard
            faults.append(fault)
    if faults:
        raise faults[0]
