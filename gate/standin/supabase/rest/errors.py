"""PostgREST's way to say no: `code, message, details, hint`, and a status for each SQLSTATE."""

import json
import re
from typing import Any

import psycopg

from gate.standin.http import Answer, json_answer
from gate.standin.supabase.refusal import Refusal

# The longest prefix of the SQLSTATE decides; everything else is 400.
STATUSES = {
    "08": 503, "09": 500, "0L": 403, "0P": 403, "21000": 500, "23503": 409, "23505": 409, "25": 500, "25006": 405,
    "28": 403, "2D": 500, "38": 500, "39": 500, "3B": 500, "40": 500, "42883": 404, "42P01": 404, "42P17": 500,
    "53": 503, "53400": 500, "54": 500, "55": 500, "57": 500, "57P01": 503, "58": 500, "F0": 500, "HV": 500,
    "P0": 500, "P0001": 400, "XX": 500,
}  # fmt: skip
RAISED_STATUS = re.compile(r"PT([1-5]\d\d)")
UNREACHABLE = "PGRST000"
NO_NUL = "22021"


def refusal(status: int, code: str, message: str, details: object = None, hint: str | None = None) -> Refusal:
    """A refusal in PostgREST's shape."""
    return Refusal(problem(status, code, message, details, hint))


def problem(status: int, code: str, message: str, details: object = None, hint: str | None = None) -> Answer:
    """An answer in PostgREST's shape. The header lets a client read the code where a HEAD has no body."""
    body = {"code": code, "message": message, "details": details, "hint": hint}
    headers = {"proxy-status": f"PostgREST; error={code}"} if code.isalnum() else {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return json_answer(status, body, headers)


def not_built(what: str) -> Refusal:
    """What PostgREST can do and this stand-in cannot: said in words, never answered with something empty."""
    return refusal(501, "501", f"the local stand-in does not do {what}", hint="run it against a real project")


def of_database(fault: psycopg.Error, *, anonymous: bool) -> Answer:
    """What the database said, as PostgREST passes it on."""
    state = fault.sqlstate
    if state is None:
        if isinstance(fault, psycopg.OperationalError):
            return problem(
                503, UNREACHABLE, "Database connection error. Retrying the connection.", "the server is gone"
            )
        # The driver itself refused, which it does for a NUL only: PostgreSQL has no way to say one.
        return problem(400, NO_NUL, 'invalid byte sequence for encoding "UTF8": 0x00')
    message = fault.diag.message_primary or ""
    raised = RAISED_STATUS.fullmatch(state)
    if raised:
        return problem(int(raised[1]), state, message, fault.diag.message_detail, fault.diag.message_hint)
    if state == "PGRST":
        return _as_raised(message, fault.diag.message_detail)
    if state == "42501":
        status = 401 if anonymous else 403
    else:
        status = next((STATUSES[state[:n]] for n in (5, 2) if state[:n] in STATUSES), 400)
    return problem(status, state, message, fault.diag.message_detail, fault.diag.message_hint)


def _as_raised(message: str, detail: str | None) -> Answer:
    """A function may raise a whole answer: `raise sqlstate 'PGRST' using message = ..., detail = ...`, both JSON."""
    try:
        body, outside = json.loads(message), json.loads(detail or "")
        status, headers = int(outside["status"]), {str(k): str(v) for k, v in outside.get("headers", {}).items()}
        shown: dict[str, Any] = {name: body.get(name) for name in ("code", "message", "details", "hint")}
    except (ValueError, TypeError, KeyError, AttributeError):
        return problem(500, "PGRST121", "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error")
    return json_answer(status, shown, headers)
