"""Storage's way to say no: `statusCode, error, message`, most of it with the HTTP status 400."""

import psycopg

from gate.standin.http import Answer, json_answer
from gate.standin.supabase.refusal import Refusal

NO_POLICY = "new row violates row-level security policy"


def problem(status: int, error: str, message: str) -> Answer:
    """An answer in Storage's shape. The real status stands in the body; HTTP says 400 to whatever is the client's fault."""
    body = {"statusCode": str(status), "error": error, "message": message}
    return json_answer(status if status >= 500 else 400, body)


def refusal(status: int, error: str, message: str) -> Refusal:
    """A refusal in Storage's shape."""
    return Refusal(problem(status, error, message))


def not_built(what: str) -> Refusal:
    """What Storage can do and this stand-in cannot."""
    return refusal(501, "not_implemented", f"the local stand-in does not do {what}; run it against a real project")


def no_object() -> Refusal:
    """The object is not there, or not for this caller: one answer for both."""
    return refusal(404, "not_found", "Object not found")


def no_bucket() -> Refusal:
    """The bucket is not there, or not for this caller."""
    return refusal(404, "Bucket not found", "Bucket not found")


def of_database(fault: psycopg.Error) -> Answer:
    """What the database said, as Storage passes it on."""
    message = fault.diag.message_primary or "the database cannot hold that"
    match fault.sqlstate or "":
        case "42501":
            hidden = "row-level security" in message  # the real service leaves the table's name out
            return problem(403, "Unauthorized", NO_POLICY if hidden else message)
        case "23505":
            return problem(409, "Duplicate", "The resource already exists")
        case "23503":
            return problem(404, "Bucket not found", "The related resource does not exist")
        case "55P03":
            return problem(423, "ResourceLocked", "The resource is locked")
        case "57014":
            return problem(544, "DatabaseTimeout", "The connection to the database timed out")
        case "" if isinstance(fault, psycopg.OperationalError):
            return unreachable("the server is gone")
        case "":
            return problem(400, "InvalidRequest", message)
        case state if state.startswith(("08", "57P", "53")):
            return unreachable(message)
        case state:
            return problem(500, "DatabaseError", f"{message} ({state})")


def unreachable(why: str) -> Answer:
    """No database."""
    return problem(503, "DatabaseUnreachable", f"the database cannot be reached: {why}")
