"""Puts the demo app, its leaky twin and the pages of the audit's errors to other tools, and prints what each said.

    python -m bench.peers --splinter PATH/TO/splinter.sql

The tools come into an environment that is thrown away; splinter is a file of SQL, taken from a clone of its repository. pgrls is asked
twice: offline, of the files, and of a real server with the migrations applied, which is where it says it is at its best; splinter needs
the server. A page counts as told apart by a tool when the tool says something of the first flagged example that it does not say of the
first clean one, whatever it is. Schemathesis is pointed at the demo's backends, in a rehearsal, with A's token.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psycopg

from demo.leaky.__main__ import write as write_leaky
from gate.audit.check import example_files
from gate.audit.replay import split
from gate.check import Context
from gate.config import load_config
from gate.finding import Severity
from gate.migration import Migration
from gate.page import Example
from gate.postgres import Server, apply
from gate.rule import load_rules
from gate.smoke.rehearsal import rehearsal

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("pgrls", "squawk-cli", "schemathesis")
Said = Counter[str]


class Peers:
    """The tools, installed in a folder."""

    def __init__(self, folder: Path, splinter: str) -> None:
        venv.create(folder / "tools", with_pip=True)
        self._programs = folder / "tools/bin"
        self._splinter = splinter
        self._folder = folder
        quiet = ["install", "-q", "--disable-pip-version-check"]
        subprocess.run([self._programs / "pip", *quiet, *TOOLS], check=True, stderr=subprocess.DEVNULL)

    def versions(self) -> list[str]:
        """What each calls itself."""
        asked = (["pgrls", "--version"], ["squawk", "--version"], ["schemathesis", "--version"])
        return [self._told(*words).strip() for words in asked]

    def ask(self, migrations: Sequence[Migration]) -> Mapping[str, Said]:
        """What each says of a project with these migrations: its own names of what it found, with how often."""
        place = Path(tempfile.mkdtemp(dir=self._folder))
        files = [place / f"{number:03}.sql" for number, _ in enumerate(migrations)]
        for file, migration in zip(files, migrations, strict=True):
            file.write_text(migration.text)
        offline = [word for file in files for word in ("--sql-file", str(file))]
        server = Server.start("auto")
        try:
            apply(server, [statement for migration in migrations for statement in split(migration)])
            return {
                "pgrls, offline": self._pgrls(*offline),
                "pgrls, on the server": self._pgrls("--database-url", server.dsn()),
                "splinter": self._splintered(server),
                "squawk": self._squawk(files),
            }
        finally:
            server.stop()

    def fuzz(self, root: Path) -> str:
        """What Schemathesis has to say of the backend that a project starts in a rehearsal."""
        here, context = Path.cwd(), Context(load_config(root))
        os.chdir(root)  # it starts there, and its module is looked for there
        try:
            with rehearsal(context) as target:
                words = (
                    "--max-examples",
                    "30",
                    "--no-color",
                    "--seed",
                    "1",
                    "-H",
                    f"Authorization: Bearer {target.tokens['A']}",
                )
                said = self._told("schemathesis", "run", f"{target.api}/openapi.json", *words)
        finally:
            context.close()
            os.chdir(here)
        return said.partition("= SUMMARY =")[2].partition("Failures:")[2].partition("\n\n")[0]

    def _told(self, program: str, *words: str) -> str:
        # In a folder of their own: some keep what they found where they were started.
        done = subprocess.run(
            [self._programs / program, *words], cwd=self._folder, capture_output=True, text=True, check=False
        )
        return done.stdout

    def _pgrls(self, *words: str) -> Said:
        text = self._told("pgrls", "lint", "--format", "json", *words)
        if not text.startswith("{"):
            return Counter({"gave up": 1})
        return Counter(one["rule_id"] for one in json.loads(text)["violations"])

    def _squawk(self, files: Sequence[Path]) -> Said:
        text = self._told("squawk", "--reporter", "json", *map(str, files))
        return Counter(one["rule_name"] for one in json.loads(text or "[]"))

    def _splintered(self, server: Server) -> Said:
        with server.connect() as db:
            db.execute("set pgrst.db_schemas = 'public, graphql_public'")
            head, _, query = self._splinter.partition(";")
            db.execute(f"set {head.removeprefix('set local')}".encode())
            found: Said = Counter()
            # One lint at a time: the embedded server lacks XML, for which one of them asks.
            for lint in query.rstrip().rstrip(";").split("\nunion all\n"):
                try:
                    found.update(str(row[0]) for row in db.execute(lint.encode()).fetchall())
                except psycopg.Error:
                    found["(a lint that cannot run here)"] += 1
            return found


def demo(*folders: str) -> list[Migration]:
    """The demo app's migrations in the order of their names."""
    files = [path for folder in folders for path in (ROOT / folder).glob("*.sql")]
    return [Migration(path.name, path.read_text()) for path in sorted(files, key=lambda path: path.name)]


def pages() -> Iterator[tuple[str, Example, Example]]:
    """Each rule of the audit that blocks a release, with its first flagged and its first clean example."""
    for rule in load_rules("gate.audit.rules"):
        blocks = [example for example in rule.page.examples if example.language == "sql"]
        flagged = next((one for one in blocks if one.flagged), None)
        clean = next((one for one in blocks if not one.flagged), None)
        if rule.severity is Severity.ERROR and flagged and clean:
            yield rule.id, flagged, clean


def shown(said: Mapping[str, Said]) -> str:
    """A line per tool."""
    return "\n".join(
        f"  {tool}: {sum(found.values())}: " + ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
        for tool, found in said.items()
    )


def main(write: Callable[[str], object] = print) -> int:
    """Ask them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splinter", type=Path, required=True, help="splinter.sql of a clone of supabase/splinter")
    splinter = parser.parse_args().splinter.read_text()
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        peers = Peers(Path(folder), splinter)
        write("; ".join(peers.versions()))
        both = {"sound": ("demo/supabase/migrations",)} | {
            "leaky": ("demo/supabase/migrations", "demo/leaky/migrations")
        }
        for name, folders in both.items():
            write(f"{name} demo\n{shown(peers.ask(demo(*folders)))}")
        write_leaky(Path(folder) / "leaky")
        for name, root in {"sound": ROOT, "leaky": Path(folder) / "leaky"}.items():
            write(f"{name} backend\n{peers.fuzz(root).strip()}")
        apart: dict[str, list[str]] = {}
        asked = 0
        for rule, flagged, clean in pages():
            asked += 1
            bad, good = (peers.ask(example_files(example.text)) for example in (flagged, clean))
            for tool in bad:
                apart.setdefault(tool, [])
                if bad[tool] - good[tool]:
                    apart[tool].append(rule)
        for tool, rules in apart.items():
            write(f"{tool} tells {len(rules)} of {asked} apart: {', '.join(rules)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
