"""DO blocks: literal SQL inside them is followed, loops over literal lists included; the rest is kept as not followed."""

import re
from collections.abc import Iterator
from typing import Any

from gate.audit.replay import parser
from gate.audit.replay.state import State

EXECUTE = re.compile(r"\bexecute\s+(?:format\s*\(\s*)?'((?:[^']|'')*)'\s*(,[^;]*?)?\)?\s*;", re.IGNORECASE)
LOOP = re.compile(
    r"\b(?:foreach\s+(\w+)\s+in\s+array|for\s+(\w+)\s+in\s+select\s+unnest\s*\()\s*array\s*\[([^\]]*)\]", re.IGNORECASE
)
TEXT = re.compile(r"'((?:[^']|'')*)'")
SECURITY = re.compile(r"\b(policy|row level security|grant|revoke|security definer|security_invoker)\b", re.IGNORECASE)
STATIC = re.compile(
    r"(?im)^\s*(?:begin|then|else|loop)?\s*((?:create|alter|drop|grant|revoke)\s+(?:[^;'$]|'(?:[^']|'')*')*);"
)


def statements(state: State, tree: Any) -> Iterator[Any]:
    """The statements that a DO block runs for certain, as parse trees; the rest is noted as not followed."""
    body = ""
    for option in (parser.unwrap(node) for node in tree.args):
        if option.defname == "as":
            body = parser.option_text(option.arg)
    yield from _static(body)
    lists = {
        next(filter(None, m.groups()[:2])): [t.replace("''", "'") for t in TEXT.findall(m.group(3))]
        for m in LOOP.finditer(body)
    }
    for found in EXECUTE.finditer(body):
        texts = list(_filled(found.group(1).replace("''", "'"), found.group(2) or "", lists))
        if not texts and SECURITY.search(found.group(1)):
            state.unmodelled("the DO block builds SQL from values that only the server knows")
        for text in texts:
            yield from parser.parse(text)


def _static(body: str) -> Iterator[Any]:
    for found in STATIC.finditer(_without_quoted_bodies(body)):
        yield from parser.parse(found.group(1))


def _without_quoted_bodies(body: str) -> str:
    return re.sub(r"\bexecute\s+(?:format\s*\(\s*)?'(?:[^']|'')*'[^;]*;", ";", body, flags=re.IGNORECASE)


def _filled(text: str, arguments: str, lists: dict[str, list[str]]) -> Iterator[str]:
    names = [name.strip() for name in arguments.strip(", )").split(",") if name.strip()]
    slots = re.findall(r"%(?:\d+\$)?[sIL]", text)
    if not slots:
        yield text
        return
    loops = [name for name in dict.fromkeys(names) if name in lists]
    if len(loops) != 1 or any(name not in lists and not TEXT.fullmatch(name) for name in names):
        return
    for value in lists[loops[0]]:
        given = [value if name in lists else name[1:-1] for name in names]
        yield _format(text, given)


def _format(text: str, given: list[str]) -> str:
    queue = iter(given)

    def one(found: re.Match[str]) -> str:
        at = found.group(1)
        value = given[int(at[:-1]) - 1] if at and int(at[:-1]) <= len(given) else next(queue, "")
        match found.group(2):
            case "I":
                return '"' + value.replace('"', '""') + '"'
            case "L":
                return "'" + value.replace("'", "''") + "'"
        return value

    return re.sub(r"%(\d+\$)?([sIL])", one, text)
