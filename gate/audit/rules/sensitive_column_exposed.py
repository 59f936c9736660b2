"""A table that anyone may read holds a column of secrets.

The rows are shared on purpose, and one of their columns is a token, a password or a customer's number: a stranger reads it of
everybody, and joins with the invitation of another, or calls with the key of another.

```sql
create table public.invitations (id uuid primary key, team uuid, invite_token text);
alter table public.invitations enable row level security;
create policy see on public.invitations for select using (true);  -- flagged
grant select on public.invitations to anon;
```

Grant the other columns only.

```sql
-- regime: explicit
create table public.invitations (id uuid primary key, team uuid, invite_token text);
alter table public.invitations enable row level security;
create policy see on public.invitations for select using (true);
grant select (id, team) on public.invitations to anon;
```

The number that a payment provider has for a customer opens nothing by itself: a warning.

```sql
create table public.shops (id uuid primary key, name text, stripe_account_id text);
create table public.settings (id uuid primary key, mail_api_key text);
alter table public.shops enable row level security;
alter table public.settings enable row level security;
create policy see on public.shops for select using (true);  -- flagged
create policy see on public.settings for select using (true);  -- flagged
grant select on public.shops, public.settings to anon;
```

One's own secret is one's own.

```sql
create table public.keys (id uuid primary key, user_id uuid references auth.users, api_key text);
alter table public.keys enable row level security;
create policy own on public.keys for select using (user_id = auth.uid());
grant select on public.keys to authenticated;
```

A row that belongs to a person and is open to all is told by the rules about open policies. `secret_columns` in the configuration
says what counts.

To mend it: `revoke select on public.invitations from anon, authenticated; grant select (id, team) on public.invitations to anon;`

Peers: pgrls SEC045; splinter 0023; supashield
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import always_true, any_signed_in, exposed_tables, listed, names, open_to, personal
from gate.audit.own_rows import writable
from gate.audit.remedies import columns_only
from gate.audit.shown import secrets
from gate.finding import Hit, Severity, Span
from gate.rule import rule

NUMBERS = {"stripe_customer_id", "stripe_account_id"}


@rule(Severity.ERROR)
def sensitive_column_exposed(catalog: Catalog) -> Iterator[Hit]:
    """Tables without an owner, or declared public, whose secret columns can be read with every row."""
    for table in exposed_tables(catalog):
        secret = [one for one in secrets(catalog, table) if writable(catalog, table, one, "SELECT")]
        declared = str(table.name) in catalog.config.public_tables
        if not secret or personal(catalog, table) or not (table.rls or declared):
            continue
        found = next(_readers(catalog, table), None)
        if found:
            place, who = found
            message = f"{names(who)} can read {listed(secret)} of every row of {table.name}"
            others = [one for one in table.columns if one not in secret]
            remedy = columns_only(table, ("select",), others, who)
            severity = Severity.WARNING if NUMBERS.issuperset(secret) else None
            yield Hit(place, message, f"{table.name} {' '.join(secret)}", severity=severity, remedy=remedy)


def _readers(catalog: Catalog, table: Table) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Where it was said that others read the rows, and who."""
    if not table.rls:
        yield table.place, catalog.reaches(table, "SELECT")
    for policy in table.policies.values():
        who = open_to(catalog, table, policy, "SELECT")
        if policy.permissive and policy.covers("select") and who and _open(policy):
            yield policy.place, ("authenticated",) if any_signed_in(policy.using) else who


def _open(policy: Policy) -> bool:
    return always_true(policy.using) or any_signed_in(policy.using)
