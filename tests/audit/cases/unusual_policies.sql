-- Conditions of every form come out as the server reads them.
create table t (id int, owner uuid, tags text[], data jsonb, at timestamptz, n numeric);
create table m (team int, who uuid, role text);
create policy a on t using (owner = (select auth.uid()) and n between 1 and 5 and not (id is null));
create policy b on t using (id in (1, 2, 3) or tags && array['x'] or data ->> 'k' like 'a%' or at > now() - interval '1 day');
create policy c on t using (case when id > 1 then true else owner is not distinct from auth.uid() end);
create policy d on t using (exists (select 1 from m where m.who = auth.uid() and m.role = any (array['admin', 'owner'])));
create policy e on t using (id = any (select team from m where who = (auth.jwt() ->> 'sub')::uuid));
create policy f on t using (coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb ->> 'role' = 'x');
create policy g on t using ((with w as (select team from m) select count(*) from w) > 0);
create policy h on t using (row (id, owner) = row (1, auth.uid()) and (data -> 'a' ->> 0) is not null and n::int % 2 = 0);
create policy i on t for insert with check (extract(epoch from at) > 0 and owner = auth.uid() and char_length(data::text) < 10);
create policy j on t using (exists (select from m join m m2 on m.team = m2.team left join t t2 on t2.id = m.team where m2.who = t.owner));
create policy k on t using (id::text ~ '^[0-9]+$' and tags @> '{a}'::text[] and tags[1] = 'b' and (data #>> '{a,b}') ilike '%c%');
create policy l on t for all to public using (true) with check (at at time zone 'UTC' < current_date and current_user = 'x');
alter table m rename to memberships;
alter table t rename column owner to author;
