-- privileges on columns, and what a table-level REVOKE does to them; refused: 1
create role one nologin;
create table t (id int, a text, b text);
grant select (id, a), update (b), references (id) on t to one;
grant all (b) on t to one;
revoke update (b) on t from one;
grant select (gone) on t to one;
alter table t rename column a to c;
alter table t drop column b;
grant select (id) on t to public;
revoke select on t from one;
