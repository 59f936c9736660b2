"""A function that users may call books any amount that they send.

The caller is checked, the amount is not. A negative amount turns a payment into a gift, and where the function only adds, every
call is one.

```sql
create table public.wallets (user_id uuid primary key references auth.users, credits int);
alter table public.wallets enable row level security;
create function public.spend(amount int) returns void language sql security definer set search_path = '' as $$  -- flagged
  update public.wallets set credits = credits - amount where user_id = auth.uid() $$;
```

```sql
create table public.wallets (user_id uuid primary key references auth.users, credits int);
alter table public.wallets enable row level security;
create function public.top_up(amount int) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  if amount <= 0 then raise exception 'no'; end if;
  update public.wallets set credits = credits + amount where user_id = auth.uid();
end $$;
```

Refuse what is not positive. What is taken from one and given to another is a payment.

```sql
create table public.wallets (user_id uuid primary key references auth.users, credits int);
alter table public.wallets enable row level security;
create function public.pay(receiver uuid, amount int) returns void language plpgsql security definer set search_path = '' as $$
begin
  if amount <= 0 then raise exception 'no'; end if;
  update public.wallets set credits = credits - amount where user_id = auth.uid() and credits >= amount;
  if not found then raise exception 'too little'; end if;
  update public.wallets set credits = credits + amount where user_id = receiver;
end $$;
create function public.pay_cents(receiver uuid, cents int) returns void language plpgsql security definer set search_path = '' as $$
declare whole int := cents / 100;
begin
  if cents <= 0 then raise exception 'no'; end if;
  update public.wallets set credits = credits - whole where user_id = auth.uid() and credits >= whole;
  if not found then raise exception 'too little'; end if;
  update public.wallets set credits = credits + cents where user_id = receiver;
end $$;
```

What only the server may call takes the server's amount.

```sql
create table public.wallets (user_id uuid primary key references auth.users, credits int);
alter table public.wallets enable row level security;
create function public.spend(amount int) returns void language sql security definer set search_path = '' as $$
  update public.wallets set credits = credits - amount where user_id = auth.uid() $$;
revoke execute on function public.spend(int) from public, anon, authenticated;
```

So told are functions that print credit and those that take a negative amount.

To mend it, in the body: `if amount <= 0 then raise exception 'amount must be positive'; end if;`. What adds, only the server may call:
`revoke execute on function public.top_up(int) from public, anon, authenticated;`

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Function
from gate.audit.meaning import Helpers, asks_caller, calls, checks_caller, helpers, plain
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule

NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8"}
BOOKED = re.compile(
    r"(?:\bset|,)\s*(\w+)\s*=\s*(?:coalesce\(\s*)?(?:\w+\.)?(\w+)(?:\s*,\s*0\s*\))?\s*([+-])\s*(\w+)", re.IGNORECASE
)
MONEY = re.compile(r"credit|balance|token|coin|cash|wallet|quota|funds", re.IGNORECASE)


@rule(Severity.ERROR)
def function_takes_amount_from_caller(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that check the caller alone; those that check nobody are another rule's."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        who = tuple(role for role in API_ROLES if catalog.may(role, "EXECUTE", function.acl, function.name.schema))
        if not function.definer or not who or not catalog.exposed(function.name.schema):
            continue
        body = plain(function.body)
        if not asks_caller(body) or "service_role" in body or _asks_a_helper(known, body):
            continue
        booked = _booked(function, body)
        if booked:
            column, sign, amount = booked
            message = f"{function.signature}, which users can call, books any {amount} they send on {column}"
            remedy = server_only(catalog, function, used) if sign == "+" else None
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)


def _asks_a_helper(known: Helpers, body: str) -> bool:
    """Whether another function looks at the caller too, and so may let in administrators only."""
    return any(checks_caller(known, one.body) for name in calls(body) for one in known.get(name, ()))


def _booked(function: Function, body: str) -> tuple[str, str, str] | None:
    """The column of money, the sign, and the argument that reaches it unchecked."""
    amounts = {name for name, kind in function.arguments if name and kind in NUMBERS}
    found = [(column, sign, amount) for column, same, sign, amount in BOOKED.findall(body) if column == same]
    found = [one for one in found if MONEY.search(one[0])]
    paid = any(sign == "-" for _, sign, _ in found)  # from somebody, whatever the amount is called there
    found = [one for one in found if one[2] in amounts]
    for column, sign, amount in found:
        checked = re.search(rf"\b{amount}\s*(<=?|>=?)\s*[01]\b|(abs|greatest)\([^)]*\b{amount}\b", body, re.IGNORECASE)
        if not checked or (sign == "+" and not paid):
            return column, sign, amount
    return None
