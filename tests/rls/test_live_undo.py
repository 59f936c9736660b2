"""The ledger of a live attack: written down before it is done, undone however the run ends, once and in the right order."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.check import Context
from gate.config import Config
from gate.errors import Incomplete
from gate.rls.live.asking import Asker
from gate.rls.live.notes import Notes
from gate.rls.live.undo import Change, Ledger

Undo = Callable[[Asker, bool], str | None]


def ledger() -> Ledger:
    return Ledger(Notes(Context(Config(Path()))), Asker({}, ()))


def change(name: str, undo: Undo) -> Change:
    return Change(name, "B", undo)


def test_the_newest_is_undone_first_and_each_once() -> None:
    one, undone = ledger(), list[tuple[str, bool]]()

    def noting(name: str) -> Undo:
        return lambda _asker, happened: undone.append((name, happened))

    for name, happened in (("first", True), ("refused", False), ("unknown", None)):
        with one.writing(change(name, noting(name))) as made:
            made.happened = happened
    one.close()
    one.close()

    assert undone == [("unknown", False), ("first", True)]
    assert one.notes.writes == [{"what": "first", "by": "B", "undone": True}]
    assert one.notes.left == []


def test_one_that_fails_does_not_keep_the_next_from_being_undone() -> None:
    one, undone = ledger(), list[str]()

    def failing(_asker: Asker, happened: bool) -> str | None:
        raise ValueError

    with one.writing(change("first", lambda _asker, _happened: undone.append("first"))) as first:
        first.happened = True
    with one.writing(change("second", failing)) as second:
        second.happened = True
    one.close()

    assert undone == ["first"]
    assert one.notes.left == ["second: undoing it failed (ValueError)"]
    assert [item.blocking for item in one.notes.context.not_judged] == [True]


def test_nothing_is_begun_once_it_is_closed() -> None:
    one = ledger()
    one.close()

    with pytest.raises(Incomplete), one.writing(change("late", lambda _asker, _happened: None)):
        raise AssertionError
    with pytest.raises(Incomplete):
        one.may_go()


def test_a_request_under_way_is_waited_for_and_then_undone() -> None:
    one, order = ledger(), list[str]()
    begun = threading.Event()

    def attack() -> None:
        with one.writing(change("row", lambda _asker, _happened: order.append("undone"))) as made:
            begun.set()
            time.sleep(0.3)
            order.append("answered")
            made.happened = True

    worker = threading.Thread(target=attack)
    worker.start()
    begun.wait()
    one.close()
    worker.join()

    assert order == ["answered", "undone"]


def test_a_second_ctrl_c_waits() -> None:
    one, order = ledger(), list[str]()

    def slow(_asker: Asker, happened: bool) -> str | None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        order.append("undone")
        return None

    with one.writing(change("row", slow)) as made:
        made.happened = True
    before = signal.getsignal(signal.SIGINT)
    one.close()

    assert order == ["undone"]
    assert signal.getsignal(signal.SIGINT) is before
