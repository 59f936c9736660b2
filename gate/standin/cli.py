"""`gate standin`: run a stand-in by itself, to point a backend or a client at."""

import threading
from collections.abc import Sequence

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def standin() -> None:
    """Run a loopback stand-in by itself.

    \b
    Examples:
      gate standin replicate
      gate standin supabase --port 54321
    """


@standin.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="any free one", help="Where to listen.")
@click.option(
    "--latency", type=click.FloatRange(0, 3600), default=0.05, show_default=True, help="Seconds a prediction takes."
)
@click.option(
    "--fault", "faults", multiple=True, metavar="NAME", help="Plan a fault; repeatable. `--faults` lists them."
)
@click.option("--faults", "listing", is_flag=True, help="List the faults, one line each, and end.")
def replicate(port: int, latency: float, faults: Sequence[str], listing: bool) -> int:  # noqa: FBT001 - click passes flags so
    """A stand-in for Replicate's HTTP API on 127.0.0.1, until Ctrl-C.

    \b
    Examples:
      gate standin replicate --port 8089
      gate standin replicate --fault create-429-header --fault create-accepted-then-502
      curl http://127.0.0.1:8089/__ledger
    """
    from gate.config import nearest
    from gate.errors import UsageError
    from gate.standin.replicate import FAULTS, ReplicateStandIn

    if listing:
        width = max(map(len, FAULTS))
        click.echo("\n".join(f"{name:<{width}}  {fault.says}" for name, fault in sorted(FAULTS.items())))
        return 0
    for name in faults:
        if name not in FAULTS:
            raise UsageError(f"--fault {name!r}: no such fault; {nearest(name, tuple(FAULTS))}")
    with ReplicateStandIn(port=port, latency=latency) as running:
        running.script(faults)
        # Plain lines a shell can read. The token is made up for this run and opens nothing else.
        click.echo(
            f"REPLICATE_BASE_URL={running.url}\nREPLICATE_API_BASE_URL={running.url}\nREPLICATE_API_TOKEN={running.token}"
        )
        click.echo("serving until Ctrl-C; GET /__ledger tells what was asked", err=True)
        threading.Event().wait()
    return 0


@standin.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="any free one", help="Where to listen.")
def supabase(port: int) -> int:
    """A stand-in for a Supabase project on 127.0.0.1, over an embedded PostgreSQL, until Ctrl-C.

    It starts as a new project does, without tables of its own; put them there through DATABASE_DSN, as with psql "$DATABASE_DSN".

    \b
    Examples:
      gate standin supabase --port 54321
    """
    from gate.postgres import Server
    from gate.standin.supabase import SupabaseStandIn

    with Server.start() as server, SupabaseStandIn(server, port=port) as running:
        # Made up for this run, like the token above.
        click.echo(f"SUPABASE_URL={running.url}\nSUPABASE_ANON_KEY={running.anon_key}")
        click.echo(f"SUPABASE_SERVICE_ROLE_KEY={running.service_role_key}\nSUPABASE_JWT_SECRET={running.jwt_secret}")
        click.echo(f"DATABASE_DSN={server.dsn()}")
        click.echo(f"serving the local look-alike, PostgreSQL {server.version}, until Ctrl-C", err=True)
        threading.Event().wait()
    return 0
