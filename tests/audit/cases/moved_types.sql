-- types in another schema and under another name are followed by columns; refused: 1
create schema app;
create type mood as enum ('a', 'b');
create table t (m mood, many mood[]);
create function f(a mood) returns mood language sql as 'select a';
create policy p on t using (m = 'a'::mood);
alter type mood set schema app;
alter type app.mood rename to feeling;
alter function f(app.feeling) security definer;
drop schema app;
drop schema app cascade;
