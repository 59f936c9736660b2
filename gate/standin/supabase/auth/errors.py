"""GoTrue's way to say no: `code, error_code, msg`."""

import psycopg

from gate.standin.http import Answer, json_answer
from gate.standin.supabase.refusal import Refusal


def problem(status: int, error_code: str, message: str, **more: object) -> Answer:
    """An answer in GoTrue's shape."""
    return json_answer(status, {"code": status, "error_code": error_code, "msg": message, **more})


def refusal(status: int, error_code: str, message: str, **more: object) -> Refusal:
    """A refusal in GoTrue's shape."""
    return Refusal(problem(status, error_code, message, **more))


def of_database(fault: psycopg.Error, words: str) -> Answer:
    """What the database said, in GoTrue's few words; what a trigger said would stand in its log, so its code is added."""
    state = fault.sqlstate or ""
    if (not state and isinstance(fault, psycopg.OperationalError)) or state.startswith(("08", "57P", "53")):
        return problem(503, "unexpected_failure", "the database cannot be reached: the server is gone")
    if state == "57014":
        return problem(504, "request_timeout", "Processing this request timed out, please retry after a moment.")
    return problem(500, "unexpected_failure", words, sqlstate=state)


def not_built(what: str) -> Refusal:
    """What GoTrue can do and this stand-in cannot."""
    return refusal(501, "not_implemented", f"the local stand-in does not do {what}; run it against a real project")
