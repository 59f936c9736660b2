"""What newer migrations changed for the worse, object by object: how it was in the base, and how it is in the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gate.audit.catalog import API_ROLES, PUBLIC, Acl, Catalog, Function, Name, Policy, Table, View
from gate.audit.meaning import Helpers, always_true, any_signed_in, bound, helpers
from gate.audit.release import Release
from gate.audit.replay.conditions import alternatives, demands
from gate.audit.replay.parser import expression
from gate.finding import Severity, Span

BUCKET = re.compile(r"bucket_id = '([^']*)'")
SHOWN = 90  # characters of a condition
VERBS = ("select", "insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class Loss:
    """One protection less, in words, at the statement that took it."""

    object: str
    words: str
    place: Span
    severity: Severity = Severity.WARNING


def losses(release: Release, head: Catalog) -> Iterator[Loss]:
    """Everything that is there before and after, and protected less."""
    known = helpers(head)
    for table in head.tables.values():
        before = release.tables.get(id(table)) or release.base.tables.get(table.name)
        if before is not None and head.reaches(table):
            yield from _of_table(release, head, known, before, table)
    for view in head.views.values():
        shown = release.base.views.get(view.name)
        if shown is not None and head.reaches(view) and shown.invoker and not view.invoker and not view.materialized:
            place = _last(release, view.name, "create view", "alter view") or view.place
            yield Loss(f"view {view.name}", "read with the caller's rights, and now with its owner's", place)
        if shown is not None:
            yield from _of_grants(release, head, shown, view)
    for function in head.functions.values():
        former = release.base.functions.get(function.key)
        if former is not None:
            yield from _of_function(release, head, former, function)
    for bucket in head.buckets.values():
        was = release.base.buckets.get(bucket.id)
        if was is not None and bucket.public and not was.public:
            yield Loss(f"bucket {bucket.id}", "was private, and is public now", bucket.place)
    yield from _of_schemas(release, head)


def _of_table(release: Release, head: Catalog, known: Helpers, before: Table, table: Table) -> Iterator[Loss]:
    label = str(table.name)
    if before.rls and not table.rls:
        place = _last(release, table.name, "disable rls", "create table", "rename table") or table.place
        yield Loss(label, "had row level security, and has none now", place)
    for change in release.about(table.name):
        if change.act == "publish" and not table.rls:
            yield Loss(label, f"is sent to subscribers of {change.part}, without row level security", change.place)
    yield from _of_grants(release, head, before, table)
    if before.rls and table.rls:
        yield from _floors(release, before, table)
        yield from _wider(release, (head, known), before, table)


def _floors(release: Release, before: Table, table: Table) -> Iterator[Loss]:
    """Restrictive policies that are gone or ask less."""
    left = [one for one in table.policies.values() if not one.permissive]
    for policy in (one for one in before.policies.values() if not one.permissive):
        if not any(_at_least(one, policy) for one in left):
            place = _last(release, table.name, "drop policy", "alter policy", part=policy.name) or table.place
            words = f"restrictive policy {policy.name!r} no longer limits everybody to {policy.using or policy.check}"
            yield Loss(str(table.name), words, place, Severity.ERROR)


def _at_least(policy: Policy, other: Policy) -> bool:
    """Whether a restrictive policy limits at least what another one did."""
    same = policy.command in {"all", other.command} and (
        PUBLIC in policy.roles or set(other.roles) <= set(policy.roles)
    )
    return same and all(
        _within(node, [was]) for node, was in zip(_nodes(policy), _nodes(other), strict=True) if was is not None
    )


def _nodes(policy: Policy) -> tuple[object, object]:
    return policy.using_node, policy.check_node


def _ways(node: object) -> list[frozenset[str]]:
    """The alternatives of a condition, each as the set of its demands."""
    return [frozenset(expression(one) for one in demands(way)) - {"true"} for way in alternatives(node)]


def _within(node: object, others: list[object]) -> bool:
    """Whether every alternative of a condition asks all that some alternative of the others asks."""
    known = [way for other in others for way in _ways(other)]
    return all(any(one <= way for one in known) for way in _ways(node))


def _wider(release: Release, judged: tuple[Catalog, Helpers], before: Table, table: Table) -> Iterator[Loss]:
    """Permissive policies that let more through than all of them did together; what only the caller's own row is, is no more."""
    head, known = judged
    told: set[str] = set()
    for verb in VERBS:
        for role in head.reaches(table, verb.upper()):
            then = [node for one in before.policies.values() for node in _condition(one, verb, role)]
            for policy in table.policies.values():
                for node in _condition(policy, verb, role):
                    if (
                        policy.name in told
                        or _same(before, policy)
                        or _within(node, then)
                        or _of_new_bucket(release, node)
                    ):
                        continue
                    lost = _lost(node, then)
                    if lost or not bound(known, node):
                        told.add(policy.name)
                        words = (
                            f"no longer asks {_cut(lost)}"
                            if lost
                            else f"lets {role} {verb} where {_cut(expression(node))}"
                        )
                        yield Loss(
                            str(table.name),
                            f"policy {policy.name!r} {words}",
                            _last(release, table.name, "create policy", "alter policy", part=policy.name)
                            or policy.place,
                            Severity.ERROR if lost and not _open(node) else Severity.WARNING,
                        )


