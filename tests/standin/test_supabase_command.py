"""`gate standin supabase` as a stranger runs it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest

pytestmark = pytest.mark.postgres

NAMES = ["SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_JWT_SECRET", "DATABASE_DSN"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_what_is_put_into_its_database_and_ends_cleanly(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gate", "standin", "supabase"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )
    try:
        assert process.stdout is not None
        told = dict(process.stdout.readline().strip().split("=", 1) for _ in NAMES)
        with psycopg.connect(told["DATABASE_DSN"], autocommit=True) as db:
            db.execute("create table public.things (id int); insert into public.things values (7)")
        key = told["SUPABASE_ANON_KEY"]
        found = httpx.get(f"{told['SUPABASE_URL']}/rest/v1/things", headers={"apikey": key})
        folder = Path(told["DATABASE_DSN"].split("'")[1]).parent
        there = folder.exists()

        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()

    assert list(told) == NAMES
    assert found.json() == [{"id": 7}]
    assert "local look-alike, PostgreSQL" in said
    assert "Traceback" not in said
    assert (there, folder.exists()) == (True, False)
