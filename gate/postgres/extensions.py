"""SQL-only stand-ins for extensions that hosted Supabase has and a plain PostgreSQL build lacks.

A stand-in promises that migrations which create and use the extension apply, and that nothing leaves the machine. It does
not promise that the extension works: nothing is sent, scheduled, encrypted or analysed. Every script runs with the rights
of whoever says CREATE EXTENSION, never as superuser. Never add dblink, postgres_fdw, file_fdw, plpython3u or another way
out of the database to the stand-ins or to TRUSTED.
"""

import functools
import shutil
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gate.errors import Incomplete


@functools.cache
def _script(name: str) -> str:
    return files("gate.postgres").joinpath("sql", "extensions", f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class StandIn:
    """One extension. `schema` is the only one the original accepts; `replace` wins over a file the server ships."""

    name: str
    version: str
    schema: str | None = None
    requires: str | None = None
    replace: bool = False

    def control(self) -> str:
        """The text of its control file."""
        lines = [
            f"comment = 'local stand-in for {self.name}, SQL only'",
            f"default_version = '{self.version}'",
            "relocatable = false",
            "superuser = false",
        ]
        if self.schema:
            lines.append(f"schema = '{self.schema}'")
        if self.requires:
            lines.append(f"requires = '{self.requires}'")
        return "\n".join(lines) + "\n"

    def script(self) -> str:
        """The text of its script."""
        return _script(self.name)


STAND_INS = (
    StandIn("uuid-ossp", "1.1", replace=True),  # several builds ship one that cannot be loaded
    StandIn("pgcrypto", "1.3"),
    StandIn("pgjwt", "0.2.0", requires="pgcrypto"),
    StandIn("pg_net", "0.19.5"),
    StandIn("http", "1.6"),
    StandIn("pg_cron", "1.6.4"),
    StandIn("pgmq", "1.5.1", schema="pgmq"),
    StandIn("supabase_vault", "0.3.1", schema="vault"),
    StandIn("pg_graphql", "1.5.12", schema="graphql"),
    StandIn("pgsodium", "3.1.9", schema="pgsodium"),
    StandIn("pg_tle", "1.4.0", schema="pgtle"),
    StandIn("supabase-dbdev", "0.0.5"),
    StandIn("pg_jsonschema", "0.3.3"),
    StandIn("index_advisor", "0.2.0"),
    StandIn("hypopg", "1.4.1"),
    StandIn("plpgsql_check", "2.8"),
    StandIn("pgtap", "1.0"),
    StandIn("wrappers", "1.0"),
    StandIn("pgaudit", "1.0"),
    StandIn("pg_repack", "1.0"),
    StandIn("pg_stat_monitor", "1.0"),
)

# Shipped by the server but installable only by a superuser, although hosted lets postgres install them. A trusted script
# runs as superuser: add nothing that reaches files, programs or the network, and nothing whose script looks names up in a
# schema the caller may have prepared (earthdistance is left out for that reason).
TRUSTED = ("moddatetime", "pg_stat_statements", "vector")


def major_version(bin_dir: Path) -> int:
    """The server's major version. Raises Incomplete when the program does not answer."""
    return int(_ask(bin_dir, "postgres", "--version").split()[2].split(".")[0])


def full_version(bin_dir: Path) -> str:
    """The server's version, as in 18.6."""
    return _ask(bin_dir, "postgres", "--version").split()[2]


def _ask(bin_dir: Path, program: str, option: str) -> str:
    try:
        done = subprocess.run([bin_dir / program, option], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        raise Incomplete(f"{bin_dir}: {program} does not run ({fault}); is it a PostgreSQL bin folder?") from fault
    return done.stdout.strip()


def write(out: Path, bin_dir: Path) -> list[str]:
    """Write what this server lacks into OUT/extension; up to version 17 into the server's own share folder.

    Returns the names written. Files of the server win, except where a stand-in says otherwise.
    """
    shipped = Path(_ask(bin_dir, "pg_config", "--sharedir")) / "extension"
    major = major_version(bin_dir)
    target = out / "extension" if major >= 18 else shipped
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for item in STAND_INS:
        control = shipped / f"{item.name}.control"
        if control.exists() and not item.replace and "local stand-in" not in control.read_text():
            continue
        if "@extschema:" in item.script() and major < 16:
            continue
        (target / control.name).write_text(item.control())
        (target / f"{item.name}--{item.version}.sql").write_text(item.script())
        written.append(item.name)
    for name in TRUSTED:
        _trust(name, shipped, target)
    return written


def _trust(name: str, shipped: Path, target: Path) -> None:
    control = shipped / f"{name}.control"
    if not control.exists():
        return
    text = control.read_text()
    if "trusted" not in text:
        (target / control.name).write_text(text.rstrip("\n") + "\ntrusted = true\n")
        if target != shipped:  # a control file found on the path wants its scripts beside it
            for script in shipped.glob(f"{name}--*.sql"):
                shutil.copy(script, target / script.name)
