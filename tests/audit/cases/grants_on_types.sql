-- USAGE on types and domains; refused: 1
create role one nologin;
create type mood as enum ('a', 'b');
create domain name_of as text;
revoke usage on type mood from public;
grant usage on type mood to one;
grant usage on domain name_of to one;
grant select on type mood to one;
