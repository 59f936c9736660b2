"""The matrix: of each cell the worst that was seen, with the finding that says so."""

from typing import Any

from gate.finding import Finding, Severity, Target, fingerprint
from gate.outcome import Work
from gate.report.matrix import Cell, picture, tried
from tests.report.verdicts import WAIVER

MARK = fingerprint("others-rows-readable", "public.t select by anon", "")


def row(*cells: list[str], relation: str = "public.t", regime: str = "auto", kind: str = "r") -> dict[str, Any]:
    return {"regime": regime, "relation": relation, "kind": kind, "owner": "user_id", "cells": list(cells)}


def work(*rows: dict[str, Any], severity: Severity = Severity.ERROR, waived: bool = False) -> Work:
    place = Target("public.t")
    found = Finding("others-rows-readable", "rls", severity, place, "m", "s", MARK, waived=WAIVER if waived else None)
    return Work(1, (found,), {"matrix": {"rows": list(rows)}})


def cells(told: Work) -> dict[tuple[str, str], Cell | None]:
    (group,) = picture(told)
    return dict(zip(group.columns, group.rows[0].cells, strict=True))


def test_a_cell_says_what_came_of_it() -> None:
    told = work(
        row(
            ["anon", "select", "let through", MARK],
            ["anon", "update", "refused"],
            ["A", "select", "let through"],
            ["A", "insert", "let through"],
            ["A", "update", "nothing"],
        )
    )

    assert cells(told) == {
        ("anon", "select"): Cell("leak", MARK),
        ("anon", "update"): Cell("no"),
        ("A", "select"): Cell("also", MARK),
        ("A", "update"): Cell("?"),
        ("A", "insert"): Cell("open"),
    }


def test_what_leaks_stands_before_what_does_not() -> None:
    told = work(
        row(["A", "select", "refused"], ["A", "take", "refused"], ["A", "raise role", "let through", MARK]),
        row(["A", "select", "let through"], ["A", "update", "refused"], relation="public.u"),
    )

    assert list(cells(told)) == [("A", "select"), ("A", "update"), ("A", "raise"), ("A", "take")]


def test_a_finding_that_does_not_block_is_no_leak() -> None:
    leak = row(["anon", "select", "let through", MARK])

    assert cells(work(leak, severity=Severity.WARNING)) == {("anon", "select"): Cell("warns", MARK)}
    assert cells(work(leak, waived=True)) == {("anon", "select"): Cell("waived", MARK)}


def test_a_mark_without_its_finding_is_a_leak_all_the_same() -> None:
    assert cells(work(row(["A", "select", "let through", "g1:unknown"]))) == {
        ("A", "select"): Cell("leak", "g1:unknown")
    }


def test_what_needs_one_regime_says_so() -> None:
    leak = ["anon", "select", "let through", MARK]
    same, other = row(["anon", "select", "refused"], regime="explicit"), row(leak, regime="explicit")

    assert cells(work(same, row(leak))) == {("anon", "select"): Cell("leak", MARK, "with auto grants alone")}
    assert cells(work(other, row(leak))) == {("anon", "select"): Cell("leak", MARK)}


def test_ways_to_raise_and_to_call_share_a_column() -> None:
    raised = work(row(["A", "raise role", "refused"], ["A", "raise credits", "let through", MARK]))
    called = work(row(["A", "call to read", "refused"], ["A", "call to change", "let through", MARK], kind="function"))

    assert cells(raised) == {("A", "raise"): Cell("leak", MARK)}
    assert cells(called) == {("A", "call"): Cell("leak", MARK)}


def test_groups_come_in_order_and_anon_comes_first() -> None:
    told = work(
        row(["A", "read", "refused"], ["anon", "read", "refused"], relation="bucket b", kind="bucket"),
        row(["A", "select", "refused"], relation="public.v", kind="v"),
        row(["A", "select", "refused"]),
        row(["A", "select", "refused"], relation="public.x", kind="?"),
    )
    groups = picture(told)

    assert [group.name for group in groups] == ["tables", "views", "buckets", "others"]
    assert groups[2].columns == (("anon", "read"), ("A", "read"))
    assert groups[2].actors == (("anon", 1), ("A", 1))


def test_no_matrix_is_no_picture() -> None:
    assert picture(Work()) == ()
    assert list(tried(Work())) == []


def test_what_was_refused_is_told_with_its_regime() -> None:
    assert list(tried(work(row(["A", "select", "refused"], ["A", "update", "nothing"])))) == [
        "public.t select by A, auto grants"
    ]
