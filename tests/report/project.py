"""A project with everything that the HTML report can show, and one of a thousand tables."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from gate.check import Unjudged
from gate.finding import Finding, Severity, Span, Target, fingerprint
from gate.outcome import Completed, Verdict, Work
from gate.source import Source
from gate.waiver import Waiver

MIGRATION = "supabase/migrations/20260101000000_first.sql"
SQL = """create table public.notes (
  id uuid primary key,  -- made by the client
  owner uuid not null references auth.users
);
create policy "see all" on public.notes for select using (true);
"""
REPRODUCER = (
    "-- public.notes: select by A; run as postgres, nothing is kept\nbegin;\nselect * from public.notes;\nrollback;\n"
)


def found(rule: str, check: str, place: Span | Target, message: str, subject: str, **more: Any) -> Finding:
    """An error, unless `more` says otherwise."""
    mark = fingerprint(rule, subject, "")
    severity = more.pop("severity", Severity.ERROR)
    return Finding(rule, check, severity, place, message, subject, mark, **more)


READ = found(
    "others-rows-readable",
    "rls",
    Target("public.notes", Span(MIGRATION, 1)),
    "any signed-in user reads other users' rows in public.notes",
    "public.notes select by A",
    reproducer=REPRODUCER,
)
ADDED = found(
    "row-inserted-in-anothers-name",
    "rls",
    Target("public.notes", Span(MIGRATION, 1)),
    "any signed-in user adds rows to public.notes in somebody else's name",
    "public.notes insert by A",
    reproducer=REPRODUCER.replace("select", "insert"),
    severity=Severity.WARNING,
)
POLICY = found(
    "policy-always-true-read",
    "audit",
    Span(MIGRATION, 5, 1, 5, 65),
    "policy 'see all' shows every row of public.notes",
    "public.notes policy see all",
    remedy='alter policy "see all" on public.notes using (owner = auth.uid());',
)
CHARGED = found(
    "second-run-charged",
    "smoke",
    Target("POST /api/jobs/{id}/run as A"),
    "the second run of a job that had succeeded took 1 more credit from A",
    "rerun charge",
)
LISTED = tuple(
    found("others-jobs-listed", "smoke", Target("GET /api/jobs as B"), message, subject)
    for message, subject in (
        ("B's list shows a job of A", "isolation list"),
        ("so it does, asked for", "list by parameter"),
    )
)
NOTE = found(
    "migration-version-twice",
    "audit",
    Span(MIGRATION, 1),
    "two files of one version",
    "20260101000000",
    severity=Severity.NOTE,
)
ACCEPTED = Waiver(
    "rls-disabled", "public.log", "dropped in March", "anna", date(2999, 1, 1), source="gate.toml", line=3
)
WAIVED = replace(
    found("rls-disabled", "audit", Span(MIGRATION, 1, 1, 4, 2), "public.log is open", "public.log"), waived=ACCEPTED
)


def row(relation: str, kind: str, *cells: list[str], owner: str | None = None) -> dict[str, Any]:
    """A row of the matrix."""
    return {"regime": "auto", "relation": relation, "kind": kind, "owner": owner, "cells": list(cells)}


MATRIX = [
    row(
        "public.notes",
        "r",
        ["anon", "select", "refused"],
        ["anon", "insert", "refused"],
        ["A", "select", "let through", READ.fingerprint],
        ["A", "insert", "let through", ADDED.fingerprint],
        ["A", "raise role", "nothing"],
        owner="owner",
    ),
    row("public.countries", "r", ["anon", "select", "let through"], ["A", "select", "let through"]),
    row("public.note_feed", "v", ["anon", "select", "refused"], ["A", "select", "refused"]),
    row("bucket pictures", "bucket", ["anon", "read", "refused"], ["A", "read", "refused"]),
]


def step(name: str, status: str, seconds: float, *trace: tuple[str, int | None, float]) -> dict[str, Any]:
    """A step's row."""
    told = [
        {"request": request, "status": code, "seconds": took, "problem": "" if code else "no answer in time"}
        for request, code, took in trace
    ]
    problem = "POST /api/jobs as A: no answer in time" if status == "failed" else None
    category = "connectivity" if problem else None
    return {"step": name, "status": status, "seconds": seconds, "category": category, "problem": problem, "trace": told}


