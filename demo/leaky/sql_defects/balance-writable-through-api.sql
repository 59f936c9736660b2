-- So that the page can show the balance at once, people may write their own wallet.
create policy "own wallet, for the page" on public.wallets
  for update to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
grant update on public.wallets to authenticated;
