"""Tokens that must not open anything: none, garbage, forged ones, expired ones."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import jwt

from gate.smoke.lab import ControlFailed, Lab, refusal
from gate.smoke.probes.probe import Probe

Flaw = Literal["missing", "forged", "expired"]
NOT_THE_SECRET = "a secret that the project does not have, and long enough"  # noqa: S105 - it opens nothing


@dataclass(frozen=True, slots=True)
class BadToken:
    """A request with a token that is worth nothing, and its status. `how` says what is wrong with it."""

    flaw: Flaw
    how: str
    path: str
    status: int | None

    @property
    def accepted(self) -> bool:
        """Whether it opened something."""
        return self.status is not None and 200 <= self.status < 300


def probe(lab: Lab) -> Iterator[BadToken]:
    """Every flaw on two routes."""
    if not lab.route(lab.a, "list").ok:
        raise ControlFailed("A's own token does not open A's jobs")
    for flaw, how, token in _tokens(lab):
        for method, path in (lab.contract.route("list"), lab.contract.route("credits")):
            answer = lab.ask_with(token, method, path)
            refusal(answer)
            yield BadToken(flaw, how, path, answer.status)
    if not lab.route(lab.a, "list").ok:
        raise ControlFailed("A's own token opens nothing any more: the refusals may have been a throttle's")


def _tokens(lab: Lab) -> Iterator[tuple[Flaw, str, str]]:
    yield "missing", "no token", ""
    yield "forged", "garbage", "abcdefghijklmnop"
    try:
        claims = jwt.decode(lab.a.token, options={"verify_signature": False})
        head, body, signature = lab.a.token.split(".")
    except (jwt.InvalidTokenError, ValueError):
        return  # opaque tokens: there is nothing to forge
    for name in ("none", "None"):
        yield "forged", f"alg {name}", f"{_part({'alg': name, 'typ': 'JWT'})}.{body}."
    yield "forged", "signed with another secret", jwt.encode(claims, NOT_THE_SECRET, algorithm="HS256")
    yield (
        "forged",
        "signed with a file that is empty",
        _signed({"alg": "HS256", "kid": "../../../../../dev/null"}, body),
    )
    if lab.target.project:
        key = lab.target.project.anon_key
        yield "forged", "signed with the public key", _signed({"alg": "HS256", "typ": "JWT"}, body, key)
    yield "forged", "another user's id under A's signature", f"{head}.{_part({**claims, 'sub': lab.b.id})}.{signature}"
    yield "forged", "a signature cut short", f"{head}.{body}.{signature[:-8]}"
    if lab.staged is None:
        lab.notes.append(("expired tokens", "only a rehearsal can have one signed"))
        return
    told: dict[str, object] = {name: claims[name] for name in ("sub", "role", "email") if name in claims}
    yield "expired", "expired an hour ago", lab.staged.mint(told, -3600)


def _signed(head: Mapping[str, str], body: str, key: str = "") -> str:
    text = f"{_part(head)}.{body}"
    code = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


PROBE = Probe("tokens", "do missing, forged and expired tokens open anything?", probe, anywhere=True)
