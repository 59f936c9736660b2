"""darkroom's backend."""
