"""What mends a finding, as SQL that can be pasted as a new migration: one function for each deed."""
# ruff: noqa: S608 - writing SQL is what this file is for, with every name and value quoted

from collections.abc import Container, Iterable

from gate.audit.catalog import PUBLIC, Acl, Catalog, Function, Name, Policy, Table, View
from gate.audit.meaning import AUTHORS, USERS, owner_columns, privileged_columns
from gate.audit.memberships import groups
from gate.audit.quoting import callable_signature, literal, quoted, spelled

READ = 30  # statements
OPEN_ROLES = (PUBLIC, "anon", "authenticated")
CERTAIN = frozenset(["user_id", "owner_id", "owner"])
FOLDER = "(storage.foldername(name))[1] = (select auth.uid())::text"


def together(several: Iterable[str | None]) -> str | None:
    """The remedy of a finding with several causes; None where one of them has none, since half a cure is none."""
    lines = list(several)
    return "\n".join(dict.fromkeys(one for one in lines if one)) if lines and all(lines) else None


def pasted(lines: Iterable[str]) -> str | None:
    """Statements that somebody still reads before pasting them; None for more."""
    several = list(dict.fromkeys(lines))
    return "\n".join(several) if len(several) <= READ else None


def enabled(table: Table) -> str:
    """Row security switched on."""
    return f"alter table {spelled(table.name)} enable row level security;"


def own_row(catalog: Catalog, table: Table) -> str | None:
    """The condition that a row is the caller's; None where it is not plain whose row it is."""
    users = {column for key in table.foreign_keys if key.target == USERS for column in key.columns}
    owners = [one for one in owner_columns(catalog, table) if one not in AUTHORS and one in table.columns]
    certain = [one for one in owners if one in users] or [one for one in owners if one in CERTAIN]
    if len(certain) != 1:
        return None
    kind = table.columns[certain[0]].type
    cast = {"uuid": "", "text": "::text", "varchar": "::text"}.get(kind)
    return None if cast is None else f"{quoted(certain[0])} = (select auth.uid()){cast}"


def enabled_for_owners(catalog: Catalog, table: Table) -> str:
    """Row security switched on, with a policy that leaves owners their rows where it is plain whose they are."""
    own = own_row(catalog, table)
    if own is None:
        return enabled(table)
    # Rights and memberships must not become writable by the cure.
    harmless = not privileged_columns(catalog, table) and not groups(catalog, table)
    verb = "all" if harmless else "select"
    policy = f"create policy {quoted('own rows')} on {spelled(table.name)} for {verb} to authenticated using ({own});"
    return f"{enabled(table)}\n{policy}"


def altered(policy: Policy, using: str | None = None, check: str | None = None, *to: str) -> str:
    """A policy with other conditions or roles; what it cannot have is left out."""
    parts = [f"alter policy {quoted(policy.name)} on {spelled(policy.table)}"]
    if to:
        parts.append(f"to {_roles(to)}")
    if using and policy.command != "insert":
        parts.append(f"using ({using})")
    if check and policy.command not in {"select", "delete"} and (policy.check or policy.command == "insert"):
        parts.append(f"with check ({check})")
    return " ".join(parts) + ";"


def bound_to(policy: Policy, demand: str) -> str:
    """A policy that asks one thing more."""
    using = f"({policy.using}) and {demand}" if policy.using else None
    check = f"({policy.check}) and {demand}" if policy.check else None
    return altered(policy, using, check)


def seen_alike(table: Table, policy: Policy) -> str | None:
    """A policy that lets its users see the rows which another lets them change."""
    name = f"see: {policy.name}"
    if name in table.policies or not policy.using:
        return None
    return (
        f"create policy {quoted(name)} on {spelled(table.name)} for select to {_roles(policy.roles)} "
        f"using ({policy.using});"
    )


def within_own(group: Table, column: str, row: str, owner: str) -> str:
    """The condition that a row belongs to a group which the caller owns."""
    joined = f"owned.{quoted(column)} = {row}"
    return f"exists (select 1 from {spelled(group.name)} as owned where {joined} and owned.{owner})"


def split_for_reading(catalog: Catalog, table: Table, policy: Policy) -> str | None:
    """The condition kept for reading, and the owner's own rows for writing; None where it is not plain whose they are."""
    own = own_row(catalog, table)
    name = f"see: {policy.name}"
    if own is None or name in table.policies:
        return None
    if policy.command != "all":
        return altered(policy, own, own)
    see = (
        f"create policy {quoted(name)} on {spelled(table.name)} for select to {_roles(policy.roles)} "
        f"using ({policy.using});"
    )
    return f"{see}\n{altered(policy, own, own)}"


