-- Types: dropped with their columns, renamed with them, enums in order.
create type mood as enum ('low', 'high');
create type pair as (a int, b text);
create domain mail as text check (value like '%@%');
create table t (id int, m mood default 'low', p pair, e mail, ms mood[]);
create function f(m mood) returns mood language sql as 'select m';
create policy p on t using (m = 'high'::mood);
alter type mood add value 'top';
alter type mood rename value 'low' to 'lowest';
alter type pair rename to couple;
drop type mood cascade;
drop domain mail cascade;
