"""What is derived for the explicit regime is what a replay in it says, for everything that a history may hold."""

from dataclasses import replace as changed

import pytest

from gate.audit.check import example_files
from gate.audit.replay import explicit, replay, split
from gate.migration import Statement
from gate.rule import load_rules
from tests.audit.judge import CONFIG
from tests.audit.test_server_agrees import CASES, split_case

PAGES = [
    (f"{rule.id} {number}", example.text)
    for rule in load_rules("gate.audit.rules")
    for number, example in enumerate(rule.page.examples, 1)
    if example.language == "sql"
]
DECIDED = """
create function public.price() returns int language sql as 'select 1';
revoke execute on function public.price() from public;
{}
set role anon;
grant execute on function public.price() to authenticated;
"""


def statements(text: str) -> list[Statement]:
    """The statements of an example."""
    return [one for migration in example_files(text) for one in split(migration)]


def test_deriving_and_replaying_agree() -> None:
    histories = [(path.stem, list(split_case(path))) for path in CASES]
    histories += [(name, statements(text)) for name, text in PAGES]
    different, torn = [], 0
    for name, history in histories:
        derived = explicit(replay(history, CONFIG, "auto"))
        torn += derived is None
        if derived and changed(derived, heirs=[]) != changed(replay(history, CONFIG, "explicit"), heirs=[]):
            different.append(name)

    assert different == []
    assert torn < 10


@pytest.mark.parametrize(
    ("grant", "decides"),
    [
        pytest.param("", True, id="only by default"),
        pytest.param("grant execute on function public.price() to anon;", False, id="granted"),
    ],
)
def test_where_a_default_grant_decides_the_history_is_replayed(grant: str, decides: bool) -> None:
    history = statements(DECIDED.format(grant))

    assert decides == (explicit(replay(history, CONFIG, "auto")) is None)
    assert decides == (replay(history, CONFIG, "auto").missing != replay(history, CONFIG, "explicit").missing)
