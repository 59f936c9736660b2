-- domains with constraints, defaults and NOT NULL; refused: 3
create domain email as text constraint has_at check (value like '%@%') check (length(value) < 200);
alter domain email set not null;
alter domain email drop not null;
alter domain email set default 'a@b';
alter domain email drop default;
alter domain email add constraint lower_case check (value = lower(value));
alter domain email rename constraint lower_case to lower2;
alter domain email drop constraint gone;
alter domain email drop constraint if exists gone;
alter domain email drop constraint lower2;
create domain positive as int not null default 1 check (value > 0);
create table t (a email, b positive);
drop domain email;
drop domain email cascade;
alter domain positive rename to above_zero;
create domain above_zero as int;
drop type above_zero cascade;
