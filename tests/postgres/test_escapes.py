"""What hostile SQL may try: what must be refused is refused, and no file is ever written outside."""

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gate.errors import Incomplete
from gate.postgres import Server
from gate.postgres.server import SUPERUSER

pytestmark = pytest.mark.postgres
PROBES = json.loads((Path(__file__).parent / "escape_probes.json").read_text())["probes"]


def attack(server: Server, probe: dict[str, Any], words: dict[str, str]) -> tuple[str, str | None, int]:
    """The answer, its SQLSTATE, and how many steps were tried."""
    tried = 0
    connection = server.connect()
    connection.autocommit = probe.get("autocommit", False)
    try:
        for sql in probe["sql"]:
            tried += 1
            connection.execute(re.sub(r"{\w+}", lambda found: words.get(found.group(), found.group()), sql).encode())
    except psycopg.Error as fault:
        return "refused", fault.sqlstate, tried
    finally:
        connection.close()
    return "allowed", None, tried


@pytest.mark.parametrize("probe", PROBES, ids=[probe["id"] for probe in PROBES])
def test_a_probe_gets_its_answer_and_writes_nothing(server: Server, open_folder: Path, probe: dict[str, Any]) -> None:
    secret, canary = open_folder / "secret", open_folder / "canary"
    secret.write_text("s")
    secret.chmod(0o644)
    words = {
        "{canary}": str(canary),
        "{secret}": str(secret),
        "{folder}": str(open_folder),
        "{socket}": server.dsn().partition("host='")[2].partition("'")[0],
    }

    answer, sqlstate, tried = attack(server, probe, words)

    assert (probe["expect"], probe.get("sqlstate")) == (answer, sqlstate)
    assert len(probe["sql"]) == tried, "an earlier step failed, so the attack was never tried"
    assert {secret} == set(open_folder.iterdir())


def test_most_probes_must_be_refused() -> None:
    assert (len(PROBES), sum(probe["expect"] == "refused" for probe in PROBES)) == (341, 274)


def test_the_superuser_cannot_log_in(server: Server) -> None:
    with pytest.raises(Incomplete, match=r"pg_hba\.conf rejects"):
        server.connect(SUPERUSER)


def test_no_definer_function_belongs_to_the_superuser(server: Server) -> None:
    with server.connect() as connection:
        found = connection.execute(
            "select p.oid::regprocedure::text from pg_proc as p join pg_roles as r on r.oid = p.proowner"
            " where p.prosecdef and r.rolsuper and p.pronamespace::regnamespace::text !~ '^(pg_|information_schema)'"
        ).fetchall()

    assert found == []


def test_one_file_cannot_grow_without_end_and_the_server_lives(server: Server) -> None:
    with server.connect() as connection:
        with pytest.raises(psycopg.Error, match="too large"):
            connection.execute(
                "create table big as select repeat(md5(g::text), 60) as t from generate_series(1, 400000) as g"
            )

        assert connection.execute("select 1").fetchone() == (1,)
