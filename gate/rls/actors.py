"""Who attacks: the claims and the opening statements with which the platform's API would send their requests."""

import functools
import json
from typing import Any

from gate.audit.quoting import quoted
from gate.rls.attempt import Actor
from gate.rls.schema import Role
from gate.rls.statements import literal
from gate.rls.values import GUEST, LETTER, UNCONFIRMED, A, B

USERS: dict[Actor, str] = {"A": A, "B": B, "anonymous": GUEST, "unconfirmed": UNCONFIRMED}


def role(actor: Actor) -> Role:
    """The database role of a request."""
    return {"anon": "anon", "service": "service_role"}.get(actor, "authenticated")


@functools.cache
def opening(
    actor: Actor,
    schema: str,
    metadata: str = "{}",
    more: tuple[tuple[str, ...], ...] = (),
    email: str = "",
) -> tuple[str, ...]:
    """What comes before the request, within its transaction.

    Both forms of the claims are set, as functions read either; the search path is the API's, with the schema it asks for.
    `metadata` is what A has written into the own `user_metadata`, as JSON, `more` are
    paths of claims at which a token says the user's id as well, `email` is the address with which the unconfirmed user
    signed up.
    """
    path = ", ".join(dict.fromkeys((quoted(schema), "public", "extensions")))
    claims: dict[str, Any] = {"role": role(actor)}
    if actor in USERS:
        user = USERS[actor]
        claims |= {"sub": user, "aud": "authenticated", "is_anonymous": actor == "anonymous", "aal": "aal1"}
        claims |= _identity(actor, metadata, email)
        for *above, key in more:
            place = claims
            for name in above:
                place = place.setdefault(name, {})
            place[key] = user
    settings = {
        "search_path": path,
        "request.jwt.claims": json.dumps(claims),
        "request.jwt.claim.sub": claims.get("sub", ""),
        "request.jwt.claim.role": claims["role"],
        "request.jwt.claim.email": claims.get("email", ""),
    }
    if schema == "storage":  # where a trigger refuses every DELETE that is not the storage service's
        settings["storage.allow_delete_query"] = "true"
    calls = ", ".join(f"set_config({literal(name)}, {literal(value)}, true)" for name, value in settings.items())
    return (f"set local role {role(actor)};", f"select {calls};")


def _identity(actor: Actor, metadata: str, email: str) -> dict[str, Any]:
    """What a token says of how the user came in. One who came in anonymously has neither an address nor a provider."""
    if actor == "anonymous":
        return {"email": "", "app_metadata": {}, "user_metadata": {}}
    said = {"app_metadata": {"provider": "email"}}
    match actor:
        case "A":
            return said | {"email": f"{LETTER[A]}@gate.example", "user_metadata": json.loads(metadata)}
        case "unconfirmed":
            return said | {"email": email, "user_metadata": {"email": email, "email_verified": False}}
    return said | {"email": f"{LETTER[USERS[actor]]}@gate.example", "user_metadata": {}}
