-- R9: the text of policies follows both.
create table docs (id int, owner uuid);
create table shares (doc int, owner uuid);
create function is_admin(who uuid) returns boolean language sql stable as 'select true';
create policy own on docs using (owner = auth.uid() and exists (select 1 from shares where doc = docs.id and owner is not null));
create policy admins on docs for delete using (is_admin(docs.owner));
create policy linked on shares using (exists (select from docs d where d.owner = shares.owner));
alter table docs rename column owner to author;
alter table docs rename id to number;
alter function is_admin(uuid) rename to is_boss;
