"""Which guard holds what: each is weakened in turn on a copy of the database, and the attack tries again."""
