"""What the environment must say before anything runs, and what it is never asked to show."""

from pathlib import Path

import jwt
import pytest

from gate.config import Config
from gate.errors import ConfigError
from gate.smoke.exchange import Category, StepFailed
from gate.smoke.target import Target, require, running_target, users
from gate.smoke.upstream import from_ledger
from tests.smoke.backends import A, B

WHOLE = {"MODEL_PROVIDER": "replicate", "REPLICATE_API_TOKEN": "r", "TOKEN_A": A, "TOKEN_B": B}


def test_the_seed_s_variables_are_enough(tmp_path: Path) -> None:
    target = running_target(Config(tmp_path), WHOLE)

    assert (target.kind, target.api, target.project) == ("running", "http://localhost:8000", None)
    assert target.upstream.name == "Replicate's list of predictions"


def test_api_and_the_project_are_taken_where_they_are_set(tmp_path: Path) -> None:
    more = {"API": "https://api.example/", "SUPABASE_URL": "https://x.supabase.co/", "SUPABASE_ANON_KEY": "k"}
    target = running_target(Config(tmp_path), WHOLE | more)

    assert target.api == "https://api.example"
    assert target.project is not None
    assert target.project.url == "https://x.supabase.co"


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_each_missing_variable_is_named(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ConfigError, match=missing) as problem:
        running_target(Config(tmp_path), {name: value for name, value in WHOLE.items() if name != missing})

    assert all(name not in str(problem.value) for name in WHOLE if name != missing)


def test_all_missing_variables_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"MODEL_PROVIDER, REPLICATE_API_TOKEN, TOKEN_A, TOKEN_B.*`rehearse = true`"):
        running_target(Config(tmp_path), {})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"MODEL_PROVIDER": "mock"}, "must be `replicate`"),
        ({"API": "localhost:8000"}, "http"),
        ({"API": "ftp://x"}, "http"),
        ({"API": "http://["}, "http"),
        ({"SUPABASE_URL": "http://x:port"}, "SUPABASE_URL"),
        ({"TOKEN_B": A}, "two users"),
    ],
    ids=["provider", "no scheme", "ftp", "no host", "no port", "one token twice"],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        running_target(Config(tmp_path), WHOLE | wrong)


def test_no_token_shows_in_a_repr(tmp_path: Path) -> None:
    shown = repr(
        running_target(Config(tmp_path), WHOLE | {"REPLICATE_API_TOKEN": "canary", "SUPABASE_ANON_KEY": "canary"})
    )

    assert A not in shown
    assert "canary" not in shown


def test_two_tokens_of_one_user_are_not_two_users() -> None:
    again = jwt.encode({"sub": "user-a", "iat": 1}, "another secret that is long enough", algorithm="HS256")
    target = Target("rehearsal", "http://x", {"A": A, "B": again}, from_ledger(lambda _job: frozenset()))
    with pytest.raises(StepFailed, match="same user") as problem:
        users(target, {"A": None, "B": None})

    assert Category.CONFIGURATION is problem.value.category


def test_opaque_tokens_need_a_backend_that_names_the_user() -> None:
    target = Target("rehearsal", "http://x", {"A": "opaque", "B": "other"}, from_ledger(lambda _job: frozenset()))

    assert users(target, {"A": "1", "B": "2"}) == {"A": "1", "B": "2"}
    with pytest.raises(StepFailed, match="TOKEN_B"):
        users(target, {"A": "1", "B": None})


def test_a_login_needs_all_its_parts() -> None:
    some = {"MODEL_PROVIDER": "replicate", "REPLICATE_API_TOKEN": "r", "EMAIL_A": "a@gate.example", "TOKEN_B": B}
    with pytest.raises(ConfigError, match="PASSWORD_A, SUPABASE_ANON_KEY, SUPABASE_URL"):
        require(some)
    require(some | {"PASSWORD_A": "p", "SUPABASE_URL": "http://127.0.0.1:1", "SUPABASE_ANON_KEY": "k"})
