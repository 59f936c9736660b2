-- policies: clauses that do not go with the command; refused: 10
create table t (id int);
create policy a on t for insert using (true);
create policy b on t for select with check (true);
create policy c on t for delete with check (true);
create policy d on t for update using (true) with check (id > 0);
create policy e on t for insert with check (id > 0);
create policy f on t;
alter policy e on t using (true);
alter policy d on t with check (id > 1);
alter policy gone on t using (true);
create policy d on t for select using (true);
create policy g on t using (missing_column > 0);
create policy h on t using (missing_function(id));
create policy i on t using (exists (select from missing_table));
create view v as select id from t;
create policy j on v using (true);
