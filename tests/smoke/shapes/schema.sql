-- What both backends of other shapes keep. INPUT, OUTPUT and TARIFFS are filled in by the test.
create table public.accounts (
  id uuid primary key references auth.users (id) on delete cascade,
  coins int not null check (coins >= 0)
);
create table public.tariffs (type text primary key, coins int not null check (coins > 0));
insert into public.tariffs values TARIFFS;
create table public.renders (
  uid uuid primary key default gen_random_uuid(),
  owner uuid not null references public.accounts (id) on delete cascade,
  type text not null references public.tariffs (type),
  source text not null,
  state text not null default 'new' check (state in ('new', 'at work', 'done', 'broken')),
  price int, prediction text unique, path text, cause text,
  made timestamptz not null default now()
);
alter table public.accounts enable row level security;
alter table public.tariffs enable row level security;
alter table public.renders enable row level security;
revoke all on public.accounts, public.tariffs, public.renders from anon, authenticated, service_role;
grant all on public.accounts, public.tariffs, public.renders to service_role;

create function public.open_account(p_user uuid, p_coins int) returns int
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.accounts values (p_user, p_coins) on conflict do nothing;
  return (select coins from public.accounts where id = p_user);
end $$;

create function public.begin_render(p_render uuid, p_user uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare v_price int;
begin
  update public.renders r set state = 'at work', price = t.coins from public.tariffs t
   where r.uid = p_render and r.owner = p_user and r.state = 'new' and t.type = r.type returning r.price into v_price;
  if not found then return false; end if;
  update public.accounts set coins = coins - v_price where id = p_user and coins >= v_price;
  if not found then raise exception 'not enough coins' using errcode = 'P0402'; end if;
  return true;
end $$;

create function public.end_render(p_render uuid, p_path text, p_cause text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare v_owner uuid; v_price int;
begin
  update public.renders set state = case when p_path is null then 'broken' else 'done' end, path = p_path, cause = p_cause
   where uid = p_render and state = 'at work' returning owner, price into v_owner, v_price;
  if not found then return false; end if;
  if p_path is null then
    update public.accounts set coins = coins + v_price where id = v_owner;
  end if;
  return true;
end $$;
revoke execute on function public.open_account(uuid, int), public.begin_render(uuid, uuid), public.end_render(uuid, text, text)
  from public, anon, authenticated;
grant execute on function public.open_account(uuid, int), public.begin_render(uuid, uuid), public.end_render(uuid, text, text)
  to service_role;

insert into storage.buckets (id, name, public) values ('INPUT', 'INPUT', false), ('OUTPUT', 'OUTPUT', false);
create policy "own files" on storage.objects for select to authenticated
  using (bucket_id in ('INPUT', 'OUTPUT') and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "own uploads" on storage.objects for insert to authenticated
  with check (bucket_id = 'INPUT' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "own changes" on storage.objects for update to authenticated
  using (bucket_id = 'INPUT' and (storage.foldername(name))[1] = (select auth.uid())::text)
  with check (bucket_id = 'INPUT' and (storage.foldername(name))[1] = (select auth.uid())::text);
