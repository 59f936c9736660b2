"""Who else comes in: whoever takes an anonymous sign-in, and whoever signs up with an address that nobody has confirmed.

To most policies both are A. So each attacks only where the project may tell them apart: the one where anonymous sign-ins are
switched on or policies speak of them, the other where addresses of some domain are trusted.
"""
# ruff: noqa: S608 - every value is quoted

import re
from collections.abc import Iterator

import psycopg

from gate.config import Config
from gate.postgres import Connection
from gate.rls.attempt import Actor
from gate.rls.metadata import texts
from gate.rls.rows import Seeds
from gate.rls.statements import literal
from gate.rls.values import GUEST, UNCONFIRMED

LITERAL = re.compile(r"'((?:[^']|'')*)'")
AFTER_SIGN = re.compile(r"^[\^%.*+]*@((?:[\w-]+\.)+[a-z]{2,})[%$]*$", re.IGNORECASE)
BARE = re.compile(r"^((?:[\w-]+\.)+[a-z]{2,})$", re.IGNORECASE)
CUT = re.compile(r"split_part|substring|\bright\s*\(", re.IGNORECASE)
PATIENCE = "set local statement_timeout = '5s'"


def newcomers(db: Connection, seeds: Seeds, config: Config) -> tuple[Actor, ...]:
    """Sign them up, with the app's triggers awake, and say who could. What an app refuses at sign-up never attacks."""
    said = texts(db)
    found: list[Actor] = []
    if config.anonymous_sign_ins or any("is_anonymous" in text for text in said):
        found += _signed_up(db, seeds, "anonymous", GUEST, None)
    domain = next((domain for text in said for domain in trusted_domains(text)), None)
    if domain:
        seeds.address = f"gate@{domain}"
        found += _signed_up(db, seeds, "unconfirmed", UNCONFIRMED, seeds.address)
    return tuple(found)


def trusted_domains(text: str) -> Iterator[str]:
    """Domains of mail that a policy or function compares an address with: as `'%@example.com'`, or behind a cut."""
    if "email" not in text.lower():
        return
    cut = "@" in text and bool(CUT.search(text))
    for word in LITERAL.findall(text):
        plain = word.replace("\\", "")
        match = AFTER_SIGN.search(plain) or (BARE.search(plain) if cut else None)
        if match:
            yield match.group(1).lower()


def _signed_up(db: Connection, seeds: Seeds, actor: Actor, user: str, email: str | None) -> Iterator[Actor]:
    line = (
        "insert into auth.users (id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, is_anonymous)"
        f" values ({literal(user)}, 'authenticated', 'authenticated', {literal(email)}, '{{}}', '{{}}', now(),"
        f" {'false' if email else 'true'});"
    )
    try:
        with db.transaction():
            db.execute(PATIENCE)
            db.execute(line.encode())
    except psycopg.Error:
        if db.closed:
            raise
        return
    seeds.newcomers[actor] = line
    yield actor
