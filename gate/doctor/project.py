"""The project: its configuration, its migrations, what is accepted, its sessions, its keys and its clone."""

import ast
from collections.abc import Iterator
from pathlib import Path

from gate.certificate.words import KEYS
from gate.config import Config, load_config
from gate.doctor.diagnosis import Diagnosis, bad, good, note
from gate.errors import GateError, Incomplete
from gate.git import ask, in_repository, program
from gate.migration import read_migrations
from gate.waiver import today


def project(root: Path) -> Iterator[Diagnosis]:
    """What the checks will find at `root`."""
    try:
        config = load_config(root)
    except GateError as problem:
        yield bad("configuration", str(problem), "docs/configuration.md has every key")
        return
    where = config.source.name if config.source else "defaults; `gate init` writes one"
    yield good("configuration", f"{where}; required: {', '.join(config.required)}")
    yield _migrations(config)
    yield good("grants", f"judged: {' and '.join(config.regimes)}; exposed: {', '.join(config.exposed_schemas)}")
    yield from _accepted(config)
    yield _sessions(config)
    yield from _clone(config)
    yield _keys(config)


def _migrations(config: Config) -> Diagnosis:
    shown = config.relative(config.migrations)
    try:
        found = read_migrations(config)
    except GateError as problem:
        return bad("migrations", str(problem), "mend the file")
    if not found:
        return bad(
            "migrations", f"none in {shown}", "set `supabase` in [tool.gate] to the folder that holds migrations/"
        )
    return good("migrations", f"{len(found)} in {shown}")


def _accepted(config: Config) -> Iterator[Diagnosis]:
    waivers = [waiver for waiver in config.waive if not waiver.baseline]
    if config.waive:
        gone = sum(waiver.expired(today()) for waiver in waivers)
        said = f"{len(waivers)} waivers, {gone} expired; {len(config.waive) - len(waivers)} in the baseline"
        yield note("accepted", said, "delete what has expired") if gone else good("accepted", said)


def _sessions(config: Config) -> Diagnosis:
    path = config.root / "noxfile.py"
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return note("noxfile", "none", "`gate init` writes one, for `nox -s gate`")
    except (OSError, ValueError, SyntaxError) as fault:
        return bad("noxfile", f"cannot be read ({type(fault).__name__})", "mend it: nox cannot read it either")
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    registers = any(isinstance(node, ast.ImportFrom) and node.module == "gate.sessions" for node in ast.walk(tree))
    if registers or "gate" in names:
        return good("noxfile", "has a session gate" if "gate" in names else "registers the gate's sessions")
    return note("noxfile", "has no session of the gate", "from gate.sessions import register; register()")


def _clone(config: Config) -> Iterator[Diagnosis]:
    if not in_repository(config.root):
        yield note("repository", "none", "scan sees no history, and nothing can be certified")
        return
    if program() is None:
        return  # said already, of the machine
    try:
        shallow = ask(config.root, "rev-parse", "--is-shallow-repository").strip() == b"true"
    except Incomplete as problem:
        yield bad("repository", str(problem), "let git read it: see `git status` here")
        return
    if shallow:
        yield bad(
            "repository", "a shallow clone", "git fetch --unshallow: scan cannot speak of a history that is cut off"
        )
    else:
        yield good("repository", "a whole clone")


def _keys(config: Config) -> Diagnosis:
    from gate.certificate.keys import pinned_keys

    folder = config.root / KEYS
    if not folder.is_dir():
        return note("keys", f"no {KEYS}/", "`gate keygen NAME` makes a pair, to sign certificates with")
    try:
        return good("keys", ", ".join(key.id for key in pinned_keys(folder)))
    except GateError as problem:
        return bad("keys", str(problem), "a hook would refuse every release")
