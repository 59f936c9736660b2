"""The attack on a real project, as two of its users and nobody else, through the official client."""
