"""How much a caller decides of what a function does: nothing but when, one step of a counter, or only with a secret."""

import re

from gate.audit.catalog import Function
from gate.audit.meaning import plain

SECRET = re.compile(r"token|nonce|otp|secret|signature|api_?key|invite_?code|^(p_|_)?(code|pin)$", re.IGNORECASE)
UNBOUNDED = re.compile(r"(?<!\bfor )(?<!\bdo )\b(update|delete from)\b(?![^;]*\bwhere\b)|\btruncate\b", re.IGNORECASE)
ANSWERS = {"void", "bool", "int2", "int4", "int8", "numeric", "text", "json", "jsonb"}
STEP = re.compile(
    r"\bset\s+(\w+)\s*=\s*(?:greatest\(\s*)?(?:coalesce\(\s*)?(?:\w+\.)?(\w+)(?:\s*,\s*0\s*\))?\s*[+-]\s*1\b"
)
COUNTED = re.compile(r"count|view|play|download|click|like|share|usage|read|install|hit|visit", re.IGNORECASE)
OTHER_WRITES = re.compile(r"\b(insert\s+into|delete\s+from|truncate)\b", re.IGNORECASE)


def asks_for_secret(function: Function) -> bool:
    """Whether an argument that is called a secret is looked up, as the token of an invitation is: who has it, may."""
    body = plain(function.body)
    return any(
        re.search(rf"\b(where|and|or|on|if)\b[^;]*=\s*(\w+\.)?(\w+\()*{re.escape(name)}\b", body, re.IGNORECASE)
        for name, kind in function.arguments
        if kind in {"text", "varchar", "uuid", "bytea"} and SECRET.search(name)
    )


def decides_only_when(function: Function) -> bool:
    """Whether a caller says nothing but `now`, and neither all rows of a table are changed nor any handed out."""
    body = " ".join(plain(function.body).split())
    return not function.arguments and function.returns in ANSWERS and not UNBOUNDED.search(body)


def counts_by_one(function: Function) -> bool:
    """Whether all that is written is a counter, by one."""
    body = plain(function.body).lower()
    steps = [column for column, same in STEP.findall(body) if column == same and COUNTED.search(column)]
    return bool(steps) and len(re.findall(r"\bupdate\b", body)) == len(steps) and not OTHER_WRITES.search(body)
