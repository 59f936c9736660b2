-- R17: INHERITS copies columns, never row security, policies or grants.
create table base (id int primary key, owner uuid not null default auth.uid());
alter table base enable row level security;
create policy own on base using (owner = auth.uid());
revoke all on base from anon;
create table child (extra text) inherits (base);
create table merged (id int, more int) inherits (base);
alter table base add column later timestamptz default now();
alter table base rename column later to afterwards;
alter table base drop column afterwards;
