"""Numbers in sentences."""


def count(number: int, noun: str) -> str:
    """`1 credit`, `2 credits`, `2 more credits` for the noun `more credit`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
