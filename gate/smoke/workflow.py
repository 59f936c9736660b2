"""The seven steps: each asks the backend, learns something, and says so; the rules judge what was learnt."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gate.config import Config
from gate.smoke import contract
from gate.smoke.caller import Caller
from gate.smoke.contract import CREDITS, ENDED, JOBS, SUCCEEDED, balance_of, id_of, job_of, jobs_of, output_of
from gate.smoke.exchange import Actor, Category, StepFailed, refused
from gate.smoke.picture import is_picture
from gate.smoke.step import Content, Nothing, Output, Ran, Seen, Step
from gate.smoke.target import Target, users

PAUSE = 0.5  # seconds between two looks at a job that is being worked on


@dataclass(slots=True)
class Workflow:
    """One journey through the steps. `remaining` gives the seconds left; `unjudged` notes what could not be looked at."""

    config: Config
    target: Target
    remaining: Callable[[], float]
    unjudged: Callable[[str, str], None]
    job: str = ""
    caller: Caller = field(init=False)
    users: dict[Actor, str] = field(default_factory=dict)
    output: str = ""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.caller = Caller(self.target.api, self.target.tokens, lambda: min(120.0, self.remaining()))

    def walk(self, names: Sequence[str], progress: Callable[[str], None] = lambda _text: None) -> Iterator[Step]:
        """Do these steps in order; the first that cannot go on is the last."""
        for name in names:
            progress(f"{name}: {contract.STEPS[name]}")
            began = time.monotonic()
            learnt: object = Nothing()
            failure = None
            try:
                learnt = getattr(self, f"_{name}")()
            except StepFailed as problem:
                failure = problem
            yield Step(name, self.caller.taken(), time.monotonic() - began, learnt, failure)
            if failure or (isinstance(learnt, Ran) and learnt.status not in SUCCEEDED):
                return

    # -- the steps ------------------------------------------------------------------------------------------------
    def _bootstrap(self) -> Nothing:
        named: dict[Actor, str | None] = {}
        actors: tuple[Actor, ...] = ("A", "B")
        for actor in actors:
            opened = self.caller.ask(actor, "POST", contract.BOOTSTRAP, {})
            if not opened.ok and opened.status != 409:  # 409: there is one already
                raise refused(opened)
            body = opened.body if isinstance(opened.body, Mapping) else {}
            named[actor] = str(body.get("user_id") or body.get("id") or "") or None
        self.users = users(self.target, named)
        return Nothing()

    def _input(self) -> Nothing:
        project = self.target.project
        if project is None:
            self.unjudged("the input", "SUPABASE_URL and SUPABASE_ANON_KEY are not set: the run itself has to show it")
            return Nothing()
        if project.read(self.input_path, self.target.tokens["A"]) is None:
            bucket, _, name = self.input_path.partition("/")
            what = f"{self.input_path} does not exist, or A cannot read it"
            remedy = f"sign in as A and upload a picture as {name!r} into the bucket {bucket!r}"
            raise StepFailed(Category.CONFIGURATION, what, remedy)
        return Nothing()

    def _create(self) -> Nothing:
        if self.job:  # one was named: it only has to be A's
            self._job()
            return Nothing()
        asked = {"kind": contract.KIND, "input_path": self.input_path}
        made = self.caller.ask("A", "POST", JOBS, asked)
        self.job = id_of(job_of(made.body)) if made.ok else ""
        if not made.ok:
            raise refused(made, f"is {self.input_path} uploaded, and does the backend take `kind` and `input_path`?")
        if not self.job:
            raise StepFailed(Category.PROCESSING, f"{made} answered {made.status} without an `id`")
        return Nothing()

    def _run(self) -> Ran:
        return self._spend(again=False)

    def _rerun(self) -> Ran:
        return self._spend(again=True)

    def _output(self) -> Output:
        self.output = output_of(self._job())
        if not self.output:
            raise StepFailed(Category.PROCESSING, "the job succeeded and names no `output_path`")
        folder = self.config.smoke_output.format(user_id=self.users["A"])
        content: Content = "not looked at"
        if self.output.startswith(folder):
            content = self._content()
        return Output(self.output, folder, content)

    def _isolation(self) -> Seen:
        own = self.caller.ask("A", "GET", JOBS)
        listed = jobs_of(own.body) if own.ok else None
        if listed is None:
            raise (
                refused(own) if not own.ok else StepFailed(Category.PROCESSING, f"{own} answered with no list of jobs")
            )
        if self.job not in {id_of(one) for one in listed}:
            raise StepFailed(Category.PROCESSING, f"{own} does not list A's own job, so B's list proves nothing")
        others = self.caller.ask("B", "GET", JOBS)
        theirs = jobs_of(others.body) if others.ok else None
        if theirs is None:
            raise (
                refused(others) if not others.ok else StepFailed(Category.PROCESSING, f"{others} answered with no list")
            )
        opened = self.caller.ask("B", "GET", f"{JOBS}/{self.job}")
        if opened.status is None or opened.status >= 500:
            raise refused(opened)
        shown = opened.ok and id_of(job_of(opened.body)) == self.job
        self.output = self.output or output_of(self._job())
        return Seen(self.job, self.job in {id_of(one) for one in theirs}, shown, self._others_output())

    # -- what they share ------------------------------------------------------------------------------------------
    @property
    def input_path(self) -> str:
        """Where A's input is, as `bucket/name`."""
        return self.config.smoke_input.format(user_id=self.users["A"])

    def _spend(self, *, again: bool) -> Ran:
        balance = self._balance()
        predictions = self.target.upstream.predictions(self.began, self.job)
        ran = self.caller.ask("A", "POST", f"{JOBS}/{self.job}/run", {})
        if not ran.ok and not (again and ran.status == 409):  # a job that is over may be refused, if it costs nothing
            raise refused(ran)
        job = job_of(ran.body) if ran.ok else {}
        if str(job.get("status", "")) not in ENDED:
            job = self._ended()
        after = self._balance()
        made = self.target.upstream.predictions(self.began, self.job) - predictions
        spent = None if balance is None or after is None else balance - after
        if spent is None and not again:
            self.unjudged("the charge", f"{CREDITS} names no `balance`")
        price = self.config.smoke_prices.get(contract.KIND, 0)
        return Ran(self.job, again, str(job.get("status", "")), price, spent, len(made))

    def _balance(self) -> int | None:
        answer = self.caller.ask("A", "GET", CREDITS)
        if answer.status is None or answer.status == 401 or answer.status >= 500:
            raise refused(answer)
        return balance_of(answer.body) if answer.ok else None

    def _job(self) -> Mapping[str, Any]:
        shown = self.caller.ask("A", "GET", f"{JOBS}/{self.job}")
        if not shown.ok:
            raise refused(shown, f"is {self.job} a job of A?")
        return job_of(shown.body)

    def _ended(self) -> Mapping[str, Any]:
        """The job once it has ended, for backends that work behind the scenes."""
        while True:
            job = self._job()
            if str(job.get("status", "")) in ENDED:
                return job
            if self.remaining() < PAUSE:
                words = f"job {self.job} is still {job.get('status')!r} and there is no time left"
                raise StepFailed(Category.PROCESSING, words)
            time.sleep(PAUSE)

    def _content(self) -> Content:
        project = self.target.project
        if project is None:
            self.unjudged("the output's content", "SUPABASE_URL and SUPABASE_ANON_KEY are not set")
            return "not looked at"
        made = project.read(self.output, self.target.tokens["A"])
        if made is None:
            return "not readable"
        if not is_picture(made):
            return "no picture"
        return "same as the input" if made == project.read(self.input_path, self.target.tokens["A"]) else "picture"

    def _others_output(self) -> bool | None:
        """Whether B, or anybody at all, gets A's output from storage."""
        project = self.target.project
        if project is None or not self.output:
            self.unjudged("B's access to A's output", "SUPABASE_URL and SUPABASE_ANON_KEY are not set")
            return None
        tokens = (self.target.tokens["B"], None)
        return any(project.read(self.output, token) is not None for token in tokens)