def _open(node: object) -> bool:
    """Whether a condition asks nothing of the row, which the rules about the state judge."""
    text = expression(node)
    return always_true(text) or any_signed_in(text)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _of_new_bucket(release: Release, node: object) -> bool:
    """Whether a condition is about buckets that newer migrations make."""
    named = set(BUCKET.findall(expression(node)))
    return bool(named) and not named & set(release.base.buckets)


def _same(before: Table, policy: Policy) -> bool:
    was = before.policies.get(policy.name)
    return was is not None and (was.using, was.check, was.roles, was.command) == (
        policy.using,
        policy.check,
        policy.roles,
        policy.command,
    )


def _condition(policy: Policy, verb: str, role: str) -> Iterator[object]:
    if policy.permissive and policy.covers(verb) and policy.applies_to(role):
        if verb in {"select", "delete", "update"} and policy.using_node is not None:
            yield policy.using_node
        if verb == "insert" and (policy.check_node is not None or policy.using_node is not None):
            yield policy.check_node if policy.check_node is not None else policy.using_node


def _lost(node: object, then: list[object]) -> str:
    """What an alternative asked before and the same without it asks no more; '' where it is another condition."""
    for way in _ways(node):
        for was in (one for other in then for one in _ways(other)):
            if way < was:
                return " and ".join(sorted(was - way))
    return ""


def _of_grants(release: Release, head: Catalog, before: Table | View, after: Table | View) -> Iterator[Loss]:
    """Privileges of strangers that were not theirs, and of users where the platform grants by default: it was taken back."""
    if not head.exposed(after.name.schema):
        return
    roles = API_ROLES if head.regime == "auto" else ("anon",)
    for role in roles:
        gained = [
            verb
            for verb in VERBS
            if _whole(head, role, verb, after.acl, after.name)
            and not _whole(release.base, role, verb, before.acl, before.name)
        ]
        effective = [
            verb for verb in gained if not isinstance(after, Table) or not after.rls or _serves(after, verb, role)
        ]
        if effective:
            place = _granted(release, after.name, role) or _last(release, after.name, "create table") or after.place
            yield Loss(str(after.name), f"{role} may {', '.join(effective)} now", place)


def _serves(table: Table, verb: str, role: str) -> bool:
    return any(True for one in table.policies.values() for _ in _condition(one, verb, role))


def _whole(catalog: Catalog, role: str, verb: str, acl: Acl, name: Name) -> bool:
    """Whether a role has a privilege on all of an object, and not only on columns."""
    whole = Acl(grants=acl.grants)
    return catalog.may(role, verb.upper(), whole, name.schema)


def _of_function(release: Release, head: Catalog, before: Function, after: Function) -> Iterator[Loss]:
    label = f"function {after.signature}"
    place = _last(release, after.name, "create function", "alter function") or after.place
    if not head.exposed(after.name.schema) or after.returns == "trigger":
        return
    callers = [role for role in API_ROLES if head.may(role, "EXECUTE", after.acl, after.name.schema)]
    if after.definer and not before.definer and callers:
        yield Loss(label, "ran with its caller's rights, and runs with its owner's now", place)
    if after.definer and "search_path" in before.settings and "search_path" not in after.settings:
        yield Loss(
            label, f"had search_path = {before.settings['search_path'] or repr('')}, and has the caller's now", place
        )
    gained = [one for one in callers if not release.base.may(one, "EXECUTE", before.acl, before.name.schema)]
    if gained:
        granted = _granted(release, after.name, gained[0]) or place
        yield Loss(label, f"can be called by {' and '.join(gained)} now", granted)


def _of_schemas(release: Release, head: Catalog) -> Iterator[Loss]:
    """Schemas that the API did not serve, with something in them that its roles reach."""
    for name in head.config.exposed_schemas:
        if release.exposed is not None and name not in release.exposed and name in head.schemas:
            inside: list[Table | View] = [*head.tables.values(), *head.views.values()]
            reached = [one for one in inside if one.name.schema == name and head.reaches(one)]
            if reached:
                words = f"was not served by the API, and {reached[0].name} in it is within reach now"
                yield Loss(f"schema {name}", words, reached[0].place)


def _granted(release: Release, name: Name, role: str) -> Span | None:
    """The last newer GRANT to a role, or to everyone, on an object or on everything in its schema."""
    found = [
        one.place
        for one in release.of("grant")
        if {role, PUBLIC} & set(one.columns) and one.name in {name, Name(name.schema, "*")}
    ]
    return found[-1] if found else None


def _last(release: Release, name: Name, *acts: str, part: str = "") -> Span | None:
    """The last newer statement that did such a thing to an object, or to everything in its schema."""
    found = [
        one.place
        for one in release.of(*acts)
        if (name in {one.name, one.other} or one.name == Name(name.schema, "*")) and part in {"", one.part}
    ]
    return found[-1] if found else None
