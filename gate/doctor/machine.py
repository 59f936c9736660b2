"""The machine and the environment: Python, the package itself, git, ripgrep, the SQL parser, Postgres, nox."""

import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from gate.doctor.diagnosis import Diagnosis, bad, good, note
from gate.errors import GateError

NOX = (2026, 8, 10)


def machine() -> Iterator[Diagnosis]:
    """Everything that must be there whatever the project is."""
    yield _python()
    yield _system()
    yield from _package()
    yield _git()
    yield _ripgrep()
    yield _parser()
    yield from _postgres()
    yield _nox()


def _python() -> Diagnosis:
    said = f"{platform.python_version()} in {sys.prefix}"
    if sys.version_info < (3, 11):  # noqa: UP036 - asked of the Python that runs it, whatever the metadata says
        return bad("python", said, "the gate needs Python 3.11 or newer")
    return good("python", said)


def _system() -> Diagnosis:
    said = f"{platform.system()} {platform.machine()}"
    if platform.system() != "Linux":
        return note("system", said, "the gate is tested on Linux; audit and scan need nothing of it, rls and smoke may")
    return good("system", said)


def _package() -> Iterator[Diagnosis]:
    """Ours must be the only distribution that brings a package `gate`: the index has another one of that name."""
    others = sorted(set(packages_distributions().get("gate", [])) - {"supagate"})
    if others:
        remedy = f"pip uninstall {' '.join(others)}, then pip install --force-reinstall supagate"
        yield bad("package", f"{', '.join(others)} installs a package `gate` as well, over ours", remedy)
    try:
        yield good("package", f"supagate {version('supagate')}")
    except PackageNotFoundError:
        yield bad("package", "the gate runs from a folder and is not installed", "pip install supagate")


def _git() -> Diagnosis:
    from gate.git import program

    path = program()
    if path is None:
        return bad(
            "git", "not found", "install git: without it scan cannot look at the history, and nothing is certified"
        )
    return good("git", _told([path, "--version"]).removeprefix("git version "))


def _ripgrep() -> Diagnosis:
    from gate.scan.ripgrep import program

    try:
        said = _told([program(), "--version"]).partition("\n")[0]
    except GateError as problem:
        return bad("ripgrep", str(problem), "pip install --force-reinstall ripgrep")
    return good("ripgrep", said) if said else bad("ripgrep", "does not run", "pip install --force-reinstall ripgrep")


def _parser() -> Diagnosis:
    from gate.audit.replay import split
    from gate.migration import Migration

    try:
        parsed = [statement.problem for statement in split(Migration("doctor.sql", "select 1; selec 2;"))]
    except Exception as fault:  # noqa: BLE001 - whatever a native library does, said in a word
        return bad("SQL parser", f"does not load ({type(fault).__name__})", "pip install --force-reinstall postgast")
    if [problem is None for problem in parsed] != [True, False]:
        return bad("SQL parser", "answers wrongly", "pip install --force-reinstall postgast")
    return good("SQL parser", f"postgast {version('postgast')}")


def _postgres() -> Iterator[Diagnosis]:
    try:
        from gate.postgres.host import find_bin_dir, unprivileged_user

        folder = find_bin_dir()
        user = unprivileged_user()
    except GateError as problem:
        yield bad("postgres", str(problem), "rls, and the smoke's rehearsal, need it")
        return
    said = _told([str(folder / "postgres"), "--version"])
    if said:
        yield good(
            "postgres", said.removeprefix("postgres (PostgreSQL) ") + (f", as user {user.pw_name}" if user else "")
        )
    else:
        yield bad("postgres", f"{folder}/postgres does not run here", "point GATE_PG_BIN at a PostgreSQL bin folder")


def _nox() -> Diagnosis:
    found = version("nox")
    if tuple(int(part) for part in found.split(".")[:3]) < NOX:
        return bad("nox", found, "pip install --upgrade nox")
    return good("nox", found)


def _told(command: list[str]) -> str:
    """What a program says of itself; nothing when it does not start, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
