"""The keys in what was unpacked."""

from bisect import bisect_right
from collections.abc import Iterator

from gate.scan.archives import Member, Unpacked
from gate.scan.kinds import Secret
from gate.scan.large import search_large
from gate.scan.reading import read_open
from gate.scan.ripgrep import Closing
from gate.scan.signals import Signals


def secrets_in(opened: Unpacked, closing: Closing) -> Iterator[tuple[Member, tuple[Secret, ...]]]:
    """Each member that holds keys, with them. All members are searched at once."""
    begins = [member.start for member in opened.members]
    signals: dict[int, Signals] = {}
    for offset, word in search_large(opened.file, closing):
        number = bisect_right(begins, offset) - 1
        if number >= 0:
            signals.setdefault(number, Signals()).add(offset - begins[number], word)
    for number, where in signals.items():
        member = opened.members[number]
        secrets = tuple(read_open(opened.content(member), where))
        if secrets:
            yield member, secrets
