-- ALTER TABLE with several commands: all of them or none; refused: 2
create table t (id int, a int);
alter table t enable row level security, add column b int, drop column gone;
alter table t add column c int, alter column c set default 1, add constraint k check (c > 0), drop column a;
alter table t add column d int, add column d int;
alter table t drop column id, add column id uuid primary key default gen_random_uuid();
