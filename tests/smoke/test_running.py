"""A running backend, judged with the seed's variables: what is proven, what is not, and what no output ever shows."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate.audit.replay import split
from gate.config import load_config
from gate.migration import read_migrations
from gate.outcome import MODEL_TRAFFIC
from gate.postgres import Server, apply
from gate.replicate import API
from gate.smoke.backend import Backend
from gate.smoke.project import Project
from gate.smoke.rehearsal import People, variables
from gate.smoke.upstream import from_account, from_ledger
from gate.standin.replicate import ReplicateStandIn
from gate.standin.supabase import SupabaseStandIn
from tests.processes import ROOT, Done, gate

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The demo's database."""
    with Server.start("auto") as server:
        statements = [statement for migration in read_migrations(load_config(ROOT)) for statement in split(migration)]
        apply(server, statements)
        yield server


@pytest.fixture(scope="module")
def stage(server: Server) -> Iterator[dict[str, str]]:
    """The demo's backend on stand-ins, and the variables that an operator would set for it."""
    config = load_config(ROOT)
    with SupabaseStandIn(server) as supabase, ReplicateStandIn() as replicate:
        backend = Backend(config.smoke, ROOT, variables(supabase, replicate))
        try:
            people = People(Project(supabase.url, supabase.anon_key), supabase, config.smoke.input)
            a, b = people.signed_in(), people.signed_in()
            backend.wait()
            yield {
                "MODEL_PROVIDER": "replicate",
                "REPLICATE_API_TOKEN": replicate.token,
                "REPLICATE_API_BASE_URL": replicate.url,
                "TOKEN_A": a.token,
                "TOKEN_B": b.token,
                "API": backend.url,
                "SUPABASE_URL": supabase.url,
                "SUPABASE_ANON_KEY": supabase.anon_key,
            }
        finally:
            backend.stop()


def smoke(tmp_path: Path, env: dict[str, str], *words: str) -> tuple[Done, dict[str, Any]]:
    done = gate("smoke", *(words or ("run-all",)), "--report", "json", cwd=tmp_path, env=env)
    return done, json.loads(done.out) if done.out else {}


def test_all_seven_steps_hold_and_nothing_is_claimed_of_the_real_provider(
    tmp_path: Path, stage: dict[str, str]
) -> None:
    done, report = smoke(tmp_path, stage)
    evidence = report["checks"][0]["evidence"]

    assert done.code == 0, report["incomplete"]
    assert report["model_smoke"] == "MODEL SMOKE OK"
    assert (report["verdict"], evidence["target"]) == ("GO (REHEARSAL)", "unproven")
    assert evidence["run"] == {"credits": 1, "predictions": 1}
    assert evidence["rerun"] == {"credits": 0, "predictions": 0}
    assert {row["step"]: row["predictions"] for row in report["steps"] if row["predictions"]} == {"run": 1}
    assert next(row["predict_time"] for row in report["steps"] if row["step"] == "run") > 0
    assert {row["probe"]: row["status"] for row in report["probes"]} == {
        "tokens": "ok",
        "others": "ok",
        "accounts": "ok",
        "afterwards": "ok",
    }
    left = {item["what"] for item in report["checks"][0]["unjudged"]}
    assert {"the probe same-job", "the probe failures", "the probe webhooks", "expired tokens"} <= left
    assert MODEL_TRAFFIC not in done.out + done.err


def test_users_may_sign_in_with_a_password_instead(tmp_path: Path, stage: dict[str, str]) -> None:
    login = {
        f"{name}_{actor}": value
        for actor, number in (("A", 1), ("B", 2))
        for name, value in (
            ("EMAIL", f"user-{number}@gate.example"),
            ("PASSWORD", f"rehearsal of user-{number}@gate.example"),
        )
    }
    env = {name: value for name, value in stage.items() if not name.startswith("TOKEN")} | login
    done, report = smoke(tmp_path, env)
    refused, why = smoke(tmp_path, env | {"PASSWORD_A": "canary-of-this-test"})

    assert (done.code, report["model_smoke"]) == (0, "MODEL SMOKE OK")
    assert refused.code == 3
    assert "authentication: user-1@gate.example cannot sign in" in why["incomplete"][0]
    assert "canary" not in refused.out + refused.err


