-- R16: a partition begins without row security, whatever its parent says; so does a detached one.
create table events (id int not null, at date not null, owner uuid default auth.uid()) partition by range (at);
alter table events enable row level security;
create policy own on events using (owner = auth.uid());
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table events_2026 (id int not null, at date not null, owner uuid);
alter table events_2026 enable row level security;
alter table events attach partition events_2026 for values from ('2026-01-01') to ('2027-01-01');
create table events_rest partition of events default;
alter table events add column note text;
alter table events detach partition events_2025;
alter table events rename column note to remark;
alter table events alter column remark set not null;
