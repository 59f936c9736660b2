"""CREATE and ALTER POLICY."""

from typing import Any

from gate.audit.catalog import Policy
from gate.audit.replay import parser
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE POLICY. One of that name that exists already stays as it is: the server refuses the second."""
    table = state.catalog.tables.get(state.found(tree.table))
    if table is None:
        state.missing(f"table {state.found(tree.table)} of policy {tree.policy_name!r} was never created")
        return
    if tree.policy_name in table.policies:
        state.missing(f"policy {tree.policy_name!r} on {table.name} exists already")
        return
    roles = tuple(parser.role(node) for node in tree.roles)
    using = tree.qual if parser.present(tree, "qual") else None
    check = tree.with_check if parser.present(tree, "with_check") else None
    table.policies[tree.policy_name] = Policy(
        name=tree.policy_name,
        table=table.name,
        command=tree.cmd_name,
        permissive=tree.permissive,
        roles=roles,
        using=parser.expression(using),
        check=parser.expression(check),
        using_node=using,
        check_node=check,
        place=state.place,
    )


def alter(state: State, tree: Any) -> None:
    """ALTER POLICY replaces the parts it names."""
    table = state.catalog.tables.get(state.found(tree.table))
    policy = table.policies.get(tree.policy_name) if table else None
    if policy is None:
        state.missing(f"policy {tree.policy_name!r} on {state.found(tree.table)} was never created")
        return
    if len(tree.roles):
        policy.roles = tuple(parser.role(node) for node in tree.roles)
    if parser.present(tree, "qual"):
        policy.using_node, policy.using = tree.qual, parser.expression(tree.qual)
    if parser.present(tree, "with_check"):
        policy.check_node, policy.check = tree.with_check, parser.expression(tree.with_check)
    policy.place = state.place
