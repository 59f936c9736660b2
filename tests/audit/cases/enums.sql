-- enum labels: added before and after, renamed, twice; refused: 5
create type mood as enum ('b', 'd');
alter type mood add value 'a' before 'b';
alter type mood add value 'c' after 'b';
alter type mood add value if not exists 'c';
alter type mood add value 'c';
alter type mood add value 'x' before 'gone';
alter type mood rename value 'd' to 'e';
alter type mood rename value 'gone' to 'f';
create type mood as enum ('z');
create type twice as enum ('a', 'a');
