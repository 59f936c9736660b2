"""Waivers: findings that somebody has accepted for a while, with the reason."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gate.errors import ConfigError

DAYS = 90  # how far ahead a waiver may reach, unless `waive_days` says otherwise
NOT_JUDGED = "not-judged"  # the rule's name in a waiver of something that could not be judged
REQUIRED = ("rule", "place", "reason", "owner", "until")
KEYS = (*REQUIRED, "fingerprint")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of `[[tool.gate.waive]]`, or one line of the baseline.

    `place` is the finding's subject ("public.notes policy read"). With a `fingerprint` the waiver ends as soon as the
    statement changes. `until` is its last day (UTC); only a line of the baseline has none. `source` and `line` say where
    it is written.
    """

    rule: str
    place: str
    reason: str
    owner: str
    until: date | None
    fingerprint: str | None = None
    source: str = ""
    line: int = 1

    @property
    def baseline(self) -> bool:
        """Whether it is a line of the baseline."""
        return self.until is None

    def expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and self.until < today

    def covers(self, rule: str, place: str, fingerprint: str) -> bool:
        """Whether it speaks of a finding, expired or not."""
        same = self.rule == rule and self.place == place
        return same and self.fingerprint in {None, fingerprint}

    def covers_doubt(self, what: str) -> bool:
        """Whether it speaks of something not judged: by its name, or by the file in which it stands."""
        return self.rule == NOT_JUDGED and self.place in {what, re.sub(r":\d+$", "", what)}


def today() -> date:
    """The day by which waivers expire, in UTC: the same on every machine."""
    return datetime.now(UTC).date()


def find_waiver(waivers: Iterable[Waiver], rule: str, place: str, fingerprint: str) -> Waiver | None:
    """The waiver in force for a finding, the project's own word before the baseline's."""
    fitting = [w for w in waivers if w.covers(rule, place, fingerprint) and not w.expired(today())]
    return min(fitting, key=lambda waiver: waiver.baseline, default=None)


def find_doubt(waivers: Iterable[Waiver], what: str) -> Waiver | None:
    """The waiver in force for something that could not be judged."""
    return next((w for w in waivers if w.covers_doubt(what) and not w.expired(today())), None)


def read_waivers(value: object, days: int, source: str, lines: Iterable[int] = ()) -> tuple[Waiver, ...]:
    """Read `[[tool.gate.waive]]`. `lines` are those on which its entries begin.

    Raises ConfigError for a missing or unknown key, an empty word, or a date too far ahead.
    """
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ConfigError("[tool.gate] waive must be a list of tables, each begun by [[tool.gate.waive]]")
    places = [*lines, *[1] * len(value)]
    return tuple(
        _read(entry, number, days, source, line)
        for number, (entry, line) in enumerate(zip(value, places, strict=False), 1)
    )


def _read(entry: dict[str, Any], number: int, days: int, source: str, line: int) -> Waiver:
    name = f"[[tool.gate.waive]] number {number}"
    for key in entry:
        if key not in KEYS:
            raise ConfigError(f"{name} has no key {key!r}; known: {', '.join(KEYS)}")
    for key in REQUIRED:
        if key not in entry:
            raise ConfigError(f"{name} lacks {key!r}; a waiver says {', '.join(REQUIRED)}")
    for key in {*KEYS} & {*entry} - {"until"}:
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise ConfigError(f"{name}: {key} must be a string that says something, not {entry[key]!r}")
    until = entry["until"]
    if not isinstance(until, date) or isinstance(until, datetime):
        raise ConfigError(f"{name}: until must be a date without quotes, as in 2027-01-31, not {until!r}")
    last = today() + timedelta(days=days)
    if until > last:
        raise ConfigError(f"{name}: until {until} is too far ahead; at most {days} days, {last} (waive_days)")
    said = (entry["rule"], entry["place"], entry["reason"], entry["owner"])
    return Waiver(*said, until, entry.get("fingerprint"), source, line)
