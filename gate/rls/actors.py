"""Who attacks: the claims and the opening statements with which the platform's API would send their requests."""

import functools
import json
from typing import Any

from gate.audit.quoting import quoted
from gate.rls.attempt import Actor
from gate.rls.schema import Role
from gate.rls.statements import literal
from gate.rls.values import LETTER, A, B

USERS = {"A": A, "B": B}


def role(actor: Actor) -> Role:
    """The database role of a request."""
    return "anon" if actor == "anon" else "authenticated"


def server_opening(schema: str) -> tuple[str, ...]:
    """What comes before a request with the service key: a role that row security does not bind."""
    claims = json.dumps({"role": "service_role"})
    path = ", ".join(dict.fromkeys((quoted(schema), "public", "extensions")))
    settings = {"search_path": path, "request.jwt.claims": claims, "request.jwt.claim.role": "service_role"}
    calls = ", ".join(f"set_config({literal(name)}, {literal(value)}, true)" for name, value in settings.items())
    return ("set local role service_role;", f"select {calls};")


@functools.cache
def opening(actor: Actor, schema: str, metadata: str = "{}", more: tuple[tuple[str, ...], ...] = ()) -> tuple[str, ...]:
    """What comes before the request, within its transaction.

    Both forms of the claims are set, as functions read either; the search path is the API's, with the schema it asks for.
    `metadata` is what A has written into the own `user_metadata`, as JSON, `more` are
    paths of claims at which a token says the user's id as well.
    """
    path = ", ".join(dict.fromkeys((quoted(schema), "public", "extensions")))
    claims: dict[str, Any] = {"role": role(actor)}
    if actor != "anon":
        user = USERS[actor]
        claims |= {"sub": user, "aud": "authenticated", "email": f"{LETTER[user]}@gate.example", "is_anonymous": False}
        claims |= {
            "app_metadata": {"provider": "email"},
            "user_metadata": json.loads(metadata) if actor == "A" else {},
            "aal": "aal1",
        }
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
