"""What a stranger, a plain member and a removed member try on a tenant.

A table of likes ties users to things as a membership does. So a leak is reported only where the membership opens rows
that were closed to A before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gate.rls.attack import Attack
from gate.rls.attempt import Attempt, Verb
from gate.rls.constraints import Row, named
from gate.rls.membership import Membership, membership
from gate.rls.reproducer import Reproducer, reproduce_all, write
from gate.rls.rows import Seeds
from gate.rls.schema import Relation
from gate.rls.server_says import Said
from gate.rls.statements import delete, equals, exists, gone, insert, select, update, where
from gate.rls.trials import Trial, more, naming
from gate.rls.values import POWERFUL, A, B

ON_THE_MEMBERSHIP = frozenset({"join", "promote", "oust"})  # verbs that the membership's own policies decide


def attack_tenants(attack: Attack) -> Iterator[Attempt]:
    """Every attempt on every membership table."""
    for table in attack.relations.values():
        owner = attack.owned.get(table.full_name)
        member = membership(table, owner.column) if owner and table.exposed else None
        row = row_in(member, attack.seeds) if member else None
        if member and row:
            yield from _attack(attack, member, row)


def _attack(attack: Attack, member: Membership, row: Row) -> Iterator[Attempt]:
    closed = [name for name in _below(attack, member.key.target) if (name, "select", "", "A") not in attack.open]
    needed = attack.needed([member.table.full_name, *closed])
    looks = [
        (relation, theirs)
        for relation in map(attack.relations.__getitem__, closed)
        if (theirs := naming(relation, attack.seeds, B, "authenticated"))
    ]
    joins = [
        (relation, trial)
        for relation, theirs in looks
        for trial in joining(member, row, attack.seeds, exists(relation, theirs))
    ]
    yield _tried(attack, member, "join", joins, needed)
    if member.alone:  # what a role in the own profile may do is tried with the table
        return
    if (better := promote(member, row)) is not None:
        yield _tried(attack, member, "promote", [(member.table, better)], needed)
    if (better := ousted(member, row, attack.seeds)) is not None:
        yield _tried(attack, member, "oust", [(member.table, better)], needed)
    reaches = [
        (relation, trial)
        for relation, theirs in looks
        if (trial := reach(member, attack.seeds, select(relation, theirs))) is not None
    ]
    if reaches:
        yield _tried(attack, member, "reach", reaches, needed)
    if member.removed() is None:
        return
    controls = [
        (relation, come_back(member, row, select(relation, theirs), removed=False)) for relation, theirs in looks
    ]
    left = [
        (relation, come_back(member, row, select(relation, theirs), removed=True))
        for (relation, theirs), (_, said) in zip(looks, _all(attack, member, controls, needed), strict=True)
        if _shows(said)
    ]
    yield _tried(attack, member, "come back", left, needed)


def _tried(
    attack: Attack,
    member: Membership,
    verb: Verb,
    trials: Sequence[tuple[Relation, Trial]],
    needed: set[tuple[str, str]],
) -> Attempt:
    """The first of the trials that is let through, or a refusal."""
    found = Attempt(
        member.table.full_name,
        member.table.kind,
        attack.places.get(member.table.full_name),
        attack.regime,
        "A",
        verb,
        "refused",
        attack.owned.get(member.table.full_name),
        member.table.full_name in attack.config.public_tables,
    )
    for (relation, trial), (made, said) in zip(trials, _all(attack, member, trials, needed), strict=True):
        if _shows(said):
            attack.open.add((member.table.full_name, verb, "", "A"))
            text = made.text(said.words)
            leak = replace(
                found, answer="let through", detail=relation.full_name, columns=_columns(trial), reproducer=text
            )
            return attack.caused(leak, member.table, made) if verb in ON_THE_MEMBERSHIP else leak
    return found


def _columns(trial: Trial) -> tuple[str, ...]:
    return (trial.detail,) if trial.detail else ()


def _all(
    attack: Attack, member: Membership, trials: Sequence[tuple[Relation, Trial]], needed: set[tuple[str, str]]
) -> list[tuple[Reproducer, Said]]:
    """What came of each, with its reproducer. That is the trial: nobody but A was ever a member of B's tenant.

    All that belongs to a tenant is planted, as a policy may ask for any of it; so trials share what is written and planted.
    """
    written: dict[Trial, Reproducer] = {}
    made = []
    for _, trial in trials:
        alike = replace(trial, statement="", proof=None)
        if alike not in written:
            written[alike] = write(trial, member.table, attack.seeds, needed, attack.regime)
        made.append(replace(written[alike], trial=trial))
    return list(zip(made, reproduce_all(attack.fresh, made), strict=True))


def _shows(said: Said) -> bool:
    return said.answer == "let through" and not said.forced


def _below(attack: Attack, tenant: str) -> Iterator[str]:
    """The tenant's own table, and those whose rows belong to it."""
    if tenant in attack.owned:
        yield tenant
    for name in attack.owned:
        above, seen = attack.owned[name].parent, {name}
        while above and above not in {tenant, *seen}:
            seen.add(above)
            above = attack.owned[above].parent if above in attack.owned else None
        if above == tenant:
            yield name


