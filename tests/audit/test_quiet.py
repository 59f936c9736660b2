"""What is as it should be gives no finding above a note: the tables that every project has, in every regime."""

import pytest

from gate.audit.check import AUDIT
from gate.finding import Severity
from gate.page import Example
from gate.rule import Rule, load_rules

RULES = load_rules(AUDIT.rules_package)

OWN = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  body text not null,
  created_at timestamptz not null default now()
);
create index notes_of_a_user on public.notes (user_id);
alter table public.notes enable row level security;
revoke all on public.notes from anon, authenticated, service_role;
grant select, insert, update, delete on public.notes to authenticated;
grant all on public.notes to service_role;
create policy "see own notes" on public.notes for select to authenticated using (user_id = (select auth.uid()));
create policy "add own notes" on public.notes for insert to authenticated with check (user_id = (select auth.uid()));
create policy "change own notes" on public.notes for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "delete own notes" on public.notes for delete to authenticated using (user_id = (select auth.uid()));
"""
IN_ONE_POLICY = """
create table public.notes (id uuid primary key, user_id uuid not null references auth.users, body text);
create index on public.notes (user_id);
alter table public.notes enable row level security;
create policy own on public.notes for all using (auth.uid() = user_id) with check (auth.uid() = user_id);
grant select, insert, update, delete on public.notes to authenticated;
grant all on public.notes to service_role;
"""
SERVER_ONLY = """
create table public.payments (id uuid primary key, user_id uuid references auth.users, amount int, token text);
create index on public.payments (user_id);
alter table public.payments enable row level security;
revoke all on public.payments from anon, authenticated;
grant all on public.payments to service_role;
"""
PRIVATE_SCHEMA = """
create schema private;
create table private.keys (id uuid primary key, api_key text);
create function private.rotate() returns void language sql security definer set search_path = '' as
  'update private.keys set api_key = null where id is not null';
"""
REFERENCE = """
create table public.countries (code text primary key, name text not null);
alter table public.countries enable row level security;
revoke all on public.countries from anon, authenticated;
grant select on public.countries to anon, authenticated;
grant all on public.countries to service_role;
create policy "countries are public" on public.countries for select to anon, authenticated using (true);
"""
TEAMS = """
create table public.teams (id uuid primary key, owner_id uuid not null references auth.users, name text);
create table public.members (
  team_id uuid references public.teams on delete cascade, user_id uuid references auth.users on delete cascade,
  primary key (team_id, user_id)
);
create index on public.teams (owner_id);
create index on public.members (user_id);
alter table public.teams enable row level security;
alter table public.members enable row level security;
revoke all on public.teams, public.members from anon, authenticated;
grant select, insert, delete on public.teams, public.members to authenticated;
grant all on public.teams, public.members to service_role;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$
  select team_id from public.members where user_id = (select auth.uid()) $$;
revoke execute on function public.my_teams() from public, anon;
grant execute on function public.my_teams() to authenticated;
create policy "see own teams" on public.teams for select to authenticated
  using (owner_id = (select auth.uid()) or id in (select public.my_teams()));
create policy "found teams" on public.teams for insert to authenticated with check (owner_id = (select auth.uid()));
create policy "close own teams" on public.teams for delete to authenticated using (owner_id = (select auth.uid()));
create policy "see own memberships" on public.members for select to authenticated using (user_id = (select auth.uid()));
create policy "owners let people in" on public.members for insert to authenticated with check (
  exists (select 1 from public.teams where teams.id = members.team_id and teams.owner_id = (select auth.uid())));
create policy "leave" on public.members for delete to authenticated using (user_id = (select auth.uid()));
"""
PROFILES = """
create table public.profiles (id uuid primary key references auth.users on delete cascade, name text, role text default 'user');
alter table public.profiles enable row level security;
revoke all on public.profiles from anon, authenticated;
grant select, update (name) on public.profiles to authenticated;
grant all on public.profiles to service_role;
create policy "own profile" on public.profiles for select to authenticated using (id = (select auth.uid()));
create policy "rename oneself" on public.profiles for update to authenticated using (id = (select auth.uid()));
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, name) values (new.id, new.raw_user_meta_data ->> 'name');
  return new;
end $$;
create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
"""
FILES = """
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
  values ('papers', 'papers', false, 5000000, array['application/pdf']);
create policy "see own papers" on storage.objects for select to authenticated
  using (bucket_id = 'papers' and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "add own papers" on storage.objects for insert to authenticated
  with check (bucket_id = 'papers' and (storage.foldername(name))[1] = (select auth.uid()::text));
"""
VIEWS = f"""{OWN}
create view public.latest_notes with (security_invoker = on) as
  select id, body from public.notes order by created_at desc limit 10;
revoke all on public.latest_notes from anon, authenticated;
grant select on public.latest_notes to authenticated;
grant select on public.latest_notes to service_role;
"""
SOUND = {
    "rows of their owner": OWN,
    "rows of their owner, in one policy": IN_ONE_POLICY,
    "a table of the server": SERVER_ONLY,
    "a schema that nobody reaches": PRIVATE_SCHEMA,
    "reference data": REFERENCE,
    "teams and members": TEAMS,
    "profiles made at sign-up": PROFILES,
    "private files": FILES,
    "a view with the caller's rights": VIEWS,
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_a_sound_schema_gives_no_finding_above_a_note(text: str) -> None:
    found = {
        f"{rule.id}: {hit.message}"
        for catalog in AUDIT.example(Example("sql", text, frozenset(), 1))
        for rule in RULES
        for hit in rule.judge(catalog)
        if (hit.severity or rule.severity) is not Severity.NOTE
    }

    assert found == set()


def test_the_rules_are_asked() -> None:
    text = OWN.replace("enable row level security", "disable row level security")
    found = {
        rule.id for c in AUDIT.example(Example("sql", text, frozenset(), 1)) for rule in RULES for _ in rule.judge(c)
    }

    assert "policies-without-rls" in found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_ends_with_the_equivalents_of_other_tools(rule: Rule) -> None:
    last = rule.page.text.rstrip().splitlines()[-1]

    assert last.startswith("Peers: ")
