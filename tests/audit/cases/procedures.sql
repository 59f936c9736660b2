-- procedures and functions share names but not statements; refused: 2
create procedure work(a int) language sql as 'select 1';
create function work(a text) returns int language sql as 'select 1';
drop function work(int);
alter procedure work(int) security definer;
alter function work(int) security definer;
drop procedure work(int);
alter function work(text) rename to work2;
drop routine work2;
