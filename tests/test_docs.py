"""The written word agrees with the code: links lead somewhere, codes and sessions are the real ones."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gate import errors, outcome
from gate.config import KEYS, SMOKE_KEYS
from tests.processes import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]

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
