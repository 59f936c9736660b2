"""The smoke: the seven steps walked against a backend, real or rehearsed, and rules put to each."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from gate.check import Context
from gate.config import Config, load_config
from gate.errors import Incomplete
from gate.page import Example
from gate.smoke.afterwards import Memory, Spent
from gate.smoke.budget import NAMED_NONE, Budget, plan_of, spent_by
from gate.smoke.contract import STEPS, SUCCEEDED, Contract
from gate.smoke.exchange import Category, StepFailed
from gate.smoke.lab import Lab
from gate.smoke.preflight import preflight
from gate.smoke.probes import CHAINS, Chains
from gate.smoke.probes.probe import Cost, Probe, total
from gate.smoke.probes.retries import RETRIES
from gate.smoke.probing import Probed, afterwards, put
from gate.smoke.step import Ran, Step
from gate.smoke.target import Somebody, Target, running_target
from gate.smoke.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Smoke:
    """The check `smoke`. `steps` are walked in order; `job` is one that exists already, instead of a new one.

    `chains` are the probes that follow when all steps could be walked. `budget` is what the steps may spend.
    """

    name: str = "smoke"
    summary: str = "drives the backend's job API end to end, as two users"
    rules_package: str = "gate.smoke.rules"
    steps: tuple[str, ...] = tuple(STEPS)
    job: str = ""
    chains: Chains = CHAINS
    budget: Budget = NAMED_NONE

    def subjects(self, context: Context) -> Iterator[Step]:
        """The steps, one after the other, as they go."""
        with self._target(context) as target:
            self._announce(context, target)
            yield from self._walk(context, target)

    def example(self, example: Example) -> Iterator[Step]:
        """The demo backend with the defect that the block names, walked through once; there is no demo in a wheel."""
        root = Path(__file__).resolve().parents[2]
        defect = example.text.strip()
        defective = ("env", f"DARKROOM_DEFECTS={defect}", *DEFECTIVE)
        with tempfile.TemporaryDirectory() as folder:
            supabase = Path(folder) / "supabase"
            shutil.copytree(root / "demo/supabase", supabase)
            careless = root / "demo/leaky/sql_defects" / f"{defect}.sql"
            if careless.is_file():
                shutil.copy(careless, supabase / "migrations/99999999999999_defect.sql")
            context = Context(_defective(load_config(root), defective, supabase))
            try:
                yield from (RETRY if defect.startswith("retry-") else SMOKE).subjects(context)
            finally:
                context.close()

    def _target(self, context: Context) -> AbstractContextManager[Target]:
        if not context.config.smoke.rehearse:
            try:
                return nullcontext(running_target(context.config))
            except StepFailed as problem:
                raise Incomplete(f"before anything was asked: {problem.category}: {problem}") from None
        # Only a rehearsal needs the server and the stand-ins.
        from gate.smoke.rehearsal import rehearsal

        return rehearsal(context)

    def _announce(self, context: Context, target: Target) -> None:
        """Say what may be spent before it is spent, and look at what can be looked at before."""
        ceiling = str(plan_of(self.steps, context.config.smoke))
        context.progress(f"{target.kind} backend; a sound one spends {ceiling}")
        context.record("ceiling", ceiling)
        if self.chains and target.stage:
            most = self._ceiling(context)
            context.progress(f"the probes: a sound backend spends at most {most}, none of it real")
            context.record("probes_ceiling", most._asdict())
        context.record("target", "rehearsal" if target.kind == "rehearsal" else "unproven")
        context.record("upstream", target.upstream.name)
        try:
            if target.kind == "running":
                preflight(target, Contract(context.config.smoke), context.remaining(), context.unjudged)
        except StepFailed as problem:
            raise Incomplete(f"before anything was asked: {problem.category}: {problem}") from None

    def _ceiling(self, context: Context) -> Cost:
        """What a sound backend spends on the probes at most."""
        return total([probe.cost(context.config.smoke) for probes in self.chains for probe in probes])

    def _walk(self, context: Context, target: Target) -> Iterator[Step]:
        workflow = Workflow(Contract(context.config.smoke), target, context.remaining, context.unjudged, job=self.job)
        plan = plan_of(self.steps, context.config.smoke)
        # A rehearsal spends nothing real: there a backend that charges too much is a finding, and is asked on.
        budget = self.budget if target.stage else self.budget.or_else(plan)
        rows: list[dict[str, Any]] = []
        walked: list[Step] = []
        for step in workflow.walk(self.steps, context.progress):
            walked.append(step)
            rows.append(step.row())
            context.record("steps", [*rows, *_not_reached(self.steps[len(rows) :])])
            context.examined(len(step.exchanges))
            if step.failure or (isinstance(step.learnt, Ran) and step.learnt.status != SUCCEEDED):
                _keep_log(context, target)
            _conclude(context, target, step)
            yield step
            if step.failure and step.failure.category is not Category.PROCESSING:
                raise Incomplete(f"{step.name}: {step.failure.category}: {step.failure}")
            budget.guard(step.name, spent_by(walked))
        for name in self.steps[len(rows) :]:
            context.unjudged(name, "not reached, because the step before it failed")
        context.record(
            "summary",
            f"{len(rows)} of {len(STEPS)} steps, {target.kind} backend, predictions by {target.upstream.name}",
        )
        context.record("gaps", list(dict.fromkeys(workflow.gaps)))
        if self.chains and len(rows) == len(self.steps):
            yield from self._probe(context, target, workflow)

    def _probe(self, context: Context, target: Target, workflow: Workflow) -> Iterator[Step]:
        """What is tried beyond the seven steps, as far as there is a stage for it; then a last look at everybody."""
        rows: list[dict[str, Any]] = []
        memories = [Memory("rerun", "A", *workflow.left, look=workflow.standing)] if workflow.left else []
        named = [*workflow.users.values(), workflow.job or "-"]

        def count() -> Iterator[Spent]:
            found = target.upstream.predictions(workflow.began, named)
            if target.stage and found.named:
                most = self._ceiling(context).predictions + ("run" in self.steps)
                yield Spent(len(found.every), most, len(found.every - found.named))

        for probed in chain(self._probed(context, target, workflow), _last(memories, count)):
            rows.append(probed.row)
            memories += probed.memories
            named += probed.named
            for what, why in probed.notes:
                context.unjudged(what, why)
            context.record("probes", list(rows))
            context.examined(len(probed.steps))
            yield from probed.steps
        context.record("summary", f"{context.evidence['summary']}; {len(rows)} probes")
        untold = [f"{row['probe']} ({row['problem']})" for row in rows if row["status"] == "cannot tell"]
        if untold:
            _keep_log(context, target)
            raise Incomplete(f"probes that cannot tell: {'; '.join(untold)}")

    def _probed(self, context: Context, target: Target, workflow: Workflow) -> Iterator[Probed]:
        chains = self.chains if target.stage else tuple(_anywhere(context, self.chains))
        users = {actor: Somebody(user, target.tokens[actor]) for actor, user in workflow.users.items()}
        caller = workflow.caller
        lab = Lab(
            workflow.contract, target, target.stage, caller, users["A"], users["B"], context.remaining, workflow.began
        )
        yield from put(chains, lab, context.progress)


def _anywhere(context: Context, chains: Chains) -> Iterator[tuple[Probe, ...]]:
    """The probes that a running backend can be asked; the others are said to be left to the rehearsal."""
    for probes in chains:
        for one in probes:
            if not one.anywhere:
                why = f"left to a rehearsal, which has users, faults and credits of its own ({one.cost(context.config.smoke)})"
                context.unjudged(f"the probe {one.name}", why)
        yield tuple(one for one in probes if one.anywhere)


def _last(memories: list[Memory], count: Callable[[], Iterator[Spent]]) -> Iterator[Probed]:
    """The last look, made when the probes before it have left their memories."""
    if memories:
        yield afterwards(memories, count)


DEFECTIVE = ("python", "-m", "uvicorn", "--factory", "demo.leaky.app:app", "--host", "127.0.0.1", "--port", "{port}")


def _defective(config: Config, start: tuple[str, ...], supabase: Path) -> Config:
    return replace(config, supabase=str(supabase), smoke=replace(config.smoke, start=start))


def _keep_log(context: Context, target: Target) -> None:
    """The backend's last words, for the report; of one that ran already, nothing is known."""
    context.record("log", target.log())


def _conclude(context: Context, target: Target, step: Step) -> None:
    """A run is real when Replicate itself lists its prediction, and not because somebody says so."""
    if target.upstream.real and isinstance(step.learnt, Ran) and step.learnt.predictions and not step.learnt.again:
        context.record("target", "real")
    if isinstance(step.learnt, Ran):
        name = "rerun" if step.learnt.again else "run"
        context.record(name, {"credits": step.learnt.spent, "predictions": step.learnt.predictions})


def _not_reached(names: tuple[str, ...]) -> list[dict[str, Any]]:
    empty = {"status": "not reached", "seconds": 0.0, "category": None, "problem": None, "trace": []}
    return [{"step": name, **empty} for name in names]


SMOKE = Smoke()
RETRY = Smoke(steps=("bootstrap", "input"), chains=RETRIES)
