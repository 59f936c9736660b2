-- policies follow renames of tables, columns, functions and types that they use
create schema app;
create type mood as enum ('a', 'b');
create table people (id int, who uuid, m mood);
create table things (id int, owner int);
create function allowed(a int) returns boolean language sql stable as 'select true';
create policy p on things using (
  exists (select from people as x where x.id = things.owner and x.who = auth.uid() and x.m = 'a'::mood) and allowed(owner));
create policy q on people using (id in (select owner from things t2 where t2.owner = people.id));
alter table people rename column who to user_id;
alter table people rename to persons;
alter table things rename column owner to person;
alter table things set schema app;
alter function allowed(int) rename to is_allowed;
alter function is_allowed(int) set schema app;
alter type mood rename to feeling;
alter table persons rename column m to n;
drop type feeling cascade;
