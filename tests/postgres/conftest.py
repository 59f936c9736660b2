"""A running server per module, and a short temporary folder that others may enter."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.postgres import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server.start("auto") as one:
        yield one


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """World-writable and close to the root: a socket's path must be short, and the server is another user."""
    folder = Path(tempfile.mkdtemp(prefix="gt-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
