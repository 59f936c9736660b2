"""A stand-in with a bench around it, for every test of the client."""

from collections.abc import Iterator

import pytest

from gate.standin.replicate import ReplicateStandIn
from tests.replicate.bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ReplicateStandIn(latency=0.01) as standin:
        bench = Bench(standin)
        yield bench
        for client in bench.made:
            client.close()
