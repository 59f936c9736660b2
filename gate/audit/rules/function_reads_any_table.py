"""A function reads or writes whatever table the caller names.

The name is quoted as it should be, so it holds no SQL, and it may still be that of any table: with its owner's rights the function
hands out, or deletes from, the one that the caller likes.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create function public.count_rows(table_name text) returns bigint language plpgsql security definer set search_path = '' as $$  -- flagged
declare n bigint;
begin execute format('select count(*) from public.%I', table_name) into n; return n; end $$;
create function public.empty_out(which regclass) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin execute 'delete from ' || which; end $$;
```

Compare the name with a list.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create function public.count_rows(table_name text) returns bigint language plpgsql security definer set search_path = '' as $$
declare n bigint;
begin
  if table_name not in ('notes', 'drafts') then raise exception 'unknown'; end if;
  execute format('select count(*) from public.%I', table_name) into n;
  return n;
end $$;
```

A name that says what to sort by is no table, and with the caller's rights the policies decide.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create function public.sorted(by_column text) returns setof public.notes language plpgsql security definer set search_path = '' as $$
begin return query execute format('select * from public.notes where id = auth.uid() order by %I', by_column); end $$;
create function public.count_rows(table_name text) returns bigint language plpgsql set search_path = '' as $$
declare n bigint;
begin execute format('select count(*) from public.%I', table_name) into n; return n; end $$;
```

To mend it: `revoke execute on function public.count_rows(text) from public, anon, authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.bodies import callers
from gate.audit.catalog import Catalog
from gate.audit.meaning import checks_caller, helpers, listed, names, plain
from gate.audit.remedies import needed, server_only
from gate.audit.replay.injection import injected, named_relations
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def function_reads_any_table(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach whose arguments name the table of an EXECUTE; SQL of choice is another rule's."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer and "execute" in function.body.lower() else ()
        if not who or checks_caller(known, plain(function.body)) or injected(function):
            continue
        found = named_relations(function)
        if found:
            message = f"{names(who)} can name any table in {listed(found)} of {function.signature}"
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)
