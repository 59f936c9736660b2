"""What the text of a function's body says: whether it writes, and how it looks at its caller."""

import re
from collections.abc import Iterator
from functools import lru_cache

from gate.audit.catalog import API_ROLES, Catalog, Function
from gate.audit.meaning import CALL, REMEMBERED, Helpers, calls, checks_caller, plain

WRITES = re.compile(
    r"\b(insert\s+into|update\s+(?:only\s+)?[\w.]+\s+(?:(?:as\s+)?\w+\s+)?set|delete\s+from|truncate)\b", re.IGNORECASE
)
TARGET = re.compile(r"\b(?:insert\s+into|update(?:\s+only)?|delete\s+from)\s+((?!set\b)[\w.]+)", re.IGNORECASE)
WHOSE = re.compile(r"(^|_)(user|owner|profile|account|customer|member|uid)(_?id)?$", re.IGNORECASE)
UID = r"\(?\s*(?:select\s+)?auth\.uid\(\)(?:\s*\))?(?:::\w+)?"
HELD = re.compile(rf"\b(\w+)(?:\s+uuid)?\s*(?::=|\bdefault\b)\s*{UID}\s*;", re.IGNORECASE)
INTO = re.compile(r"\bselect\s+auth\.uid\(\)\s+into\s+(\w+)\s*;", re.IGNORECASE)
SIGNED_IN = re.compile(rf"{UID}\s+is\s+(?:not\s+)?null", re.IGNORECASE)
COMPARED = re.compile(
    rf"(?:=|<>|!=|\bin\b|\bfrom\b|\bany\s*\()\s*{UID}|{UID}\s*(?:=|<>|!=|\bin\b|\bnot\s+in\b|\bis\s+(?:not\s+)?distinct\b)",
    re.IGNORECASE,
)
HANDED_ON = re.compile(rf"\b(?!coalesce|values|nullif|format|concat)(\w+)\((?:[^()]*,\s*)?\s*{UID}", re.IGNORECASE)
OTHER_CALLER = re.compile(
    r"auth\.(jwt|email|role)\(\)|request\.jwt|current_setting|session_user|current_user|service_role", re.IGNORECASE
)
ROWS = frozenset(["record", "json", "jsonb"])


def callers(catalog: Catalog, function: Function) -> tuple[str, ...]:
    """The API roles that can call a function of the project through the API."""
    if function.returns in {"trigger", "event_trigger"} or not catalog.exposed(function.name.schema):
        return ()
    if function.name in catalog.platform:
        return ()
    return catalog.once(("callers", function.key), lambda: _callers(catalog, function))


def _callers(catalog: Catalog, function: Function) -> tuple[str, ...]:
    return tuple(role for role in API_ROLES if catalog.may(role, "EXECUTE", function.acl, function.name.schema))


@lru_cache(REMEMBERED)
def writes(body: str) -> bool:
    """Whether a function's body changes rows."""
    return bool(WRITES.search(plain(body)))


def written(catalog: Catalog, known: Helpers, body: str, seen: frozenset[str] = frozenset()) -> str | None:
    """What a body writes, itself or through functions that the API does not serve with their owner's rights."""
    text = plain(body)
    found = TARGET.search(text)
    if found:
        return found.group(1)
    if WRITES.search(text):
        return "rows"
    for name in dict.fromkeys(CALL.findall(text)):
        for one in known.get(name, ()) if name not in seen else ():
            if one.returns != "trigger" and not (one.definer and callers(catalog, one)):
                target = written(catalog, known, one.body, seen | {name})
                if target:
                    return f"{target} through {one.name}"
    return None


@lru_cache(REMEMBERED)
def spelled_out(body: str) -> str:
    """A plain body with `auth.uid()` for each variable that holds it."""
    for pattern in (HELD, INTO):
        names = pattern.findall(_about_caller(body))
        for name in names:
            body = re.sub(rf"\b{name}\b", "auth.uid()", pattern.sub(";", body))
    return body


def asks_who(known: Helpers, body: str) -> bool:
    """Whether a body compares the caller with something, itself or in a function that it calls.

    That somebody is signed in, or who is written into a row, is no comparison.
    """
    text = spelled_out(body)
    return _compares(text) or any(checks_caller(known, one.body) for name in calls(text) for one in known.get(name, ()))


@lru_cache(REMEMBERED)
def _compares(body: str) -> bool:
    told = SIGNED_IN.sub(" ", _about_caller(body))
    return bool(COMPARED.search(told) or HANDED_ON.search(told) or OTHER_CALLER.search(body))


def _about_caller(body: str) -> str:
    """The statements that speak of `auth.uid()`: the patterns about it are slow on long texts without."""
    return "".join(f"{part};" for part in body.split(";") if "auth.uid()" in part.lower())


def gives_rows(catalog: Catalog, function: Function) -> bool:
    """Whether it returns rows of a table, or something that may hold them."""
    return function.returns in ROWS or any(name.name == function.returns for name in catalog.tables)


def read_tables(body: str) -> Iterator[tuple[str, str]]:
    """The (schema, name) of what a plain body reads, as it is spelled there; a bare name counts as public."""
    for schema, name in re.findall(r"\b(?:from|join)\s+(?:(\w+)\.)?(\w+)", body, re.IGNORECASE):
        yield (schema or "public").lower(), name.lower()
