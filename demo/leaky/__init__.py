"""darkroom with flaws that can be switched on: each proves that the gate catches it."""
