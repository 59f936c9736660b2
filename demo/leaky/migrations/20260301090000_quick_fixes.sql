-- What "quick fixes" do to a sound schema. Each block is one that real projects ship.

-- The book was "not loading": somebody switched row level security off and opened the table.
alter table public.ledger disable row level security;
grant select on public.ledger to anon;

-- For the worker, which needs no policy at all: this one opens the table to everybody else.
create policy "service role can do everything" on public.jobs for all using (true) with check (true);
grant select, insert, update, delete on public.jobs to authenticated;

-- So that the page can show the balance at once, people may write their own wallet.
create policy "own wallet, for the page" on public.wallets
  for update to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
grant update on public.wallets to authenticated;

-- A promotion, callable by anybody, for anybody, with any amount.
create function public.add_credits(p_user uuid, p_amount int) returns void language sql security definer as $$
  update public.wallets set balance = balance + p_amount where user_id = p_user;
$$;

-- A feed for the front page, with its owner's rights.
create view public.job_feed as select id, user_id, kind, input_path, output_path from public.jobs;
grant select on public.job_feed to anon, authenticated;
