-- roles in policies: several, renamed, dropped, unknown; refused: 5
create role r1;
create role r2;
create table t (id int);
create policy shared on t to r1, r2 using (true);
create policy everyone on t to public, r1 using (true);
create policy me on t to current_user using (true);
create policy gone on t to nobody_there using (true);
alter role r1 rename to r9;
drop role r9;
drop owned by r9;
drop role r9;
alter policy shared on t to r2, anon;
alter policy shared on t rename to everyone;
alter policy everyone on t rename to all_of_them;
