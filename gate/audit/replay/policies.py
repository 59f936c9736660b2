"""CREATE and ALTER POLICY."""

from dataclasses import replace
from typing import Any

from gate.audit.catalog import Former, Policy
from gate.audit.replay import parser, references
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
    roles = named_roles(state, tree.roles)
    if roles is None or not _fitting(state, tree, tree.cmd_name):
        return
    policy = Policy(
        name=tree.policy_name,
        table=table.name,
        command=tree.cmd_name,
        permissive=tree.permissive,
        roles=roles,
        using="",
        check="",
        using_node=_condition(state, tree, "qual"),
        check_node=_condition(state, tree, "with_check"),
        place=state.place,
    )
    refresh(policy)
    table.policies[policy.name] = policy


def named_roles(state: State, nodes: Any) -> tuple[str, ...] | None:
    """The roles that a policy names; None, and a note, where one does not exist."""
    roles = tuple(parser.role(node, state.role) for node in nodes)
    unknown = [role for role in roles if role not in state.catalog.roles and role != "public"]
    if unknown:
        state.missing(f"role {unknown[0]!r} was never created")
        return None
    return roles


def _fitting(state: State, tree: Any, command: str) -> bool:
    """Whether Postgres takes these conditions for this command: it has no row to check, or none to look at, for some."""
    if command == "insert" and parser.present(tree, "qual"):
        state.missing(f"policy {tree.policy_name!r} is for insert, which takes WITH CHECK only")
        return False
    if command in {"select", "delete"} and parser.present(tree, "with_check"):
        state.missing(f"policy {tree.policy_name!r} is for {command}, which takes no WITH CHECK")
        return False
    return True


def _condition(state: State, tree: Any, name: str) -> Any:
    if not parser.present(tree, name):
        return None
    node = parser.copied(getattr(tree, name))
    references.qualify(state, node)
    return node


def refresh(policy: Policy) -> None:
    """Derive the texts and the references from the trees, after either changed."""
    policy.using, policy.check = parser.expression(policy.using_node), parser.expression(policy.check_node)
    nodes = list(policy.expressions())
    policy.relations = frozenset(name for node in nodes for name in references.relations(node))
    policy.calls = frozenset(name for node in nodes for name in references.calls(node))


def alter(state: State, tree: Any) -> None:
    """ALTER POLICY replaces the parts it names."""
    table = state.catalog.tables.get(state.found(tree.table))
    policy = table.policies.get(tree.policy_name) if table else None
    if policy is None:
        state.missing(f"policy {tree.policy_name!r} on {state.found(tree.table)} was never created")
        return
    roles = named_roles(state, tree.roles)
    if roles is None or not _fitting(state, tree, policy.command):
        return
    state.catalog.former[policy.table, policy.name] = Former(replace(policy), state.place)
    policy.roles = roles or policy.roles
    policy.using_node = _condition(state, tree, "qual") or policy.using_node
    policy.check_node = _condition(state, tree, "with_check") or policy.check_node
    policy.place = state.place
    refresh(policy)
