"""Tab: bash for real, zsh and fish by what their scripts are answered; and what is offered is what there is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gate import completion
from gate.cli import cli
from gate.report.rules import every_rule

CONTEXT = (None, None)


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A gate on the path, as the scripts call it."""
    (tmp_path / "gate").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m gate "$@"\n')
    (tmp_path / "gate").chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def said(surroundings: dict[str, str], *command: str, **more: str) -> str:
    """Shells ask for the words and for no code, which is never 0 for what did not judge."""
    return subprocess.run(command, env=surroundings | more, capture_output=True, text=True).stdout


def test_the_rules_that_are_offered_are_those_there_are() -> None:
    assert completion.rules(*CONTEXT, "") == sorted(rule.id for _, rule in every_rule())  # type: ignore[arg-type]
    assert completion.rules(*CONTEXT, "rls-dis") == ["rls-disabled"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ver", ["verify"]),
        ("explain rls-d", ["rls-disabled"]),
        ("init r", ["railway", "render"]),
        ("rules sc", ["scan"]),
        ("smoke rer", ["rerun"]),
        ("run --sin", ["--since"]),
    ],
)
def test_bash_completes(surroundings: dict[str, str], words: str, offered: list[str]) -> None:
    last = words.rsplit(maxsplit=1)[-1]
    script = f"""
eval "$(_GATE_COMPLETE=bash_source gate)"
COMP_WORDS=(gate {words}); COMP_CWORD={len(words.split())}
_gate_completion gate {last} x
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

    assert said(surroundings, "bash", "--norc", "-c", script).split() == offered


@pytest.mark.parametrize(
    ("shell", "words", "answer"),
    [
        ("zsh", {"COMP_WORDS": "gate explain rls-d", "COMP_CWORD": "2"}, "plain\nrls-disabled\n_\n"),
        ("fish", {"COMP_WORDS": "gate explain rls-d", "COMP_CWORD": "rls-d"}, "plain,rls-disabled\n"),
    ],
)
def test_zsh_and_fish_are_answered(
    surroundings: dict[str, str], shell: str, words: dict[str, str], answer: str
) -> None:
    assert said(surroundings, "gate", _GATE_COMPLETE=f"{shell}_complete", **words) == answer
    assert "_GATE_COMPLETE" in said(surroundings, "gate", _GATE_COMPLETE=f"{shell}_source")


def test_the_manual_page_has_every_command_and_option() -> None:
    from scripts.manual import manual

    text = manual().replace(r"\-", "-")
    options = [
        option for command in cli.commands.values() for p in command.params for option in p.opts if "--" in option
    ]

    assert [name for name in cli.commands if f".SS gate {name}\n" not in text] == []
    assert [option for option in options if option not in text] == []
    assert {line.split()[0] for line in text.splitlines() if line.startswith(".")} <= {
        *(".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".nf", ".fi", '.\\"')
    }