def rows(server: Server) -> Counter[str]:
    """How many rows every table holds that can be read, those of storage too."""
    named = """
        select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')
          and has_table_privilege(format('%I.%I', schemaname, tablename), 'select')
    """
    with server.connect() as db:
        tables = [name for (name,) in db.execute(named).fetchall()]
        counts = {name: db.execute(f"select count(*) from {name}").fetchone() for name in tables}
    return Counter({name: found[0] for name, found in counts.items() if found})


def test_a_second_run_leaves_no_more_than_the_first(tmp_path: Path, server: Server, stage: dict[str, str]) -> None:
    before = rows(server)
    first = smoke(tmp_path, stage)
    between = rows(server)
    again = smoke(tmp_path, stage)
    left, more = between - before, rows(server) - between
    took = [[(row["credits"], row["predictions"]) for row in report["steps"]] for _, report in (first, again)]

    assert first[0].code == again[0].code == 0
    assert left["storage.objects"] == 1, "the output, so that what is counted is what was made"
    assert more <= left
    assert took[0] == took[1]


def test_a_job_that_exists_already_can_be_looked_at(tmp_path: Path, stage: dict[str, str]) -> None:
    done, report = smoke(tmp_path, stage, "isolation", "--job", "00000000-0000-4000-8000-000000000000")

    assert done.code == 3
    assert "a job of A?" in report["incomplete"][0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"REPLICATE_API_TOKEN": "wrong"}, "check REPLICATE_API_TOKEN"),
        ({"REPLICATE_API_BASE_URL": "http://127.0.0.1:9"}, "connectivity"),
        ({"API": "http://127.0.0.1:9"}, "connectivity"),
        ({"TOKEN_A": "x.y.z"}, "authentication"),
        ({"SUPABASE_URL": "http://127.0.0.1:9"}, "storage at http://127.0.0.1:9 does not answer"),
    ],
    ids=["token", "provider away", "backend away", "user's token", "storage away"],
)
def test_what_cannot_be_said_is_code_3_with_its_reason(
    tmp_path: Path, stage: dict[str, str], change: dict[str, str], words: str
) -> None:
    done, report = smoke(tmp_path, stage | change)

    assert done.code == 3
    assert words in report["incomplete"][0]
    assert report["model_smoke"] is None


def test_no_token_is_in_any_output(tmp_path: Path, stage: dict[str, str]) -> None:
    secrets = [stage[name] for name in ("REPLICATE_API_TOKEN", "TOKEN_A", "TOKEN_B", "SUPABASE_ANON_KEY")]
    cache = tmp_path / "cache"
    env = stage | {"XDG_CACHE_HOME": str(cache)}
    outputs = []
    for change in ({}, {"API": stage["SUPABASE_URL"]}, {"REPLICATE_API_TOKEN": "canary-of-this-test"}):
        for report in ("json", "terminal"):
            done = gate("smoke", "run-all", "--report", report, cwd=tmp_path, env=env | change)
            outputs.append(done.out + done.err)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]

    assert all("smoke" in text for text in outputs)
    for secret in [*secrets, "canary-of-this-test"]:
        signature = secret.rpartition(".")[2]
        assert not [text for text in outputs if secret in text or signature in text]
        assert not [content for content in kept if secret.encode() in content]


def test_only_replicate_s_own_address_is_real() -> None:
    assert from_account("t").real
    assert from_account("t", API).real
    assert not from_account("t", "http://127.0.0.1:1").real
    assert not from_account("t", f"{API}.example").real
    assert not from_ledger(lambda _job: frozenset()).real
