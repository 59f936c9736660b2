-- GRANT on several objects of which one is missing; refused: 3
create table t (id int);
grant select on t, gone to anon;
revoke all on t, gone from anon;
grant select on t to anon, nobody_there;
