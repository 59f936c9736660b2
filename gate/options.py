"""What the commands have in common on the command line."""

from pathlib import Path

import click

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EXITS = """\b
Exit codes: 0 GO; 1 NO-GO, findings; 2 usage or configuration; 3 incomplete, cannot say; 130 interrupted."""

root = click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="The project to judge: the folder with pyproject.toml or supabase/. Default: this folder.",
)
report = click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT[:PATH]",
    help="terminal or json, to stdout or to PATH; repeatable. A format never changes the exit code.",
)
