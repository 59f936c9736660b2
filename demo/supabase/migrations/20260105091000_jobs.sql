-- What people ask for, what it costs, and the book that says where the credits went.

create type public.job_status as enum ('queued', 'processing', 'succeeded', 'failed');
create type public.ledger_entry as enum ('grant', 'debit', 'refund');

create table public.prices (
  kind text primary key,
  credits int not null check (credits > 0)
);
insert into public.prices (kind, credits) values ('restore', 1), ('upscale', 1), ('face_swap', 2);

create table public.jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  kind text not null references public.prices (kind),
  status public.job_status not null default 'queued',
  input_path text not null,
  output_path text,
  price int,
  provider_id text unique,
  error text,
  error_category text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index jobs_of_a_user on public.jobs (user_id, created_at desc);

create table public.ledger (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.profiles (id) on delete cascade,
  job_id uuid references public.jobs (id) on delete set null,
  entry public.ledger_entry not null,
  amount int not null check (amount <> 0),
  created_at timestamptz not null default now(),
  unique (job_id, entry)
);
create unique index one_grant_each on public.ledger (user_id) where entry = 'grant';

alter table public.prices enable row level security;
alter table public.jobs enable row level security;
alter table public.ledger enable row level security;

revoke all on public.prices, public.jobs, public.ledger from anon, authenticated, service_role;
grant select on public.prices to anon, authenticated;
grant select on public.jobs, public.ledger to authenticated;
grant all on public.prices, public.jobs, public.ledger to service_role;
grant insert (kind, input_path) on public.jobs to authenticated;

create policy "prices are public" on public.prices
  for select to anon, authenticated using (true);
create policy "own jobs" on public.jobs
  for select to authenticated using (user_id = (select auth.uid()));
-- A job starts queued and in one's own name because nobody may write any other column.
create policy "ask for a job" on public.jobs
  for insert to authenticated with check (
    user_id = (select auth.uid())
    and input_path like 'uploads/' || (select auth.uid())::text || '/%'
    and input_path not like '%..%'
  );
create policy "own book" on public.ledger
  for select to authenticated using (user_id = (select auth.uid()));

-- The book and the prices are asked for by what refers to them.
create index book_of_a_user on public.ledger (user_id);
create index jobs_of_a_kind on public.jobs (kind);
