"""What real migrations do, block by block: each gets the answer that is written over it."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gate.postgres import Connection, Server

pytestmark = pytest.mark.postgres
BLOCKS = re.split(r"(?m)^--@ ", (Path(__file__).parent / "idioms.sql").read_text())[1:]


def outcome(connection: Connection, sql: str) -> str:
    try:
        with connection.transaction():
            connection.execute(sql.encode())
    except psycopg.Error as fault:
        return f"refused {fault.sqlstate}"
    return "ok"


@pytest.fixture(scope="module", params=["auto", "explicit"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    with Server.start(request.param) as server, server.connect() as connection:
        yield connection


@pytest.mark.parametrize("block", BLOCKS, ids=[block.partition("\n")[0] for block in BLOCKS])
def test_each_block_gets_its_answer(connection: Connection, block: str) -> None:
    """In the order of the file: later blocks build on what earlier ones made."""
    title, _, sql = block.partition("\n")
    wanted = re.match(r"ok|refused \w+", title)

    assert wanted
    assert wanted.group() == outcome(connection, sql)


def test_the_file_is_not_empty() -> None:
    assert len(BLOCKS) >= 20
