"""A rehearsal: embedded Postgres, stand-ins for Supabase and Replicate, two users, an input, and the backend itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from gate.audit.replay import replay, split
from gate.check import Context
from gate.errors import ConfigError, Incomplete
from gate.migration import no_migrations, read_migrations
from gate.postgres import Server, apply
from gate.smoke.backend import Backend
from gate.smoke.project import Project, client
from gate.smoke.redact import redacted
from gate.smoke.schema import schema_of
from gate.smoke.target import Somebody, Stage, Target
from gate.smoke.upstream import from_ledger
from gate.standin.image import png
from gate.standin.replicate import ReplicateStandIn
from gate.standin.supabase import SupabaseStandIn

if TYPE_CHECKING:
    from supabase_auth.types import AdminUserAttributes


@contextmanager
def rehearsal(context: Context) -> Iterator[Target]:
    """Start everything a rehearsal needs, and stop it in the end, however it ends.

    Raises Incomplete when a part does not start, with that part's own words.
    """
    config = context.config
    if not config.smoke.start:
        raise ConfigError("a rehearsal has to start the backend: set `start` in [tool.gate.smoke] to its command")
    migrations = read_migrations(config)
    if not migrations:
        raise Incomplete(no_migrations(config))
    with ExitStack() as stack:
        context.progress("starting PostgreSQL and the stand-ins")
        server = Server.start(config.regimes[0])
        stack.callback(server.stop)
        context.closing(server.stop)
        statements = [statement for migration in migrations for statement in split(migration)]
        applied = apply(server, statements)
        for failure in applied.failures:
            context.unjudged(str(failure.statement.place), f"did not apply: {failure.message}")
        supabase = stack.enter_context(SupabaseStandIn(server))
        context.closing(supabase.stop)
        replicate = stack.enter_context(ReplicateStandIn())
        context.closing(replicate.stop)
        context.progress("starting the backend")
        backend = Backend(
            config.smoke,
            config.root,
            {**variables(supabase, replicate), "TIME_SCALE": f"{config.smoke.time_scale:g}"},
        )
        stack.callback(backend.stop)
        context.closing(backend.stop)
        project = Project(supabase.url, supabase.anon_key)
        people = People(project, supabase, config.smoke.input, lambda: _kept_out(server))
        a, b = people.signed_in(), people.signed_in()
        backend.wait(min(config.smoke.start_timeout, context.remaining()))
        context.record("server", f"local look-alike, PostgreSQL {server.version}, {server.regime} grants")
        yield Target(
            kind="rehearsal",
            api=backend.url,
            tokens={"A": a.token, "B": b.token},
            upstream=from_ledger(replicate.made, replicate.shown),
            project=project,
            stage=Stage(
                newcomer=people.newcomer,
                mint=supabase.mint,
                schema=schema_of(replay(statements, config, config.regimes[0]), config),
                provider=replicate,
            ),
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
        "REPLICATE_WEBHOOK_SECRET": replicate.webhook_secret,
        "REPLICATE_BASE_URL": replicate.url,
        "REPLICATE_API_BASE_URL": replicate.url,
    }


@dataclass(slots=True)
class People:
    """Makes users, each with an input in its folder. Safe to ask from several threads."""

    project: Project
    supabase: SupabaseStandIn
    input_path: str
    why_not: Callable[[], str] = str  # asked when nobody can be made: the service itself does not say why
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def signed_in(self) -> Somebody:
        """A user who has signed up and in with a password, through the official client."""
        email = self._email()
        password = f"rehearsal of {email}"
        made = self._made({"email": email, "password": password, "email_confirm": True})
        return self._with_input(Somebody(made, self.project.sign_in(email, password)), email)

    def newcomer(self) -> Somebody:
        """A user with a token as signing in would give it; hashing passwords for dozens would take seconds."""
        email = self._email()
        made = self._made({"email": email, "email_confirm": True})
        token = self.supabase.mint({"sub": made, "role": "authenticated", "email": email})
        return self._with_input(Somebody(made, token), email)

    def _made(self, attributes: "AdminUserAttributes") -> str:
        """The id of a new user. Raises Incomplete where the project itself keeps anybody from signing up."""
        from supabase_auth.errors import AuthError

        try:
            with client(self.supabase.url, self.supabase.service_role_key) as service:
                return service.auth.admin.create_user(attributes).user.id
        except AuthError as fault:
            raise Incomplete(f"nobody can sign up here: {redacted(self.why_not() or str(fault))}") from None

    def _email(self) -> str:
        with self.lock:
            self.count += 1
            return f"user-{self.count}@gate.example"

    def _with_input(self, one: Somebody, email: str) -> Somebody:
        self.project.upload(self.input_path.format(user_id=one.id), png(f"the input of {email}"), one.token)
        return one


def _kept_out(server: Server) -> str:
    """What the database says to a new user, of whom the service says only that there was an error; "" where it lets one in."""
    row = (
        "insert into auth.users (id, aud, role, email) values (gen_random_uuid(), 'authenticated', 'authenticated', %s)"
    )
    try:
        with server.connect() as db, db.transaction(force_rollback=True):
            db.execute("set local statement_timeout = '5s'")
            db.execute(row, ["somebody@gate.example"])
    except psycopg.Error as fault:
        calls = [line for line in (fault.diag.context or "").splitlines() if line.startswith("PL/pgSQL function")]
        where = f": {calls[-1]}" if calls else ""
        return f"{fault.diag.message_primary or fault} (a trigger on auth.users{where})"
    return ""
