"""The command line: parse, call, print, exit. It decides nothing about findings."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any

import click

from gate import completion, options
from gate.errors import ENDING, GateError, Interrupted, UsageError, bug_words
from gate.options import CONTEXT, EXITS


class LateGroup(click.Group):
    """A group some of whose commands load their modules only when asked for."""

    late = {  # noqa: RUF012 - written down once, never changed
        "smoke": ("gate.smoke.cli", "smoke", "Drive the backend's job API end to end, as two users."),
        "standin": ("gate.standin.cli", "standin", "Run a loopback stand-in by itself."),
        "init": ("gate.init.cli", "init", "Set a project up: configuration, nox session, ignored files, pipeline."),
        "keygen": ("gate.certificate.cli", "keygen", "Make a pair of keys to sign certificates with."),
        "certify": ("gate.certificate.cli", "certify", "Sign what a run said, for the hook that lets a release pass."),
        "verify": ("gate.certificate.cli", "verify", "Say whether a certificate lets this release pass."),
    }

    sections = {  # noqa: RUF012
        "Set up": ("init", "doctor", "accept", "baseline"),
        "Judge": ("run", "audit", "scan", "rls", "smoke"),
        "Read": ("explain", "rules"),
        "Several machines": ("plan", "merge"),
        "Release": ("certify", "verify", "keygen"),
        "Stand-ins": ("standin",),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it over
        """Every command, in reading order."""
        return [name for names in self.sections.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a late command; the others are here already."""
        if cmd_name not in self.late:
            return super().get_command(ctx, cmd_name)
        import importlib

        module, name, _ = self.late[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List late commands by their written-down summary, so that --help loads nothing heavy."""
        short = {name: command.get_short_help_str(100) for name, command in self.commands.items()}
        short |= {name: summary for name, (_, _, summary) in self.late.items()}
        for title, names in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:8}", short[name]) for name in names])


@click.group(cls=LateGroup, context_settings=CONTEXT, epilog=EXITS)
@click.version_option(package_name="supagate", prog_name="gate", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """May this build ship? One answer, every reason.

    \b
    Examples:
      gate run                          judge the project in this folder
      gate run --report json:gate.json  the same, and keep the machine's report
      gate audit --root ../app          one check, another project
      gate explain rls-disabled         what a rule means and how to mend it
    """
    context.obj = _judge


def _judging(function: Callable[..., int]) -> Callable[..., int]:
    """The options every judging command has."""
    return options.root(options.report(function))


_from = click.option(
    "--from",
    "held",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The JSON report of a run to take the findings from. Default: run the checks now.",
)


def _newer(function: Callable[..., int]) -> Callable[..., int]:
    """The options that say which migrations are new."""
    return options.since(options.applied(function))


@cli.command(epilog=EXITS)
@_judging
@_newer
def run(root: Path, reports: Sequence[str], since: str | None, applied: Path | None) -> int:
    """Run every check side by side and give one verdict.

    \b
    Examples:
      gate run
      gate run --since origin/main
      gate run --root app --report terminal --report json:build/gate.json
    """
    names = ("audit", "scan", "rls", "smoke")
    return _judge(names, root, reports, whole=True, adjust=_measured(since, applied))


@cli.command(epilog=EXITS)
@_judging
@_newer
def audit(root: Path, reports: Sequence[str], since: str | None, applied: Path | None) -> int:
    """Judge the SQL migrations, without a database.

    What is new is also judged for the data it loses, what it locks, and the protection it takes away.

    \b
    Examples:
      gate audit
      gate audit --since v1.4.0
      psql "$URL" -Atc "select version from supabase_migrations.schema_migrations" > applied.txt
      gate audit --applied applied.txt
    """
    return _judge(("audit",), root, reports, adjust=_measured(since, applied))


def _measured(since: str | None, applied: Path | None) -> Callable[..., Any]:
    """The audit with what is new since then; without either option, as it comes."""
    if since is not None and applied is not None:
        raise UsageError("--since and --applied both say which migrations are new; give one of them")

    def adjusted(config: Any) -> Any:  # noqa: ANN401 - Config, whose module is loaded when it is needed
        if since is None and applied is None:
            return config, {}
        from gate.audit.check import audit_since

        return config, {"audit": audit_since(config, since, applied)}

    return adjusted


@cli.command(epilog=EXITS)
@_judging
@click.option(
    "--artifact",
    type=click.Path(exists=True, resolve_path=True, path_type=Path),
    metavar="DIR|FILE",
    help="Search only this: a bundle, an image or a package about to ship, with all archives in it.",
)
@click.option("--staged", is_flag=True, help="Search only what the next commit would change: for a pre-commit hook.")
@click.option(
    "--since",
    metavar="REV",
    help="Search only the commits that REV does not have; `-` reads what git tells a pre-push hook on stdin.",
)
@click.option(
    "--verify", is_flag=True, help="Ask the addresses of `scan_verify` whether each key that is found still works."
)
def scan(
    root: Path,
    reports: Sequence[str],
    artifact: Path | None,
    staged: bool,  # noqa: FBT001
    since: str | None,
    verify: bool,  # noqa: FBT001
) -> int:
    """Find service-role keys and their kin where they must not be.

    \b
    Examples:
      gate scan
      gate scan --artifact dist/
      gate scan --staged
      gate scan --since origin/main
      gate scan --verify
    """
    if sum((artifact is not None, staged, since is not None)) > 1:
        raise UsageError("--artifact, --staged and --since each say what to search; give one of them")

    def adjusted(config: Any) -> Any:  # noqa: ANN401 - Config, whose module is loaded when it is needed
        from gate.scan.check import Scan
        from gate.scan.newer import scan_newer

        check: Any = scan_newer(config.root, since) if staged or since is not None else Scan(artifact=artifact)
        if verify:
            from gate.scan.verify import verified

            check = verified(check, config)
        return config, {"scan": check}

    return _judge(("scan",), root, reports, adjust=adjusted)


@cli.command(epilog=EXITS)
@_judging
@click.option("--owners", is_flag=True, help="Show whose rows each table holds, and why we think so; attack nothing.")
@click.option("--json", "as_json", is_flag=True, help="With --owners: write JSON to stdout.")
@click.option(
    "--repro",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the SQL that shows each leak to a file in DIR.",
)
@click.option(
    "--mutate", is_flag=True, help="Then weaken each guard in turn and attack again: which of them holds what?"
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --mutate: keep what was learnt there when time runs out, for the next run. Default: in the user's cache.",
)
@click.option("--live", is_flag=True, help="Attack the project that `live_url` names instead, as its users A and B.")
@click.option("--allow-writes", is_flag=True, help="With --live: write as well, and undo each change.")
def rls(
    root: Path,
    reports: Sequence[str],
    owners: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    repro: Path | None,
    mutate: bool,  # noqa: FBT001
    state: Path | None,
    live: bool,  # noqa: FBT001
    allow_writes: bool,  # noqa: FBT001
) -> int:
    """Attack every table, view, function and bucket as a stranger, on an embedded Postgres.

    \b
    Examples:
      gate rls
      gate rls --owners
      gate rls --repro build/leaks
      gate rls --mutate --report json:mutants.json
      SUPABASE_URL=... SUPABASE_ANON_KEY=... TOKEN_A=... TOKEN_B=... gate rls --live
    """
    if as_json and not owners:
        raise UsageError("--json goes with --owners; the machine's report is --report json")
    if owners:
        from gate.config import load_config
        from gate.rls.ownership_map import ownership_map

        click.echo(ownership_map(load_config(root), as_json=as_json))
        return 0
    if state and not mutate:
        raise UsageError("--state goes with --mutate")
    if allow_writes and not live:
        raise UsageError("--allow-writes goes with --live")
    if live and mutate:
        raise UsageError("--live attacks a project as it is; --mutate changes a copy of one's own")
    if live and repro:
        raise UsageError("--repro writes the SQL of leaks in a copy; what --live finds is in the project")
    if live:
        from gate.rls.live.check import live as attack

        return _judge(
            ("rls",), root, reports, adjust=lambda config: (config, {"rls": attack(config, writes=allow_writes)})
        )
    if mutate:
        from gate.rls.mutate.check import Mutate

        check = Mutate(state)
        return _judge(("rls",), root, reports, repro=repro, adjust=lambda config: (config, {"rls": check}))
    return _judge(("rls",), root, reports, repro=repro)


@cli.command(epilog=EXITS)
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|DIR...")
@click.option("--shards", type=click.IntRange(min=1), metavar="N", help="How many reports there must be.")
@_judging
def merge(places: Sequence[Path], shards: int | None, root: Path, reports: Sequence[str]) -> int:
    """Join the JSON reports of several machines into one verdict.

    All must be of the same commit and configuration, and less than a day old. A required check that none of them has makes
    the verdict incomplete.

    \b
    Examples:
      gate merge audit.json scan.json rls.json smoke.json
      gate merge reports/ --shards 4 --report html:gate.html
    """
    from gate.report.merge import merge

    return merge(places, root, reports, shards)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Write the matrix of a GitHub workflow, on one line.")
@options.root
def plan(root: Path, as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Show the jobs into which a run can be split: one per required check.

    Each job's command writes a report; `gate merge` joins them into the verdict, which is incomplete where one is missing.

    \b
    Examples:
      gate plan
      echo "matrix=$(gate plan --json)" >> "$GITHUB_OUTPUT"
    """
    from gate.report.plan import plan

    click.echo(plan(root, as_json=as_json))
    return 0


@cli.command()
@click.argument("check", required=False, shell_complete=completion.checks)
@click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
def rules(check: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """List the rules, of one check or of all.

    \b
    Examples:
      gate rules
      gate rules audit --json
    """
    from gate.report.rules import list_rules

    click.echo(list_rules(check, as_json=as_json))
    return 0


@cli.command()
@click.argument("rule", shell_complete=completion.rules)
@click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
def explain(rule: str, as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Show a rule's page: what it means, what an attacker gets, how to mend it.

    \b
    Example:
      gate explain policy-always-true-write
    """
    from gate.report.rules import explain_rule

    click.echo(explain_rule(rule, as_json=as_json))
    return 0


@cli.command()
@click.argument("rule", shell_complete=completion.rules)
@click.argument("place")
@click.option("--reason", required=True, metavar="WORDS", help="Why it may stay.")
@click.option("--owner", metavar="WHO", help="Who answers for it. Default: git's user.email.")
@click.option(
    "--until", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Its last day. Default: 90 days ahead."
)
@_from
@options.root
def accept(
    rule: str, place: str, reason: str, owner: str | None, until: datetime | None, held: Path | None, root: Path
) -> int:
    """Accept a finding for a while: write a waiver into pyproject.toml or gate.toml.

    PLACE is the file and line that the report shows, the words behind them, or the fingerprint. Rule `not-judged` accepts what
    could not be judged.

    \b
    Examples:
      gate accept policy-always-true-read "public.countries policy read" --reason "a public list"
      gate accept rls-disabled public.log --reason "dropped in March" --owner anna --until 2027-02-01
      gate accept secret-key-in-tree tests/keys.ts:4 --reason "a key of the test's own server"
      gate accept not-judged supabase/migrations/20260101_cron.sql --reason "needs pg_cron" --from gate.json
    """
    from gate.accept import Wish, accept

    click.echo(accept(Wish(rule, place, reason, owner, until.date() if until else None), root, held))
    return 0


@cli.command()
@_from
@options.root
def baseline(held: Path | None, root: Path) -> int:
    """Adopt the gate on an old project: from then on only new findings fail.

    Writes gate-baseline.json with every error and warning of a run. Called again, it takes out what has been mended, and never
    adds anything.

    \b
    Examples:
      gate baseline
      gate baseline --from gate.json
    """
    from gate.accept import baseline

    click.echo(baseline(root, held))
    return 0


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
@options.root
def doctor(root: Path, as_json: bool) -> int:  # noqa: FBT001
    """Look whether the gate can do its work here, and what to do where it cannot.

    Asks nothing of the network, and shows of a variable only whether it is set. Ends with 3 when something is in the way.

    \b
    Examples:
      gate doctor
      gate doctor --root ../app --json
    """
    from gate.doctor.report import doctor

    return doctor(root, as_json=as_json)


def _judge(names: Sequence[str], root: Path, reports: Sequence[str], **options: Any) -> int:  # noqa: ANN401 - passed on
    from gate.report.judge import judge

    return judge(names, root, reports, **options)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """A polite end asked for from outside is treated as Ctrl-C, so that nothing is left running."""
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. The only place that turns errors into codes."""
    for number in ENDING:
        signal.signal(number, _stop)
    # Closed by the caller: then the code alone is the answer.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a pipe gets UTF-8, as a report's file does; a terminal what it can show
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    try:
        code: Any = cli(args=arguments, prog_name="gate", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return UsageError.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("gate: interrupted; everything it started has been stopped", err=True)
        return Interrupted.exit_code
    except GateError as problem:
        from gate.report.plain import log_line

        click.echo(f"gate: {log_line(str(problem))}", err=True)
        return problem.exit_code
    except SystemExit:  # how click takes a reader who has gone: with 1, which here means findings
        return GateError.exit_code
    except OSError as fault:
        click.echo(f"gate: the answer could not be written: {fault.strerror}", err=True)
        return GateError.exit_code
    except Exception as bug:  # noqa: BLE001 - Python would leave with 1, which here means findings
        click.echo(f"gate: {bug_words(bug)}, with what you ran", err=True)
        return GateError.exit_code
    return code if isinstance(code, int) else GateError.exit_code
