"""How a request ends early: an exception that already is the answer."""

from gate.standin.http import Answer, json_answer
from gate.standin.supabase.keys import BadKey


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A refused request with the answer in the words of its service."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def no_key(fault: BadKey) -> Answer:
    """What the gateway says before any service is asked."""
    if fault.why == "none":
        hint = "No `apikey` request header or url param was found."
        return json_answer(401, {"message": "No API key found in request", "hint": hint})
    hint = "Double check your Supabase `anon` or `service_role` API key."
    return json_answer(401, {"message": "Invalid API key", "hint": hint})
