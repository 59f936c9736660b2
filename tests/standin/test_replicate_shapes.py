"""Every endpoint answers in the shape that was documented or recorded."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
import requests

from gate.standin.replicate import ReplicateStandIn
from gate.standin.replicate.models import MODELS
from tests.standin.receiver import receiving

TEXT, NULL = {"type": "string"}, {"type": "null"}
MAYBE = {"type": ["string", "null"]}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$"}
ID = {"type": "string", "pattern": "^[a-z0-9]{26}$"}
URL = {"type": "string", "pattern": "^https?://"}
NUMBER = {"type": "number", "minimum": 0}


def shape(required: Mapping[str, object], optional: Mapping[str, object] | None = None) -> dict[str, object]:
    """An object that has these keys and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def pages(entry: object) -> dict[str, object]:
    return shape({"next": MAYBE, "previous": MAYBE, "results": {"type": "array", "items": entry}})


CREATED = {
    "id": ID,
    "model": {"type": "string", "pattern": "^[a-z0-9-]+/[a-z0-9-]+$"},
    "version": {"type": "string", "pattern": "^([0-9a-f]{64}|hidden)$"},
    "input": {"type": "object"},
    "logs": MAYBE,
    "error": MAYBE,
    "status": {"enum": ["starting", "processing", "succeeded", "failed", "canceled", "aborted"]},
    "created_at": TIME,
    "urls": shape({"get": URL, "cancel": URL, "web": URL}),
}
ON_WISH = {
    "deadline": TIME,
    "deployment": TEXT,
    "webhook": URL,
    "webhook_events_filter": {"type": "array", "items": TEXT},
}
LATER = {
    "output": {},
    "data_removed": {"type": "boolean"},
    "started_at": {"anyOf": [TIME, NULL]},
    "completed_at": TIME,
    "metrics": shape({"predict_time": NUMBER, "total_time": NUMBER}),
}
NEW = shape(CREATED, ON_WISH)
SYNC = shape(CREATED | {"output": {}, "data_removed": {"const": False}, "started_at": TIME}, ON_WISH)
ENDED = shape(CREATED | LATER, ON_WISH | {"source": {"const": "api"}})
VERSION = shape({"id": TEXT, "created_at": TIME, "cog_version": TEXT, "openapi_schema": {"type": "object"}})
MODEL = shape(
    {
        "url": URL,
        "owner": TEXT,
        "name": TEXT,
        "description": MAYBE,
        "visibility": {"enum": ["public", "private"]},
        "github_url": MAYBE,
        "paper_url": MAYBE,
        "license_url": MAYBE,
        "run_count": {"type": "integer"},
        "cover_image_url": MAYBE,
        "default_example": {},
        "latest_version": VERSION,
    }
)
ACCOUNT = shape(
    {
        "type": {"enum": ["user", "organization"]},
        "username": TEXT,
        "name": TEXT,
        "github_url": MAYBE,
        "avatar_url": MAYBE,
    }
)
FILE = shape(
    {
        "id": ID,
        "name": TEXT,
        "content_type": TEXT,
        "size": {"type": "integer"},
        "etag": TEXT,
        "checksums": shape({"sha256": TEXT, "md5": TEXT}),
        "metadata": {"type": "object"},
        "created_at": TIME,
        "expires_at": TIME,
        "urls": shape({"get": URL}),
    }
)
DEPLOYMENT = shape({"owner": TEXT, "name": TEXT, "current_release": {"type": "object"}})
WITH_TITLE = shape({"title": TEXT, "detail": TEXT, "status": {"type": "integer"}})
WITHOUT_TITLE = shape({"detail": TEXT, "status": {"type": "integer"}})
INVALID = shape(
    {
        "title": {"const": "Input validation failed"},
        "detail": {"type": "string", "pattern": "^(- [^:\n]+: [^\n]+\n)+$"},
        "status": {"const": 422},
        "invalid_fields": {
            "type": "array",
            "minItems": 1,
            "items": shape({"type": TEXT, "field": TEXT, "description": TEXT}),
        },
    }
)
PICTURE = {"img": "https://files.example/in.png"}
ORDER = {"version": MODELS[0].version, "input": PICTURE}


