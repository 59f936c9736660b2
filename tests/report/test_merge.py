"""Reports of several machines become one verdict; what is missing, old, narrow or of another commit is never a GO."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.config import Config, load_config
from gate.errors import Incomplete, UsageError
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, Work, work_of
from gate.report.json_format import as_json
from gate.report.merge import joined
from gate.source import Source
from tests.processes import gate
from tests.report.project import ACCEPTED, POLICY, READ, step, write_project

NAMES = ("bootstrap", "input", "create", "run", "rerun", "output", "isolation")
WALKED = {"target": "rehearsal", "steps": [step(name, "ok", 0.1) for name in NAMES], "probes": []}
DONE = {
    "audit": Completed("audit", Work(3)),
    "scan": Completed("scan", Work(5)),
    "rls": Completed("rls", Work(7, evidence={"matrix": {"rows": []}})),
    "smoke": Completed("smoke", Work(9, evidence=WALKED)),
}
Written = Callable[..., Path]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(tmp_path)


@pytest.fixture
def written(tmp_path: Path, config: Config) -> Written:
    """Writes the report of one check's run, as a job would."""
    numbers = iter(range(99))

    def write(*outcomes: Outcome, whole: bool = False, moved: bool = False, **changes: Any) -> Path:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        source = replace(Source(now, config.digest(), "1" * 40, "2" * 40), **changes)
        required = tuple(outcome.check for outcome in outcomes)
        path = tmp_path / f"{next(numbers)}.json"
        path.write_text(json.dumps(as_json(Verdict(outcomes, required, whole=whole, source=source, moved=moved))))
        return path

    return write


def test_four_checks_of_four_machines_are_one_go(written: Written, config: Config) -> None:
    verdict = joined([written(outcome) for outcome in DONE.values()], config)

    assert (verdict.word, verdict.exit_code, verdict.whole) == ("GO (REHEARSAL)", 0, True)
    assert [outcome.check for outcome in verdict.outcomes] == ["audit", "scan", "rls", "smoke"]


def test_a_missing_check_is_incomplete(written: Written, config: Config) -> None:
    verdict = joined([written(DONE["audit"]), written(DONE["scan"]), written(DONE["smoke"])], config)

    assert (verdict.exit_code, verdict.missing) == (3, ("rls: did not run",))


def test_a_missing_shard_is_incomplete(written: Written, config: Config) -> None:
    with pytest.raises(Incomplete, match="1 of 2 reports"):
        joined([written(*DONE.values())], config, shards=2)


def test_a_report_that_is_there_twice_is_one(written: Written, config: Config) -> None:
    path = written(*DONE.values())
    twin = path.with_name("twin.json")
    twin.write_bytes(path.read_bytes())
    with pytest.raises(Incomplete, match="1 of 2 reports"):
        joined([path, twin, path], config, shards=2)

    assert work_of(joined([path, twin], config).outcomes[0]).examined == 3


def test_findings_are_united(written: Written, config: Config) -> None:
    one = written(Completed("audit", Work(3, (POLICY,))), DONE["scan"])
    other = written(Completed("audit", Work(4, (POLICY, replace(READ, check="audit")))), DONE["rls"], DONE["smoke"])
    verdict = joined([one, other], config)
    audit = verdict.outcomes[0]

    assert verdict.exit_code == 1
    assert isinstance(audit, Completed)
    assert (audit.work.examined, len(audit.work.findings)) == (7, 2)


def test_what_is_open_in_one_is_open(written: Written, config: Config) -> None:
    waived = replace(POLICY, waived=ACCEPTED)
    parts = [written(Completed("audit", Work(3, (found,)))) for found in (waived, POLICY, waived)]

    assert [found.waived for found in joined(parts, config).findings] == [None]


def test_a_part_that_broke_breaks_the_whole(written: Written, config: Config) -> None:
    parts = [written(DONE["audit"]), written(Broken("audit", "out of time", Work(1, (POLICY,))))]
    verdict = joined([*parts, written(DONE["scan"], DONE["rls"], DONE["smoke"])], config)

    assert (verdict.exit_code, verdict.missing) == (3, ("audit: out of time",))
    assert verdict.findings[0].message == POLICY.message


