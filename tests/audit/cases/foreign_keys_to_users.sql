-- keys to auth.users
create table profiles (id uuid primary key references auth.users on delete cascade, email text);
create table notes (id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users (id) on delete set null);
alter table notes drop constraint notes_owner_fkey;
alter table notes add foreign key (owner) references profiles (id);
