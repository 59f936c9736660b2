"""An extension is installed in `public`, so that its functions are part of the API.

Whoever has the app's public key calls them like the project's own, and their names shadow what the project makes later.

```sql
create extension citext schema public;  -- flagged
```

```sql
create extension citext schema extensions;
```

What the platform has already is not made again.

```sql
create extension if not exists pgcrypto;
```

PostGIS and its kin cannot be moved, and are not told.

To mend it: `alter extension citext set schema extensions;`, run by whoever owns that schema.

Peers: splinter 0014
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule

FIXED = frozenset(
    ["postgis", "postgis_topology", "postgis_raster", "postgis_tiger_geocoder", "pgrouting", "timescaledb"]
)

THERE = frozenset(["plpgsql", "pgcrypto", "uuid-ossp", "pg_stat_statements", "pgjwt", "supabase_vault", "pg_graphql"])


@rule(Severity.WARNING)
def extension_in_public(catalog: Catalog) -> Iterator[Hit]:
    """Extensions that can be moved and that the migrations put into an exposed schema."""
    for name, schema in catalog.extensions.items():
        place = catalog.installed.get(name)
        if place and catalog.exposed(schema) and name not in FIXED | THERE:
            yield Hit(place, f"extension {name!r} puts its functions into {schema}", f"extension {name}")
