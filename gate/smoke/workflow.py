"""The seven steps: each asks the backend, learns something, and says so; the rules judge what was learnt."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gate.smoke.caller import Caller
from gate.smoke.contract import STEPS, SUCCEEDED, Contract
from gate.smoke.exchange import Actor, Category, Exchange, StepFailed, refused
from gate.smoke.picture import is_picture
from gate.smoke.step import Content, Nothing, Output, Ran, Seen, Step
from gate.smoke.target import Target, users
from gate.smoke.upstream import Found

PAUSE = 0.5  # seconds between two looks at a job that is being worked on


@dataclass(slots=True)
class Workflow:
    """One journey through the steps. `remaining` gives the seconds left; `unjudged` notes what could not be looked at."""

    contract: Contract
    target: Target
    remaining: Callable[[], float]
    unjudged: Callable[[str, str], None]
    job: str = ""
    caller: Caller = field(init=False)
    users: dict[Actor, str] = field(default_factory=dict)
    output: str = ""
    gaps: list[str] = field(default_factory=list)
    left: tuple[int | None, int] | None = None  # A's balance and predictions after the last run
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.caller = Caller(self.target.api, self.target.tokens, lambda: min(120.0, self.remaining()))

    def walk(self, names: Sequence[str], progress: Callable[[str], None] = lambda _text: None) -> Iterator[Step]:
        """Do these steps in order; the first that cannot go on is the last."""
        start = time.monotonic()
        for name in names:
            progress(f"{name}: {STEPS[name]}")
            began = time.monotonic()
            learnt: object = Nothing()
            failure = None
            try:
                learnt = getattr(self, f"_{name}")()
            except StepFailed as problem:
                failure = problem
            yield Step(name, self.caller.taken(), time.monotonic() - began, learnt, failure, began - start)
            if failure or (isinstance(learnt, Ran) and learnt.status != SUCCEEDED):
                return

    # -- the steps ------------------------------------------------------------------------------------------------
    def _bootstrap(self) -> Nothing:
        named: dict[Actor, str | None] = {}
        actors: tuple[Actor, ...] = ("A", "B")
        for actor in actors:
            opened = self._ask(actor, "bootstrap", body={})
            if not opened.ok and opened.status != 409:  # 409: there is one already
                raise refused(opened)
            named[actor] = self.contract.user(opened.body) or None
        self.users = users(self.target, named)
        return Nothing()

    def _input(self) -> Nothing:
        project = self.target.project
        if project is None:
            self._gap("the input", "SUPABASE_URL and SUPABASE_ANON_KEY are not set: the run itself has to show it")
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
        asked = self.contract.new_job(self.contract.said.kind, self.input_path)
        made = self._ask("A", "create", body=asked)
        self.job = self.contract.id(self.contract.job(made.body)) if made.ok else ""
        if not made.ok:
            names = " and ".join(f"`{name}`" for name in asked)
            raise refused(made, f"is {self.input_path} uploaded, and does the backend take {names}?")
        if not self.job:
            raise StepFailed(Category.PROCESSING, f"{made} answered {made.status} without an `id`")
        return Nothing()

    def _run(self) -> Ran:
        return self._spend(again=False)

    def _rerun(self) -> Ran:
        return self._spend(again=True)

    def _output(self) -> Output:
        self.output = self.contract.output(self._job())
        if not self.output:
            raise StepFailed(Category.PROCESSING, "the job succeeded and names no `output_path`")
        folder = self.contract.said.output.format(user_id=self.users["A"])
        content: Content = "not looked at"
        if self.output.startswith(folder):
            content = self._content()
        return Output(self.output, folder, content)

    def _isolation(self) -> Seen:
        own = self._ask("A", "list")
        listed = self.contract.jobs(own.body) if own.ok else None
        if listed is None:
            raise (
                refused(own) if not own.ok else StepFailed(Category.PROCESSING, f"{own} answered with no list of jobs")
            )
        if self.job not in listed:
            raise StepFailed(Category.PROCESSING, f"{own} does not list A's own job, so B's list proves nothing")
        others = self._ask("B", "list")
        theirs = self.contract.jobs(others.body) if others.ok else None
        if theirs is None:
            raise (
                refused(others) if not others.ok else StepFailed(Category.PROCESSING, f"{others} answered with no list")
            )
        opened = self._ask("B", "show", self.job)
        if opened.status is None or opened.status >= 500:
            raise refused(opened)
        shown = opened.ok and self.contract.id(self.contract.job(opened.body)) == self.job
        self.output = self.output or self.contract.output(self._job())
        return Seen(self.job, self.job in theirs, shown, self._others_output())

    # -- what they share ------------------------------------------------------------------------------------------
    def _ask(self, actor: Actor, name: str, job: str = "", body: Mapping[str, Any] | None = None) -> Exchange:
        """A request of the contract as A or B."""
        return self.caller.ask(actor, *self.contract.route(name, job), body)

    @property
    def input_path(self) -> str:
        """Where A's input is, as `bucket/name`."""
        return self.contract.input_of(self.users["A"])

    def _spend(self, *, again: bool) -> Ran:
        balance = self._balance()
        before = self._predictions()
        asked = self._ask("A", "run", self.job, {})
        if not asked.ok and not (
            again and asked.status == 409
        ):  # a job that is over may be refused, if it costs nothing
            raise refused(asked)
        job = self.contract.job(asked.body) if asked.ok else {}
        if not self.contract.ended(job):
            job = self._ended()
        after = self._balance()
        found = self._predictions()
        made = found.since(before)
        self.left = after, len(found.named)
        if made is None:
            self._gap("the predictions", "several were made meanwhile, and no input names the job or its user")
        spent = None if balance is None or after is None else balance - after
        if spent is None and not again:
            self._gap("the charge", f"{self.contract.said.credits} names no balance")
        kind = self.contract.said.kind
        status, price = self.contract.status(job), self.contract.price(kind)
        times = [one for one in map(self.target.upstream.ran, made or ()) if one is not None]
        ran = sum(times) if times else None
        return Ran(self.job, again, status, price, spent, None if made is None else len(made), kind, ran)

    def _gap(self, what: str, why: str) -> None:
        """Something that a real run would have had to show."""
        self.gaps.append(what)
        self.unjudged(what, why)

    def standing(self) -> tuple[int | None, int]:
        """A's balance and number of predictions as they are now."""
        return self._balance(), len(self._predictions().named)

    def _predictions(self) -> Found:
        return self.target.upstream.predictions(self.began, (self.job, self.users["A"]))

    def _balance(self) -> int | None:
        answer = self._ask("A", "credits")
        if answer.status is None or answer.status == 401 or answer.status >= 500:
            raise refused(answer)
        return self.contract.balance(answer.body) if answer.ok else None

    def _job(self) -> Mapping[str, Any]:
        shown = self._ask("A", "show", self.job)
        if not shown.ok:
            raise refused(shown, f"is {self.job} a job of A?")
        return self.contract.job(shown.body)

    def _ended(self) -> Mapping[str, Any]:
        """The job once it has ended, for backends that work behind the scenes."""
        while True:
            job = self._job()
            if self.contract.ended(job):
                return job
            if self.remaining() < PAUSE:
                words = f"job {self.job} is still {self.contract.status(job)!r} and there is no time left"
                raise StepFailed(Category.PROCESSING, words)
            time.sleep(PAUSE)

    def _content(self) -> Content:
        project = self.target.project
        if project is None:
            self._gap("the output's content", "SUPABASE_URL and SUPABASE_ANON_KEY are not set")
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
            self._gap("B's access to A's output", "SUPABASE_URL and SUPABASE_ANON_KEY are not set")
            return None
        tokens = (self.target.tokens["B"], None)
        return any(project.read(self.output, token) is not None for token in tokens)
