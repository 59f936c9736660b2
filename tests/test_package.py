"""What is released: built twice it is the same to the byte, it holds what it must, and its workflow gives no job more than it needs."""

import os
import re
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.package import Wrong, build, built, copy, files, whole
from tests.processes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RELEASE: Any = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, once it has come out alike from two folders and from the sdist."""
    work = tmp_path_factory.mktemp("release")
    made = built(work)

    assert sorted(Path(name).suffix for name in made) == [".gz", ".whl"]
    return next((work / "made").glob("*.whl"))


def test_a_release_built_twice_is_the_same_and_whole(wheel: Path) -> None:
    assert whole(wheel) == wheel


def test_a_release_that_is_not_the_same_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the time of building came into it."""
    from scripts import package

    seen: list[Path] = []

    def one_byte_more(tree: Path, target: Path, *kinds: str) -> dict[str, bytes]:
        seen.append(tree)
        (tree / "gate/py.typed").write_text(str(len(seen)))
        return build(tree, target, "wheel")

    monkeypatch.setattr(package, "build", one_byte_more)
    with pytest.raises(Wrong, match=r"built twice, supagate-.*\.whl is another file"):
        built(tmp_path)


def test_a_wheel_that_lacks_a_file_is_noticed(wheel: Path, tmp_path: Path) -> None:
    poor = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as whole_one, zipfile.ZipFile(poor, "w") as other:
        for name in whole_one.namelist():
            if not name.endswith("report.css"):
                other.writestr(name, whole_one.read(name))

    with pytest.raises(Wrong, match=r"lacks gate/report/page/report\.css"):
        whole(poor)


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        names = held.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        said = Parser().parsestr(held.read(metadata).decode())

    assert "gate/py.typed" in names
    assert any(name.endswith("share/man/man1/gate.1") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"gate", "supagate"}
    assert said["License-Expression"] == PROJECT["license"]
    assert set(said.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])


def test_all_the_extras_are_in_one() -> None:
    extras = dict(PROJECT["optional-dependencies"])
    (everything,) = extras.pop("all")

    assert set(re.fullmatch(r"supagate\[(.*)\]", everything)[1].split(",")) == set(extras)  # type: ignore[index]


def test_what_is_released_is_what_git_knows(tmp_path: Path) -> None:
    """A file that is ignored here, or only lies here, is in no release."""
    names = copy(tmp_path, files())

    assert not (names / "dist").exists()
    assert (names / "gate/cli.py").read_bytes() == (ROOT / "gate/cli.py").read_bytes()
    assert not os.access(names / "gate/cli.py", os.X_OK)


@pytest.mark.parametrize("job", RELEASE["jobs"])
def test_no_job_has_more_rights_than_it_needs(job: str) -> None:
    rights = {
        "build": {"contents": "read"},
        "test": {"contents": "read"},
        "attest": {"contents": "read", "id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
    }

    assert RELEASE["permissions"] == {}
    assert RELEASE["jobs"][job]["permissions"] == rights[job]


def test_a_job_that_may_sign_or_publish_runs_nothing_of_the_tree() -> None:
    for job in ("attest", "publish"):
        steps = RELEASE["jobs"][job]["steps"]

        assert not [step for step in steps if "checkout" in step.get("uses", "") or "python" in step.get("run", "")]
    assert RELEASE["jobs"]["publish"]["needs"] == "attest"
    assert RELEASE["jobs"]["attest"]["needs"] == ["build", "test"]
