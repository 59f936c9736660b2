"""The check `smoke`: a backend's job API driven end to end, over HTTP, as two users."""
