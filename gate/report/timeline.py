"""The smoke as a line of time: its steps one after the other, what was asked in them, and how long they waited."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gate.outcome import Verdict, work_of
from gate.smoke.words import count


@dataclass(frozen=True, slots=True)
class Bar:
    """A step or a probe. `start`, `asked` and `waited` are parts of the whole in per cent; `tries` too, for a probe of retries."""

    name: str
    status: str
    row: Mapping[str, Any]
    seconds: float
    waiting: float
    start: float
    asked: float
    waited: float
    tries: tuple[float, ...] = ()


def steps(verdict: Verdict) -> Iterator[Bar]:
    """The steps, each begun where the one before it ended."""
    whole = sum(row["seconds"] for row in verdict.steps) or 1.0
    begun = 0.0
    for row in verdict.steps:
        seconds = row["seconds"]
        asked = min(seconds, sum(one["seconds"] for one in row["trace"]))
        parts = (100 * begun / whole, 100 * asked / whole, 100 * (seconds - asked) / whole)
        yield Bar(row["step"], row["status"], row, seconds, seconds - asked, *parts)
        begun += seconds


def metrics(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What a step took besides its time, in words, as far as it is known."""
    told = [count(row[f"{noun}s"], noun) for noun in ("credit", "prediction") if row.get(f"{noun}s") is not None]
    if row.get("predict_time") is not None:
        told.append(f"the model ran for {row['predict_time']:.2f} s")
    return tuple(told)


def probes(verdict: Verdict) -> Iterator[Bar]:
    """The probes, which ran side by side: each from the beginning."""
    whole = max((row["seconds"] for row in verdict.probes), default=0.0) or 1.0
    for row in verdict.probes:
        tries = tuple(row.get("tries", ()))
        shown = tuple(100 * at / whole for at in tries)
        length = 100 * row["seconds"] / whole
        asked = 0.0 if len(tries) > 1 else length  # between two tries nothing is asked
        yield Bar(row["probe"], row["status"], row, row["seconds"], 0.0, 0.0, asked, length - asked, shown)


@dataclass(frozen=True, slots=True)
class Entry:
    """A run of the job: what it took, and what a sound backend takes, in credits and predictions. None is not known."""

    name: str
    credits: int | None
    predictions: int | None
    sound: tuple[int, int]

    @property
    def off(self) -> bool:
        """Whether it took anything else."""
        return any(
            took not in {None, due} for took, due in zip((self.credits, self.predictions), self.sound, strict=True)
        )


def ledger(verdict: Verdict) -> tuple[Entry, ...]:
    """The two runs of the job that the steps walk through; the second is of a job that has succeeded already."""
    evidence = next((work_of(outcome).evidence for outcome in verdict.outcomes if outcome.check == "smoke"), {})
    due = [int(number) for number in re.findall(r"\d+", str(evidence.get("ceiling", "")))]
    if len(due) != 2:
        return ()
    runs = (("run", "first run", (due[0], due[1])), ("rerun", "second run of the same job", (0, 0)))
    return tuple(
        Entry(name, evidence[key].get("credits"), evidence[key].get("predictions"), sound)
        for key, name, sound in runs
        if key in evidence
    )
