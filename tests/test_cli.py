"""The command line: help, errors in one line, codes, and streams that hold what they should."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import jsonschema
import pytest

from gate.cli import LateGroup, cli
from tests.processes import ROOT, gate

SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text(encoding="utf-8"))
SOUND = "create table public.notes (id uuid primary key);\nalter table public.notes enable row level security;\n"
OPEN = "create table public.notes (id uuid primary key, body text);\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one open table, without git and without a pyproject."""
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/1_notes.sql").write_text(OPEN)
    return tmp_path


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from gate.cli import main; main(['--help']);"
        "print(sorted({m.partition('.')[0] for m in sys.modules} &"
        " {'rich', 'requests', 'psycopg', 'supabase', 'httpx', 'pydantic', 'postgast', 'google', 'nox', 'tenacity'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_is_listed_once_and_whole(tmp_path: Path) -> None:
    shown = gate("--help", cwd=tmp_path).out
    listed = [line.split()[0] for line in shown.splitlines() if line[:2] == "  " and line[2:3].islower()]

    assert sorted(listed) == sorted({*cli.commands, *LateGroup.late})
    assert "..." not in shown.partition("Options:")[2]


def commands(group: click.Group, path: str = "gate") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, and the group."""
    yield path, group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_every_command_s_help_has_an_example_of_it() -> None:
    lacking = [path for path, command in commands(cli) if not re.search(rf"\n +.*\b{path}\b", command.help or "")]

    assert lacking == []


@pytest.mark.parametrize(
    "words",
    [[], ["run"], ["audit"], ["scan"], ["rls"], ["smoke"], ["smoke", "run-all"], ["explain"], ["rules"], ["standin"]],
)
def test_every_command_has_help(words: list[str], tmp_path: Path) -> None:
    done = gate(*words, "--help", cwd=tmp_path)

    assert done.code == 0
    assert done.out.startswith("Usage: gate")
    assert "\\b" not in done.out


def test_the_steps_are_listed_in_the_order_of_the_workflow(tmp_path: Path) -> None:
    shown = gate("smoke", "--help", cwd=tmp_path).out
    listed = [
        line.split()[0]
        for line in shown.partition("Commands:")[2].splitlines()
        if line.startswith("  ") and line[2] != " "
    ]

    assert listed[:8] == ["run-all", "bootstrap", "input", "create", "run", "rerun", "output", "isolation"]
    assert {"retry", "describe"} <= set(listed)


def test_what_will_be_asked_is_told_without_asking(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.gate.smoke]\nrun = 'PUT /go/{id}'\nkind = 'face_swap'\n")
    shown = gate("smoke", "describe", cwd=tmp_path)
    plan = json.loads(gate("smoke", "describe", "--json", cwd=tmp_path).out)

    assert (shown.code, shown.err) == (0, "")
    assert "PUT /go/{id}" in shown.out
    assert plan["steps_cost"] == {"credits": 2, "predictions": 1}
    assert [row["step"] for row in plan["steps"]][:3] == ["bootstrap", "input", "create"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[tool.gate]\nexposed_schema = ['public']\n", "did you mean 'exposed_schemas'?"),
        ("[tool.gate]\nrequired = ['audits']\n", "did you mean 'audit'?"),
        ("[tool.gate.smoke]\nrehearse = 'yes'\n", "smoke.rehearse must be true or false"),
        ("[tool.gate\n", "not valid TOML"),
        ("[tool]\ngate = 3\n", "must be a table"),
    ],
    ids=["unknown key", "unknown check", "wrong kind", "no TOML", "no table"],
)
def test_a_wrong_configuration_is_one_line_and_code_2(project: Path, config: str, words: str) -> None:
    (project / "pyproject.toml").write_text(config)
    done = gate("run", cwd=project)

    assert done.code == 2
    assert done.out == ""
    assert words in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audit", "--root", "nowhere"], "is not a folder"),
        (["audit", "--report", "jsn"], "did you mean 'json'?"),
        (["audit", "--report", "json:"], "is empty"),
        (["audit", "--report", "json:no/such/folder/x"], "cannot be written"),
        (["audit", "--report", "json", "--report", "terminal"], "only one format can go to stdout"),
        (["explain", "rls-disable"], "did you mean 'rls-disabled'?"),
        (["rules", "audits"], "did you mean 'audit'?"),
        (["smoke", "run-all"], "MODEL_PROVIDER, REPLICATE_API_TOKEN, TOKEN_A, TOKEN_B"),
        (["smoke", "bootstrap"], "MODEL_PROVIDER"),
        (["audti"], "No such command"),
        (["audit", "--fast"], "No such option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_command_line_says_what_to_do_and_is_code_2(project: Path, arguments: list[str], words: str) -> None:
    done = gate(*arguments, cwd=project)

    assert done.code == 2
    assert done.out == ""
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("check", ["audit", "rls"])
def test_an_empty_migrations_folder_cannot_say(tmp_path: Path, check: str) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    done = gate(check, cwd=tmp_path)

    assert done.code == 3
    assert "no migrations in supabase/migrations" in done.out


def test_findings_are_code_1_whatever_the_format(project: Path) -> None:
    codes = {
        gate("audit", *report, cwd=project).code for report in ([], ["--report", "json"], ["--report", "json:x.json"])
    }

    assert codes == {1}


def test_json_alone_is_all_that_goes_to_stdout(project: Path) -> None:
    done = gate("audit", "--report", "json", cwd=project)
    report = json.loads(done.out)

    jsonschema.validate(report, SCHEMA)
    assert [finding["rule"] for finding in report["findings"]] == ["rls-disabled"]
    assert report["findings"][0]["place"] == {"path": "supabase/migrations/1_notes.sql", "line": 1, "column": 1} | {
        key: report["findings"][0]["place"][key] for key in ("end_line", "end_column")
    }
    assert "audit" in done.err


def test_a_report_to_a_file_leaves_the_terminal_s_on_stdout(project: Path) -> None:
    done = gate("audit", "--report", "json:gate.json", cwd=project)

    jsonschema.validate(json.loads((project / "gate.json").read_text()), SCHEMA)
    assert "NO-GO" in done.out
    assert "gate explain rls-disabled" in done.out


def test_a_run_without_a_backend_names_what_is_missing_and_still_shows_the_rest(project: Path) -> None:
    done = gate("run", "--report", "json", cwd=project)
    report = json.loads(done.out)

    assert (done.code, report["verdict"]) == (3, "NO-GO")
    assert any("MODEL_PROVIDER" in reason for reason in report["incomplete"])
    assert "rls-disabled" in {finding["rule"] for finding in report["findings"]}


def test_a_check_that_is_not_required_is_shown_as_such(project: Path) -> None:
    (project / "supabase/migrations/1_notes.sql").write_text(SOUND)
    (project / "pyproject.toml").write_text("[tool.gate]\nrequired = ['audit', 'scan']\n")
    report = json.loads(gate("run", "--report", "json", cwd=project).out)

    assert [(one["check"], one["status"]) for one in report["checks"]] == [
        ("audit", "completed"),
        ("scan", "completed"),
        ("rls", "skipped"),
        ("smoke", "skipped"),
    ]
    assert report["exit_code"] == 0


@pytest.mark.parametrize("report", ["terminal", "html"])
def test_a_pipe_of_another_encoding_gets_utf_8(project: Path, report: str) -> None:
    """As a pipe of Windows would be, whose code page lacks the lines of a table."""
    words = [sys.executable, "-P", "-m", "gate", "audit", "--report", report]
    done = subprocess.run(words, cwd=project, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "cp1252"})

    assert (done.returncode, done.stdout.decode().isascii()) == (1, False)


def test_colour_follows_the_environment(project: Path) -> None:
    plain = gate("audit", cwd=project).out
    forced = gate("audit", cwd=project, env={"FORCE_COLOR": "1"}).out
    refused = gate("audit", cwd=project, env={"NO_COLOR": "1", "TERM": "xterm"}).out

    assert "\x1b[" not in plain
    assert "\x1b[" in forced
    assert "\x1b[" not in refused
    assert not [line for line in plain.splitlines() if line != line.rstrip()]


def test_explain_shows_the_page_and_rules_lists_every_rule(tmp_path: Path) -> None:
    page = gate("explain", "rls-disabled", cwd=tmp_path)
    listed = json.loads(gate("rules", "--json", cwd=tmp_path).out)["rules"]

    assert "flagged" in page.out
    assert {"audit", "scan", "rls", "smoke", "waivers"} == {row["check"] for row in listed}
    assert len(listed) == len({row["rule"] for row in listed})
    assert json.loads(gate("explain", "rls-disabled", "--json", cwd=tmp_path).out)["rule"] == "rls-disabled"


def test_a_closed_pipe_is_no_traceback(project: Path) -> None:
    command = f"{sys.executable} -m gate rules | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=project, capture_output=True, text=True, check=False)

    assert "Traceback" not in done.stderr
