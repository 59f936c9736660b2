"""A block of a new migration can drop tables or delete rows, and the audit cannot follow it.

What a block does in a branch or loop that depends on the database's rows is seen by nobody who reads the file: neither by a
reviewer nor by a tool. What the audit can follow it judges by itself, wherever it hides.

```sql
create table public.tenants (name text primary key);
-- since
do $$ declare t record; begin  -- flagged
  for t in select name from public.tenants loop
    execute format('drop table if exists public.%I', t.name || '_notes');
  end loop;
end $$;
```

```sql
create table public.notes (id uuid primary key);
-- since
do $$ begin
  if exists (select 1 from pg_tables where tablename = 'drafts') then
    drop table public.drafts;
  end if;
end $$;
create function public.reset() returns void language plpgsql as $$ begin delete from public.notes; end $$;
```

To mend it: write the statements out, one by one.

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def destructive_sql_in_function_or_do(catalog: Catalog) -> Iterator[Hit]:
    """Blocks of newer migrations that hold such statements where they cannot be followed; one finding per block."""
    told = set()
    for change in in_use(catalog, "not followed"):
        if change.place not in told:
            told.add(change.place)
            message = f"a block holds {change.now.upper()} where only the server can tell what it hits"
            yield Hit(change.place, message, "block", change.text)