def test_a_part_that_examined_nothing_breaks_the_whole(written: Written, config: Config) -> None:
    parts = [written(*DONE.values()), written(Completed("scan", Work(0)))]

    assert joined(parts, config).missing == ("scan: a part of it examined nothing",)


def test_a_check_that_one_machine_left_out_counts_where_it_ran(written: Written, config: Config) -> None:
    parts = [written(Skipped("rls", "not required"), DONE["audit"], DONE["scan"]), written(DONE["rls"], DONE["smoke"])]

    assert joined(parts, config).exit_code == 0


@pytest.mark.parametrize(
    "change", [{"commit": "3" * 40}, {"state": "x"}, {"config": "0" * 64}], ids=lambda one: next(iter(one))
)
def test_reports_of_different_sources_are_no_verdict(written: Written, config: Config, change: dict[str, str]) -> None:
    first, *rest = DONE.values()
    verdict = joined([written(first, **change), written(*rest)], config)

    assert (verdict.exit_code, verdict.moved) == (3, True)


def test_a_configuration_that_is_not_the_one_here_is_no_verdict(written: Written, config: Config) -> None:
    verdict = joined([written(*DONE.values())], replace(config, required=("audit",)))

    assert verdict.exit_code == 3


def test_a_project_that_moved_is_no_verdict(written: Written, config: Config) -> None:
    assert joined([written(*DONE.values(), moved=True)], config).exit_code == 3


@pytest.mark.parametrize(("hours", "words"), [(25, "more than a day ago"), (-1, "which is to come")])
def test_a_report_of_another_day_is_no_evidence(written: Written, config: Config, hours: float, words: str) -> None:
    time = (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(Incomplete, match=words):
        joined([written(*DONE.values(), time=time)], config)


def test_a_part_of_a_check_is_not_the_check(written: Written, config: Config) -> None:
    bundle = Completed("scan", Work(2, evidence={"artifact": "dist"}))
    steps = Completed("smoke", Work(2, evidence={"target": "rehearsal", "steps": WALKED["steps"][:2], "probes": []}))
    live = Completed("rls", Work(7, evidence={"target": "real"}))
    verdict = joined([written(DONE["audit"], bundle, live, steps)], config)

    assert [reason[:40] for reason in verdict.missing] == [
        "scan: a report of dist alone; the projec",
        "rls: a report of the hosted project alon",
        "smoke: 2 of 7 steps were asked for; all ",
    ]


def test_a_file_that_is_no_report_is_named(tmp_path: Path, config: Config) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(UsageError, match=r"x\.json is not a JSON report"):
        joined([tmp_path / "x.json"], config)


def test_the_command_writes_reports_and_gives_the_code(written: Written, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "migrated").mkdir()
    for outcome in DONE.values():
        path = written(outcome)
        path.rename(tmp_path / "parts" / path.name)
    html = tmp_path / "gate.html"
    done = gate("merge", "parts", "--shards", "4", "--report", f"html:{html}", "--report", "json", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["verdict"] == "GO (REHEARSAL)"
    assert "GO (REHEARSAL)" in html.read_text(encoding="utf-8")
    assert gate("merge", "parts", "--shards", "5", cwd=tmp_path).code == 3
    assert gate("merge", "migrated", cwd=tmp_path).code == 3
    assert gate("merge", "nowhere", cwd=tmp_path).code == 2


def test_two_jobs_of_a_real_project_give_the_verdict_of_one(tmp_path: Path) -> None:
    project = tmp_path / "app"
    write_project(project)
    (project / "gate.toml").write_text('required = ["audit", "scan"]\n')
    for name in ("audit", "scan"):
        gate(name, "--root", "app", "--report", f"json:{name}.json", cwd=tmp_path)
    whole = gate("run", "--root", "app", "--report", "json", cwd=tmp_path)
    parts = gate("merge", "audit.json", "scan.json", "--root", "app", "--report", "json", cwd=tmp_path)
    one, other = json.loads(whole.out), json.loads(parts.out)

    assert (whole.code, parts.code) == (1, 1)
    assert one["findings"] == other["findings"] != []
    assert one["required"] == other["required"]