class Caller:
    """Plain HTTP with the token."""

    def __init__(self, standin: ReplicateStandIn) -> None:
        self.standin = standin
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {standin.token}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.standin.url}/v1{path}", **options)


@pytest.fixture
def call() -> Iterator[Caller]:
    with ReplicateStandIn(latency=0.01, pace=0.01) as standin:
        caller = Caller(standin)
        yield caller
        caller.session.close()


def matches(schema: Mapping[str, Any], answer: requests.Response, status: int) -> Any:
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/json" if status < 400 else "application/problem+json",
    )
    body = answer.json()
    jsonschema.Draft202012Validator(schema).validate(body)
    return body


def ended(call: Caller, one: str) -> requests.Response:
    """The answer about a prediction when it has ended."""
    for _ in range(500):
        answer = call("GET", f"/predictions/{one}")
        if "completed_at" in answer.json():
            return answer
    raise AssertionError("it does not end")


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/predictions", ORDER),
        ("/predictions", ORDER | {"version": f"{MODELS[0].name}:{MODELS[0].version}"}),
        ("/predictions", {"version": MODELS[-1].name, "input": {"prompt": "a gate"}}),
        (f"/models/{MODELS[-1].name}/predictions", {"input": {"prompt": "a gate"}}),
        ("/deployments/stand-in/restore/predictions", {"input": PICTURE}),
        ("/predictions", ORDER | {"stream": False}),
    ],
)
def test_a_prediction_from_its_beginning_to_its_end(call: Caller, path: str, order: dict[str, Any]) -> None:
    made = matches(NEW, call("POST", path, json=order), 201)
    done = matches(ENDED, ended(call, made["id"]), 200)
    listed = matches(pages(ENDED), call("GET", "/predictions"), 200)

    assert (made["status"], done["status"]) == ("starting", "succeeded")
    assert done["urls"] == made["urls"]
    assert [done] == listed["results"]
    assert ("deployment" in made) == path.startswith("/deployments")


def test_a_prediction_that_is_waited_for(call: Caller) -> None:
    """Its output is there, it says `processing`, and neither its end nor its metrics are known yet."""
    answer = call("POST", "/predictions", json=ORDER, headers={"Prefer": "wait=10"})

    body = matches(SYNC, answer, 201)
    assert (body["status"], bool(body["output"])) == ("processing", True)
    assert answer.headers["preference-applied"] == "wait=10"


def test_a_wait_that_is_over_before_the_prediction(call: Caller) -> None:
    call.standin.script(["prediction-stuck-starting"])

    body = matches(NEW, call("POST", "/predictions", json=ORDER, headers={"Prefer": "wait=1"}), 201)

    assert body["status"] == "starting"


def test_a_wait_for_one_that_fails(call: Caller) -> None:
    call.standin.script(["prediction-failed"])

    body = matches(ENDED, call("POST", "/predictions", json=ORDER, headers={"Prefer": "wait"}), 201)

    assert (body["status"], body["output"]) == ("failed", None)


@pytest.mark.parametrize("wish", ["wait=0", "wait=61", "wait=1.5", "wait=", "respond-async", "wait=060"])
def test_a_wait_that_is_none(call: Caller, wish: str) -> None:
    matches(INVALID, call("POST", "/predictions", json=ORDER, headers={"Prefer": wish}), 422)


def test_a_cancel(call: Caller) -> None:
    call.standin.script(["prediction-stuck-processing"])
    made = call("POST", "/predictions", json=ORDER).json()

    body = matches(ENDED, call("POST", f"/predictions/{made['id']}/cancel"), 200)
    again = call("POST", f"/predictions/{made['id']}/cancel").json()

    assert body["status"] == "canceled"
    assert body == again


