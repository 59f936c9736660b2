"""A policy asks only that somebody is signed in, where rows belong to people or are changed.

Anyone can sign up, so every account reaches everybody's rows.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy members on public.letters for select using (auth.role() = 'authenticated');  -- flagged
grant select on public.letters to authenticated;
```

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy members on public.letters for select using (auth.role() = 'authenticated' and user_id = auth.uid());
grant select on public.letters to authenticated;
```

One alternative is enough.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy members on public.letters for select using (user_id = auth.uid() or auth.uid() is not null);  -- flagged
grant select on public.letters to authenticated;
```

Policies of one table are one finding. That all accounts may look is a warning where the policy says it itself, or where rows
are what people publish, and they hold nothing that nobody shows to strangers.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (auth.uid() is not null);  -- flagged
create policy remove on public.letters for delete using (auth.uid() is not null);
create table public.reviews (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.reviews enable row level security;
create policy see on public.reviews for select using (auth.uid() is not null);  -- flagged
grant select, delete on public.letters, public.reviews to authenticated;
```

A shared catalogue belongs to nobody.

```sql
create table public.styles (id uuid primary key, name text);
alter table public.styles enable row level security;
create policy members on public.styles for select using ((select auth.uid()) is not null);
grant select on public.styles to authenticated;
```

Changing it is another matter, even so. Who may only add to it can at worst fill it: a warning.

```sql
create table public.styles (id uuid primary key, name text);
alter table public.styles enable row level security;
create policy "Admins manage styles" on public.styles for all using (auth.uid() is not null);  -- flagged
create table public.words (id uuid primary key, word text);
alter table public.words enable row level security;
create policy suggest on public.words for insert with check (auth.uid() is not null);  -- flagged
grant select, insert, update, delete on public.styles, public.words to authenticated;
```

To mend it: compare the owner, as in `using (user_id = auth.uid())`.

Peers: pgrls SEC005, SEC027; supashield; rlsgate
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import any_signed_in, listed, open_to, personal, private, to_whom, told
from gate.audit.remedies import altered, own_row, together
from gate.audit.replay.conditions import alternatives
from gate.audit.replay.parser import expression
from gate.audit.shown import meant
from gate.finding import Hit, Severity
from gate.rule import rule

VERBS = {"select": "see", "insert": "add", "update": "change", "delete": "delete"}


@rule(Severity.ERROR)
def policy_any_signed_in_user(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies that any account passes, to rows with an owner or to change rows; one finding per table."""
    for table in catalog.tables.values():
        if not table.rls or table.name in catalog.platform or str(table.name) in catalog.config.public_tables:
            continue
        owned = personal(catalog, table)
        found = [one for one in table.policies.values() if one.permissive and any(map(any_signed_in, _ways(one)))]
        opened = {
            verb: several
            for verb in VERBS
            if (owned or verb != "select")
            and (several := [one for one in found if one.covers(verb) and open_to(catalog, table, one, verb.upper())])
        }
        if opened:
            policies = list({one.name: one for several in opened.values() for one in several}.values())
            deeds = listed([VERBS[verb] for verb in opened])
            message = f"{told(policies)} every account {deeds} rows of {table.name}"
            severity = _severity(catalog, table, set(opened), policies)
            own = own_row(catalog, table)
            remedy = together(altered(one, using=own, check=own) for one in policies) if own else None
            message += ", not only their owner" if owned else ""
            yield Hit(policies[0].place, message, str(table.name), to_whom(found), severity, remedy=remedy)


def _severity(catalog: Catalog, table: Table, verbs: set[str], policies: list[Policy]) -> Severity | None:
    mild = (verbs == {"select"} and meant(table, policies)) or (verbs == {"insert"} and not private(catalog, table))
    return Severity.WARNING if mild else None


def _ways(policy: Policy) -> Iterator[str]:
    """The alternatives of the condition that says which rows there are, or which may be added."""
    yield from map(expression, alternatives(policy.using_node if policy.using_node is not None else policy.check_node))
