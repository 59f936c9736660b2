"""The manual page gate(1), from the commands' own help: one page for all of them, as git's or nox's would be too many."""

import re
from collections.abc import Iterator

import click

from gate.cli import cli
from gate.errors import GateError, Interrupted, UsageError
from gate.outcome import FINDINGS, GO

CODES = (
    (GO, "GO: every required check completed, no finding of severity error."),
    (FINDINGS, "NO-GO: every required check completed, and there are findings that block."),
    (UsageError.exit_code, "The command line or the configuration cannot be understood; nothing was judged."),
    (
        GateError.exit_code,
        "Incomplete, NO-GO: a required check was skipped, broke, examined nothing or ran out of time.",
    ),
    (Interrupted.exit_code, "Interrupted."),
)
FILES = (
    (
        "pyproject.toml, gate.toml",
        "The configuration: the table [tool.gate], or the same keys at the top of gate.toml.",
    ),
    ("gate-baseline.json", "What an old project had when it adopted the gate."),
    ("gate-keys/", "Public keys that may sign certificates, and those that are revoked."),
    ("gate.json, gate-certificate.json", "The report that is signed, and the certificate."),
)


def manual() -> str:
    """The page as roff. It says nothing of the day or the machine it was made on."""
    context = click.Context(cli, info_name="gate")
    lines = [
        r".\" Written by `python scripts/pages.py` from the commands' own help.",
        ".TH GATE 1",
        ".SH NAME",
        r"gate \- may this build ship?",
        ".SH SYNOPSIS",
        r".B gate",
        r".I COMMAND",
        "[OPTIONS] [ARGUMENTS]",
        ".SH DESCRIPTION",
        *_text(cli.help or ""),
        ".SH COMMANDS",
        *_group(cli, context, "gate"),
        ".SH EXIT STATUS",
        *(line for code, words in CODES for line in (".TP", f".B {code}", _escaped(words))),
        ".SH FILES",
        *(line for name, words in FILES for line in (".TP", f".I {_escaped(name)}", _escaped(words))),
    ]
    return "\n".join(lines) + "\n"


def _group(group: click.Group, context: click.Context, path: str) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from _command(command, click.Context(command, info_name=name, parent=context), f"{path} {name}")


def _command(command: click.Command, context: click.Context, path: str) -> Iterator[str]:
    words = " ".join(command.collect_usage_pieces(context))
    yield from (f".SS {_escaped(path)}", f".B {_escaped(path)}", _escaped(words), ".PP")
    yield from _text(command.help or "")
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record and "--help" not in record[0]:
            yield from (".TP", f".B {_escaped(record[0])}", _escaped(" ".join(record[1].split())))
    if isinstance(command, click.Group):
        yield from _group(command, context, path)


def _text(text: str) -> Iterator[str]:
    """Paragraphs; one behind click's mark is shown as it stands."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.replace("\f", "").strip())):
        lines = [line.rstrip() for line in paragraph.strip("\n").splitlines()]
        if number:
            yield ".PP"
        if lines[0].strip() == "\b":
            yield from (".nf", *(_escaped(line) for line in lines[1:]), ".fi")
        else:
            yield _escaped(" ".join(line.strip() for line in lines))


def _escaped(text: str) -> str:
    """Text that roff takes for text: no line of it is an order, and a hyphen can be copied."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("…", "...")
    return rf"\&{text}" if text.startswith((".", "'")) else text
