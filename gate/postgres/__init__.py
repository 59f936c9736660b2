"""The embedded PostgreSQL with the Supabase look-alike."""

import sys

from gate.errors import Incomplete

if sys.platform == "win32":
    raise Incomplete("PostgreSQL is embedded on Linux and macOS only; on Windows use WSL, or a pipeline on Linux")

from gate.postgres.apply import Applied, Failure, apply
from gate.postgres.server import Connection, Server

__all__ = ["Applied", "Connection", "Failure", "Server", "apply"]
