"""A project made for one test: files by their paths, and what the scan says of them."""

from collections.abc import Mapping
from pathlib import Path

from gate.check import Context
from gate.config import load_config
from gate.errors import Incomplete
from gate.scan.check import SCAN
from gate.scan.fakes import filled
from gate.scan.history import Former  # noqa: TC001 - as every import here

KEY = "KEY={{service_role_jwt}}\n"


def written(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """The files, with fresh fakes in the place of `{{names}}`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else filled(content).encode())
    return root


class Scanned:
    """What the scan met."""

    def __init__(self, root: Path) -> None:
        self.context = Context(load_config(root))
        self.problem = ""
        self.met: list[tuple[str, int, str]] = []
        self.former: list[Former] = []
        self.exposed: list[str] = []
        try:
            for artifact in SCAN.subjects(self.context):
                self.met += [(artifact.path, secret.line, secret.kind) for secret in artifact.secrets]
                self.former += artifact.former
                self.exposed += [artifact.path for _ in artifact.exposures]
        except Incomplete as problem:
            self.problem = str(problem)

    @property
    def past(self) -> list[tuple[str | None, int]]:
        """The keys that only git keeps: the path, or None for a message, and the line."""
        return sorted(((key.path, key.secret.line) for key in self.former), key=str)

    @property
    def paths(self) -> list[str]:
        return sorted({path for path, _, _ in self.met})

    @property
    def examined(self) -> int:
        return self.context.count

    @property
    def unjudged(self) -> list[tuple[str, str]]:
        return [(item.what, item.why) for item in self.context.not_judged]
