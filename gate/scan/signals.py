"""The words that give a key away, as it is and in every clothing: files without any of them are never looked at."""

import re
from dataclasses import dataclass, field

from gate.scan.tokens import FORMS, aligned

HEADS = ("eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi")  # how a token begins
ROLE = aligned("service_role")
PREFIXES = ("sb_secret_", "sbp_", "r8_", "whsec_", "postgres://", "postgresql://")
LONG = (*ROLE, *HEADS, "sb_secret_", "postgresql://", "postgres://")  # long enough to be told inside other encodings
WHOLE = ("cjhf", "c2JwX", "d2hzZWNf")  # `r8_`, `sbp_` and `whsec_` where base64 begins with them

_once = tuple(form for word in LONG for form in aligned(word))
_twice = tuple(form for word in (*ROLE, "sb_secret_") for once in aligned(word) for form in aligned(once))
# A short prefix is told by the character before it.
_behind = tuple(form for word in ("r8_", "sbp_") for before in "=\"': " for form in aligned(before + word))
BASE64 = tuple(dict.fromkeys((*_once, *_twice, *_behind, *WHOLE)))

_short = ("eyJhbG", *(form[:8] for form in ROLE), "sb_secr", "sbp_", "r8_", "whsec_", "postgres")
_hex = tuple(word.encode().hex() for word in _short)
HEX = tuple(dict.fromkeys((*_hex, *(word.upper() for word in _hex))))


def _escaped(word: str) -> tuple[str, ...]:
    """A word in each way in which a language or an address writes characters by their numbers."""
    ways = (
        *(f"{slashes}{form}" for slashes in ("\\", "\\\\") for form in ("x{:02x}", "x{:02X}", "u{:04x}", "u{:04X}")),
        *("%{:02x}", "%{:02X}", "%25{:02X}", "&#{:d};", "&#x{:x};", "&#x{:X};"),
    )
    return tuple("".join(way.format(ord(letter)) for letter in word) for way in ways)


_underscores = tuple(
    start + form for start in ("sb", "sbp", "r8", "whsec") for form in (*_escaped("_"), "&lowbar;", "&UnderBar;")
)
_firsts = tuple(form + rest for first, rest in (("s", "b_"), ("s", "bp_"), ("r", "8_")) for form in _escaped(first))
_pairs = tuple(form for word in ("ey", "sb", "r8", "wh") for form in _escaped(word))
ESCAPED = tuple(dict.fromkeys((*_pairs, *_firsts, *_underscores)))

# A literal that ends in the midst of a word, and letters one by one.
CUT = tuple("sb_secret_"[:length] + quote for length in range(3, 10) for quote in "\"'`")
LETTERS = ('"e","y","J"', "'e','y','J'", '"e", "y", "J"', "'e', 'y', 'J'")
SPACED = ("eyJh", *(form[:6] for form in ROLE), "sb_se", "sbp_", "r8_", "whsec", "postgr")
WIDE = tuple(zeros.join(word) for zeros in ("\0", "\0\0\0") for word in SPACED)  # UTF-16 and UTF-32, either way round

# What has no form of its own is told by the names beside it.
BESIDE = ("JWT_SECRET", "jwt_secret", "jwtSecret", "pooler.supabase.com", '"db.', "'db.", ": db.", "HOST=db.", "-h db.")

WORDS = tuple(dict.fromkeys((*FORMS, *PREFIXES, *HEADS, *BASE64, *HEX, *ESCAPED, *CUT, *LETTERS, *WIDE, *BESIDE)))


def pattern(word: str) -> str:
    """A word as an expression of ripgrep that means itself; a word of text is ASCII."""
    return re.sub(r"([^A-Za-z0-9_%=\"'`,;: /<-])", lambda met: rf"\x{ord(met.group()):02x}", word)


CLOSE = 1000  # bytes; words that stand closer together are one signal
TOKENS = frozenset(head.encode() for head in HEADS)
APART = 100  # bytes from the start of one token to the next, at least
MANY = 100_000  # tokens of one file; in one with more of them they are words like all others
ARCHIVES = (
    b"PK",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"ustar",
)  # how the beginnings of archives begin
_OTHERS = frozenset(word.encode("latin-1") for word in WORDS) - TOKENS


@dataclass(slots=True)
class Signals:
    """Where a file has words, in their order: those that any key may hold, and those with which a token begins.

    What begins with a token's head may be looked at alone: most tokens of a web application are public. `named` says that something
    was met that is no part of a key and may matter all the same, as the name of a variable does.
    """

    words: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    named: bool = False

    def add(self, offset: int, word: bytes) -> None:
        """Take a word that was met; names of variables and beginnings of archives are none."""
        if word in TOKENS and len(self.tokens) < MANY and not (self.tokens and offset - self.tokens[-1] < APART):
            self.tokens.append(offset)
        elif word in _OTHERS or word in TOKENS:
            if not (self.words and offset - self.words[-1] <= CLOSE):
                self.words.append(offset)
        elif not word.startswith(ARCHIVES):
            self.named = True

    def __bool__(self) -> bool:
        return bool(self.words or self.tokens)
