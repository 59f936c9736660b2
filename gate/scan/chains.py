"""Follows imports from the modules that read the service key to those that run in a browser."""

from collections.abc import Iterator, Mapping, Sequence

from gate.scan.browser import Entries, is_client, on_server
from gate.scan.exposure import Exposure, Way
from gate.scan.program import Program, Reach
from gate.scan.script import reached


def chained(program: Program, readers: Mapping[str, Sequence[tuple[str, int]]]) -> Iterator[tuple[str, Exposure]]:
    """(path, what it exposes) for each place that reads a key and ends up in a browser: the shortest chain of imports."""
    entries = Entries(program.files)
    told: set[str] = set()
    for reach in program.reaching(readers, on_server, browser=True):
        end = reach.chain[-1]
        client = is_client(reach.path, program.files.read(reach.path))
        if end in told or not (client or reach.path in entries.cut) or (len(reach.chain) == 1 and client):
            continue  # what a client module reads itself is told of by its own text
        if _shipped(program, reach, entries.cut.get(reach.path, frozenset())):
            told.add(end)
            module = program.module(reach.path)
            place = module.line(reach.offset), module.column(reach.offset)
            yield reach.path, Exposure(Way.IMPORT, reach.name, *place, reach.chain)


def _shipped(program: Program, reach: Reach, cut: frozenset[str]) -> bool:
    """Whether a page uses what reaches the key elsewhere than in what is cut out of it before it ships."""
    if not cut:
        return True
    _, parts = reached(program.module(reach.path), reach.seeds, reach.names, browser=True)
    return any(not part.names & cut for part in parts)
