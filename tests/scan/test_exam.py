"""The exam: every leak is found, nothing else is, and each with its severity."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.exam import Case, cases, write
from gate.cli import main


def told(root: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    """What the scan says of each folder: its rules and their severities."""
    main(["scan", "--root", str(root), "--report", "json"])
    found: dict[str, dict[str, str]] = {}
    for finding in json.loads(capsys.readouterr().out)["findings"]:
        folder = finding["place"]["path"].partition("/")[0]
        found.setdefault(folder, {})[finding["rule"]] = finding["severity"]
    return found


def marks(written: Mapping[str, Case], said: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is wrong, in words."""
    return [
        f"{name}: wanted {dict(case.wanted)}, said {said.get(name, {})}"
        for name, case in written.items()
        if dict(case.wanted) != said.get(name, {})
    ]


@pytest.mark.parametrize("seed", [1, 20261125])
def test_the_exam(tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    written = write(tmp_path, cases(seed))

    said = told(tmp_path, capsys)

    assert marks(written, said) == []
    assert len(written) >= 80
    assert sum(case.must_find for case in written.values()) >= 80
    assert sum(case.must_be_silent for case in written.values()) >= 60


def test_two_seeds_share_no_key() -> None:
    first, second = cases(1), cases(2)

    assert [case.name for case in first] == [case.name for case in second]
    same = [one.name for one, other in zip(first, second, strict=True) if one.files == other.files and one.by_value]
    assert same == ["local key", "local key in a test"]
