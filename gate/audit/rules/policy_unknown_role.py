"""A policy asks for a role that there is none of.

Nobody has it, so the policy lets nobody through; often it is a slip of the pen.

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
create policy see on public.notes for select using (auth.role() = 'authenticted');  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create role reporting nologin;
create policy see on public.notes for select using (auth.role() = 'authenticated' and owner = (select auth.uid()));
create policy report on public.notes for select using (auth.role() = 'reporting');
grant select on public.notes to authenticated;
```

To mend it: `to authenticated` says whom a policy is for, and Postgres refuses a role that it does not know.

Peers: pgrls SEC037
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.remedies import altered
from gate.finding import Hit, Severity
from gate.rule import rule

ASKED = re.compile(r"auth\.role\(\)\)?(?:::text)? = '([^']*)'", re.IGNORECASE)


@rule(Severity.WARNING)
def policy_unknown_role(catalog: Catalog) -> Iterator[Hit]:
    """Policies that compare the caller's role with a word that names none."""
    for table, policy in catalog.policies():
        asked = {word for text in (policy.using, policy.check) for word in ASKED.findall(text)}
        for word in sorted(asked - set(catalog.roles)):
            meant = _meant(word)
            texts = [text and text.replace(f"'{word}'", f"'{meant}'") for text in (policy.using, policy.check)]
            remedy = altered(policy, *texts) if meant else None
            message = (
                f"policy {policy.name!r} on {table.name} asks for the role {word!r}, and there is none of that name"
            )
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", word, remedy=remedy)


def _meant(word: str) -> str | None:
    return next((one for one in ("authenticated", "service_role", "anon") if word[:4].lower() == one[:4]), None)
