"""Whether Postgres can apply the policies of a table, or goes round in a circle: the server's own walk."""

from typing import Any

from gate.audit.catalog import Catalog, Name, Policy, Table
from gate.audit.replay import parser
from gate.audit.replay.references import relations


def circle(catalog: Catalog, table: Table, role: str, command: str) -> tuple[Policy, ...]:
    """The policies that lead from a table back to itself when a role runs a command; empty when none do."""
    return _entered(catalog, table, (role, command), ())


def _entered(catalog: Catalog, table: Table, asked: tuple[str, str], path: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Follow the policies that the server adds when it meets a table below those on the path.

    The server refuses a table that it is already inside of as soon as the policies added there hold any sub-select.
    """
    role, command = asked
    added = [policy for policy in table.policies.values() if policy.applies_to(role) and policy.covers(command)]
    asking = [policy for policy in added if any(map(_has_query, policy.expressions()))]
    if not table.rls or not asking:
        return ()
    if any(policy.table == table.name for policy in path):
        return (*path, asking[0])
    for policy in asking:
        for name in _read(policy):
            other = catalog.tables.get(name)
            found = _entered(catalog, other, (role, "select"), (*path, policy)) if other else ()
            if found:
                return found
    return ()


def _has_query(node: Any) -> bool:
    return any(parser.kind(one) == "SubLink" for one in parser.walk(node))


def _read(policy: Policy) -> list[Name]:
    return sorted({name for node in policy.expressions() for name in relations(node)})