def row_in(member: Membership, seeds: Seeds) -> Row | None:
    """A row that makes A a plain member of B's tenant."""
    name = member.table.full_name
    mine, theirs = seeds.written.get((name, A)), seeds.stored.get((name, B))
    if mine is None or theirs is None or theirs.get(member.key.columns[0]) is None:
        return None
    made_up = {column.name for column in member.table.columns if column.default is not None}
    own = {*member.table.primary_key} - {member.user, *member.key.columns}
    row = {column: value for column, value in mine.items() if column not in own & made_up}
    if own - made_up:
        return None
    return row | {member.user: A, member.key.columns[0]: theirs[member.key.columns[0]]}


def joining(member: Membership, row: Row, seeds: Seeds, opens: str) -> Iterator[Trial]:
    """A adds the row, or moves the only one there is, and then sees what `opens` asks for."""
    own = (member.table.full_name, A)
    yield Trial("A", "join", insert(member.table, row), opens, without=own, witness="A")
    mine, column = seeds.stored.get(own), member.key.columns[0]
    here = where(member.table, mine, [member.user]) if member.alone and mine else None
    if here is not None:
        yield Trial("A", "join", update(member.table, {column: row[column]}, here), opens, witness="A")


def promote(member: Membership, row: Row) -> Trial | None:
    """A, a plain member, takes the role of those who run the tenant."""
    role = member.role
    better = more(role, row.get(role.name), named(member.table, role.name)) if role else None
    here = where(member.table, row, [member.user, member.key.columns[0]])
    if role is None or better is None or here is None or not POWERFUL.search(better):
        return None
    proof = exists(member.table, here, equals(role, better))
    statement = update(member.table, {role.name: better}, here)
    own = (member.table.full_name, A)
    return Trial("A", "promote", statement, proof, role.name, without=own, planted=(f"{insert(member.table, row)};",))


def in_power(member: Membership, row: Row, condition: str | None) -> str | None:
    """The statement that gives a planted membership the role of those who run the tenant."""
    role = member.role
    better = more(role, row.get(role.name), named(member.table, role.name)) if role else None
    if role is None or condition is None or better is None or not POWERFUL.search(better):
        return None
    return f"{update(member.table, {role.name: better}, condition)};"


def ousted(member: Membership, row: Row, seeds: Seeds) -> Trial | None:
    """A, a plain member, removes B, who runs the tenant."""
    stored = seeds.stored[member.table.full_name, B]
    here = where(member.table, stored, [member.user, member.key.columns[0]])
    power = in_power(member, stored, here)
    if here is None or power is None:
        return None
    own = (member.table.full_name, A)
    planted = (f"{insert(member.table, row)};", power)
    return Trial("A", "oust", delete(member.table, here), gone(member.table, here), without=own, planted=planted)


def reach(member: Membership, seeds: Seeds, looks: str) -> Trial | None:
    """A, who runs A's own tenant, looks for what B's holds."""
    mine = seeds.stored.get((member.table.full_name, A))
    if mine is None or mine.get(member.key.columns[0]) == seeds.stored[member.table.full_name, B].get(
        member.key.columns[0]
    ):
        return None
    power = in_power(member, mine, where(member.table, mine, [member.user, member.key.columns[0]]))
    return Trial("A", "reach", looks, planted=(power,)) if power else None


def come_back(member: Membership, row: Row, looks: str, *, removed: bool) -> Trial:
    """A, once a member, looks for what B's tenant holds; as a control, A who still is one."""
    out = member.removed()
    planted = dict(row) | (dict([out]) if out and removed else {})
    own = (member.table.full_name, A)
    return Trial(
        "A",
        "come back",
        looks,
        detail=out[0] if out else "",
        without=own,
        planted=(f"{insert(member.table, planted)};",),
    )
