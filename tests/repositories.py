"""Repositories to judge, made with nobody's settings, and the signed project that certificates are about."""

import os
import subprocess
from pathlib import Path

import pytest

from gate.cli import main

SOUND = "create table public.notes (id uuid primary key);\nalter table public.notes enable row level security;\n"
OPEN = "create table public.notes (id uuid primary key);\n"
ASKED = ("--require", "audit,scan")
NOBODYS = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


def git(root: Path, *words: str) -> str:
    """Run git, and give what it says."""
    settings = ("-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *settings, *words], cwd=root, env=os.environ | NOBODYS, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(root: Path) -> None:
    """Commit all there is, or nothing at all."""
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty")


def signed_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> Path:
    """A committed project that audit and scan judge, with a pinned key whose private half is in the environment."""
    root = tmp_path / "app"
    (root / "supabase/migrations").mkdir(parents=True)
    (root / "supabase/migrations/20260101_a.sql").write_text(SOUND)
    for name, text in ({"gate.toml": 'required = ["audit", "scan"]\n'} | files).items():
        (root / name).write_text(text)
    monkeypatch.chdir(root)
    git(root, "init", "-q")
    assert main(["keygen", "release-a", "--private", str(tmp_path / "a.pem")]) == 0
    monkeypatch.setenv("GATE_SIGNING_KEY", (tmp_path / "a.pem").read_text())
    commit(root)
    return root
