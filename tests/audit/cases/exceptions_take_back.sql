-- a block with handlers takes back what it did before it was refused; refused: 1
create table t (id int);
do $$ begin
  create table a (id int);
  alter table t enable row level security;
  create table t (id int);
exception when duplicate_table then
  create table handled (id int);
end $$;
do $$ begin
  create table b (id int);
  begin
    create table c (id int);
    drop table gone;
  exception when duplicate_table then null;
  end;
exception when undefined_table then
  create table outer_handled (id int);
end $$;
do $$ begin
  create table d (id int);
  raise exception 'no';
end $$;
do $$ begin
  create table e (id int);
  begin
    create table f (id int);
    raise exception 'no' using errcode = 'P0001';
  exception when raise_exception then
    create table g (id int);
  end;
end $$;
do $$ begin
  create table h (id int);
exception when others then
  drop table t;
end $$;
