"""`gate plan`: the jobs into which a run is split, for a pipeline that gives each a machine; `gate merge` joins what they say."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from gate.config import Config, load_config

SPARE = 5  # minutes of a job beside its check: to install, to fetch, to hand the report over


@dataclass(frozen=True, slots=True)
class Job:
    """One check on a machine of its own: the command's words, the file of its report, and when to give the machine up."""

    check: str
    words: str
    report: str
    minutes: int


def plan(root: Path, *, as_json: bool) -> str:
    """The jobs of the project at `root`, as lines or as the matrix of a GitHub workflow."""
    jobs = planned(load_config(root))
    if as_json:
        return json.dumps({"include": [asdict(job) for job in jobs]}, separators=(",", ":"))
    lines = [f"gate {job.words} --report json:parts/{job.report}" for job in jobs]
    return "\n".join(["mkdir -p parts", *lines, f"gate merge parts --shards {len(jobs)}"])


def planned(config: Config) -> tuple[Job, ...]:
    """A job for every check that must complete. None is left out for what has changed: a verdict speaks of the whole."""
    return tuple(
        Job(
            check,
            "smoke run-all" if check == "smoke" else check,
            f"{check}.json",
            math.ceil(config.timeout(check) / 60) + SPARE,
        )
        for check in dict.fromkeys(config.required)
    )
