"""`gate smoke`: one subcommand per step of the workflow, and `run-all` for all of them in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gate import options
from gate.check import Check
from gate.config import Config
from gate.errors import ConfigError
from gate.options import CONTEXT, EXITS
from gate.smoke.contract import STEPS

if TYPE_CHECKING:
    from gate.smoke.check import Smoke

BEFORE: Mapping[str, tuple[str, ...]] = {
    "bootstrap": (),
    "input": ("bootstrap",),
    "create": ("bootstrap", "input"),
    "run": ("bootstrap", "input", "create"),
    "rerun": ("bootstrap", "input", "create", "run"),
    "output": ("bootstrap", "input", "create", "run"),
    "isolation": ("bootstrap", "input", "create", "run"),
}


class InOrder(click.Group):
    """Lists its commands as they were written down: the steps in the order in which they are walked."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, first `run-all`."""
        return list(self.commands)


@click.group(cls=InOrder, context_settings=CONTEXT, epilog=EXITS)
def smoke() -> None:
    """Drive the backend's job API end to end, as two users.

    Against a running backend it needs MODEL_PROVIDER=replicate, REPLICATE_API_TOKEN, TOKEN_A and TOKEN_B, and takes API
    (default: http://localhost:8000). With SUPABASE_URL and SUPABASE_ANON_KEY it looks at the files as well.

    \b
    Examples:
      gate smoke run-all --rehearse        start everything on stand-ins, spend nothing
      TOKEN_A=... TOKEN_B=... gate smoke run-all
      gate smoke isolation --job 0b5e...   one step, with a job that exists already
    """


def _options(function: Callable[..., int]) -> Callable[..., int]:
    """What every step takes."""
    rehearse = click.option(
        "--rehearse",
        is_flag=True,
        help="Start the backend on an embedded Postgres and on stand-ins; nothing is spent.",
    )
    return options.root(rehearse(options.report(function)))


def _ceilings(function: Callable[..., int]) -> Callable[..., int]:
    """What every command takes that spends something."""
    default = "Default: what the steps need of a running backend; none in a rehearsal."
    number = click.IntRange(min=0)
    for noun in ("predictions", "credits"):
        words = f"Refuse steps that need more {noun}, and stop after one that has spent more. {default}"
        function = click.option(f"--max-{noun}", type=number, metavar="N", help=words)(function)
    return function


@smoke.command("run-all", epilog=EXITS)
@_options
@_ceilings
def run_all(
    root: Path,
    rehearse: bool,  # noqa: FBT001 - click passes flags so
    reports: Sequence[str],
    max_credits: int | None,
    max_predictions: int | None,
) -> int:
    """All seven steps, in order; MODEL SMOKE OK when all of them hold.

    \b
    Examples:
      gate smoke run-all --rehearse
      gate smoke run-all --report json:smoke.json
      gate smoke run-all --max-credits 1 --max-predictions 1
    """
    from gate.smoke.budget import Budget
    from gate.smoke.check import SMOKE

    check = replace(SMOKE, budget=Budget(max_credits, max_predictions))
    return _walk(check, root, rehearse=rehearse, reports=reports)


def _step(name: str, summary: str) -> click.Command:
    """The subcommand of one step: what it needs first is done first, or taken from an existing job."""

    def command(
        root: Path,
        rehearse: bool,  # noqa: FBT001 - click's way
        reports: Sequence[str],
        job: str = "",
        max_credits: int | None = None,
        max_predictions: int | None = None,
    ) -> int:
        from gate.smoke.budget import Budget
        from gate.smoke.check import SMOKE

        before = ("bootstrap", "create") if job else BEFORE[name]
        walk = replace(SMOKE, steps=(*before, name), job=job, chains=(), budget=Budget(max_credits, max_predictions))
        return _walk(walk, root, rehearse=rehearse, reports=reports)

    before = ", ".join(BEFORE[name])
    text = f"{summary[0].upper()}{summary[1:]}."
    text += f"\n\nDone first: {before}." if before else ""
    command.__doc__ = f"{text}\n\n\b\nExample:\n  gate smoke {name} --rehearse"
    if "create" in BEFORE[name]:
        option = click.option(
            "--job", default="", metavar="ID", help="A job of A's that exists already, instead of a new one."
        )
        command = _ceilings(option(command))
    return smoke.command(name, epilog=EXITS)(_options(command))


for _name, _summary in STEPS.items():
    _step(_name, _summary)


@smoke.command("retry", epilog=EXITS)
@options.root
@options.report
def retry(root: Path, reports: Sequence[str]) -> int:
    """Judge how the backend retries, in a rehearsal: every fault of the provider, its tries and its waits.

    It takes about 20 seconds, because the waits are real: 1, 2, 4 and 8 seconds.

    \b
    Example:
      gate smoke retry
    """
    from gate.smoke.check import RETRY

    return _walk(RETRY, root, rehearse=True, reports=reports)


@smoke.command("describe")
@options.root
@click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
def describe(root: Path, as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Show what will be asked of the backend, and ask nothing.

    \b
    Example:
      gate smoke describe
    """
    from gate.config import load_config
    from gate.smoke.describe import describe as plan

    click.echo(plan(load_config(root).smoke, as_json=as_json))
    return 0


def _walk(check: "Smoke", root: Path, *, rehearse: bool, reports: Sequence[str]) -> int:
    from gate.smoke.budget import plan_of
    from gate.smoke.target import require

    def adjusted(config: Config) -> tuple[Config, Mapping[str, Check]]:
        config = replace(config, smoke=replace(config.smoke, rehearse=config.smoke.rehearse or rehearse))
        if config.smoke.rehearse and not config.smoke.start:
            raise ConfigError("a rehearsal has to start the backend: set `start` in [tool.gate.smoke] to its command")
        if not config.smoke.rehearse:
            require()  # what is missing is a problem of usage, said before anything starts
        check.budget.allow(plan_of(check.steps, config.smoke))
        return config, {"smoke": check}

    # How a check is run and reported is the root command's business; it stands above this package.
    judge: Callable[..., int] = click.get_current_context().obj
    return judge(("smoke",), root, reports, adjust=adjusted)
