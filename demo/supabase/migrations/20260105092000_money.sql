-- Every change of a balance happens here, next to a line in the ledger. Only the backend, as service_role, may call these.
-- A change of state is one conditional UPDATE: zero rows means that somebody else was faster or that it is over.

create function public.open_account(p_user uuid, p_credits int) returns int
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id) values (p_user) on conflict do nothing;
  insert into public.wallets (user_id) values (p_user) on conflict do nothing;
  insert into public.ledger (user_id, entry, amount) values (p_user, 'grant', p_credits) on conflict do nothing;
  if found then
    update public.wallets set balance = balance + p_credits where user_id = p_user;
  end if;
  return (select balance from public.wallets where user_id = p_user);
end $$;

create function public.start_job(p_job uuid, p_user uuid) returns text
language plpgsql security definer set search_path = '' as $$
declare v_price int;
begin
  update public.jobs as j set status = 'processing', price = p.credits, started_at = now() from public.prices as p
   where j.id = p_job and j.user_id = p_user and j.status = 'queued' and p.kind = j.kind
   returning j.price into v_price;
  if not found then
    return 'noop';
  end if;
  update public.wallets set balance = balance - v_price where user_id = p_user and balance >= v_price;
  if not found then
    raise exception 'insufficient credit' using errcode = 'P0402';  -- undoes the claim as well
  end if;
  insert into public.ledger (user_id, job_id, entry, amount) values (p_user, p_job, 'debit', -v_price);
  return 'claimed';
end $$;

create function public.note_prediction(p_job uuid, p_prediction text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  update public.jobs set provider_id = p_prediction where id = p_job and status = 'processing' and provider_id is null;
  return found;
end $$;

create function public.finish_job(p_job uuid, p_output text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  update public.jobs set status = 'succeeded', output_path = p_output, finished_at = now()
   where id = p_job and status = 'processing' and p_output like 'outputs/' || user_id::text || '/%';
  return found;
end $$;

-- The refund copies the debit: it can neither be without one nor differ from it, and the unique key allows one.
create function public.fail_job(p_job uuid, p_error text, p_category text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare v_back int; v_user uuid;
begin
  update public.jobs set status = 'failed', error = p_error, error_category = p_category, finished_at = now()
   where id = p_job and status = 'processing';
  if not found then
    return false;
  end if;
  insert into public.ledger (user_id, job_id, entry, amount)
    select user_id, job_id, 'refund', -amount from public.ledger where job_id = p_job and entry = 'debit'
    on conflict do nothing returning amount, user_id into v_back, v_user;
  if v_back is null then
    return false;
  end if;
  update public.wallets set balance = balance + v_back where user_id = v_user;
  return true;
end $$;

revoke execute on function
  public.open_account(uuid, int), public.start_job(uuid, uuid), public.note_prediction(uuid, text),
  public.finish_job(uuid, text), public.fail_job(uuid, text, text)
  from public, anon, authenticated;
grant execute on function
  public.open_account(uuid, int), public.start_job(uuid, uuid), public.note_prediction(uuid, text),
  public.finish_job(uuid, text), public.fail_job(uuid, text, text)
  to service_role;
