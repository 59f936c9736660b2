"""No key survives in a text that is shown."""

import pytest

from gate.scan.fakes import FAKES
from gate.smoke.redact import LIMIT, redacted


# A password and a signing secret are told by the name before them alone.
@pytest.mark.parametrize("name", sorted(set(FAKES) - {"password", "signing_secret"}))
def test_keys_of_every_kind_are_replaced(name: str) -> None:
    key = FAKES[name]()
    shown = redacted(f'provider said: {{"key":"{key}"}} and {key}')

    assert key not in shown
    assert key[8:40] not in shown
    assert shown.startswith("provider said:")


def test_given_secrets_are_replaced_whatever_they_look_like() -> None:
    assert redacted("a hunter2 b", "hunter2") == "a [redacted] b"


def test_a_password_behind_its_name_is_replaced() -> None:
    assert "hunter22" not in redacted("password=hunter22, Authorization: Bearer abcdefgh")


def test_it_is_one_short_line() -> None:
    shown = redacted("x\n" * 1000)

    assert "\n" not in shown
    assert len(shown) <= LIMIT


def test_plain_words_are_left_alone() -> None:
    assert redacted("the token is expired") == "the token is expired"
