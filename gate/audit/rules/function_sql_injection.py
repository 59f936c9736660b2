"""A function builds SQL from what the caller sends, and runs it.

The caller writes SQL of choice into the argument. With the owner's rights it reads and changes every table.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create function public.find(word text) returns setof public.notes language plpgsql security definer set search_path = '' as $$  -- flagged
begin return query execute 'select * from public.notes where body like ''%' || word || '%'''; end $$;
```

Give values by USING, names by `%I`.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create function public.find(word text, sorted_by text) returns setof public.notes language plpgsql security definer set search_path = '' as $$
begin
  return query execute format('select * from public.notes where body like $1 order by %I', sorted_by) using '%' || word || '%';
end $$;
```

A variable carries it as well, `%s` quotes nothing, and a number cannot hold SQL.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create function public.counted(filter text, most int) returns bigint language plpgsql security definer set search_path = '' as $$  -- flagged
declare q text; n bigint;
begin
  q := format('select count(*) from public.notes where %s', filter);
  execute q into n;
  return n;
end $$;
create function public.newest(most int) returns bigint language plpgsql security definer set search_path = '' as $$
declare n bigint;
begin execute 'select count(*) from (select from public.notes limit ' || most || ') x' into n; return n; end $$;
```

An argument that is compared with a fixed list holds no SQL either, and with the caller's rights it is a warning.

```sql
create function public.purge(kind text) returns void language plpgsql security definer set search_path = '' as $$
begin
  if kind not in ('drafts', 'notes') then raise exception 'unknown'; end if;
  execute 'delete from public.' || kind || ' where user_id = auth.uid()';
end $$;
create function public.peek(kind text) returns void language plpgsql set search_path = '' as $$  -- flagged
begin execute 'select 1 from public.' || kind; end $$;
```

So it is where the body looks at who is calling: for those whom it lets through.

```sql
create table public.admins (user_id uuid primary key);
create function public.run(query text) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  if not exists (select 1 from public.admins where user_id = auth.uid()) then raise exception 'no'; end if;
  execute query;
end $$;
alter table public.admins enable row level security;
```

A check that is itself in the text that is built checks nothing: the caller's SQL goes past it.

```sql
create table public.notes (id uuid primary key, user_id uuid, body text);
alter table public.notes enable row level security;
create function public.find(word text) returns setof public.notes language plpgsql security definer set search_path = '' as $$  -- flagged
begin return query execute 'select * from public.notes where user_id = auth.uid() and body like ''%' || word || '%'''; end $$;
```

To mend it, in the body: `execute format('select * from %I where id = $1', kind) using wanted;`

Peers: plpgsql_check with its security warnings on
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.meaning import checks_caller, helpers, names
from gate.audit.remedies import needed, server_only
from gate.audit.replay.injection import injected
from gate.finding import Hit, Severity
from gate.rule import rule

TEXT = re.compile(r"'(?:[^']|'')*'")


@rule(Severity.ERROR)
def function_sql_injection(catalog: Catalog) -> Iterator[Hit]:
    """Functions within reach whose text arguments become SQL."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        who = tuple(role for role in API_ROLES if catalog.may(role, "EXECUTE", function.acl, function.name.schema))
        if not who or function.returns == "trigger" or not catalog.exposed(function.name.schema):
            continue
        arguments = injected(function)
        if arguments:
            message = f"{names(who)} can run SQL of choice through {', '.join(arguments)} of {function.signature}"
            checked = checks_caller(known, TEXT.sub("''", function.body))
            severity = Severity.WARNING if checked or not function.definer else None
            remedy = server_only(catalog, function, used) if function.definer else None
            yield Hit(function.place, message, function.signature, function.body, severity, remedy=remedy)
