"""A running server per module, and a short temporary folder that others may enter."""

import random
import shutil
import string
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
    """World-writable and close to the root: a socket's path must be short, and the server is another user.

    Its name is of letters alone: with a digit in the right place a path is a time zone by POSIX's rules, and is taken.
    """
    folder = Path(tempfile.gettempdir()) / f"gt{''.join(random.choices(string.ascii_lowercase, k=12))}"
    folder.mkdir()
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
