"""What real migrations do, block by block: each gets the answer that is written over it."""

import re
from pathlib import Path

import psycopg
import pytest

from gate.config import Regime
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


def titled(block: str) -> tuple[str, str]:
    """What is written over a block, and the block."""
    title, _, sql = block.partition("\n")
    return title, sql


@pytest.mark.parametrize("regime", ["auto", "explicit"])
def test_each_block_gets_its_answer(regime: Regime) -> None:
    """In the order of the file: later blocks build on what earlier ones made."""
    with Server.start(regime) as server, server.connect() as connection:
        answers = {title: outcome(connection, sql) for title, sql in map(titled, BLOCKS)}

    assert {title: answer for title, answer in answers.items() if not title.startswith(answer)} == {}


def test_the_file_is_not_empty() -> None:
    assert len(BLOCKS) >= 20
    assert all(re.match(r"ok|refused \w+", block) for block in BLOCKS)