@pytest.mark.parametrize(("fault", "status"), [("starting", "aborted"), ("processing", "canceled")])
def test_a_deadline(call: Caller, fault: str, status: str) -> None:
    """`aborted` before it began, `canceled` while it ran. A second of the deadline lasts 10 ms here."""
    call.standin.script([f"prediction-stuck-{fault}"])

    made = matches(NEW, call("POST", "/predictions", json=ORDER, headers={"Cancel-After": "10s"}), 201)
    body = matches(ENDED, ended(call, made["id"]), 200)

    assert (made["deadline"], status) == (body["deadline"], body["status"])
    assert (body["started_at"] is None) == (status == "aborted")
    assert 0.09 < body["metrics"]["total_time"] < 1


def test_a_deadline_that_is_not_reached(call: Caller) -> None:
    made = call("POST", "/predictions", json=ORDER, headers={"Cancel-After": "1h30m"}).json()

    assert ended(call, made["id"]).json()["status"] == "succeeded"


@pytest.mark.parametrize("wish", ["4s", "25h", "soon", "-10s", "1.5h", "0"])
def test_a_deadline_that_is_none(call: Caller, wish: str) -> None:
    matches(INVALID, call("POST", "/predictions", json=ORDER, headers={"Cancel-After": wish}), 422)


def test_the_list_keeps_to_its_times(call: Caller) -> None:
    made = [call("POST", "/predictions", json=ORDER).json() for _ in range(3)]
    first = made[0]["created_at"]

    def ids(**times: str) -> list[str]:
        return [one["id"] for one in call("GET", "/predictions", params=times).json()["results"]]

    everything = [one["id"] for one in made[::-1]]
    assert everything == ids() == ids(created_after=first)
    assert ids(created_before=first) == []
    assert ids(created_after="2999-01-01T00:00:00Z") == []
    assert everything == ids(created_after="2020-01-01T00:00:00+00:00", created_before="2999-01-01")


def test_a_time_that_is_none(call: Caller) -> None:
    matches(WITH_TITLE, call("GET", "/predictions", params={"created_after": "yesterday"}), 400)


def test_what_can_be_looked_at(call: Caller) -> None:
    name, version = MODELS[0].name, MODELS[0].version

    matches(ACCOUNT, call("GET", "/account"), 200)
    matches(MODEL, call("GET", f"/models/{name}"), 200)
    matches(pages(VERSION), call("GET", f"/models/{name}/versions"), 200)
    matches(VERSION, call("GET", f"/models/{name}/versions/{version}"), 200)
    matches(pages(DEPLOYMENT), call("GET", "/deployments"), 200)
    matches(DEPLOYMENT, call("GET", "/deployments/stand-in/restore"), 200)
    matches(
        shape({"key": {"type": "string", "pattern": "^whsec_[A-Za-z0-9+/]+=*$"}}),
        call("GET", "/webhooks/default/secret"),
        200,
    )


def test_files(call: Caller) -> None:
    parts = {"content": ("in.txt", b"words", "text/plain"), "metadata": (None, '{"job": 7}')}
    made = matches(FILE, call("POST", "/files", files=parts), 201)
    path = f"/files/{made['id']}"

    assert made == matches(FILE, call("GET", path), 200)
    assert [made] == matches(pages(FILE), call("GET", "/files"), 200)["results"]
    assert call("GET", f"{path}/download").content == b"words"
    assert call("DELETE", path).status_code == 204
    matches(WITHOUT_TITLE, call("GET", path), 404)
    matches(INVALID, call("POST", "/files", files={"other": b"x"}), 422)
    matches(INVALID, call("POST", "/files", files=parts | {"metadata": (None, "{")}), 422)
    matches(INVALID, call("POST", "/files", data=b"no multipart"), 422)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/predictions/nothing"),
        ("POST", "/predictions/nothing/cancel"),
        ("PUT", "/predictions/nothing"),
        ("POST", "/predictions/nothing"),
        ("GET", "/models/nobody/nothing"),
        ("GET", f"/models/{MODELS[0].name}/versions/nothing"),
        ("GET", f"/models/{MODELS[0].name}/else"),
        ("GET", "/deployments/nobody/nothing"),
        ("POST", "/deployments/nobody/nothing/predictions"),
        ("GET", "/"),
        ("GET", "/nothing"),
        ("DELETE", "/account"),
    ],
)
def test_what_is_not_there(call: Caller, method: str, path: str) -> None:
    matches(WITHOUT_TITLE, call(method, path, json={}), 404)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic {token}"}])
