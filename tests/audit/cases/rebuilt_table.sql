-- R1: dropped and made again, a table has neither row security nor policies, and default grants again.
create table notes (id uuid primary key default gen_random_uuid(), owner uuid);
alter table notes enable row level security;
create policy own on notes using (owner = auth.uid());
revoke all on notes from anon;
drop table notes;
create table notes (id uuid primary key, owner uuid not null);
