-- UNIQUE and exclusion constraints, USING INDEX, and the indexes behind them; refused: 4
create table t (id int primary key, a int unique, b int, c int, unique (b, c), exclude using btree (c with =));
create unique index concurrently_made on t (c);
alter table t add constraint by_c unique using index concurrently_made;
alter table t add constraint by_a unique (a);
alter table t drop constraint t_a_key;
alter index by_c rename to by_c2;
drop index by_c2;
alter table t rename constraint by_c2 to by_c3;
create index i on t (b);
alter table t add constraint x unique using index i;
alter table t add primary key (a);
alter table t add constraint gone_column unique (gone);
