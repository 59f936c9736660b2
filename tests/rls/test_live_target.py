"""What `gate rls --live` refuses before it asks for anything."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest

from gate.config import Config
from gate.errors import ConfigError
from gate.rls.live.target import project
from tests.processes import gate

URL = "https://abc.supabase.co"


def token(role: str | None = "authenticated", sub: str = "a", ends: float = 3600.0) -> str:
    return jwt.encode({"sub": sub, "role": role, "exp": time.time() + ends}, "a secret that is long enough for HS256")


GOOD = {
    "SUPABASE_URL": URL,
    "SUPABASE_ANON_KEY": "sb_publishable_0123456789",
    "TOKEN_A": token(sub="a"),
    "TOKEN_B": token(sub="b"),
}


def asked(changes: Mapping[str, str], *, url: str = URL, writes: bool = False, tables: tuple[str, ...] = ()) -> Any:
    config = Config(Path(), live_url=url, live_tables=tables)
    return project(config, writes=writes, environment={**GOOD, **changes})


def test_what_is_named_is_taken() -> None:
    found = asked({"SUPABASE_URL": "https://ABC.supabase.co:443/"}, url=f"{URL}/")

    assert (found.url, found.host) == (URL, "abc.supabase.co")
    assert asked({"SUPABASE_ANON_KEY": token("anon")}).url == URL
    assert asked({"TOKEN_A": "", "EMAIL_A": "a@example.com", "PASSWORD_A": "word"}).logins["A"].email == "a@example.com"
    assert asked({}, writes=True, tables=("notes",)).url == URL
    assert (
        asked({"SUPABASE_URL": "http://127.0.0.1:54321"}, url="http://127.0.0.1:54321").url == "http://127.0.0.1:54321"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SUPABASE_URL": ""}, "needs SUPABASE_URL"),
        ({"SUPABASE_ANON_KEY": " "}, "needs SUPABASE_ANON_KEY"),
        ({"TOKEN_B": ""}, "TOKEN_B (or EMAIL_B and PASSWORD_B)"),
        ({"TOKEN_B": "", "EMAIL_B": "b@example.com"}, "TOKEN_B (or EMAIL_B and PASSWORD_B)"),
        ({"SUPABASE_URL": "https://other.supabase.co"}, "is not the project that [tool.gate] live_url names"),
        ({"SUPABASE_URL": "https://abc.supabase.co.evil.example"}, "is not the project"),
        ({"SUPABASE_URL": "https://abc.supabase.co@evil.example"}, "must be the address"),
        ({"SUPABASE_URL": "https://abc.supabase.co:8443"}, "is not the project"),
        ({"SUPABASE_URL": "ftp://abc.supabase.co"}, "must be the address"),
        ({"SUPABASE_URL": "https://abc.supabase.co/?x=1"}, "must be the address"),
        ({"SUPABASE_URL": "https://[half"}, "must be the address"),
        ({"SUPABASE_URL": "http://abc.supabase.co"}, "not https"),
        ({"SUPABASE_ANON_KEY": "sb_secret_0123456789"}, "SUPABASE_ANON_KEY is a secret key"),
        ({"SUPABASE_ANON_KEY": token("service_role")}, "SUPABASE_ANON_KEY is a secret key"),
        ({"TOKEN_A": token("service_role")}, "TOKEN_A is a secret key"),
        ({"TOKEN_B": "sb_secret_0123456789"}, "TOKEN_B is a secret key"),
        ({"TOKEN_B": "sbp_0123456789"}, "TOKEN_B is a secret key"),
        ({"TOKEN_A": token("anon")}, "TOKEN_A is the anon key"),
        ({"TOKEN_A": token(ends=-1)}, "TOKEN_A has expired"),
        ({"TOKEN_B": GOOD["TOKEN_A"]}, "log in as the same user"),
    ],
)
def test_what_is_refused(changes: Mapping[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        asked(changes)

    assert words in str(refused.value)
    assert not any(
        secret and secret in str(refused.value) for name, secret in {**GOOD, **changes}.items() if "U" not in name
    )


def test_a_project_that_nobody_named() -> None:
    with pytest.raises(ConfigError, match="live_url is not set"):
        asked({}, url="")


@pytest.mark.parametrize(
    "host", ["prod.example.com", "db-production.example.com", "live.example.com", "my_prod.example.com"]
)
def test_production_is_read_and_not_written(host: str) -> None:
    here = {"SUPABASE_URL": f"https://{host}"}

    assert asked(here, url=f"https://{host}").host == host
    with pytest.raises(ConfigError, match="looks like production"):
        asked(here, url=f"https://{host}", writes=True, tables=("notes",))


def test_writes_need_tables() -> None:
    with pytest.raises(ConfigError, match="live_tables names; it is empty"):
        asked({}, writes=True)


def test_names_that_only_look_like_production() -> None:
    assert asked(
        {"SUPABASE_URL": "https://delivery.example.com"}, url="https://delivery.example.com", writes=True, tables=("t",)
    )


def test_the_command_refuses_with_code_2(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(f'live_url = "{URL}"\n')
    environment = {**GOOD, "SUPABASE_ANON_KEY": "sb_secret_0123456789"}
    done = gate("rls", "--live", cwd=tmp_path, env=environment)

    assert (done.code, done.out) == (2, "")
    assert "is a secret key" in done.err
    assert "sb_secret" not in done.err
    assert gate("rls", "--allow-writes", cwd=tmp_path).code == 2
    assert gate("rls", "--live", "--mutate", cwd=tmp_path).code == 2
    assert gate("rls", "--live", "--repro", "leaks", cwd=tmp_path).code == 2
