"""Verdicts that are awkward to show: quotes, control characters, commands of CI systems, markup, no file, nothing known."""

from dataclasses import replace
from datetime import date

from gate.check import Unjudged
from gate.finding import Finding, Severity, Span, Target, fingerprint
from gate.outcome import Broken, Completed, Skipped, Verdict, Work
from gate.waiver import Waiver

AWKWARD = (
    "policy '\x1b[31m]0;x\x07' \u202e\udc80\ufffe ::error::x ##[add-mask]a <b> & \"q\" [bold]no[/bold] "
    "</script><img src=x onerror=alert(1)> [l](javascript:alert(1)) `c` ``` @octocat http://evil.example {{ 7*7 }} | ]]>"
)


def finding(severity: Severity, place: Span | Target, number: int, rule: str = "some-rule") -> Finding:
    mark = fingerprint(rule, str(number), "")
    sql = f"begin;\nselect '{AWKWARD}';"
    return Finding(rule, "audit", severity, place, f"{number} {AWKWARD}", f"s{number} {AWKWARD}", mark, sql, sql)


WAIVER = Waiver("some-rule", "s", AWKWARD, AWKWARD, date(2999, 1, 1), source="pyproject.toml", line=3)
STEPS = [
    {
        "step": "run",
        "status": "failed",
        "began": 0.0,
        "seconds": 0.5,
        "attempts": 1,
        "waited": 0.4,
        "credits": 7,
        "predictions": 3,
        "predict_time": 0.125,
        "category": "processing",
        "problem": AWKWARD,
        "trace": [{"request": "GET /x as A", "status": None, "seconds": 0.1, "problem": AWKWARD}],
    }
]
PROBES = [
    {
        "probe": name,
        "question": AWKWARD,
        "status": status,
        "seconds": 0.5,
        "requests": 3,
        "observations": 1,
        "problem": AWKWARD,
    }
    for name, status in (("same-job", "cannot tell"), ("stuck", "left out"))
]
WORK = Work(
    examined=3,
    findings=(
        finding(Severity.ERROR, Span("a\nb.sql", 7, 3, 8, 1), 1),
        finding(Severity.WARNING, Target("GET /api/jobs"), 2),
        finding(Severity.NOTE, Target("public.t", Span("a.sql", 1)), 3),
        replace(finding(Severity.ERROR, Span("a.sql", 2), 4), waived=WAIVER),
        finding(Severity.ERROR, Span("supabase/migrations/1_a.sql", 2, 1, 2, 9), 5, "rls-disabled"),
    ),
    evidence={"summary": AWKWARD, "target": "rehearsal"},
    unjudged=(Unjudged("public.x", AWKWARD), Unjudged("public.y", AWKWARD, blocking=True, waived=WAIVER)),
    seconds=1.5,
)
MATRIX = {
    "rows": [
        {
            "regime": "auto",
            "relation": f"public.{AWKWARD}",
            "kind": "r",
            "owner": AWKWARD,
            "cells": [
                ["anon", "select", "refused"],
                ["A", "select", "let through", "g1:x"],
                ["A", "update", "nothing"],
            ],
        }
    ]
}
RLS = {
    "matrix": MATRIX,
    "owners": {AWKWARD: AWKWARD},
    "shared": [AWKWARD],
    "mutations": {
        "score": 0.5,
        "killed": 1,
        "survived": 0,
        "dead": 1,
        "not_exercised": 0,
        "tried": 2,
        "planned": 2,
        "regime": "auto",
        "seconds": 0.5,
        "holds": {AWKWARD: [AWKWARD]},
        "rows": [
            {"guard": AWKWARD, "kind": "policy", "table": AWKWARD, "mutation": AWKWARD, "result": word, "why": AWKWARD}
            for word in ("killed", "dead")
        ],
    },
}
SMOKE = {
    "target": "rehearsal",
    "steps": STEPS,
    "probes": PROBES,
    "ceiling": "1 credit, 1 prediction",
    "run": {"credits": 1, "predictions": None},
    "log": AWKWARD,
}
REST = (
    Completed("scan", Work(examined=0)),
    Completed("rls", Work(examined=4, evidence=RLS)),
    Completed("smoke", Work(examined=7, evidence=SMOKE)),
)
REQUIRED = ("audit", "scan", "smoke")
BROKEN = Verdict((Broken("audit", f"broke {AWKWARD}", WORK), *REST), REQUIRED)
COMPLETE = Verdict(
    (Completed("audit", WORK), Completed("scan", Work(examined=2)), Skipped("rls", AWKWARD), REST[2]), REQUIRED
)
EMPTY = Verdict((), ("audit",))
GO = Verdict(tuple(Completed(name, Work(examined=1)) for name in REQUIRED), REQUIRED)
