"""CREATE and ALTER POLICY."""

from dataclasses import replace
from typing import Any

from gate.audit.catalog import PUBLIC, Former, Policy, Table
from gate.audit.replay import owners, parser, references
from gate.audit.replay.state import State


def create(state: State, tree: Any) -> None:
    """CREATE POLICY. One of that name that exists already stays as it is: the server refuses the second."""
    name = state.found(tree.table)
    table = state.catalog.tables.get(name)
    if table is None:
        state.missing(f"table {name} of policy {tree.policy_name!r} was never created")
    owners.must_own(state, str(name), table.owner)
    if tree.policy_name in table.policies:
        state.refuse(f"policy {tree.policy_name!r} on {table.name} exists already")
    roles = named_roles(state, tree.roles)
    _fitting(state, tree, tree.cmd_name)
    policy = Policy(
        name=tree.policy_name,
        table=table.name,
        command=tree.cmd_name,
        permissive=tree.permissive,
        roles=roles,
        using="",
        check="",
        using_node=_condition(state, tree, "qual", table),
        check_node=_condition(state, tree, "with_check", table),
        place=state.place,
    )
    refresh(policy)
    table.policies[policy.name] = policy


def named_roles(state: State, nodes: Any) -> tuple[str, ...]:
    """The roles that a policy names."""
    roles = tuple(parser.role(node, state.role) for node in nodes)
    unknown = next((role for role in roles if role not in state.catalog.roles and role != PUBLIC), None)
    if unknown is not None:
        state.missing(f"role {unknown!r} was never created")
    return (PUBLIC,) if PUBLIC in roles else roles


def _fitting(state: State, tree: Any, command: str) -> None:
    """Postgres has no row to check, or none to look at, for some commands."""
    if command == "insert" and parser.present(tree, "qual"):
        state.refuse(f"policy {tree.policy_name!r} is for insert, which takes WITH CHECK only")
    if command in {"select", "delete"} and parser.present(tree, "with_check"):
        state.refuse(f"policy {tree.policy_name!r} is for {command}, which takes no WITH CHECK")


def _condition(state: State, tree: Any, name: str, table: Table) -> Any:
    if not parser.present(tree, name):
        return None
    node = parser.copied(getattr(tree, name))
    references.qualify(state, node)
    references.must_be_there(state, node, f"policy {tree.policy_name!r} on {table.name}", table.name)
    return node


def refresh(policy: Policy) -> None:
    """Derive the texts and the references from the trees, after either changed."""
    policy.using, policy.check = parser.expression(policy.using_node), parser.expression(policy.check_node)
    nodes = list(policy.expressions())
    policy.relations = frozenset(name for node in nodes for name in references.relations(node))
    policy.calls = frozenset(name for node in nodes for name in references.calls(node))


def alter(state: State, tree: Any) -> None:
    """ALTER POLICY replaces the parts it names."""
    name = state.found(tree.table)
    table = state.catalog.tables.get(name)
    policy = table.policies.get(tree.policy_name) if table else None
    if table is None or policy is None:
        state.missing(f"policy {tree.policy_name!r} on {name} was never created")
    owners.must_own(state, str(name), table.owner)
    roles = named_roles(state, tree.roles)
    _fitting(state, tree, policy.command)
    using, check = _condition(state, tree, "qual", table), _condition(state, tree, "with_check", table)
    state.catalog.former[policy.table, policy.name] = Former(replace(policy), state.place)
    policy.roles = roles or policy.roles
    policy.using_node = using or policy.using_node
    policy.check_node = check or policy.check_node
    policy.place = state.place
    refresh(policy)