def made(policy: Policy, kind: str = "") -> str:
    """A policy as it was, or of another kind."""
    kind = kind or ("as permissive" if policy.permissive else "as restrictive")
    parts = [f"create policy {quoted(policy.name)} on {spelled(policy.table)} {kind} for {policy.command}"]
    parts.append(f"to {_roles(policy.roles)}")
    parts += [f"using ({policy.using})"] if policy.using else []
    parts += [f"with check ({policy.check})"] if policy.check else []
    return " ".join(parts) + ";"


def made_again(policy: Policy, kind: str) -> str:
    """A policy made again as another kind: that cannot be altered."""
    return f"{dropped(policy)}\n{made(policy, kind)}"


def among_own(members: Table, group: str, person: str) -> str:
    """The condition that the row's group is one of the caller's."""
    inner = f"select m.{quoted(group)} from {spelled(members.name)} as m where m.{quoted(person)} = (select auth.uid())"
    return f"{quoted(group)} in ({inner})"


def dropped(policy: Policy) -> str:
    """A policy gone."""
    return f"drop policy {quoted(policy.name)} on {spelled(policy.table)};"


def server_only(catalog: Catalog, function: Function, needed: Container[Name], *left: str) -> str | None:
    """EXECUTE taken from everybody but the server and those in `left`; None where that would break what needs it."""
    name = callable_signature(catalog, function)
    if name is None or function.name in needed:
        return None
    kept = ["service_role", *left]
    return (
        f"revoke execute on {function.kind} {name} from {_roles(OPEN_ROLES)};\n"
        f"grant execute on {function.kind} {name} to {_roles(kept)};"
    )


def needed(catalog: Catalog) -> set[Name]:
    """The functions that API roles need EXECUTE for, because a policy, view or default of theirs calls them."""
    return catalog.once("needed", lambda: _needed(catalog))


def _needed(catalog: Catalog) -> set[Name]:
    found = {name for _, policy in catalog.policies() for name in policy.calls}
    found |= {name for view in catalog.views.values() for name in view.calls}
    return found | {name for t in catalog.tables.values() for c in t.columns.values() for name in c.calls}


def with_path(catalog: Catalog, function: Function) -> str | None:
    """A search path of the function's own: the one that the API gives it, so that its body finds what it found."""
    name = callable_signature(catalog, function)
    path = dict.fromkeys(["public", "extensions", "pg_temp"])
    return name and f"alter {function.kind} {name} set search_path = {', '.join(path)};"


def with_callers_rights(view: View) -> str:
    """A view that reads with the rights of whoever asks; a materialized one has none to ask and is closed."""
    if view.materialized:
        return closed(view)
    return f"alter view {spelled(view.name)} set (security_invoker = on);"


def closed(relation: Table | View) -> str:
    """Everything taken from the API's roles."""
    return f"revoke all on {spelled(relation.name)} from {_roles(_holders(relation.acl))};"


def read_only(view: View) -> str:
    """A view that API roles cannot write to."""
    return f"revoke insert, update, delete on {spelled(view.name)} from {_roles(_holders(view.acl))};"


def columns_only(
    table: Table, verbs: Iterable[str], columns: Iterable[str], to: Iterable[str] = ("authenticated",)
) -> str:
    """A privilege on the whole table exchanged for one on these columns."""
    names = ", ".join(map(quoted, columns))
    lines = []
    for verb in verbs:
        lines.append(f"revoke {verb} on {spelled(table.name)} from {_roles(_holders(table.acl))};")
        if names:
            lines.append(f"grant {verb} ({names}) on {spelled(table.name)} to {_roles(to)};")
    return "\n".join(lines)


def private_bucket(bucket: str) -> str:
    """A bucket whose files are asked for."""
    return f"update storage.buckets set public = false where id = {literal(bucket)};"


def _holders(acl: Acl) -> list[str]:
    """Who of everyone holds anything, which a REVOKE must name; the API's roles are named in any case."""
    public = [PUBLIC] if acl.grants.get(PUBLIC) or any(role == PUBLIC for role, _ in acl.columns) else []
    return [*public, "anon", "authenticated"]


def _roles(names: Iterable[str]) -> str:
    return ", ".join("public" if name == PUBLIC else quoted(name) for name in names)