STEPS = [
    step("bootstrap", "ok", 0.2, ("POST /api/profile/bootstrap as A", 200, 0.1)),
    step("run", "ok", 2.5, ("POST /api/jobs/{id}/run as A", 200, 0.3), ("GET /api/jobs/{id} as A", 200, 0.1)),
    step("rerun", "failed", 1.0, ("POST /api/jobs as A", None, 1.0)),
    step("output", "not reached", 0.0),
]


def probe(name: str, status: str, **more: Any) -> dict[str, Any]:
    """A probe's row."""
    told = {"question": f"does {name} hold?", "seconds": 1.5, "requests": 4, "observations": 1, "problem": None}
    return {"probe": name, "status": status, **told, **more}


PROBES = [
    probe("same-job", "ok"),
    probe("one-503", "failed", tries=[0.0, 1.0]),
    probe("empty", "cannot tell", problem="why"),
]
MUTATIONS = {
    "score": 0.75,
    "killed": 3,
    "survived": 1,
    "dead": 1,
    "not_exercised": 0,
    "tried": 5,
    "planned": 5,
    "regime": "auto",
    "seconds": 1.0,
    "holds": {"public.notes": ["policy 'see all'"]},
    "rows": [
        {
            "guard": "policy 'see all'",
            "kind": "policy",
            "table": "public.notes",
            "mutation": "using (true)",
            "result": word,
            "why": "x",
        }
        for word in ("killed", "survived", "dead")
    ],
}
RLS = {
    "summary": "PostgreSQL 18.6 look-alike, grants: auto",
    "matrix": {"rows": MATRIX},
    "owners": {"public.notes": "owner: key to auth.users"},
    "shared": ["public.countries"],
    "mutations": MUTATIONS,
}
SMOKE = {
    "target": "rehearsal",
    "ceiling": "1 credit, 1 prediction",
    "run": {"credits": 1, "predictions": 1},
    "rerun": {"credits": 1, "predictions": None},
    "steps": STEPS,
    "probes": PROBES,
}
SOURCE = Source("2026-11-25T03:00:00Z", "0" * 64, "1f" * 20, "2f" * 20, None, ("a.sql",))
VERDICT = Verdict(
    (
        Completed(
            "audit", Work(5, (POLICY, NOTE, WAIVED), {"summary": "1 file"}, (Unjudged("x.sql:3", "a DO block"),), 0.3)
        ),
        Completed("scan", Work(30, evidence={"summary": "30 files"}, seconds=0.1)),
        Completed("rls", Work(12, (READ, ADDED), RLS, seconds=2.0)),
        Completed("smoke", Work(9, (CHARGED, *LISTED), SMOKE, seconds=9.0)),
    ),
    ("audit", "scan", "rls", "smoke"),
    source=SOURCE,
)


def write_project(root: Path) -> Path:
    """The project's migration, so that its lines can be shown."""
    (root / MIGRATION).parent.mkdir(parents=True)
    (root / MIGRATION).write_text(SQL, encoding="utf-8")
    return root


def thousand() -> Verdict:
    """A thousand tables, each read by strangers, each with a policy that says so, and each with a long reproducer."""
    tables = [f"public.table_number_{n}" for n in range(1_000)]
    verbs = ("select", "update", "delete", "insert")
    script = "insert into public.t values (1, 'a row planted for the attack');\n" * 30
    leaks = [
        replace(
            READ,
            subject=f"{name} select by A",
            fingerprint=fingerprint("r", name, ""),
            reproducer=f"-- {name}\n{script}",
        )
        for name in tables
    ]
    policies = [replace(POLICY, subject=name, fingerprint=fingerprint("p", name, "")) for name in tables]
    rows = [
        row(
            name,
            "r",
            *([actor, verb, "refused"] for actor in ("anon", "A") for verb in verbs[actor == "A" :]),
            ["A", "select", "let through", leak.fingerprint],
            owner="user_id",
        )
        for name, leak in zip(tables, leaks, strict=True)
    ]
    evidence = {
        "matrix": {"rows": rows},
        "owners": dict.fromkeys(tables, "user_id: key to auth.users"),
        "shared": [],
    }
    outcomes = (Completed("audit", Work(1, tuple(policies))), Completed("rls", Work(1, tuple(leaks), evidence)))
    return Verdict(outcomes, ("audit", "rls"))
