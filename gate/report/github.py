"""GitHub Actions: annotations, the step's summary and its outputs, and a log in which no name is taken for a command."""

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from gate.config import Config
from gate.errors import GateError
from gate.finding import Finding, Severity
from gate.outcome import Verdict
from gate.report.plain import plain
from gate.report.whereabouts import in_repository, line_of, span_of

MOST = 10  # GitHub shows ten errors and ten warnings of a step
SUMMARY = 1_000_000  # bytes; a summary over 1 MiB is not shown at all
PROSE = ("terminal", "markdown", "junit", "html")
COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def in_actions() -> bool:
    """Whether this process is a step of a GitHub workflow."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def write_annotations(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the worst of it as workflow commands, which the runner shows at the lines of a pull request."""
    lines = [*_incomplete(verdict, config), *(_finding(f, config) for f in verdict.findings if f.waived is None)]
    file.writelines(f"{line}\n" for line in lines[:MOST])
    if len(lines) > MOST:
        file.write(f"and {len(lines) - MOST} more, see the step's summary\n")


def tell_actions(verdict: Verdict, config: Config, *, annotate: bool) -> None:
    """In a workflow, add to the step's summary and outputs, and `annotate` on stderr, which leaves stdout to its report."""
    if not in_actions():
        return
    summary, output = os.environ.get("GITHUB_STEP_SUMMARY"), os.environ.get("GITHUB_OUTPUT")
    if summary:
        from gate.report.markdown import markdown

        _append(summary, markdown(verdict, config, SUMMARY))
    if output:  # our own words alone: a value with a line end in it could set other outputs
        _append(output, f"verdict={verdict.word}\ncode={verdict.exit_code}\n")
    if annotate:
        write_annotations(verdict, config, sys.stderr)
        sys.stderr.flush()


@contextmanager
def unobeyed(name: str, file: TextIO) -> Iterator[None]:
    """In a workflow, have the runner take nothing for a command while a report in prose is written to its log.

    The word that ends it cannot be guessed. JSON holds nothing that the runner would obey, and goes to other programs.
    """
    if name not in PROSE or not in_actions():
        yield
        return
    word = secrets.token_hex(16)
    print(f"::stop-commands::{word}", file=file, flush=True)
    try:
        yield
    finally:
        print(f"::{word}::", file=file, flush=True)


def _incomplete(verdict: Verdict, config: Config) -> Iterator[str]:
    for reason in verdict.missing:
        span = in_repository(line_of(reason.partition(": ")[0], config), config)
        yield _command("error", {"file": span.path, "line": span.line, "title": "gate cannot say"}, reason)


def _finding(finding: Finding, config: Config) -> str:
    span = span_of(finding, config)
    places: dict[str, str | int | None] = {"file": span.path, "line": span.line, "endLine": span.end_line}
    if span.end_line in {None, span.line}:  # columns of several lines are not shown
        places |= {"col": span.column, "endColumn": span.end_column}
    text = finding.message if finding.remedy is None else f"{finding.message}\n\nTo mend it:\n{finding.remedy}"
    return _command(COMMANDS[finding.severity], places | {"title": finding.rule}, text)


def _command(name: str, properties: Mapping[str, str | int | None], text: str) -> str:
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    return f"::{name} {said}::{_data(plain(text, lines=True))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")


def _append(path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as fault:
        raise GateError(f"cannot write {Path(path).name}, the runner's file: {fault.strerror}") from fault
