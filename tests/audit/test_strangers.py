"""What the page on checks by `<>` says of strangers is what the real server does for them."""

import pytest

from gate.audit.check import example_files
from gate.audit.replay import split
from gate.audit.rules.caller_check_passes_strangers import __doc__ as page
from gate.page import read_page
from tests.audit.judge import Judge

pytestmark = pytest.mark.postgres
PAPER, OWNER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
ROWS = f"insert into public.papers values ('{PAPER}', '{OWNER}', 'a');"
EDITOR = f"insert into public.editors values ('{OWNER}');"
RETITLE = f"select public.retitle('{PAPER}', 'b')"
CLAIM = f"select public.retitle('{PAPER}', '{OWNER}', 'b')"
PASSED, RAISED, FORBIDDEN = "", "P0001", "42501"
CASES = [
    (0, ROWS, RETITLE, PASSED),
    (1, ROWS + EDITOR, f"select public.remove('{PAPER}', '{OWNER}')", PASSED),
    (1, ROWS + EDITOR, f"select public.publish('{PAPER}')", PASSED),
    (1, ROWS + EDITOR, f"select public.edit('{PAPER}', '{OWNER}')", RAISED),
    (2, ROWS, RETITLE, RAISED),
    (3, ROWS, CLAIM, RAISED),
    (4, ROWS, f"select public.remove('{PAPER}', '{OWNER}')", FORBIDDEN),
]


@pytest.mark.parametrize(("number", "rows", "call", "answer"), CASES)
def test_a_stranger_passes_where_the_page_says_so(judge: Judge, number: int, rows: str, call: str, answer: str) -> None:
    text = read_page(page, where="page").examples[number].text + rows

    found = judge.answers([one for file in example_files(text) for one in split(file)], [call], "anon")

    assert found == [answer]
