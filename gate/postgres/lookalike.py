"""Whether foreign SQL has changed the look-alike: an `auth.uid()` that was replaced makes every attack look refused."""

from gate.postgres.server import Connection

SOURCES = """
select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
       md5(row(p.prosrc, p.prosqlbody, p.prolang, p.provolatile, p.prosecdef, p.proisstrict, p.prorettype, p.proconfig)::text)
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in ('auth', 'storage', 'realtime') order by 1
"""


def functions(connection: Connection) -> dict[str, str]:
    """The platform's functions with a digest of each."""
    return {str(name): str(digest) for name, digest in connection.execute(SOURCES)}


def changed(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    """Platform functions that are no longer what they were. New ones do not count."""
    return tuple(name for name, digest in before.items() if after.get(name) != digest)
