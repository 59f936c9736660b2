"""Judges SQL migrations without a database: a replay into a catalog, and rules put to it."""
