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
    help="terminal, json, html, markdown, sarif, sarif-github, junit, github, gitlab or gitlab-sast, to stdout or to PATH; "
    "repeatable. A format never changes the exit code.",
)
since = click.option(
    "--since",
    metavar="REV",
    help="Migrations that this branch, tag or commit does not have are new. Read from git; nothing is checked out.",
)
applied = click.option(
    "--applied",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Migrations whose version is not in FILE, which has one on each line, are new.",
)
