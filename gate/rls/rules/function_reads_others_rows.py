"""A function hands out rows that belong to somebody else.

It was called with another user's id, and what came back was that user's. Row security does not hold for a function with
its owner's rights (`security definer`), and every function is open to everybody until its EXECUTE is taken away.

```sql
create table public.keys (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, secret text not null);
alter table public.keys enable row level security;
create policy own on public.keys using (user_id = auth.uid());
create function public.key_of(p_user_id uuid) returns text language sql security definer set search_path = '' as $$ select secret from public.keys where user_id = p_user_id $$;  -- flagged
```

The same for the caller alone.

```sql
create table public.keys (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, secret text not null);
alter table public.keys enable row level security;
create policy own on public.keys using (user_id = auth.uid());
create function public.my_key() returns text language sql security definer set search_path = '' as $$ select secret from public.keys where user_id = auth.uid() $$;
create function public.key_of(p_user_id uuid) returns text language sql set search_path = '' as $$ select secret from public.keys where user_id = p_user_id $$;
```

A row's id is no secret either; money is told by its number.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0 check (credits >= 0));
alter table public.profiles enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create function public.credits_of(target uuid) returns int language plpgsql stable security definer set search_path = '' as $$ begin return (select credits from public.profiles where id = target); end $$;  -- flagged
```

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0 check (credits >= 0));
alter table public.profiles enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create function public.has_credits(target uuid) returns boolean language plpgsql stable security definer set search_path = '' as $$ begin return (select credits > 0 from public.profiles where id = target); end $$;
create function public.credits_of(target uuid) returns int language plpgsql stable security definer set search_path = '' as $$ begin if target is distinct from auth.uid() then raise exception 'not yours'; end if; return (select credits from public.profiles where id = target); end $$;
```

An argument that need not be given, a list of ids, an address: all of them say whose row is wanted.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, email text, body text);
create table public.stamps (id uuid primary key default gen_random_uuid(), name text);
alter table public.letters enable row level security;
alter table public.stamps enable row level security;
create policy own on public.letters for select using (user_id = auth.uid());
create function public.my_letters(p uuid default auth.uid()) returns setof text language sql security definer set search_path = '' as $$ select body from public.letters where user_id = p $$;  -- flagged
create function public.letters_of(ids uuid[]) returns setof text language sql security definer set search_path = '' as $$ select body from public.letters where id = any (ids) $$;  -- flagged
create function public.letter(p_id uuid) returns jsonb language sql security definer set search_path = '' as $$ select to_jsonb(l) from public.letters as l where id = p_id $$;  -- flagged
create function public.letters_from(p_email text) returns setof text language sql security definer set search_path = '' as $$ select body from public.letters where email = p_email $$;  -- flagged
create function public.letter_by(p_code text) returns setof text language sql security definer set search_path = '' as $$ select body from public.letters where email = p_code $$;
create function public.mine_of(ids uuid[]) returns setof text language sql security definer set search_path = '' as $$ select body from public.letters where id = any (ids) and user_id = auth.uid() $$;
create function public.stamp(p_id uuid) returns text language sql security definer set search_path = '' as $$ select name from public.stamps where id = p_id $$;
```

Only the backend may call it.

```sql
create table public.keys (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, secret text not null);
alter table public.keys enable row level security;
create function public.key_of(p_user_id uuid) returns text language sql security definer set search_path = '' as $$ select secret from public.keys where user_id = p_user_id $$;
revoke execute on function public.key_of(uuid) from public, anon, authenticated;
```

What the table shows to everybody, a function may show as well.

```sql
create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create function public.note(note_id uuid) returns setof public.notes language sql security definer set search_path = '' as $$ select * from public.notes where id = note_id $$;
```

Names and pictures alone are what many apps show of their users on purpose, and give a warning; so does what an author
signed, and a function that calls itself public.

To mend it: compare with `auth.uid()` inside, or `revoke execute on function ... from public, anon, authenticated`.
"""

import re
from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule

SHOWN = re.compile(
    r"(?i)(^|_)(id|name|username|handle|nickname|avatar|avatar_url|image|image_url|photo|photo_url|picture|bio|title|slug"
    r"|tagline|description|poster_url|cover|cover_url|banner|banner_url|thumbnail|thumbnail_url|logo|logo_url|headline|website|location|city|country|status|type|category)$"
)

PUBLIC = re.compile(r"^([^(]*_)?(public|published|shared|leaderboard)(_|\()")


@rule(Severity.ERROR)
def function_reads_others_rows(attempt: Attempt) -> Iterator[Hit]:
    """Calls that brought back what only a row of B holds."""
    if attempt.verb == "call to read" and attempt.leak and attempt.owner and not attempt.public:
        what = f"{attempt.detail} ({', '.join(attempt.columns)})"
        shown = all(SHOWN.search(column) for column in attempt.columns) or PUBLIC.search(
            attempt.relation.partition(".")[2]
        )
        yield Hit(
            attempt.target,
            f"{attempt.who} reads other users' rows of {what} through {attempt.relation}{attempt.grants}",
            f"{attempt.relation} reads {attempt.detail}",
            severity=Severity.WARNING if shown or attempt.owner.author else None,
            reproducer=attempt.reproducer,
        )
