"""The project's sessions, one command each; `python3 noxfile.py -s gate` needs only Python and git."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PRIVATE = ROOT / ".gate-env"


def hand_over() -> int:
    """Bring a nox of our own into a private environment and run it: nothing is installed outside this folder."""
    python = PRIVATE / "bin/python"
    ready = PRIVATE / "ready"
    if not ready.exists():
        print(f"preparing nox in {PRIVATE.name}/ (once) ...", file=sys.stderr, flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(PRIVATE)], check=False)
        if made.returncode:
            print("noxfile: Python's venv module is missing; on Debian: apt install python3-venv", file=sys.stderr)
            return 3
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "nox[uv]>=2026.8.10"]
        if subprocess.run(install, check=False).returncode:
            print("noxfile: nox could not be installed; is the package index reachable?", file=sys.stderr)
            return 3
        ready.touch()
    # The environment's own folder goes first on the path, so that nox finds the uv that came with it.
    surroundings = os.environ | {"PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(python), "-m", "nox", "-f", str(ROOT / "noxfile.py"), *sys.argv[1:]]
    try:
        return subprocess.run(command, check=False, env=surroundings).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(hand_over())

import nox

nox.needs_version = ">=2026.8.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "tests", "gate"]

PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")


def install(session: nox.Session, group: str) -> None:
    """The project as it stands, and one of its dependency groups."""
    session.install("-q", "-e", ".", *nox.project.dependency_groups(PYPROJECT, group))


@nox.session(tags=["gate"])
def gate(session: nox.Session) -> None:
    """Judge the release: every check, one verdict."""
    install(session, "demo")
    session.run("gate", "run", *session.posargs)


@nox.session(tags=["check"])
def audit(session: nox.Session) -> None:
    """Judge the SQL migrations, without a database."""
    install(session, "demo")
    session.run("gate", "audit", *session.posargs)


@nox.session(tags=["check"])
def scan_service_role(session: nox.Session) -> None:
    """Find service-role keys and their kin where they must not be."""
    install(session, "demo")
    session.run("gate", "scan", *session.posargs)


@nox.session(tags=["check"])
def test_rls(session: nox.Session) -> None:
    """Attack every table as a stranger, on an embedded Postgres."""
    install(session, "demo")
    session.run("gate", "rls", *session.posargs)


@nox.session(tags=["check"])
def test_model(session: nox.Session) -> None:
    """Drive the backend's job API end to end, as two users."""
    install(session, "demo")
    session.run("gate", "smoke", "run-all", *session.posargs)


@nox.session(tags=["ci"])
def tests(session: nox.Session) -> None:
    """Run the tests."""
    install(session, "tests")
    # Half of the time of most tests is waiting for servers: a worker per core, and an idle one takes from the others.
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session(tags=["ci"])
def lint(session: nox.Session) -> None:
    """Check style, types, import contracts and the written docs."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    # Nothing here runs on macOS and Windows; what names a part of the system that they lack is found all the same.
    session.run("mypy", "--platform", "darwin", "gate")
    linux = "gate/(postgres|rls|smoke|standin)/"
    session.run("mypy", "--platform", "win32", "--follow-imports", "silent", "--exclude", linux, "gate")
    session.run("lint-imports", "--no-cache")
    session.run("python", "scripts/pages.py", "--check")


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Put mutated SQL to the audit, far more of it than the tests do."""
    install(session, "tests")
    words = session.posargs or ["-x", "-k", "mutations"]
    session.run("pytest", "--timeout", "0", "tests/audit/test_hostile.py", *words, env={"FUZZ_EXAMPLES": "20000"})


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure against peers and limits; prints ratios."""
    install(session, "tests")
    session.run("python", "bench/run.py")
    session.run("python", "bench/audit.py", *session.posargs)
    session.run("python", "-m", "bench.scan")


@nox.session(default=False)
def package(session: nox.Session) -> None:
    """Build what is released, twice, and try it where this tree is not."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "package"))
    session.run("python", "scripts/package.py")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation as a site; a warning is an error."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "docs"))
    session.run("mkdocs", "build", "--strict", "--quiet", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})
