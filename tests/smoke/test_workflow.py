"""The seven steps against backends of other shapes, and against broken ones."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.config import Config
from gate.smoke import workflow
from gate.smoke.contract import STEPS
from gate.smoke.exchange import Category
from gate.smoke.step import Output, Ran, Seen, Step
from gate.smoke.workflow import Workflow
from gate.standin.http import Answer, Request, json_answer
from tests.smoke.backends import A, Store, served


def walk(store: Store, tmp_path: Path, *names: str, seconds: float = 20.0, job: str = "") -> list[Step]:
    ends = time.monotonic() + seconds
    notes: list[str] = []
    with served(store) as target:
        one = Workflow(
            Config(tmp_path), target, lambda: ends - time.monotonic(), lambda what, _why: notes.append(what), job
        )
        return list(one.walk(names or tuple(STEPS)))


def test_a_backend_that_works_behind_the_scenes_passes_all_steps(tmp_path: Path) -> None:
    steps = walk(Store(polls=3), tmp_path)

    assert list(STEPS) == [step.name for step in steps]
    assert [step.failure for step in steps] == [None] * 7
    assert Ran("job-1", again=False, status="succeeded", price=1, spent=1, predictions=1) == steps[3].learnt
    assert Ran("job-1", again=True, status="succeeded", price=1, spent=0, predictions=0) == steps[4].learnt
    assert Output("outputs/user-a/job-1.png", "outputs/user-a/", "not looked at") == steps[5].learnt
    assert Seen("job-1", listed=False, opened=False, output=None) == steps[6].learnt


def test_every_request_is_in_the_trace_with_its_time(tmp_path: Path) -> None:
    store = Store()
    steps = walk(store, tmp_path)
    traced = [f"{one.method} {one.path}" for step in steps for one in step.exchanges]

    assert store.seen == traced
    assert all(one.seconds > 0 for step in steps for one in step.exchanges)


def test_a_named_job_is_looked_at_and_not_made_again(tmp_path: Path) -> None:
    store = Store(job={"id": "job-1", "status": "succeeded", "output_path": "outputs/user-a/x.png"})
    steps = walk(store, tmp_path, "bootstrap", "create", "isolation", job="job-1")

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
    tmp_path: Path, route: str, answer: Callable[[Request], Answer], step: str, category: Category, words: str
) -> None:
    last = walk(Store(instead={route: answer}), tmp_path)[-1]

    assert step == last.name
    assert last.failure is not None
    assert category is last.failure.category
    assert words in str(last.failure)


def test_a_job_that_never_ends_is_given_up_with_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "PAUSE", 0.05)
    last = walk(Store(polls=10**6), tmp_path, seconds=1.5)[-1]

    assert last.name == "run"
    assert last.failure is not None
    assert "still 'processing'" in str(last.failure)


def test_the_steps_behind_a_failed_job_are_not_walked(tmp_path: Path) -> None:
    failed = answers(200, {"id": "job-1", "status": "failed"})
    steps = walk(Store(instead={"POST /api/jobs/job-1/run": failed}), tmp_path)

    assert steps[-1].name == "run"
    assert isinstance(steps[-1].learnt, Ran)
    assert steps[-1].learnt.status == "failed"


def test_a_backend_without_a_balance_leaves_the_charge_unjudged(tmp_path: Path) -> None:
    step = walk(Store(instead={"GET /api/credits": answers(404)}), tmp_path)[3]

    assert isinstance(step.learnt, Ran)
    assert step.learnt.spent is None


def test_b_s_token_is_used_for_b_alone(tmp_path: Path) -> None:
    store = Store()
    asked: list[tuple[str, bool]] = []
    sound = store.answer

    def listening(request: Request) -> Answer:
        asked.append((f"{request.method} {request.path}", request.headers["authorization"] == f"Bearer {A}"))
        return sound(request)

    store.answer = listening  # type: ignore[method-assign]
    walk(store, tmp_path)

    assert [(what, by_a) for what, by_a in asked if not by_a] == [
        ("POST /api/profile/bootstrap", False),
        ("GET /api/jobs", False),
        ("GET /api/jobs/job-1", False),
    ]
