"""Paths against the globs of `scan_exclude`, read as ripgrep and git read them, for paths that are in no tree."""

import re
from collections.abc import Callable, Iterable

_PART = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[[^\]]+\]|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path from the root, or a folder that it lies in, is meant by one of the globs."""
    patterns = [_pattern(glob) for glob in globs]
    joined = re.compile("|".join(patterns) or r"(?!)")
    return lambda path: joined.fullmatch(path) is not None


def _pattern(glob: str) -> str:
    bare = glob.rstrip("/")
    anchored = "/" in bare
    body = "".join(_meaning(part) for part in _PART.findall(bare.lstrip("/")))
    return ("" if anchored else "(?:.*/)?") + body + "(?:/.*)?"


def _meaning(part: str) -> str:
    if part in _MEANING:
        return _MEANING[part]
    if len(part) > 1:
        return part.replace("[!", "[^")
    return re.escape(part)
