"""What a shell offers for an argument when the user presses Tab: quick, for it is asked at every press."""

from pathlib import Path

import click


def rules(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """The ids of the rules that begin so, by the names of their files: none is loaded."""
    files = Path(__file__).parent.glob("*/rules/*.py")
    names = {file.stem.replace("_", "-") for file in files if file.stem != "__init__"}
    return sorted(name for name in names if name.startswith(typed))


def checks(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """The checks that begin so."""
    from gate.checks import CHECKS

    return [check for check in CHECKS if check.startswith(typed)]
