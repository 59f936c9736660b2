"""Whether Postgres can apply the policies of a table, or goes round in a circle: the server's own walk."""

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.replay import parser


def circle(catalog: Catalog, table: Table, role: str, command: str) -> tuple[Policy, ...]:
    """The policies that lead from a table back to itself when a role runs a command; empty when none do."""
    return _entered(catalog, table, (role, command), ())


def _entered(catalog: Catalog, table: Table, asked: tuple[str, str], path: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Follow the policies that the server adds when it meets a table below those on the path.

    The server refuses a table that it is already inside of as soon as the policies added there hold any sub-select.
    """
    role, command = asked
    added = [policy for policy in table.policies.values() if policy.applies_to(role) and policy.covers(command)]
    asking = [policy for policy in added if _has_query(policy)]
    if not table.rls or not asking:
        return ()
    if any(policy.table == table.name for policy in path):
        return (*path, asking[0])
    for policy in asking:
        for name in sorted(policy.relations):
            other = catalog.tables.get(name)
            found = _entered(catalog, other, (role, "select"), (*path, policy)) if other else ()
            if found:
                return found
    return ()


def _has_query(policy: Policy) -> bool:
    if "SELECT" not in policy.using + policy.check:  # the texts are in the parser's normal form
        return False
    return any(parser.kind(one) == "SubLink" for node in policy.expressions() for one in parser.walk(node))
