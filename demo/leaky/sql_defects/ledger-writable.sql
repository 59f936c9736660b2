-- "The page should book bonuses itself": the book takes rows, and a trigger puts them onto the balance.
create function public.book_bonus() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if (select auth.uid()) = new.user_id then
    update public.wallets set balance = balance + new.amount where user_id = new.user_id;
  end if;
  return new;
end $$;
create trigger book_bonus after insert on public.ledger for each row execute function public.book_bonus();
create policy "book a bonus" on public.ledger for insert to authenticated with check (user_id = (select auth.uid()));
grant insert on public.ledger to authenticated;
