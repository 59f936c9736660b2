"""The token: to the API host only, and into no text."""

import io
import subprocess
import sys
import traceback

import pytest

from gate.errors import ConfigError, GateError
from gate.replicate import Client, ReplicateError, Retry
from gate.replicate.words import words
from gate.standin.http import Answer, LoopbackServer, Request, json_answer
from gate.standin.replicate import FAULTS
from tests.replicate.bench import GFPGAN, JOB, Bench, client_of, given

TOKEN = "r8-like-canary-5f2d9c"


def everything_said(problem: BaseException) -> str:
    """All that a careless logger could write of an error: its texts, its fields and those of what caused it."""
    said = io.StringIO()
    traceback.print_exception(problem, file=said)
    seen: BaseException | None = problem
    while seen is not None:
        said.write(repr(seen) + repr(seen.args) + repr(vars(seen)))
        request = getattr(seen, "request", None)
        said.write(repr(getattr(request, "headers", None)))
        seen = seen.__cause__ or seen.__context__
    return said.getvalue()


def test_the_token_is_sent_to_the_api(bench: Bench) -> None:
    seen: list[Request] = []

    def app(request: Request) -> Answer:
        seen.append(request)
        return json_answer(200, {"type": "user"})

    server = LoopbackServer(app, name="test server")
    client, _, _ = client_of(f"{server.url}/v1/", token=f" {TOKEN}\n")
    with client:
        client.account()
    server.stop()

    assert ("/v1/account", f"Bearer {TOKEN}") == (seen[0].path, seen[0].headers["authorization"])


def test_it_is_not_in_repr() -> None:
    client, _, notes = client_of("http://127.0.0.1:9", token=TOKEN)

    assert repr(client) == "Client(http://127.0.0.1:9)"
    assert TOKEN not in repr(Retry()) + str(client) + repr(notes)


@pytest.mark.parametrize("name", sorted(name for name, fault in FAULTS.items() if fault.route in {"create", "get"}))
def test_it_is_in_no_error_and_no_note(bench: Bench, name: str) -> None:
    """Each fault, as often as it takes, by a server that knows the token."""
    bench.standin.script([name] * 12)
    client = bench.client(attempts=2, deadline=9.0, timeout=(0.2, 0.2))
    problem = ""
    try:
        client.run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None, deadline=1.0).result()
    except GateError as fault:
        problem = everything_said(fault)

    assert bench.notes
    assert bench.standin.token not in problem + repr(bench.notes)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_server_that_repeats_it_is_not_quoted(status: int) -> None:
    def echo(request: Request) -> Answer:
        sent = request.headers["authorization"]
        return json_answer(status, {"title": f"bad {sent}", "detail": f"what is {sent} about https://h/a?token={sent}"})

    server = LoopbackServer(echo, name="echo")
    client, _, notes = client_of(server.url, token=TOKEN, attempts=2)
    with client, pytest.raises(GateError) as caught:
        client.account()
    server.stop()

    assert TOKEN not in everything_said(caught.value) + repr(notes)
    assert "what is Bearer [token] about https://h/a?..." in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/v1/account",
        "https://api.replicate.com/v1/account",
        "https://127.0.0.1/v1/account",
        "@127.0.0.1:1/v1/account",
    ],
)
def test_no_other_host_gets_it(bench: Bench, address: str) -> None:
    with pytest.raises(ReplicateError, match="the token goes to the API host only") as caught:
        bench.client()._http("GET", address)

    assert (caught.value.category, caught.value.retryable) == ("security", False)


def test_an_address_relative_to_the_scheme_stays_with_the_api(bench: Bench) -> None:
    with pytest.raises(ReplicateError, match="404"):
        bench.client()._http("GET", "//127.0.0.1:1/v1/account")

    assert len(bench.standin.ledger()["requests"]) == 1


def test_the_same_host_without_tls_does_not_get_it() -> None:
    client = Client(TOKEN)

    with client, pytest.raises(ReplicateError, match="API host only") as caught:
        client._http("GET", "http://api.replicate.com/v1/account")

    assert caught.value.category == "security"


def test_neither_proxy_nor_netrc_of_the_host_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert bench.client().account()["type"] == "user"


@pytest.mark.parametrize("token", ["", "  \n", "a b", "r8_\u2028x", "r8_\x00", "tökén"])
def test_a_token_that_cannot_be_one_is_a_setting_to_mend(token: str) -> None:
    with pytest.raises(ConfigError, match="the Replicate token is empty or holds characters") as caught:
        Client(token)

    assert not token.strip() or token.strip() not in str(caught.value)


@pytest.mark.parametrize("address", ["", "api.replicate.com", "ftp://h", "https://user:word@h", "https://h/elsewhere"])
def test_an_address_that_cannot_be_one_is_a_setting_to_mend(address: str) -> None:
    with pytest.raises(ConfigError, match="not of the form https://host"):
        Client(TOKEN, base_url=address)


def test_somebody_elses_words_become_one_short_line() -> None:
    said = words("it\n broke at 'https://h/a.png?token=eyJ#x' for\tB  ")

    assert said == "it broke at 'https://h/a.png?...' for B"
    assert len(words("x" * 1000)) == 300


def test_the_import_is_light() -> None:
    """A backend imports the client alone: nothing of the gate's engines comes with it."""
    heavy = ("supabase", "psycopg", "rich", "click", "gate.config", "gate.standin", "postgast", "httpx")
    code = f"import gate.replicate, sys; print([name for name in {heavy!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
