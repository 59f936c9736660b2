"""What tables and conditions mean: who owns a row, whom a condition lets through."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from gate.audit.catalog import Catalog, Function, Lost, Name, Policy, Table
from gate.audit.replay.conditions import alternatives, demands
from gate.audit.replay.parser import expression

REMEMBERED = 10_000  # texts of functions
USERS = Name("auth", "users")
OWNER_COLUMNS = frozenset(
    [
        "user_id",
        "owner_id",
        "owner",
        "created_by",
        "author_id",
        "profile_id",
        "account_id",
        "customer_id",
        "uploaded_by",
    ]
)
AUTHORS = frozenset(
    ["created_by", "author_id", "uploaded_by", "updated_by", "approved_by", "reviewed_by", "invited_by"]
)
CALLER = re.compile(r"auth\.(uid|jwt|email)\(\)|request\.jwt|current_setting", re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
CALL = re.compile(r"(\w+)\(")
NAMED = 3  # objects that a message names before it only counts them
ANY_USER = (
    re.compile(r"^\(?\(?select\s+auth\.role\(\)\)?\s*=\s*'authenticated'(::text)?\)?$", re.IGNORECASE),
    re.compile(r"^auth\.role\(\)\s*=\s*'authenticated'(::text)?$", re.IGNORECASE),
    re.compile(r"^\(?(select\s+)?auth\.uid\(\)\)?\s+is not null$", re.IGNORECASE),
)


def always_true(condition: str) -> bool:
    """Whether a condition lets everything through."""
    text = condition.strip().strip("()").lower()
    return text in {"true", "1 = 1", "'t'::bool", "not false"}


def any_signed_in(condition: str) -> bool:
    """Whether a condition asks only that somebody is signed in."""
    return any(pattern.match(condition.strip()) for pattern in ANY_USER)


@lru_cache(REMEMBERED)
def asks_caller(condition: str) -> bool:
    """Whether a condition looks at who is asking."""
    return bool(CALLER.search(condition))


@lru_cache(REMEMBERED)
def plain(body: str) -> str:
    """A function's body without comments, quotes around names and blanks before an argument list."""
    return re.sub(r"\s+\(", "(", COMMENT.sub(" ", body).replace('"', ""))


Helpers = Mapping[str, Sequence[Function]]


def helpers(catalog: Catalog) -> Helpers:
    """The functions by their bare name, to follow calls through text."""
    return catalog.once("helpers", lambda: _helpers(catalog))


def _helpers(catalog: Catalog) -> Helpers:
    found: dict[str, list[Function]] = {}
    for function in catalog.functions.values():
        found.setdefault(function.name.name, []).append(function)
    return found


