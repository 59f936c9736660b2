"""`gate init` on projects of several kinds: it shows before it writes, writes once, and leaves alone what is there."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gate.cli import main
from gate.config import load_config
from gate.errors import UsageError
from gate.init.changes import changes
from gate.init.look import Found, look


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


SQL = "create table public.notes (id uuid primary key);\nalter table public.notes enable row level security;\n"
MIGRATION = {"supabase/migrations/20260101_a.sql": SQL}
FASTAPI = {
    "pyproject.toml": '# ours\n[project]\nname = "shop"\ndependencies = ["fastapi>=0.1", "replicate~=1.0"]  # few\n',
    "shop/main.py": "from fastapi import FastAPI\n\napp = FastAPI(title='x')\n",
}
NEXT = {
    "package.json": '{"scripts": {"dev": "next dev", "start": "next start"}, "dependencies": {"next": "15", "replicate": "1"}}'
}


def run(root: Path, *words: str) -> int:
    return main(["init", "--root", str(root), *words])


@pytest.mark.parametrize(
    ("files", "start"),
    [
        (FASTAPI, ("python", "-m", "uvicorn", "shop.main:app", "--host", "127.0.0.1", "--port", "{port}")),
        (NEXT, ("npm", "run", "start")),
        (
            {
                "requirements.txt": "Flask==3.0\n",
                "web.py": "from flask import Flask\nserver: Flask = Flask(__name__)\n",
            },
            ("python", "-m", "flask", "--app", "web:server", "run", "--port", "{port}"),
        ),
        (
            {"requirements.txt": "django\n", "manage.py": ""},
            ("python", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}"),
        ),
        ({"package.json": "[", "pyproject.toml": "["}, ()),
        ({}, ()),
    ],
    ids=["fastapi", "next", "flask", "django", "broken files", "nothing"],
)
def test_the_backend_s_command_is_found(tmp_path: Path, files: dict[str, str], start: tuple[str, ...]) -> None:
    write(tmp_path, MIGRATION | files)

    assert look(tmp_path, None).start == start


def test_what_is_written_is_shown_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, MIGRATION | FASTAPI)
    before = sorted(path.name for path in tmp_path.rglob("*"))

    assert run(tmp_path) == 0
    said = capsys.readouterr().out
    assert "+[tool.gate]" in said
    assert "nothing was written: `gate init --yes`" in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_what_is_written_works_and_is_not_written_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, MIGRATION | FASTAPI | {"noxfile.py": "import nox\n\n\n@nox.session\ndef tests(session): ...\n"})

    assert run(tmp_path, "--yes") == 0
    text = (tmp_path / "pyproject.toml").read_text()
    assert text.startswith(FASTAPI["pyproject.toml"])
    config = load_config(tmp_path)
    assert config.required == ("audit", "scan", "rls", "smoke")
    assert (config.smoke.rehearse, config.smoke.start[3]) == (True, "shop.main:app")
    listed = subprocess.run(
        [sys.executable, "-m", "nox", "-f", str(tmp_path / "noxfile.py"), "-l"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "- gate [gate] -> Judge the release" in listed
    assert "* tests" in listed
    capsys.readouterr()
    assert run(tmp_path, "--yes") == 0
    assert "everything is there already" in capsys.readouterr().out


def test_a_project_without_python_gets_a_gate_toml(tmp_path: Path) -> None:
    write(tmp_path, MIGRATION | NEXT)

    assert run(tmp_path, "--yes") == 0
    assert tomllib.loads((tmp_path / "gate.toml").read_text())["smoke"]["start"] == ["npm", "run", "start"]
    assert load_config(tmp_path).smoke.rehearse
    assert not (tmp_path / "pyproject.toml").exists()


def test_without_replicate_the_smoke_is_left_out_with_a_word(tmp_path: Path) -> None:
    write(tmp_path, MIGRATION)
    run(tmp_path, "--yes")

    assert load_config(tmp_path).required == ("audit", "scan", "rls")
    assert "add smoke once" in (tmp_path / "gate.toml").read_text()


def test_a_supabase_folder_further_down_is_named(tmp_path: Path) -> None:
    write(tmp_path, {f"apps/api/{name}": text for name, text in MIGRATION.items()})
    run(tmp_path, "--yes")

    assert load_config(tmp_path).supabase == "apps/api/supabase"
    assert main(["audit", "--root", str(tmp_path)]) == 0


def test_of_several_one_must_be_chosen(tmp_path: Path) -> None:
    for app in ("one", "two", "node_modules/three"):
        write(tmp_path, {f"{app}/{name}": text for name, text in MIGRATION.items()})

    told = r"choose one with --supabase: one/supabase \(1 migration\), two/supabase \(1 migration\)$"
    with pytest.raises(UsageError, match=told):
        look(tmp_path, None)
    assert run(tmp_path, "--yes", "--supabase", "two/supabase") == 0
    assert load_config(tmp_path).supabase == "two/supabase"


def test_the_one_at_the_root_is_taken_unless_another_has_more(tmp_path: Path) -> None:
    for app in ("", "packages/example/"):
        write(tmp_path, {f"{app}{name}": text for name, text in MIGRATION.items()})
    assert look(tmp_path, None).supabase == "supabase"

    write(tmp_path, {"apps/web/supabase/migrations/1_a.sql": "", "apps/web/supabase/migrations/2_b.sql": ""})
    with pytest.raises(UsageError, match=r"apps/web/supabase \(2 migrations\).*, supabase \(1 migration\)"):
        look(tmp_path, None)


def test_where_there_is_none_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "--yes") == 2
    assert run(tmp_path, "--supabase", "nowhere") == 2
    assert "is no folder here" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "noxfile",
    [
        "import nox\n\n\n@nox.session\ndef audit(session): ...\n",
        "import nox\n\n\n@nox.session(name='gate')\ndef x(session): ...\n",
    ],
)
def test_a_session_of_the_same_name_is_left_to_its_author(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], noxfile: str
) -> None:
    write(tmp_path, MIGRATION | {"noxfile.py": noxfile})

    assert run(tmp_path, "--yes") == 2
    assert "register(prefix='gate-')" in capsys.readouterr().err
    assert (tmp_path / "noxfile.py").read_text() == noxfile
    assert not (tmp_path / "gate.toml").exists()


def test_ignored_files_are_added_once(tmp_path: Path) -> None:
    write(tmp_path, MIGRATION | {".gitignore": "node_modules\n/gate.json"})
    run(tmp_path, "--yes")

    assert (tmp_path / ".gitignore").read_text() == "node_modules\n/gate.json\n/gate.html\n/gate-certificate.json\n"


@pytest.mark.parametrize(("github", "gitlab"), [(True, False), (False, True), (False, False)])
def test_a_pipeline_where_the_project_is_built(tmp_path: Path, github: bool, gitlab: bool) -> None:
    made = [change.path for change in changes(tmp_path, Found("supabase", (), False, github, gitlab))]

    assert (".github/workflows/gate.yml" in made, ".gitlab-ci.yml" in made) == (github, gitlab)


def test_the_new_noxfile_is_short_and_is_python(tmp_path: Path) -> None:
    write(tmp_path, MIGRATION)
    run(tmp_path, "--yes")
    text = (tmp_path / "noxfile.py").read_text()

    ast.parse(text)
    assert len(text.splitlines()) <= 10
