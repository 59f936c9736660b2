"""`gate init`: looks at a project, and writes what the gate needs in it, after showing it."""
