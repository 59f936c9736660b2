"""A migration gives a role a password in plain text.

Whoever reads the repository, now or ever, can log in to the database as that role.

```sql
create role reporting with login password 'tulip-7';  -- flagged
alter role reporting with password null;
```

Set it outside the migrations.

```sql
create role reporting with login;
alter role reporting with password null;
```

Keys that stand in a migration are found by `gate scan`, wherever else they stand.

To mend it: remove the password from the migration, and set another one by hand, with `\\password reporting` in psql.

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def password_in_migration(catalog: Catalog) -> Iterator[Hit]:
    """Roles whose password is a literal. Neither message nor fingerprint holds anything of it."""
    for role, place in catalog.passwords:
        yield Hit(place, f"the password of role {role!r} is written in this migration", f"role {role}")
