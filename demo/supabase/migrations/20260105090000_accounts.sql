-- Who somebody is, and what they have: a profile and a wallet.
-- Grants are written out, so that the schema means the same whatever the project's default privileges are.

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null default '' check (char_length(display_name) <= 80),
  created_at timestamptz not null default now()
);

create table public.wallets (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  balance int not null default 0 check (balance >= 0)
);

alter table public.profiles enable row level security;
alter table public.wallets enable row level security;

revoke all on public.profiles, public.wallets from anon, authenticated, service_role;
grant select on public.profiles, public.wallets to authenticated;
grant update (display_name) on public.profiles to authenticated;
grant all on public.profiles, public.wallets to service_role;

create policy "own profile" on public.profiles
  for select to authenticated using (id = (select auth.uid()));
create policy "rename oneself" on public.profiles
  for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()));
create policy "own wallet" on public.wallets
  for select to authenticated using (user_id = (select auth.uid()));
