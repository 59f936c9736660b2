"""The embedded PostgreSQL with the Supabase look-alike."""

from gate.postgres.apply import Applied, Failure, apply
from gate.postgres.server import Connection, Server

__all__ = ["Applied", "Connection", "Failure", "Server", "apply"]
