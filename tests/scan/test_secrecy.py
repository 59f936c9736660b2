"""No key is ever kept or shown: canaries in a tree, and every output searched for them."""

import base64
import re
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest

from gate.scan.fakes import FAKES, WAYS, filled
from gate.scan.kinds import Secret
from tests.repositories import git
from tests.scan.project import written


def planted(root: Path) -> list[str]:
    """One of each key, each in several files, and the keys."""
    keys = [filled(f"{{{{{name}}}}}") for name in FAKES]
    lines = "\n".join(f"NEXT_PUBLIC_K{number}={key}" for number, key in enumerate(keys))
    password = filled("{{password}}")
    address = f"URL=postgresql://postgres:{password}@db.abcdefghijklmnopqrst.supabase.co:5432/postgres\n"
    written(root, {".env": f"{lines}\n{address}", "dist/app.js": f'k="{keys[0]}"', "a.sql": f"-- {keys[6]}\n{address}"})
    return [*(key for key in keys if not key.endswith("-here")), password]


def pieces(key: str) -> list[str]:
    """Every six letters of it in a row (twelve of what is hexadecimal, as fingerprints are), and the whole once more in base64.

    Five in a row would be met by chance.
    """
    bare = re.sub(r"^(?:sb_secret_|sb_publishable_|sbp_|r8_|whsec_)", "", key)
    size = 12 if re.fullmatch(r"[0-9a-f]+", bare) else 6
    return [*(bare[n : n + size] for n in range(len(bare) - size + 1)), base64.b64encode(key.encode()).decode()[:-4]]


@pytest.mark.parametrize(
    ("form", "color"),
    [
        ("terminal", {"FORCE_COLOR": "1"}),
        *((form, {}) for form in ("terminal", "json", "sarif", "html", "markdown", "junit")),
    ],
)
def test_no_output_shows_a_key(tmp_path: Path, form: str, color: dict[str, str]) -> None:
    keys = planted(tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "--root", str(tmp_path), "--report", form],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "300", **color},
    )
    said = done.stdout + done.stderr

    assert done.returncode == 1
    assert ".env" in said
    assert [key for key in keys for piece in pieces(key) if piece in said] == []


@pytest.mark.parametrize("form", ["terminal", "json"])
def test_no_output_shows_a_key_from_clothing_archives_or_history(tmp_path: Path, form: str) -> None:
    names = [name for name in FAKES if name != "password"]
    keys = {name: FAKES[name]() for name in names}
    dressed = "".join(f"k{way} = {WAYS[way](key)}\n" for way in WAYS for key in keys.values())
    written(tmp_path, {"old.env": "".join(f"{name}={FAKES[name]()}\n" for name in names)})
    keys |= {f"old {line}": line.split("=", 1)[1] for line in (tmp_path / "old.env").read_text().splitlines()}
    git(tmp_path, "init")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-m", keys["sb_secret"])
    git(tmp_path, "rm", "old.env")
    git(tmp_path, "commit", "-m", "gone")
    written(tmp_path, {"dressed.js": dressed})
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in.js", dressed)

    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "--root", str(tmp_path), "--report", form],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "300"},
    )
    said = done.stdout + done.stderr

    assert done.returncode == 1
    assert ("in.js" in said, "dressed.js" in said, "old.env" in said) == (True, True, True)
    assert [key for key in keys.values() for piece in pieces(key) if piece in said] == []


def test_a_bug_in_a_rule_shows_no_key(tmp_path: Path) -> None:
    """The judge of tokens is made to fail with the token in its message, as any library might."""
    keys = planted(tmp_path)
    code = (
        "import sys, gate.scan.secrets as s\n"
        "def judged(token): raise ValueError(token)\n"
        "s.judged = judged\n"
        "from gate.cli import main\n"
        f"sys.exit(main(['scan', '--root', {str(tmp_path)!r}, '--report', 'json']))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = done.stdout + done.stderr

    assert done.returncode == 3
    assert "internal error, ValueError" in said
    assert [key for key in keys for piece in pieces(key) if piece in said] == []


def test_a_secret_has_no_place_for_a_value() -> None:
    assert [field.name for field in fields(Secret)] == [
        "kind",
        "line",
        "column",
        "variable",
        "dress",
        "mark",
        "state",
        "claims",
    ]


def test_public_keys_alone_are_go(tmp_path: Path) -> None:
    public = "NEXT_PUBLIC_ANON={{anon_jwt}}\nKEY={{sb_publishable}}\nSESSION={{user_jwt}}\n"
    written(tmp_path, {".env": public, "dist/app.js": public})

    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "--root", str(tmp_path)], capture_output=True, text=True
    )

    assert done.returncode == 0