def checks_caller(known: Helpers, text: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether SQL looks at who is asking, itself or in a function that it calls."""
    body = plain(text)
    if asks_caller(body) or "auth.role()" in body:
        return True
    called = {name for name in calls(body) if name in known and name not in seen}
    return any(checks_caller(known, one.body, seen | called) for name in called for one in known[name])


@lru_cache(REMEMBERED)
def calls(body: str) -> frozenset[str]:
    """The bare names of all that a plain text calls."""
    return frozenset(CALL.findall(body))


def bound(known: Helpers, node: object) -> bool:
    """Whether every alternative of a condition looks at who is asking, beyond that somebody is signed in."""
    return all(any(_binds(known, demand) for demand in demands(one)) for one in alternatives(node))


def _binds(known: Helpers, node: object) -> bool:
    inner = list(alternatives(node))
    if len(inner) > 1:
        return bound(known, node)
    text = expression(node)
    return not any_signed_in(text) and checks_caller(known, text)


def owner_columns(catalog: Catalog, table: Table) -> tuple[str, ...]:
    """The columns that say whose row it is: keys to auth.users or to a profile, and columns called so."""
    return catalog.once(("owners", table.name), lambda: _owner_columns(catalog, table))


def _owner_columns(catalog: Catalog, table: Table) -> tuple[str, ...]:
    found: list[str] = []
    for key in table.foreign_keys:
        target = catalog.tables.get(key.target)
        profile = target is not None and any(
            k.target == USERS and set(k.columns) <= set(target.primary_key) for k in target.foreign_keys
        )
        if key.target == USERS or profile:
            found += key.columns
    found += [
        name for name, column in table.columns.items() if name in OWNER_COLUMNS and column.type in {"uuid", "text"}
    ]
    found += [name for name, column in table.columns.items() if "auth.uid()" in column.default]
    return tuple(dict.fromkeys(found))


def personal(catalog: Catalog, table: Table) -> bool:
    """Whether the rows belong to people, and the project has not declared them public."""
    return str(table.name) not in catalog.config.public_tables and bool(owner_columns(catalog, table))


def private(catalog: Catalog, table: Table) -> bool:
    """Whether the rows are about their owner: one who merely wrote them, as of an article, is no such owner."""
    return personal(catalog, table) and not AUTHORS.issuperset(owner_columns(catalog, table))


def whole_table(table: Table, role: str) -> bool:
    """Whether row security lets a role read every row of a table anyway; whether it may read the table is another matter."""
    return any(
        one.permissive and one.covers("select") and always_true(one.using) and one.applies_to(role)
        for one in table.policies.values()
    ) and not restricted(table, "select", role)


def privileged_columns(catalog: Catalog, table: Table) -> tuple[str, ...]:
    """Columns that decide rights or money."""
    return tuple(name for name in table.columns if name in catalog.config.privileged_columns)


def restricted(table: Table, command: str, role: str) -> bool:
    """Whether a restrictive policy that limits something applies as well."""
    return any(
        not p.permissive and p.covers(command) and p.applies_to(role) and not always_true(p.using or p.check)
        for p in table.policies.values()
    )


def open_to(catalog: Catalog, table: Table, policy: Policy, privilege: str) -> tuple[str, ...]:
    """The API roles that a permissive policy serves and that hold the privilege as well."""
    reached = catalog.once(("unrestricted", table.name, privilege), lambda: _unrestricted(catalog, table, privilege))
    return tuple(role for role in reached if policy.applies_to(role))


def _unrestricted(catalog: Catalog, table: Table, privilege: str) -> tuple[str, ...]:
    reached = catalog.reaches(table, privilege)
    return tuple(role for role in reached if not restricted(table, privilege.lower(), role))


def missed(catalog: Catalog, lost: Lost) -> bool:
    """Whether a lost policy's table is still there and reached, without a policy of its kind for one of its commands."""
    table = catalog.tables.get(lost.policy.table)
    if table is None or not table.rls or not catalog.reaches(table) or lost.policy.name in table.policies:
        return False
    alike = [one for one in table.policies.values() if one.permissive == lost.policy.permissive]
    commands = ("select", "insert", "update", "delete") if lost.policy.command == "all" else (lost.policy.command,)
    return not all(any(one.covers(command) for one in alike) for command in commands)


def names(roles: tuple[str, ...]) -> str:
    """Who that is, in words: anon means anyone who has the app's public key."""
    return "anyone" if "anon" in roles else "any signed-in user"


def told(policies: Sequence[Policy]) -> str:
    """Policies by their names with the verb, as in `policy 'a' lets` and `policies 'a', 'b', 'c' and 2 more let`."""
    shown = counted([repr(one.name) for one in policies])
    return f"policy {shown} lets" if len(policies) == 1 else f"policies {shown} let"


def to_whom(policies: Iterable[Policy]) -> str:
    """What policies are for and whom they serve by their own words, whatever a grant regime makes of it."""
    return "; ".join(sorted({f"{one.command} to {', '.join(sorted(one.roles))}" for one in policies}))


def counted(words: Sequence[str]) -> str:
    """Words in a sentence, only counted after the first few: `a, b, c and 4 more`."""
    rest = len(words) - NAMED
    return listed([*words[:NAMED], f"{rest} more"] if rest > 1 else words)


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def exposed_tables(catalog: Catalog) -> Iterator[Table]:
    """The project's own tables that some API role reaches."""
    return (table for table in catalog.own_tables() if catalog.reaches(table))
