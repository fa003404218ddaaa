"""Every test, and every doctest, finds the rows of the table as they were when the first one began."""
from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

import nn
from tests.rows import restored

pytest_plugins = ["tests.bare", "tests.cores"]
assert nn                                            # all rows stand in the table before the first test looks
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:   # as a shell has it in the background; tests send it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def rows() -> Iterator[None]:
    with restored():
        yield
