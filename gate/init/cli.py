"""`gate init`: set a project up, or show the file for a platform."""

from pathlib import Path

import click

from gate import options


def _platforms(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    """What a shell offers for the platform."""
    from gate.init.templates import PLATFORMS

    return [name for name in PLATFORMS if name.startswith(typed)]


@click.command(epilog=options.EXITS)
@click.argument("platform", required=False, shell_complete=_platforms)
@click.option("--supabase", metavar="DIR", help="The folder with migrations/, where there are several.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@options.root
def init(platform: str | None, supabase: str | None, yes: bool, root: Path) -> int:  # noqa: FBT001 - click passes flags so
    """Set a project up: configuration, nox session, ignored files, pipeline. Shows the changes first.

    What is there already stays as it is. With a PLATFORM it only shows that platform's file: argocd, fly, github, gitlab, heroku,
    netlify, pre-commit, pre-push, railway, render or vercel.

    \b
    Examples:
      gate init
      gate init --yes --supabase apps/api/supabase
      gate init render
    """
    if platform is not None:
        from gate.init.templates import PLATFORMS, platform_template

        text = platform_template(platform)
        click.echo(f"belongs: {PLATFORMS[platform][1]}", err=True)
        click.echo(text, nl=False)
        return 0
    from gate.errors import UsageError
    from gate.init.changes import changes
    from gate.init.look import look
    from gate.init.writing import offer

    root = root.resolve()
    if supabase is not None and not (root / supabase).is_dir():
        raise UsageError(f"--supabase {supabase!r} is no folder here")
    click.echo(offer(root, changes(root, look(root, supabase)), yes=yes))
    return 0
