"""A rehearsal: embedded Postgres, stand-ins for Supabase and Replicate, two users, an input, and the backend itself."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from gate.audit.replay import split
from gate.check import Context
from gate.errors import ConfigError, Incomplete
from gate.migration import read_migrations
from gate.postgres import Server, apply
from gate.smoke.backend import Backend
from gate.smoke.project import Project, client
from gate.smoke.target import Target
from gate.smoke.upstream import from_ledger
from gate.standin.image import png
from gate.standin.replicate import ReplicateStandIn
from gate.standin.supabase import SupabaseStandIn


@dataclass(frozen=True, slots=True)
class Somebody:
    """A made-up user of a rehearsal."""

    id: str
    token: str = field(repr=False)


@contextmanager
def rehearsal(context: Context) -> Iterator[Target]:
    """Start everything a rehearsal needs, and stop it in the end, however it ends.

    Raises Incomplete when a part does not start, with that part's own words.
    """
    config = context.config
    if not config.smoke_backend:
        raise ConfigError("a rehearsal has to start the backend: set `smoke_backend` in [tool.gate] to its command")
    migrations = read_migrations(config)
    if not migrations:
        raise Incomplete(
            f"no migrations in {config.relative(config.migrations)}, so there is no database to rehearse on"
        )
    with ExitStack() as stack:
        context.progress("starting PostgreSQL and the stand-ins")
        server = Server.start(config.regimes[0])
        stack.callback(server.stop)
        context.closing(server.stop)
        applied = apply(server, [statement for migration in migrations for statement in split(migration)])
        for failure in applied.failures:
            context.unjudged(str(failure.statement.place), f"did not apply: {failure.message}")
        supabase = stack.enter_context(SupabaseStandIn(server))
        context.closing(supabase.stop)
        replicate = stack.enter_context(ReplicateStandIn())
        context.closing(replicate.stop)
        context.progress("starting the backend")
        backend = Backend(config.smoke_backend, config.root, variables(supabase, replicate))
        stack.callback(backend.stop)
        context.closing(backend.stop)
        project = Project(supabase.url, supabase.anon_key)
        a, b = (_somebody(project, supabase, name) for name in ("a", "b"))
        project.upload(config.smoke_input.format(user_id=a.id), png("the input of A"), a.token)
        backend.wait(min(60.0, context.remaining()))
        context.record("server", f"local look-alike, PostgreSQL {server.version}, {server.regime} grants")
        yield Target(
            kind="rehearsal",
            api=backend.url,
            tokens={"A": a.token, "B": b.token},
            upstream=from_ledger(lambda job: _predictions(replicate, job)),
            project=project,
            log=backend.words,
        )


def variables(supabase: SupabaseStandIn, replicate: ReplicateStandIn) -> dict[str, str]:
    """What the backend is told: the names that Supabase's and Replicate's own guides use."""
    return {
        "SUPABASE_URL": supabase.url,
        "SUPABASE_ANON_KEY": supabase.anon_key,
        "SUPABASE_SERVICE_ROLE_KEY": supabase.service_role_key,
        "SUPABASE_JWT_SECRET": supabase.jwt_secret,
        "MODEL_PROVIDER": "replicate",
        "REPLICATE_API_TOKEN": replicate.token,
        "REPLICATE_BASE_URL": replicate.url,
        "REPLICATE_API_BASE_URL": replicate.url,
    }


def _somebody(project: Project, supabase: SupabaseStandIn, name: str) -> Somebody:
    """A user who has signed up and in through the official client."""
    email, password = f"{name}@gate.example", f"rehearsal of {name}"
    with client(supabase.url, supabase.service_role_key) as service:
        made = service.auth.admin.create_user({"email": email, "password": password, "email_confirm": True})
    return Somebody(made.user.id, project.sign_in(email, password))


def _predictions(replicate: ReplicateStandIn, job: str) -> frozenset[str]:
    """The predictions of a job: those whose input names it, or all where none does."""
    made = replicate.ledger()["predictions"]
    own = [one for one in made if job in str(one["input"])]
    return frozenset(str(one["id"]) for one in own or made)
