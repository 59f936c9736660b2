"""The seven steps against backends of other shapes, and against broken ones."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from gate.config import SmokeConfig
from gate.smoke import workflow
from gate.smoke.contract import STEPS, Contract
from gate.smoke.exchange import Category
from gate.smoke.step import Output, Ran, Seen, Step
from gate.smoke.upstream import from_ledger
from gate.smoke.workflow import Workflow
from gate.standin.http import Answer, Request, json_answer
from tests.smoke.backends import A, Store, served


def walk(
    store: Store, *names: str, seconds: float = 20.0, job: str = "", said: SmokeConfig | None = None
) -> list[Step]:
    ends = time.monotonic() + seconds
    notes: list[str] = []
    with served(store) as target:
        one = Workflow(
            Contract(said or SmokeConfig()),
            target,
            lambda: ends - time.monotonic(),
            lambda what, _why: notes.append(what),
            job,
        )
        return list(one.walk(names or tuple(STEPS)))


def test_a_backend_that_works_behind_the_scenes_passes_all_steps() -> None:
    steps = walk(Store(polls=3))

    assert list(STEPS) == [step.name for step in steps]
    assert [step.failure for step in steps] == [None] * 7
    assert (
        Ran("job-1", again=False, status="succeeded", price=1, spent=1, predictions=1, kind="restore")
        == steps[3].learnt
    )
    assert (
        Ran("job-1", again=True, status="succeeded", price=1, spent=0, predictions=0, kind="restore") == steps[4].learnt
    )
    assert Output("outputs/user-a/job-1.png", "outputs/user-a/", "not looked at") == steps[5].learnt
    assert Seen("job-1", listed=False, opened=False, output=None) == steps[6].learnt


def test_every_request_is_in_the_trace_with_its_time() -> None:
    store = Store()
    steps = walk(store)
    traced = [f"{one.method} {one.path}" for step in steps for one in step.exchanges]

    assert store.seen == traced
    assert all(one.seconds > 0 for step in steps for one in step.exchanges)


def test_every_step_tells_what_it_took() -> None:
    store = Store()
    with served(store) as target:
        shown = {"id": "p1", "status": "succeeded", "metrics": {"predict_time": 0.25}}
        timed = replace(target, upstream=from_ledger(lambda _job: frozenset(store.predictions), lambda _one: shown))
        one = Workflow(Contract(SmokeConfig()), timed, lambda: 20.0, lambda _what, _why: None)
        rows = {step.name: step.row() for step in one.walk(tuple(STEPS))}
    took = ("credits", "predictions", "predict_time")

    assert [rows["run"][key] for key in took] == [1, 1, 0.25]
    assert [rows["rerun"][key] for key in took] == [0, 0, None]
    assert [rows["create"][key] for key in took] == [None] * 3
    assert [len(row["trace"]) for row in rows.values()] == [row["attempts"] for row in rows.values()]
    begun = [row["began"] for row in rows.values()]
    assert begun[0] == 0.0
    assert begun == sorted(begun)
    assert rows["isolation"]["began"] >= sum(row["seconds"] for row in list(rows.values())[:-1]) - 0.01
    assert rows["run"]["waited"] <= rows["run"]["seconds"]


def test_a_named_job_is_looked_at_and_not_made_again() -> None:
    store = Store(job={"id": "job-1", "status": "succeeded", "output_path": "outputs/user-a/x.png"})
    steps = walk(store, "bootstrap", "create", "isolation", job="job-1")

    assert "POST /api/jobs" not in store.seen
    assert Seen("job-1", listed=False, opened=False, output=None) == steps[-1].learnt


def answers(status: int, body: object = None) -> Callable[[Request], Answer]:
    return lambda _request: json_answer(status, body if body is not None else {"detail": "in words"})


@pytest.mark.parametrize(
    ("route", "answer", "step", "category", "words"),
    [
        ("POST /api/profile/bootstrap", answers(401), "bootstrap", Category.AUTHENTICATION, "TOKEN_A"),
        ("POST /api/profile/bootstrap", answers(404), "bootstrap", Category.CONFIGURATION, "contract"),
        ("POST /api/profile/bootstrap", answers(500), "bootstrap", Category.PROCESSING, "in words"),
        ("POST /api/profile/bootstrap", answers(302), "bootstrap", Category.PROCESSING, "302"),
        ("POST /api/jobs", answers(422), "create", Category.CONFIGURATION, "uploads/user-a/in.png"),
        ("POST /api/jobs", answers(201, {}), "create", Category.PROCESSING, "without an `id`"),
        ("POST /api/jobs", lambda _r: Answer(201, b"<html>"), "create", Category.PROCESSING, "without an `id`"),
        ("POST /api/jobs", lambda _r: Answer(200, delivery="drop"), "create", Category.CONNECTIVITY, "cannot reach"),
        ("POST /api/jobs/job-1/run", answers(402), "run", Category.CONFIGURATION, "credits"),
        ("POST /api/jobs/job-1/run", answers(503), "run", Category.PROCESSING, "503"),
        ("GET /api/credits", answers(500), "run", Category.PROCESSING, "500"),
        ("GET /api/jobs", answers(200, {"nothing": 1}), "isolation", Category.PROCESSING, "no list"),
        ("GET /api/jobs", answers(200, []), "isolation", Category.PROCESSING, "proves nothing"),
        ("GET /api/jobs", lambda _r: Answer(200, b"[" * 100_000), "isolation", Category.PROCESSING, "no list"),
        (
            "GET /api/jobs",
            lambda _r: Answer(200, b"[" + b'"x",' * (1 << 20)),
            "isolation",
            Category.CONNECTIVITY,
            "usable",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_step_that_cannot_go_on_says_why_and_is_the_last(
    route: str, answer: Callable[[Request], Answer], step: str, category: Category, words: str
) -> None:
    last = walk(Store(instead={route: answer}))[-1]

    assert step == last.name
    assert last.failure is not None
    assert category is last.failure.category
    assert words in str(last.failure)


def test_a_job_that_never_ends_is_given_up_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "PAUSE", 0.05)
    last = walk(Store(polls=10**6), seconds=1.5)[-1]

    assert last.name == "run"
    assert last.failure is not None
    assert "still 'processing'" in str(last.failure)


def test_the_steps_behind_a_failed_job_are_not_walked() -> None:
    failed = answers(200, {"id": "job-1", "status": "failed"})
    steps = walk(Store(instead={"POST /api/jobs/job-1/run": failed}))

    assert steps[-1].name == "run"
    assert isinstance(steps[-1].learnt, Ran)
    assert steps[-1].learnt.status == "failed"


def test_a_backend_without_a_balance_leaves_the_charge_unjudged() -> None:
    step = walk(Store(instead={"GET /api/credits": answers(404)}))[3]

    assert isinstance(step.learnt, Ran)
    assert step.learnt.spent is None


def test_b_s_token_is_used_for_b_alone() -> None:
    store = Store()
    asked: list[tuple[str, bool]] = []
    sound = store.answer

    def listening(request: Request) -> Answer:
        asked.append((f"{request.method} {request.path}", request.headers["authorization"] == f"Bearer {A}"))
        return sound(request)

    store.answer = listening  # type: ignore[method-assign]
    walk(store)

    assert [(what, by_a) for what, by_a in asked if not by_a] == [
        ("POST /api/profile/bootstrap", False),
        ("GET /api/jobs", False),
        ("GET /api/jobs/job-1", False),
    ]


OTHERS = SmokeConfig(
    bootstrap="PUT /v1/me",
    credits="GET /v1/me/wallet",
    create="POST /v1/renders",
    run="POST /v1/renders/{id}/start",
    show="GET /v1/renders/{id}",
    list="GET /v1/renders?limit=100",
    kind="portrait",
    prices={"portrait": 3},
    succeeded=("READY",),
    failed=("FAILED",),
    fields={"kind": "type", "input": "source", "id": "uid", "output": "result.path", "balance": "wallet.coins"},
)


def test_a_backend_with_other_routes_fields_and_words() -> None:
    job: dict[str, object] = {"uid": "r 1", "status": "WAITING"}
    wallet = {"coins": 9}

    def start(_request: Request) -> Answer:
        if job["status"] != "READY":
            wallet["coins"] -= 3
        job.update(status="READY", result={"path": "outputs/user-a/x.png"})
        return json_answer(200, job)

    def listing(request: Request) -> Answer:
        mine = request.headers["authorization"] == f"Bearer {A}" and request.asked("limit") == "100"
        return json_answer(200, {"items": [job] if mine else []})

    def show(request: Request) -> Answer:
        mine = request.headers["authorization"] == f"Bearer {A}"
        return json_answer(200, job) if mine else json_answer(404, {})

    def create(request: Request) -> Answer:
        assert request.json() == {"type": "portrait", "source": "uploads/user-a/in.png"}
        return json_answer(201, job)

    instead = {
        "PUT /v1/me": answers(200, {}),
        "GET /v1/me/wallet": lambda _request: json_answer(200, {"wallet": wallet}),
        "POST /v1/renders": create,
        "POST /v1/renders/r 1/start": start,
        "GET /v1/renders/r 1": show,
        "GET /v1/renders": listing,
    }
    steps = walk(Store(instead=instead, predictions={"p"}), said=OTHERS)

    assert [(step.name, step.failure) for step in steps] == [(name, None) for name in STEPS]
    assert isinstance(steps[3].learnt, Ran)
    assert (steps[3].learnt.status, steps[3].learnt.spent, steps[3].learnt.price) == ("succeeded", 3, 3)
    assert Output("outputs/user-a/x.png", "outputs/user-a/", "not looked at") == steps[5].learnt
