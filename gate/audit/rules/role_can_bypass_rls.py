"""A role that can log in passes row level security.

Whoever has its password reads and writes every row. A tool for reports, or a connection string in a second service, has the power
of the server's own key.

```sql
create role reporting with login bypassrls;  -- flagged
```

```sql
create role reporting with login;
grant select on all tables in schema public to reporting;
```

A role that nobody can log in as, or that lost the power, is none.

```sql
create role owner_of_jobs with nologin bypassrls;
create role reporting with login bypassrls;
alter role reporting with nobypassrls;
```

Two statements make one as well.

```sql
create role reporting with bypassrls;
alter role reporting with login;  -- flagged
```

To mend it: `alter role reporting with nobypassrls;`, and policies for it.

Peers: pgrls SEC016; rlsautotest L014
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.quoting import quoted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def role_can_bypass_rls(catalog: Catalog) -> Iterator[Hit]:
    """Roles of the migrations with LOGIN and BYPASSRLS or SUPERUSER."""
    for role, powers in catalog.powers.items():
        power = next((one for one in ("bypassrls", "superuser") if one in powers), None)
        if power and "canlogin" in powers and role in catalog.roles:
            places = (powers["canlogin"], powers[power])
            message = f"role {role!r} can log in and passes row level security"
            remedy = f"alter role {quoted(role)} with no{power};"
            yield Hit(max(places, key=lambda place: (place.path, place.line)), message, f"role {role}", remedy=remedy)
