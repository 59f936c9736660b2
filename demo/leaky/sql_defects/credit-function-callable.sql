-- For the shop: adds what was bought. Somebody forgot that everybody may call a function unless it is revoked.
create function public.add_credits(p_user uuid, p_credits int) returns int
language sql security definer set search_path = '' as $$
  update public.wallets set balance = balance + p_credits where user_id = p_user returning balance
$$;
grant execute on function public.add_credits(uuid, int) to authenticated;
