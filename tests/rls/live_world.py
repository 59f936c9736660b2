"""A project with known holes, served by the stand-in, with two users who own something in it."""

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from supabase import ClientOptions, create_client

from gate.check import Context
from gate.config import load_config
from gate.errors import Incomplete
from gate.finding import Finding
from gate.postgres import Server
from gate.rls.attempt import Attempt
from gate.rls.live.check import Live
from gate.rls.live.line import Pace
from gate.rule import load_rules
from gate.run import judged, sign
from gate.standin.supabase import SupabaseStandIn

OWNED = "(id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text)"
OWN = "using (user_id = auth.uid())"
MIGRATIONS = f"""
create table public.notes {OWNED}; alter table public.notes enable row level security;
create policy own on public.notes {OWN};
create table public.letters {OWNED}; alter table public.letters enable row level security;
create policy everyone on public.letters for select using (auth.uid() is not null);
create table public.posts {OWNED}; alter table public.posts enable row level security;
create policy everyone on public.posts for select using (true);
create table public.lonely {OWNED}; alter table public.lonely enable row level security;
create policy own on public.lonely {OWN};
create table public.bare {OWNED}; alter table public.bare enable row level security;
create policy own on public.bare {OWN};
create table public.stories (id int primary key, user_id uuid not null references auth.users, published boolean not null);
alter table public.stories enable row level security;
create policy see on public.stories for select using (published or user_id = auth.uid());
create table public.prices (kind text primary key, cents int not null);
insert into public.prices values ('small', 1);

create table public.orders (id int primary key, user_id uuid not null references auth.users, kind text references public.prices);
alter table public.orders enable row level security; create policy own on public.orders {OWN};
create table public.items (id int primary key, order_id int not null references public.orders, what text);
alter table public.items enable row level security; create policy everyone on public.items for select to authenticated using (true);

create table public.teams (id uuid primary key, name text);
create table public.team_members (team_id uuid references public.teams, user_id uuid references auth.users,
  role text not null default 'member', primary key (team_id, user_id));
alter table public.teams enable row level security; alter table public.team_members enable row level security;
create policy own on public.team_members for select {OWN};
create policy team on public.teams for select using (id in (select team_id from public.team_members where user_id = auth.uid()));

create view public.inbox as select body from public.notes;
create view public.mine with (security_invoker = true) as select body from public.notes;

create function public.fetch_note(note_id uuid) returns text language sql stable security definer set search_path = ''
  as $$ select body from public.notes where id = note_id $$;
create function public.own_notes() returns setof public.notes language sql stable as $$ select * from public.notes $$;
create function public.bump(note_id uuid) returns text language sql security definer set search_path = ''
  as $$ update public.notes set body = 'bumped' where id = note_id returning body $$;

insert into storage.buckets (id, name) values ('vault', 'vault'), ('shared', 'shared'), ('unused', 'unused');
create policy own on storage.objects for all to authenticated
  using (bucket_id = 'vault' and (storage.foldername(name))[1] = auth.uid()::text)
  with check (bucket_id in ('vault', 'shared') and (storage.foldername(name))[1] = auth.uid()::text);
create policy everyone on storage.objects for select to authenticated using (bucket_id = 'shared');
create policy theirs on storage.objects for delete to authenticated using (bucket_id = 'shared');

create table public.accounts (user_id uuid primary key references auth.users, credits int not null default 0);
alter table public.accounts enable row level security;
create policy own on public.accounts {OWN};
create table public.wall {OWNED}; alter table public.wall enable row level security;
create policy everyone on public.wall for all to authenticated using (true);
create table public.trapped {OWNED}; alter table public.trapped enable row level security;
create policy see on public.trapped for select {OWN};
create policy adding on public.trapped for insert to authenticated with check (user_id = auth.uid());
"""


