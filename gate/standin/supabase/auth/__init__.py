"""The auth interface: users, passwords, sessions and tokens over the tables of the schema auth."""

from gate.standin.supabase.auth.service import AuthService

__all__ = ["AuthService"]
