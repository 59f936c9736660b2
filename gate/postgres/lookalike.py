"""Whether foreign SQL has changed the look-alike: an `auth.uid()` that was replaced makes every attack look refused."""

from gate.postgres.server import Connection

SOURCES = """
select p.oid::regprocedure::text, md5(p.prosrc || p.provolatile::text || p.prosecdef::text)
from pg_proc as p where p.pronamespace::regnamespace::text in ('auth', 'storage', 'realtime') order by 1
"""


def functions(connection: Connection) -> dict[str, str]:
    """The platform's functions with a digest of each."""
    return {str(name): str(digest) for name, digest in connection.execute(SOURCES)}


def changed(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    """Platform functions that are no longer what they were. New ones do not count."""
    return tuple(name for name, digest in before.items() if after.get(name) != digest)
