-- identifiers: case, quotes, unicode escapes, 63 bytes, dollar signs; refused: 1
create table "Mixed Case" ("Id" int, "a""b" int, plain int);
create table MIXED_case (ID int);
create table U&"d\0061ta" (U&"\00e4" int);
create table "data2" (a$b int, ä int);
create policy "It's ""mine""" on "Mixed Case" using ("Id" > 0 and "a""b" is null);
alter table "Mixed Case" rename column "a""b" to "c.d";
create view "v.w" as select "c.d" from "Mixed Case";
create table aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (id int);
alter table aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab enable row level security;
alter table mixed_Case enable row level security;
alter table Data enable row level security;
drop table "mixed case";
