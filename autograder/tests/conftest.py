"""A tiny assignment for the tests of the grader, and notebooks made from it."""

from pathlib import Path

import pytest

from convgrade.assignment import make_record
from convgrade.notebook import read_source

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def source_path() -> Path:
    return HERE / "data" / "solutions" / "00_mean.md"


@pytest.fixture
def source(source_path):
    return read_source(source_path)


@pytest.fixture
def record(source):
    return make_record(source, "00_mean") | {"handles": {}}