@dataclass
class LiveWorld:
    """The project's folder, the stand-in over a database with its migrations, and the two users."""

    root: Path
    server: Server
    supabase: SupabaseStandIn
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that name the project and its users."""
        tokens = {f"TOKEN_{who}": self.token(who) for who in ("A", "B")}
        return {"SUPABASE_URL": self.supabase.url, "SUPABASE_ANON_KEY": self.supabase.anon_key, **tokens}

    def token(self, who: str, lifetime: int = 3600) -> str:
        return self.supabase.mint({"sub": self.ids[who], "role": "authenticated"}, lifetime)

    def configure(self, tables: tuple[str, ...] = (), url: str | None = None) -> None:
        listed = ", ".join(f'"{name}"' for name in tables)
        text = f'live_url = "{self.supabase.url if url is None else url}"\nlive_tables = [{listed}]\n'
        (self.root / "gate.toml").write_text(text)

    def sql(self, text: str, *values: Any) -> list[Any]:
        with self.server.connect() as db:
            cursor = db.execute(text.encode(), list(values) or None)
            return cursor.fetchall() if cursor.description else []

    def attack(self, *, writes: bool = False, environment: Mapping[str, str] | None = None) -> "Attacked":
        """The check, run by hand, with its cleanups."""
        context = Context(load_config(self.root))
        attempts: list[Attempt] = []
        problem = ""
        try:
            attempts += Live(writes, environment or self.environment, Pace(0.0)).subjects(context)
        except Incomplete as fault:
            problem = str(fault)
        finally:
            context.close()
        return Attacked(tuple(attempts), context, problem)


@dataclass(frozen=True)
class Attacked:
    """What came of it."""

    attempts: tuple[Attempt, ...]
    context: Context
    problem: str

    def answers(self, relation: str) -> dict[tuple[str, str], str]:
        return {(a.verb, a.actor): a.answer for a in self.attempts if a.relation == relation}

    def findings(self) -> tuple[Finding, ...]:
        rules = load_rules("gate.rls.rules")
        return sign(
            "rls", [judged(rule, hit) for attempt in self.attempts for rule in rules for hit in rule.judge(attempt)]
        )

    def why(self, what: str) -> list[str]:
        return [item.why for item in self.context.not_judged if item.what == what]


@contextlib.contextmanager
def live_world(server: Server, root: Path) -> Iterator[LiveWorld]:
    """The project, served, with rows and files of both users."""
    (root / "supabase/migrations").mkdir(parents=True)
    (root / "supabase/migrations/1_all.sql").write_text(MIGRATIONS)
    with server.connect() as db:
        db.execute(MIGRATIONS.encode())
    with SupabaseStandIn(server) as supabase, httpx.Client(timeout=30) as pool:
        world = LiveWorld(root, server, supabase, {who: str(uuid.uuid4()) for who in ("A", "B")})
        world.configure()
        for number, (who, user) in enumerate(world.ids.items()):
            world.sql("insert into auth.users (id, email) values (%s, %s)", user, f"{who}@example.com")
            for table in ("notes", "letters", "posts", "wall", *(["lonely"] if who == "B" else [])):
                words = f"{table} of {who}, {uuid.uuid4()}"
                world.sql(f"insert into public.{table} (user_id, body) values (%s, %s)", user, words)
            world.sql("insert into public.stories values (%s, %s, true)", number, user)
            world.sql("insert into public.orders values (%s, %s, 'small')", number, user)
            world.sql("insert into public.items values (%s, %s, %s)", 10 + number, number, f"thing of {who}")
            team = str(uuid.uuid4())
            world.sql("insert into public.teams values (%s, 'team')", team)
            world.sql("insert into public.team_members values (%s, %s)", team, user)
            world.sql("insert into public.accounts values (%s, 5)", user)
            headers = {"Authorization": f"Bearer {world.token(who)}"}
            options = ClientOptions(headers=headers, httpx_client=pool, auto_refresh_token=False)
            client = create_client(supabase.url, supabase.anon_key, options)
            for bucket in ("vault", "shared"):
                client.storage.from_(bucket).upload(f"{user}/own.txt", b"own", {"content-type": "text/plain"})
        yield world