def test_without_the_token(call: Caller, header: dict[str, str]) -> None:
    sent = {name: value.format(token=call.standin.token) for name, value in header.items()}
    for method, path in (("GET", "/account"), ("POST", "/predictions"), ("GET", "/nothing"), ("POST", "/files")):
        answer = requests.request(method, f"{call.standin.url}/v1{path}", headers=sent)

        assert matches(WITH_TITLE, answer, 401)["title"] == "Unauthenticated"


@pytest.mark.parametrize("scheme", ["Bearer", "Token"])
def test_both_schemes_and_both_base_addresses(call: Caller, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {call.standin.token}"}
    for base in (call.standin.url, f"{call.standin.url}/v1"):
        matches(ACCOUNT, requests.get(f"{base}/account", headers=headers), 200)


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ({}, "- input: input is required\n"),
        ({"input": "x"}, "- input: input is required\n"),
        (ORDER | {"input": {}}, "- input: img is required\n"),
        (
            ORDER | {"input": {"image": "x"}},
            "- input: img is required\n- input: Additional property image is not allowed\n",
        ),
        (ORDER | {"price": 0}, "- price: not allowed\n"),
        (ORDER | {"webhook": "ftp://h"}, "- webhook: must be an http or https URL\n"),
        (
            ORDER | {"webhook_events_filter": ["end"]},
            "- webhook_events_filter: must be a list of start, output, logs, completed\n",
        ),
    ],
)
def test_an_order_that_is_wrong(call: Caller, order: dict[str, Any], complaint: str) -> None:
    body = matches(INVALID, call("POST", "/predictions", json=order), 422)

    assert body["detail"] == complaint
    assert call.standin.ledger()["predictions"] == []


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/predictions", "0" * 64),
        ("/predictions", None),
        ("/predictions", 7),
        ("/predictions", MODELS[0].name),
        ("/predictions", f"{MODELS[1].name}:{MODELS[0].version}"),
        (f"/models/{MODELS[0].name}/predictions", None),
    ],
)
def test_a_version_that_is_not_there(call: Caller, path: str, version: object) -> None:
    body = matches(WITH_TITLE, call("POST", path, json={"version": version, "input": PICTURE}), 422)

    assert body["title"] == "Invalid version or not permitted"


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"[]", b"\xff\xfe"])
def test_a_body_that_is_none(call: Caller, body: bytes) -> None:
    matches(INVALID, call("POST", "/predictions", data=body), 422)


def test_the_rate_limit_headers(call: Caller) -> None:
    def limits(method: str, path: str) -> tuple[str | None, str | None]:
        headers = call(method, path, json=ORDER).headers
        return headers.get("ratelimit-remaining"), headers.get("ratelimit-reset")

    assert limits("POST", "/predictions") == ("599", "1")
    assert limits("GET", "/account") == ("2999", "1")
    assert limits("GET", "/files") == (None, None)


def test_the_webhook_is_in_the_object() -> None:
    with receiving() as receiver, ReplicateStandIn() as standin:
        call = Caller(standin)
        order = ORDER | {"webhook": receiver.url, "webhook_events_filter": ["completed"]}
        made = matches(NEW, call("POST", "/predictions", json=order), 201)
        call.session.close()

    assert (made["webhook"], made["webhook_events_filter"]) == (receiver.url, ["completed"])
