"""Reports: they show a verdict in many formats and decide nothing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TextIO

from gate.config import Config
from gate.outcome import Verdict
from gate.report.json_format import write_json
from gate.report.terminal import write_terminal

FORMATS: Mapping[str, Callable[[Verdict, Config, TextIO], None]] = MappingProxyType(
    {"terminal": write_terminal, "json": write_json}
)
