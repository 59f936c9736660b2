"""Finds the keys of a text: candidates by their form, and then what each may do."""

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from gate.scan.kinds import Kind, Secret, mark
from gate.scan.tokens import FORMS, TOKEN, WELL_KNOWN, claimed, judged

REACH = 8192  # characters of one token on either side of the word that gives it away
DOT = re.compile(r"%2[Ee]")
WORDS = re.compile("|".join(FORMS))
BEFORE = re.compile(r"(?:[Ee]2%|[A-Za-z0-9_.-])+")  # read backwards, from the word to the start of its token
BEHIND = re.compile(r"(?:[A-Za-z0-9_.-]|%2[Ee])+")
SECRET_KEY = re.compile(r"sb_secret_[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{8}(?![A-Za-z0-9_-])")
MANAGEMENT = re.compile(r"(?<![A-Za-z0-9])sbp_(?:oauth_|v0_)?[a-f0-9]{40}(?![A-Za-z0-9])")
REPLICATE = re.compile(r"(?<![A-Za-z0-9])r8_[A-Za-z0-9]{37}(?![A-Za-z0-9])")
WEBHOOK = re.compile(r"(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/]{32,200}={0,2}")
DATABASE = re.compile(
    r"postgres(?:ql)?(?:\+\w{1,20})?://[^\s:/@'\"<>`\\]{1,200}:[^\s/@'\"<>`\\]{1,200}@[^\s/'\"<>`\\]{1,300}"
)
CLIENT_PREFIX = (
    "(?:NEXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|PUBLIC|GATSBY|STORYBOOK|VUE_APP|NX_PUBLIC|SANITY_STUDIO|"
    "REDWOOD_ENV|NUXT_ENV|PLASMO_PUBLIC)"
)
CLIENT_NAME = re.compile(rf"\b({CLIENT_PREFIX}_\w{{1,80}})\s{{0,3}}[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"'`]?$")
# The secret key that Supabase's command line gives every local stack, by its digest.
LOCAL_SECRET_KEY = "c85debb55f2f204d868cc1552c42faa143b4c675f61363ab040dd50b5b5304cd"  # noqa: S105 - its digest
LOCAL_HOSTS = frozenset({"localhost", "host.docker.internal", "hostname", "example.com"})
DUMMY = re.compile(
    r"^(x+|\*+|\.+|postgres|password|passwd|pass|pwd|secret|example|changeme|your.*|my.*|test|user|root|admin|"
    r"\$.*|#?\{.*|<.*|\[.*|%.*|\(.*)$",
    re.IGNORECASE,
)
SIGNING = re.compile(
    r"(?i:jwt_?secret)\w{0,20}[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"'`]?([A-Za-z0-9+/_-]{32,200}={0,2})(?![\w.(\[$+/=-])"
)
PHRASE = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z0-9]+){2,}")  # words with lines between them are for a reader
HOST = re.compile(r"\bdb\.[a-z]{20}\.supabase\.co\b|\bpooler\.supabase\.com\b")
PASSWORD = re.compile(
    r"(?i:\b\w{0,30}(?:password|passwd|db_pass))[\"']?[ \t]{0,4}(?:[:=][ \t]{0,4}(?:[\"'`]([^\s\"'`]{6,100})[\"'`]|([^\s\"'`,;(){}\[\].]{6,100})(?=\s|$)))"
)
BESIDE = 400  # characters between a host and its password
DEPTH = 4  # layers of clothing; more is not an accident


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where a key was met. It lives only here: what leaves this file is a `Secret`."""

    start: int
    kind: Kind
    dress: str
    mark: bytes
    claims: str = ""


def find(text: str) -> Iterator[tuple[int, Secret]]:
    """Every key of a text that is not made to be public, with its offset, in the order of the text."""
    line, counted = 1, 0
    for spot in _spots(text, DEPTH, {}):
        line += text.count("\n", counted, spot.start)
        counted = spot.start
        column = spot.start - text.rfind("\n", 0, spot.start)
        named = CLIENT_NAME.search(text[max(0, spot.start - 200) : spot.start])
        variable = named.group(1) if named else None
        yield spot.start, Secret(spot.kind, line, column, variable, spot.dress, spot.mark, claims=spot.claims)


def _spots(text: str, depth: int, known: dict[str, list[Spot]]) -> list[Spot]:
    """The keys of a text as it is, and then those under its clothing that are not the same ones.

    `known` holds what was said of parts: a file that repeats itself is judged once.
    """
    plain = {*_tokens(text), *_others(text), *_named(text)}
    found = sorted(plain)
    if depth:
        from gate.scan.clothing import (
            undressed,
        )  # its expressions take their time, and most commits hold nothing to undress

        for part in undressed(text):
            if part.text not in known:
                known[part.text] = _spots(part.text, depth - 1, known)
            for inner in known[part.text]:
                if not any(part.start <= s.start < part.end and s.mark == inner.mark for s in found):
                    found.append(Spot(part.start, inner.kind, _worn(part.dress, inner.dress), inner.mark, inner.claims))
    return sorted(found)


def _worn(outer: str, inner: str) -> str:
    return f"{inner} {outer}" if inner else outer


def _tokens(text: str) -> Iterator[Spot]:
    """Tokens around the words that a privileged one must contain: the rest of a large bundle is never looked at."""
    done = 0
    for met in WORDS.finditer(text):
        if met.start() < done:
            continue
        before = BEFORE.match(text[max(done, met.start() - REACH) : met.start()][::-1])
        behind = BEHIND.match(text, met.end(), met.end() + REACH)
        start, done = met.start() - len(before.group() if before else ""), behind.end() if behind else met.end()
        for token in TOKEN.finditer(DOT.sub(".", text[start:done])):
            kind = judged(token.group())
            if kind:
                yield Spot(start + token.start(), kind, "", mark(token.group()), claimed(token.group()))


def _others(text: str) -> Iterator[Spot]:
    for pattern, judge in PATTERNS:
        for met in pattern.finditer(text):
            kind = judge(met.group())
            if kind:
                yield Spot(met.start(), kind, "", mark(met.group()))


def _named(text: str) -> Iterator[Spot]:
    """What has no form of its own and is told by what stands beside it: signing secrets, and passwords of a database's host."""
    for met in SIGNING.finditer(text):
        value = met.group(1)
        if (
            len(set(value)) >= 12
            and value.encode() not in WELL_KNOWN
            and not (PHRASE.fullmatch(value) or DUMMY.match(value))
        ):
            yield Spot(met.start(1), Kind.SIGNING, "", mark(value))
    done = 0
    for host in HOST.finditer(text):
        for met in PASSWORD.finditer(text, max(done, host.start() - BESIDE), host.end() + BESIDE):
            done = met.end()
            value = met.group(1) or met.group(2)
            if len(set(value)) >= 5 and not DUMMY.match(value):
                yield Spot(met.start(met.lastindex or 0), Kind.DATABASE, "", mark(value))


