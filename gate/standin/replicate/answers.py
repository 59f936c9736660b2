"""Replicate's ways of answering: pages of a list, and refusals as problem+json, in the shapes that were recorded."""

from collections.abc import Mapping, Sequence

from gate.standin.http import Answer, json_answer

PROBLEM = {"content-type": "application/problem+json"}


def page(results: Sequence[object], *, following: str | None = None, previous: str | None = None) -> Answer:
    """One page of a list, with the addresses of its neighbours."""
    return json_answer(200, {"next": following, "previous": previous, "results": results})


def problem(status: int, title: str, detail: str) -> Answer:
    """A refusal with its title."""
    return json_answer(status, {"title": title, "detail": detail, "status": status}, PROBLEM)


def missing() -> Answer:
    """404, which Replicate sends without a title."""
    return json_answer(404, {"detail": "The requested resource could not be found.", "status": 404}, PROBLEM)


def invalid(complaints: Sequence[Mapping[str, str]]) -> Answer:
    """422: one line and one entry per field that is wrong."""
    detail = "".join(f"- {one['field']}: {one['description']}\n" for one in complaints)
    body = {"detail": detail, "status": 422, "title": "Input validation failed", "invalid_fields": list(complaints)}
    return json_answer(422, body, PROBLEM)


def complaint(kind: str, field: str, description: str) -> dict[str, str]:
    """One entry of `invalid_fields`."""
    return {"type": kind, "field": field, "description": description}
