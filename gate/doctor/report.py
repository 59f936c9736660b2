"""What `gate doctor` prints: a line per thing looked at, and what to do."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gate.config import Config, load_config
from gate.doctor.diagnosis import Diagnosis, State
from gate.doctor.machine import machine
from gate.doctor.project import project
from gate.doctor.surroundings import platform, variables
from gate.errors import GateError
from gate.outcome import GO, INCOMPLETE
from gate.report.plain import plain

STYLE = {State.GOOD: "green", State.NOTE: "yellow", State.BAD: "bold red"}


def doctor(root: Path, *, as_json: bool) -> int:
    """Look at everything and print it; 3 when something is in the way of a check."""
    found = [*machine(), *project(root), *variables(_config(root)), *platform(root)]
    if as_json:
        print(json.dumps({"version": 1, "diagnoses": [asdict(one) for one in found]}, indent=2))
    else:
        _print(found)
    return INCOMPLETE if any(one.state is State.BAD for one in found) else GO


def _config(root: Path) -> Config | None:
    try:
        return load_config(root)
    except GateError:
        return None


def _print(found: Sequence[Diagnosis]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        said = Text(plain(one.said))
        if one.remedy:
            said.append(f"\n{plain(one.remedy)}", style="dim")
        table.add_row(Text(one.state.value, style=STYLE[one.state]), one.what, said)
    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))  # a table fills its last column with blanks
    missing = sum(one.state is State.BAD for one in found)
    print(f"\n{missing} in the way of a check" if missing else "\nnothing is in the way")
