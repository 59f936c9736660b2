"""The REST interface: PostgREST's paths, headers and errors over statements that PostgreSQL judges."""

from gate.standin.supabase.rest.service import RestService

__all__ = ["RestService"]
