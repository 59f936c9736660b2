-- R27: case, quotes, the search path and 63 bytes: two spellings can be one object.
create table Notes (Id int, "Owner" uuid);
alter table NOTES enable row level security;
create table "Notes" (id int);
create policy "Eigene Zeilen – nur ich" on public."notes" using ("Owner" = auth.uid());
create table "Übersicht" ("größe" int, "naïve col" text);
alter table "Übersicht" enable row level security;
create policy "ä ö" on "Übersicht" for select using ("größe" > 0);
create table a_table_with_a_name_that_is_far_longer_than_the_sixty_three_bytes_allowed (id serial primary key, user_id uuid references auth.users);
create policy a_policy_with_a_name_that_is_far_longer_than_the_sixty_three_bytes_allowed on notes using (true);
create table "quo""ted" (id int);
alter table "quo""ted" enable row level security;
alter table "Übersicht" rename column "größe" to "Größe";
