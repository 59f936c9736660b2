"""What a user can write into the own `user_metadata` so that policies and functions read it to the user's advantage.

Anybody may write there, at sign-up and later. So A always has: a word of power, or an id of B's, under each key that is read.
"""

import json
import re
from collections.abc import Iterator, Mapping

from gate.postgres import Connection
from gate.rls.catalogue import PLATFORM
from gate.rls.rows import Seeds
from gate.rls.schema import Relation
from gate.rls.statements import literal
from gate.rls.values import POWERFUL, A, B

TEXTS = """
select coalesce(pg_get_expr(polqual, polrelid), '') || ' ' || coalesce(pg_get_expr(polwithcheck, polrelid), '') from pg_policy
union all
select prosrc from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> all(%s) and prosrc ~ 'user_meta_?data'
"""
KEY = re.compile(r"user_meta_?data(?:'(?:::\w+)?)?[\s)]*->>?\s*'(\w+)'|user_metadata,\s*(\w+)\s*\}")
NEAR = 160  # characters in which the value that is asked for is named, behind its key
WORD = re.compile(r"'([\w-]+)'")
LEADS = re.compile(r"(?i)^(.*?)_?(id|uuid)$")


def forge(db: Connection, seeds: Seeds, tables: Mapping[str, Relation]) -> None:
    """Write it into A's row of users and keep it for A's claims."""
    read: dict[str, str] = {}
    for (text,) in db.execute(TEXTS, [list(PLATFORM)]).fetchall():
        for key, value in _asked(text, seeds, tables):
            if key not in read or POWERFUL.search(value):
                read[key] = value
    if read:
        seeds.metadata = json.dumps(read, sort_keys=True)
        line = f"update auth.users set raw_user_meta_data = {literal(seeds.metadata)} where id = {literal(A)};"  # noqa: S608 - quoted
        db.execute("set session_replication_role = replica")
        db.execute(line.encode())
        db.execute("set session_replication_role = origin")
        seeds.forged = line


def _asked(text: str, seeds: Seeds, tables: Mapping[str, Relation]) -> Iterator[tuple[str, str]]:
    """The keys that a text reads, each with a value worth having there."""
    for match in KEY.finditer(text):
        key = match.group(1) or match.group(2)
        near = KEY.split(text[match.end() : match.end() + NEAR])[0]
        words = [word for word in WORD.findall(near) if word not in {"user_metadata", "raw_user_meta_data"}]
        word = next(filter(POWERFUL.search, words), words[0] if words else None)
        yield key, _id_of_theirs(key, seeds, tables) or word or ("admin" if "role" in key else "true")


def _id_of_theirs(key: str, seeds: Seeds, tables: Mapping[str, Relation]) -> str | None:
    """The value that B's rows hold under a name like that of the key."""
    lead = LEADS.match(key)
    if lead is None:
        return None
    stem = lead.group(1)
    for name, table in tables.items():
        stored = seeds.stored.get((name, B), {})
        if stored.get(key):
            return stored[key]
        if table.name.lower() in {stem, f"{stem}s", f"{stem[:-1]}ies"} and len(table.primary_key) == 1:
            return stored.get(table.primary_key[0])
    return None
