"""GoTrue's way to say no: `code, error_code, msg`."""

from gate.standin.http import Answer, json_answer
from gate.standin.supabase.refusal import Refusal


def problem(status: int, error_code: str, message: str, **more: object) -> Answer:
    """An answer in GoTrue's shape."""
    return json_answer(status, {"code": status, "error_code": error_code, "msg": message, **more})


def refusal(status: int, error_code: str, message: str, **more: object) -> Refusal:
    """A refusal in GoTrue's shape."""
    return Refusal(problem(status, error_code, message, **more))


def not_built(what: str) -> Refusal:
    """What GoTrue can do and this stand-in cannot."""
    return refusal(501, "not_implemented", f"the local stand-in does not do {what}; run it against a real project")
