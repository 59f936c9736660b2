"""What the exam is made of: files, and what a scanner must say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gate.finding import Severity


@dataclass(frozen=True, slots=True)
class Case:
    """One variant: files in a folder of its own, and the rules that must speak of them with their severities.

    Where `wanted` is empty nothing may be said at all.
    """

    name: str
    files: Mapping[str, bytes]
    wanted: Mapping[str, Severity] = field(default_factory=dict)

    @property
    def must_find(self) -> bool:
        """Whether a scanner that says nothing has missed something that blocks a release or should be seen before it."""
        return any(severity is not Severity.NOTE for severity in self.wanted.values())

    @property
    def by_value(self) -> bool:
        """Whether a key itself is there to be found, and not only the name of one."""
        return any(not rule.startswith(("config-", "client-", "server-", "privileged-")) for rule in self.wanted)

    @property
    def must_be_silent(self) -> bool:
        """Whether a scanner that says anything gives a false alarm."""
        return not self.wanted


def text(name: str, files: Mapping[str, str | bytes], wanted: Mapping[str, Severity] | None = None) -> Case:
    """A case whose files are texts."""
    encoded = {path: body.encode() if isinstance(body, str) else body for path, body in files.items()}
    return Case(name, encoded, wanted or {})


def write(folder: Path, cases: Sequence[Case]) -> dict[str, Case]:
    """Write every case into a folder of its own below `folder`; the folders' names with their cases."""
    written = {}
    for number, case in enumerate(cases):
        plain = "".join(letter if letter.isalnum() else "-" for letter in case.name.lower())
        name = f"{number:03}-{plain}"[:60].strip("-")
        for path, body in case.files.items():
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        written[name] = case
    return written
