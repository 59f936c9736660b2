"""What lets a leak through: the policy without whose like it would not be, or row security that is off.

Where several policies could have said yes, each is left alone in turn and the leak is made again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from gate.finding import Span
from gate.postgres import Connection
from gate.rls.actors import role
from gate.rls.reproducer import Reproducer, reproduce_all
from gate.rls.schema import Target

# pg_policy's letters; an upsert needs both.
LETTERS = {"select": "r", "insert": "a", "update": "w", "delete": "d"}
POLICIES = """
select polname, quote_ident(polname) from pg_policy
where polrelid = %s::regclass and polpermissive and polcmd::text = any(%s)
  and exists (select from unnest(polroles) as member where member = 0 or pg_has_role(%s::name, member, 'usage'))
order by polname
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """What it is called in a report, and the statement that said it last, where the migrations hold it."""

    name: str
    place: Span | None


def policy_name(name: str, table: str) -> str:
    """A policy as reports call it."""
    return f"policy '{name}' on {table}"


def without_rls(table: str) -> str:
    """A table whose row security is off, as reports call it."""
    return f"{table} without row level security"


def find_cause(db: Connection, relation: Target, made: Reproducer, places: Mapping[str, Span]) -> Cause | None:
    """The cause of a leak on a table that `made` shows, on a database that holds the migrations and nothing else.

    None where no single one can be named: the leak takes two policies together, or it is not the policies that let it pass.
    """
    table = relation.sql
    (guarded,) = db.execute("select relrowsecurity from pg_class where oid = %s::regclass", [table]).fetchone() or (0,)
    if not guarded:
        name = without_rls(relation.full_name)
        return Cause(name, places.get(name))
    statement = made.trial.statement
    letters = [LETTERS[statement.split(maxsplit=1)[0]], *("w" if " do update " in statement else ""), "*"]
    rows = db.execute(POLICIES, [table, letters, role(made.trial.actor)]).fetchall()
    policies = {str(name): str(quoted) for name, quoted in rows}
    found = list(policies) if len(policies) == 1 else _alone(db, table, made, policies)
    if not found:
        return None
    name = policy_name(found[0], relation.full_name if relation.kind in "rp" else table)
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return Cause(f"{name}{more}", places.get(name))


def _alone(db: Connection, table: str, made: Reproducer, policies: Mapping[str, str]) -> Sequence[str]:
    """Those that let it through by themselves; else those without which it is refused."""

    def leaks(dropped: Iterable[Sequence[str]]) -> list[bool]:
        drops = [tuple(f"drop policy {policies[name]} on {table};" for name in names) for names in dropped]
        return [said.answer == "let through" for said in reproduce_all(db, [replace(made, dropped=d) for d in drops])]

    alone = leaks([other for other in policies if other != name] for name in policies)
    if any(alone):
        return list(compress(policies, alone))
    return [name for name, leak in zip(policies, leaks([name] for name in policies), strict=True) if not leak]
