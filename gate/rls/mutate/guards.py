"""What guards the tables, views and functions of a database, and the SQL that weakens each: one mutant apiece."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gate.postgres import Connection
from gate.rls.mutate import queries
from gate.rls.schema import ROLES, Role

Kind = Literal[
    "row security",
    "policy",
    "restrictive policy",
    "grant",
    "column grant",
    "schema",
    "execute",
    "security_invoker",
    "invoker",
    "search_path",
    "trigger",
]
COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
# What the attack calls the deeds that a command covers, on tables and on files.
DEEDS = {
    "select": frozenset({"select", "read"}),
    "insert": frozenset({"insert", "start with", "attach", "upload", "upload over", "write own"}),
    "update": frozenset(
        {"update", "upsert", "take", "move under", "give away", "raise", "write own"} | {"overwrite", "move", "move in"}
    ),
    "delete": frozenset({"delete", "remove"}),
}
EVERYTHING = frozenset[str]().union(*DEEDS.values())
# Where WITH CHECK alone decides.
WRITTEN_ONLY = DEEDS["insert"] - {"write own"} | {"give away", "move under", "move in"}
WRITTEN = DEEDS["insert"] | DEEDS["update"]
CALLS = frozenset({"call to read", "call to change", "call to raise"})
# A trigger of which this can be said may refuse a row or mend it; any other only keeps books.
MAY_REFUSE = re.compile(r"(?i)\braise\s+(exception|sqlstate|using)?|\breturn\s+(null|old)\b|\bnew\.\w+\s*:?=")
KEEPS_TIME = re.compile(r"(?i)\bnew\.\w*(_at|updated|modified|search\w*|slug|tsv\w*|fts\w*)\s*:?=[^;]*;")

POLICIES = frozenset({"policy", "restrictive policy"})
GRANTS = frozenset({"grant", "column grant"})
RIGHTS = POLICIES | GRANTS | {"row security", "security_invoker", "schema"}  # what says what a caller may do


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that may keep strangers out, and how it is weakened.

    `table` is the table, view or function that it guards and `sql` its quoted name; `name` is what reports call it, `own`
    the quoted name of a policy or trigger. `roles` are the API roles that it stands in the way of, `deeds` what it can
    refuse them. `idle` says why it can refuse nothing, where the catalog alone tells. `given` is false for a privilege
    that nobody took away: new tables do not come with it.
    """

    kind: Kind
    table: str
    sql: str
    name: str
    mutation: str
    statements: tuple[str, ...]
    roles: frozenset[Role]
    deeds: frozenset[str]
    own: str = ""
    idle: str | None = None
    given: bool = True

    @property
    def id(self) -> str:
        """What tells it from the others of its database."""
        return f"{self.kind}|{self.table}|{self.name}|{self.mutation}"


def read_guards(db: Connection, exposed: Sequence[str], behind: Sequence[str] = ()) -> tuple[Guard, ...]:
    """Every guard of the exposed schemas, those on tables of the schemas behind them, and the policies on files."""
    schemas, roles = list(exposed), list(ROLES)
    every = [*schemas, *behind]
    found = [
        *_switches(db, every),
        *_policies(db, every, roles),
        *_grants(db, schemas, roles),
        *_doors(db, schemas, roles),
    ]
    found += [*_views(db, schemas), *_functions(db, schemas, roles), *_triggers(db, every)]
    return tuple(found)


def _switches(db: Connection, schemas: list[str]) -> Iterator[Guard]:
    for table, sql in db.execute(queries.SWITCHES, [schemas]):
        statement = f"alter table {sql} disable row level security"
        yield Guard("row security", table, sql, "row security", "off", (statement,), frozenset(ROLES), EVERYTHING)


def _policies(db: Connection, schemas: list[str], roles: list[str]) -> Iterator[Guard]:
    for table, sql, name, own, permissive, letter, using, check, on, concerned, named in db.execute(
        queries.POLICIES, [roles, schemas]
    ):
        command = COMMANDS[letter]
        deeds = EVERYTHING if command == "all" else DEEDS[command]
        guard = Guard("policy", table, sql, f"policy {name!r}", "", (), frozenset(concerned), deeds, own)
        guard = replace(guard, idle=_idle(guard, named, switched_on=on))
        alter = f"alter policy {own} on {sql}"
        if not permissive:
            dropped = (f"drop policy {own} on {sql}",)
            yield replace(guard, kind="restrictive policy", mutation="dropped", statements=dropped)
            continue
        taken = check is None and command in {"all", "update"}
        if using is not None and using != "true":
            # What a missing WITH CHECK takes from USING stays, so that the two are weakened apart.
            statement = f"{alter} using (true)" + (f" with check ({using})" if taken else "")
            yield replace(guard, mutation="using (true)", statements=(statement,), deeds=deeds - WRITTEN_ONLY)
        written = using if taken else check
        if written is not None and written != "true":
            mutation = "with check (true)" + (", which it takes from USING" if taken else "")
            yield replace(guard, mutation=mutation, statements=(f"{alter} with check (true)",), deeds=deeds & WRITTEN)
        missing = [role for role in roles if role not in concerned]
        if concerned and missing and "false" not in {using, check}:
            mutation = f"to {', '.join(missing)} as well"
            yield replace(guard, mutation=mutation, statements=(f"{alter} to public",), roles=frozenset(missing))


