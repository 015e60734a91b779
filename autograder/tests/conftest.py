"""A tiny assignment for the tests of the grader, and notebooks made from it."""

import signal
from pathlib import Path

import pytest

from convgrade.assignment import make_record
from convgrade.notebook import read_source

HERE = Path(__file__).parent
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)    # a shell's background jobs ignore Ctrl-C, and so would what they start


@pytest.fixture(scope="session")
def source_path() -> Path:
    return HERE / "data" / "solutions" / "00_mean.md"


@pytest.fixture
def source(source_path):
    return read_source(source_path)


@pytest.fixture
def record(source):
    return make_record(source, "00_mean") | {"handles": {}}