def _varied(kind: Kind, least: int) -> Callable[[str], Kind | None]:
    """A key looks random; a placeholder such as `xxxx` or `0123` repeated does not."""
    return lambda value: kind if len(set(value.rpartition("_")[2])) >= least else None


def _secret_key(key: str) -> Kind | None:
    if hashlib.sha256(key.encode()).hexdigest() == LOCAL_SECRET_KEY:
        return Kind.LOCAL
    return Kind.SECRET_KEY if len(set(key.removeprefix("sb_secret_"))) > 8 else None


def _database(url: str) -> Kind | None:
    try:
        parts = urlsplit(url)
        host, password = parts.hostname or "", unquote(parts.password or "")
    except ValueError:
        return None
    if _nearby(host) or DUMMY.match(password):
        return None
    return Kind.DATABASE


def _nearby(host: str) -> bool:
    """A host that only this machine or this compose file knows, or that is a placeholder."""
    if host in LOCAL_HOSTS or host.endswith((".local", ".localhost", ".example", ".example.com", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or not re.fullmatch(r"[a-z0-9._-]+", host)


PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str], Kind | None]], ...] = (
    (SECRET_KEY, _secret_key),
    (MANAGEMENT, _varied(Kind.MANAGEMENT, 8)),
    (REPLICATE, _varied(Kind.REPLICATE, 10)),
    (WEBHOOK, _varied(Kind.WEBHOOK, 12)),
    (DATABASE, _database),
)
