"""The files that `gate init` would write, each as it is and as it would be."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from gate.config import load_config
from gate.errors import UsageError
from gate.init.look import Found
from gate.init.templates import template
from gate.sessions import SESSIONS

IGNORED = ("gate.json", "gate.html", "gate-certificate.json")
CALL = "from gate.sessions import register"


@dataclass(frozen=True, slots=True)
class Change:
    """One file: its path below the root, its text now (empty where there is none), and what it becomes."""

    path: str
    before: str
    after: str


def changes(root: Path, found: Found) -> tuple[Change, ...]:
    """Everything that is to be written, the configuration last, where a reader looks; nothing of what is there already."""
    made = (*_pipeline(root, found), *_noxfile(root), *_ignore(root), *_configuration(root, found))
    return tuple(change for change in made if change.before != change.after)


def _configuration(root: Path, found: Found) -> Iterator[Change]:
    if load_config(root).source is not None or (root / "gate.toml").exists():
        return
    table = tomlkit.table()
    if found.supabase != "supabase":
        table["supabase"] = found.supabase
    smoke = found.replicate and bool(found.start)
    required = ["audit", "scan", "rls", *(["smoke"] if smoke else [])]
    table["required"] = required
    if not smoke:
        table["required"].comment("add smoke once [tool.gate.smoke] says how the backend starts")
    if found.start:
        inner = tomlkit.table()
        if smoke:
            inner["rehearse"] = True
        inner["start"] = list(found.start)
        table["smoke"] = inner
    path = root / "pyproject.toml"
    if not path.exists():
        text = tomlkit.dumps(table)
        yield Change("gate.toml", "", f"# The release gate: https://supagate.dev/configuration\n{text}")
        return
    before = path.read_bytes().decode()
    document = tomlkit.parse(before)
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    tool["gate"] = table
    yield Change("pyproject.toml", before, tomlkit.dumps(document))


def _noxfile(root: Path) -> Iterator[Change]:
    path = root / "noxfile.py"
    if not path.exists():
        yield Change("noxfile.py", "", template("noxfile.py.txt"))
        return
    before = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(before)
    except (SyntaxError, ValueError) as fault:
        raise UsageError(f"noxfile.py cannot be read: {fault}") from fault
    if any(isinstance(node, ast.ImportFrom) and node.module == "gate.sessions" for node in ast.walk(tree)):
        return
    taken = sorted(_sessions(tree) & set(SESSIONS))
    if taken:
        raise UsageError(
            f"noxfile.py has a session {taken[0]!r} already; end it by hand with: {CALL}; register(prefix='gate-')"
        )
    yield Change("noxfile.py", before, f"{before.rstrip()}\n\n\n{CALL}  # noqa: E402\n\nregister()\n")


def _sessions(tree: ast.Module) -> set[str]:
    """The names of functions and the `name=` of decorators: whatever could be a session."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
            for decorator in node.decorator_list:
                words = decorator.keywords if isinstance(decorator, ast.Call) else []
                found |= {str(w.value.value) for w in words if w.arg == "name" and isinstance(w.value, ast.Constant)}
    return found


def _ignore(root: Path) -> Iterator[Change]:
    path = root / ".gitignore"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    there = {line.strip().lstrip("/") for line in before.splitlines()}
    missing = [name for name in IGNORED if name not in there]
    joined = "".join(f"/{name}\n" for name in missing)
    gap = "\n" if before and not before.endswith("\n") else ""
    yield Change(".gitignore", before, f"{before}{gap}{joined}")


def _pipeline(root: Path, found: Found) -> Iterator[Change]:
    """A pipeline of the gate's own; what is there is never edited."""
    if found.github and not (root / ".github/workflows/gate.yml").exists():
        yield Change(".github/workflows/gate.yml", "", template("github.yml"))
    if found.gitlab and not (root / ".gitlab-ci.yml").exists():
        yield Change(".gitlab-ci.yml", "", template("gitlab.yml"))
