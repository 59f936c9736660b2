"""What a guard can influence: the table, and whatever reads it, directly or through others, by the names in the texts."""

import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate.postgres import Connection
from gate.rls.schema import Relation

WORD = re.compile(r"\w+")
# The texts that the server keeps: bodies of functions, conditions of policies, and which function a trigger calls.
FUNCTIONS = """
select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proname::text,
       coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), p.prosecdef and (r.rolbypassrls or r.rolsuper)
from pg_proc as p join pg_roles as r on r.oid = p.proowner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and p.prokind = 'f'
  and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
"""
CONDITIONS = """
select n.nspname || '.' || c.relname,
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
from pg_policy as p join pg_class as c on c.oid = p.polrelid join pg_namespace as n on n.oid = c.relnamespace
union all
select n.nspname || '.' || c.relname, p.proname
from pg_trigger as t join pg_class as c on c.oid = t.tgrelid join pg_namespace as n on n.oid = c.relnamespace
join pg_proc as p on p.oid = t.tgfoid where not t.tgisinternal
"""
VIEWS = "select n.nspname || '.' || c.relname, pg_get_viewdef(c.oid) from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = any(%s)"


@dataclass(frozen=True, slots=True)
class Reach:
    """By full name of a table, view or function: the others that mention it.

    What is `above` row security, as it runs with rights of its own, feels nothing of what a caller may see.
    """

    mentioned_in: Mapping[str, frozenset[str]]
    above: frozenset[str]

    def of(self, name: str, *, rights_only: bool = False) -> tuple[str, ...]:
        """The name itself first, and then all that a change of it can be felt in, the nearest first.

        With `rights_only` the change is one of what a caller may do, and not of what is done.
        """
        seen = {name: None}
        left = deque([name])
        while left:
            for other in sorted(self.mentioned_in.get(left.popleft(), ())):
                if other not in seen and not (rights_only and other in self.above):
                    seen[other] = None
                    left.append(other)
        return tuple(seen)


def read_reach(db: Connection, relations: Sequence[Relation]) -> Reach:
    """Read it from a database. A name that merely looks alike is taken for a mention: more is attacked than need be."""
    functions = db.execute(FUNCTIONS).fetchall()
    named: dict[str, list[str]] = defaultdict(list)
    for relation in relations:
        named[relation.name].append(relation.full_name)
    for full_name, name, _, _ in functions:
        named[name].append(full_name)
    spaced = [name for name in named if not WORD.fullmatch(name)]
    found: dict[str, set[str]] = defaultdict(set)

    def mention(whose: str, text: str) -> None:
        words = set(WORD.findall(text))
        for name in (*(word for word in words if word in named), *(name for name in spaced if name in text)):
            for other in named[name]:
                if other != whose:
                    found[other].add(whose)

    for full_name, _, text, _ in functions:
        mention(full_name, text or "")
    for full_name, text in db.execute(CONDITIONS):
        mention(full_name, text)
    for full_name, text in db.execute(VIEWS, [[view.oid for view in relations if view.kind in "vm"]]):
        mention(full_name, text)
    for relation in relations:
        for below in relation.below:
            found[below].add(relation.full_name)
        if relation.partition_of:
            found[relation.partition_of].add(relation.full_name)
            found[relation.full_name].add(relation.partition_of)
    above = {full_name for full_name, _, _, own in functions if own}
    above |= {relation.full_name for relation in relations if relation.kind in "vm" and not relation.invoker}
    return Reach({name: frozenset(others) for name, others in found.items()}, frozenset(above))
