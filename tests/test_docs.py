"""The written word agrees with the code: links lead somewhere, codes and sessions are the real ones."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import jsonschema
import pytest
import yaml

from gate import errors, outcome
from gate.cli import cli
from gate.config import KEYS, SMOKE_KEYS, load_config
from tests.processes import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]

    assert missing == []


def test_every_page_is_in_the_site_s_menu() -> None:
    def leaves(item: object) -> Iterator[str]:
        if isinstance(item, str):
            yield item
        else:
            for inner in item if isinstance(item, list) else item.values():  # type: ignore[attr-defined]
                yield from leaves(inner)

    menu = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]

    assert sorted(leaves(menu)) == sorted(path.name for path in ROOT.glob("docs/*.md"))


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head).strip().lower()) for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_anchors_are_headings(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    missing = [(file, anchor) for file, anchor in links if anchor not in slugs(page.parent / file if file else page)]

    assert missing == []


def test_the_readme_s_exit_codes_are_the_real_ones() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Exit codes")[2].partition("\n## ")[0]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    kinds = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.GateError)
    }

    assert told == {outcome.GO, outcome.FINDINGS, outcome.INCOMPLETE} | kinds


def test_the_readme_s_sessions_are_the_noxfile_s() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    nox = [sys.executable, "-m", "nox", "-f", str(ROOT / "noxfile.py"), "-l"]
    listed = subprocess.run(nox, capture_output=True, text=True, check=True).stdout
    sessions = dict(re.findall(r"^[*-] (\w+)(?: \[.*?\])? ->\s*(.*)$", listed, re.MULTILINE))

    assert all(sessions.values()), "a session without a description"
    assert {"gate", "audit", "scan_service_role", "test_rls", "test_model", "tests", "lint"} <= set(sessions)
    assert set(re.findall(r"^\| `(\w+)` \| `gate", readme, re.MULTILINE)) == {
        "audit",
        "scan_service_role",
        "test_rls",
        "test_model",
        "gate",
    }


def test_every_key_of_the_configuration_is_explained() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))

    assert told == set(KEYS) | set(SMOKE_KEYS)


SCHEMA = json.loads((ROOT / "docs/config.schema.json").read_text(encoding="utf-8"))
TABLES = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL), 1)
    if "tool.gate" in block
]


@pytest.mark.parametrize("block", TABLES)
def test_every_configuration_in_the_docs_is_one(block: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block)
    said = tomllib.loads(block)["tool"]["gate"]
    for waiver in said.get("waive", []):
        waiver["until"] = str(waiver["until"])

    load_config(tmp_path)
    jsonschema.validate(said, SCHEMA)


@pytest.mark.parametrize(
    "said",
    [
        {"reqired": ["audit"]},
        {"required": ["adit"]},
        {"smoke": {"strat": []}},
        {"smoke": {"run": "/api/run"}},
        {"timeouts": {"audit": 0}},
        {"waive": [{"rule": "rls-disabled"}]},
    ],
)
def test_the_schema_refuses_what_the_gate_refuses(said: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said, SCHEMA)


def test_our_own_configuration_fits_the_schema() -> None:
    held = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    jsonschema.validate(held["tool"]["gate"], SCHEMA)


def commands(text: str) -> list[str]:
    """Every call of the gate, in a block or in a sentence, without comments, variables and what a shell puts behind it."""
    blocks = re.findall(r"^```(?:\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    calls = [part for line in lines for part in re.split(r";|&&|\|\|?", line.partition("#")[0])]
    found = [re.search(r"(?:^|\s|/)(gate [a-z].*)", call) for call in calls]
    return [one.group(1).strip() for one in found if one] + re.findall(r"`(gate [a-z][^`\n]*)`", text)


COMMANDS = sorted({c for page in PAGES for c in commands(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_the_docs_can_be_given(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is parsed as the command line parses it, and what it calls in the end is taken out."""
    monkeypatch.chdir(tmp_path)
    for name in ("build", "dist"):
        (tmp_path / name).mkdir()
    words = [{"…": "x", "STEP": "run"}.get(word, word) for word in shlex.split(command)[1:]]
    context = click.Context(cli, info_name="gate")
    here: click.Command = cli
    while isinstance(here, click.Group) and words:
        inner = here.get_command(context, words[0])
        assert inner is not None, f"there is no {words[0]}"
        here, context, words = inner, click.Context(inner, parent=context, info_name=words[0]), words[1:]

    named = not words and f"`{command}`" in "".join(page.read_text(encoding="utf-8") for page in PAGES)
    if not isinstance(here, click.Group) and not named:  # a command that a sentence only names takes no words there
        here.parse_args(context, words)


def test_there_are_commands_in_the_docs() -> None:
    assert len(COMMANDS) > 15
    assert {"gate run", "gate init", "gate verify"} <= set(COMMANDS)
