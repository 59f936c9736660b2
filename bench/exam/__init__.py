"""The exam: variants of leaks and of what looks like one, made from a seed, with what a scanner must say of each."""

from collections.abc import Sequence

from bench.exam.case import Case, write
from bench.exam.containers import containers
from bench.exam.keys import Keys
from bench.exam.names import chains, functions, names
from bench.exam.values import clothing, low, places, silent, values

PARTS = (values, clothing, low, silent, places, containers, names, chains, functions)


def cases(seed: int) -> Sequence[Case]:
    """Every case; two seeds give other keys in the same cases."""
    keys = Keys(seed)
    return [case for part in PARTS for case in part(keys)]


__all__ = ["Case", "cases", "write"]
