"""One judge for each grant regime."""

from collections.abc import Iterator

import pytest

from tests.audit.judge import Judge


@pytest.fixture(scope="session", params=["auto", "explicit"])
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    one = Judge(request.param)
    yield one
    one.close()
