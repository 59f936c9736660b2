-- refused: 1
-- R6: a table that another table's policy reads goes only with CASCADE, and that policy goes along.
create table members (team int, who uuid);
create table docs (id int, team int);
alter table docs enable row level security;
create policy team on docs using (team in (select m.team from members m where m.who = auth.uid()));
create policy other on docs for insert with check (true);
drop table members;
drop table members cascade;
