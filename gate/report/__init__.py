"""Reports: they show a verdict in many formats and decide nothing."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TextIO

from gate.config import Config
from gate.outcome import Verdict


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is written. Its module, and the library behind it, are loaded when it is asked for."""

    module: str
    function: str

    def __call__(self, verdict: Verdict, config: Config, file: TextIO) -> None:
        """Write the verdict to `file`."""
        getattr(importlib.import_module(f"gate.report.{self.module}"), self.function)(verdict, config, file)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("terminal", "write_terminal"),
        "json": Format("json_format", "write_json"),
        "html": Format("html", "write_html"),
        "markdown": Format("markdown", "write_markdown"),
        "sarif": Format("sarif", "write_sarif"),
        "sarif-github": Format("sarif", "write_upload"),
        "junit": Format("junit", "write_junit"),
        "github": Format("github", "write_annotations"),
        "gitlab": Format("gitlab", "write_code_quality"),
        "gitlab-sast": Format("gitlab", "write_sast"),
    }
)
