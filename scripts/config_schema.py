"""The JSON Schema of `[tool.gate]`, for editors: types from the dataclasses, words from docs/configuration.md."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from gate.config import CHECKS, KEYS, ROUTE, ROUTES, SMOKE_KEYS, WORDS, Config, SmokeConfig
from gate.waiver import KEYS as WAIVER_KEYS
from gate.waiver import REQUIRED

ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", re.MULTILINE)


def config_schema(page: str) -> str:
    """The schema as JSON text. `page` is docs/configuration.md, whose rows describe the keys."""
    said = {name: re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", words) for name, _, words in ROW.findall(page)}
    top, smoke = get_type_hints(Config), get_type_hints(SmokeConfig)
    properties = {key: _described(_kind(top[key], key), said.get(key)) for key in KEYS if key not in {"smoke", "waive"}}
    properties["smoke"] = _object({key: _described(_kind(smoke[key], key), said.get(key)) for key in SMOKE_KEYS})
    properties["waive"] = {
        "type": "array",
        "items": _waiver(),
        "description": "Findings that are accepted for a while.",
    }
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://supagate.dev/config.schema.json",
        "title": "supagate: [tool.gate], or gate.toml",
        **_object(properties),
    }
    return json.dumps(schema, indent=2) + "\n"


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _described(schema: dict[str, Any], words: str | None) -> dict[str, Any]:
    return schema | ({"description": words} if words else {})


def _kind(hint: Any, key: str) -> dict[str, Any]:  # noqa: ANN401 - a type, one branch per kind of it
    origin, inner = get_origin(hint), get_args(hint)
    if key in WORDS:
        return {"type": "array", "items": {"enum": list(WORDS[key])}, "uniqueItems": True}
    if key == "timeouts":
        return _object({check: {"type": "number", "exclusiveMinimum": 0} for check in CHECKS})
    if hint is bool:
        return {"type": "boolean"}
    if hint is str:
        return {"type": "string"} | ({"pattern": f"^{ROUTE.pattern}$"} if key in ROUTES else {})
    if hint is int:
        return {"type": "integer", "minimum": 1}
    if hint is float:
        return {"type": "number", "exclusiveMinimum": 0}
    if origin is tuple:
        return {"type": "array", "items": _kind(inner[0], "")}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is UnionType:
        return _kind(next(one for one in inner if one is not type(None)), key)
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _kind(inner[1], "")}
    raise TypeError(f"{key}: no schema for {hint}")


def _waiver() -> dict[str, Any]:
    properties: dict[str, Any] = {key: {"type": "string", "minLength": 1} for key in WAIVER_KEYS}
    # TOML has dates, JSON has not: editors show them as strings, or leave them alone.
    properties["until"] = {"description": "its last day, a date without quotes, as in 2027-01-31"}
    return _object(properties) | {"required": list(REQUIRED)}


def schema_file(docs: Path) -> tuple[Path, str]:
    """The file and its text."""
    return docs / "config.schema.json", config_schema((docs / "configuration.md").read_text(encoding="utf-8"))
