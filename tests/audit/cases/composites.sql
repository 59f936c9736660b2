-- composite types: attributes added, dropped, renamed, used by a function; refused: 2
create type pair as (x int, y text);
alter type pair add attribute z uuid;
alter type pair drop attribute y;
alter type pair drop attribute y;
alter type pair rename attribute z to w;
alter type pair alter attribute x type bigint;
create function give() returns pair language sql as 'select null::pair';
create table t (p pair);
drop type pair;
drop type pair cascade;
