"""The storage interface: buckets and objects, whose rows are read and written under the caller's role."""

from gate.standin.supabase.storage.service import StorageService

__all__ = ["StorageService"]
