"""Random histories over a small vocabulary: the replay and the server hold the same after each, refusals included.

GATE_HISTORIES=n runs n histories of other seeds in each regime instead of the few that every run has.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gate.audit.replay import split
from gate.migration import Migration
from tests.audit.judge import Judge
from tests.audit.vocabulary import PROLOGUE, Pick, statement

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(0 if "GATE_HISTORIES" in os.environ else 300)]
MANY = int(os.environ.get("GATE_HISTORIES", "0"))
USUAL = 40


@st.composite
def histories(draw: st.DrawFn) -> list[str]:
    """Some statements after the prologue; to shrink one is to drop statements and to choose earlier words."""

    def one() -> str:
        pick: Pick = lambda words: draw(st.sampled_from(words))  # noqa: E731 - a name for its type
        return statement(pick)

    return [*PROLOGUE, *(one() for _ in range(draw(st.integers(3, 12))))]


@settings(
    max_examples=MANY or USUAL,
    derandomize=not MANY,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(histories())
def test_a_random_history(judge: Judge, history: list[str]) -> None:
    statements = split(Migration("history.sql", "".join(f"{one};\n" for one in history)))

    _, found = judge.compare_inside(statements)

    assert found == []