def read_openers(db: Connection, exposed: Sequence[str]) -> tuple[Guard, ...]:
    """Every permissive policy, to be dropped: so it shows whether another one lets the same through."""
    return tuple(
        Guard(
            "policy",
            table,
            sql,
            f"policy {name!r}",
            "dropped",
            (f"drop policy {own} on {sql}",),
            frozenset(),
            frozenset(),
            own,
        )
        for table, sql, name, own, permissive, *_ in db.execute(queries.POLICIES, [list(ROLES), list(exposed)])
        if permissive
    )


def _idle(guard: Guard, named: Sequence[str], *, switched_on: bool) -> str | None:
    """Why a policy is never asked."""
    if not switched_on:
        return f"row security of {guard.table} is off, so none of its policies is asked"
    if guard.roles:
        return None
    if list(named) == ["service_role"]:
        return "it names only service_role, which row security does not bind"
    return f"it names only {', '.join(named)}, as whom nobody comes through the API"


def _grants(db: Connection, schemas: list[str], roles: list[str]) -> Iterator[Guard]:
    for table, sql, role, privilege, partly, given in db.execute(queries.GRANTS, [roles, schemas]):
        statement = (f"grant {privilege} on {sql} to {role}",)
        concerned, deeds = frozenset({role}), DEEDS[privilege]
        if partly:
            name = f"{privilege.upper()} for some columns only, to {role}"
            yield Guard("column grant", table, sql, name, "on every column", statement, concerned, deeds, privilege)
        else:
            name = f"no {privilege.upper()} for {role}"
            yield Guard("grant", table, sql, name, "granted", statement, concerned, deeds, privilege, given=given)


def _doors(db: Connection, schemas: list[str], roles: list[str]) -> Iterator[Guard]:
    """Schemas that a role may not enter at all."""
    for schema, sql, role in db.execute(queries.SCHEMAS, [roles, schemas]):
        statement = f"grant usage on schema {sql} to {role}"
        name = f"no USAGE of schema {schema} for {role}"
        yield Guard("schema", schema, sql, name, "granted", (statement,), frozenset({role}), EVERYTHING)


def _views(db: Connection, schemas: list[str]) -> Iterator[Guard]:
    for view, sql in db.execute(queries.VIEWS, [schemas]):
        statement = f"alter view {sql} set (security_invoker = false)"
        yield Guard(
            "security_invoker", view, sql, "security_invoker", "off", (statement,), frozenset(ROLES), EVERYTHING
        )


def _functions(db: Connection, schemas: list[str], roles: list[str]) -> Iterator[Guard]:
    for function, sql, definer, path, callers, language in db.execute(queries.FUNCTIONS, [roles, schemas]):
        guard = Guard("execute", function, sql, "", "granted", (), frozenset(callers), CALLS)
        missing = [role for role in roles if role not in callers]
        if missing:
            statement = f"grant execute on function {sql} to {', '.join(missing)}"
            name = f"no EXECUTE for {' and '.join(missing)}"
            yield replace(guard, name=name, statements=(statement,), roles=frozenset(missing))
        if callers and not definer and language in {"sql", "plpgsql"}:
            statement = f"alter function {sql} security definer"
            mutation = "security definer"
            yield replace(guard, kind="invoker", name="the caller's rights", mutation=mutation, statements=(statement,))
        if callers and definer and path:
            statement = f"alter function {sql} reset search_path"
            yield replace(guard, kind="search_path", name="search_path", mutation="reset", statements=(statement,))


def _triggers(db: Connection, schemas: list[str]) -> Iterator[Guard]:
    for table, sql, name, own, source, insert, update, delete in db.execute(queries.TRIGGERS, [schemas]):
        if not MAY_REFUSE.search(KEEPS_TIME.sub("", source)):
            continue
        commands = [word for word, fires in (("insert", insert), ("update", update), ("delete", delete)) if fires]
        deeds = frozenset[str]().union(*(DEEDS[word] for word in commands)) | {"join", "promote"}
        statement = f"alter table {sql} disable trigger {own}"
        yield Guard("trigger", table, sql, f"trigger {name!r}", "disabled", (statement,), frozenset(ROLES), deeds, own)


def plantable(db: Connection, guard: Guard) -> bool:
    """Whether an API role may make an object that a function without a search path of its own would find instead."""
    schema = guard.table.partition(".")[0]
    found = db.execute(
        "select bool_or(has_schema_privilege(r, n.oid, 'create')) from pg_namespace as n, unnest(%s::text[]) as r"
        " where n.nspname in (%s, 'public', 'extensions')",
        [list(ROLES), schema],
    ).fetchone()
    return bool(found and found[0])
