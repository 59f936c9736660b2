"""A folder's content: names relative to the prefix, folders first, with id null."""

from collections.abc import Mapping, Sequence
from typing import Any

FIELDS = ("id", "updated_at", "created_at", "last_accessed_at", "metadata")
SORTED_BY = {"name": 0, "updated_at": 2, "created_at": 3, "last_accessed_at": 4}


def folder_of(prefix: object) -> str:
    """The prefix as the beginning of names; empty for the whole bucket."""
    text = prefix.strip("/") if isinstance(prefix, str) else ""
    return f"{text}/" if text else ""


def listing(rows: Sequence[tuple[Any, ...]], folder: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One page of the folder, from all rows below it."""
    search = str(asked.get("search") or "").lower()
    sort = asked.get("sortBy")
    sort = sort if isinstance(sort, Mapping) else {}
    place, backwards = SORTED_BY.get(str(sort.get("column")), 0), sort.get("order") == "desc"
    folders: set[str] = set()
    files: list[tuple[Any, ...]] = []
    for row in rows:
        name, slash, _rest = row[0][len(folder) :].partition("/")
        if not name.lower().startswith(search):
            continue
        if slash:
            folders.add(name)
        else:
            files.append((name, *row[1:]))
    files.sort(key=lambda row: (row[place] or "", row[0]), reverse=backwards)
    entries = [dict.fromkeys(("name", *FIELDS)) | {"name": name} for name in sorted(folders, reverse=backwards)]
    entries += [dict(zip(("name", *FIELDS), row, strict=True)) for row in files]
    offset, limit = _number(asked.get("offset"), 0), _number(asked.get("limit"), 100)
    return entries[offset : offset + limit]


def _number(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default
