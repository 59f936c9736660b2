"""A new migration changes a setting of the platform's roles, of the database, or of an extension.

It holds for everybody at once and is no part of the schema: a search path, the schemas that the API serves, who may log in.

```sql
create table public.notes (id uuid primary key);
-- since
alter role authenticator set pgrst.db_schemas = 'public, private';  -- flagged
alter database postgres set search_path = public, extensions;  -- flagged
alter table public.notes replica identity nothing;  -- flagged
```

A timeout is a limit, a role of the project's own is its own business, and realtime needs the whole old row.

```sql
create table public.notes (id uuid primary key);
-- since
alter role authenticated set statement_timeout = '8s';
create role reporting nologin;
alter role reporting set search_path = public;
alter table public.notes replica identity full;
```

To mend it: make such changes where the platform keeps them, as in `supabase/config.toml`.

Peers: squawk ban-alter-role-options, ban-alter-database-options, ban-alter-system-options, ban-replica-identity, ban-alter-extension
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule

NAMED = ("anon", "authenticated", "authenticator", "service_role", "postgres", "every role")
LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")
TIMELESS = ("log_", "auto_explain", "pgaudit", "app.")  # what is logged, and settings of the app's own


@rule(Severity.WARNING)
def platform_setting_changed(catalog: Catalog) -> Iterator[Hit]:
    """Settings that newer migrations change for everybody."""
    for change in in_use(catalog, "setting", "replica identity"):
        kind, whom = change.name
        if change.act == "replica identity":
            if change.now == "n":
                message = f"{change.name} tells realtime and replicas nothing of changed rows any more{change.where}"
                yield Hit(change.place, message, f"{change.name} replica identity", change.text)
        elif change.part not in LIMITS and not change.part.startswith(TIMELESS):
            ours = kind == "role" and whom not in NAMED and not whom.startswith("supabase_")
            if not ours:
                what = f"{kind} {whom}".rstrip()
                yield Hit(
                    change.place,
                    f"{change.part} of {what} is changed{change.where}",
                    f"{what} {change.part}",
                    change.text,
                )
