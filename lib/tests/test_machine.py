"""What stands beside a measured figure."""
import datetime
import platform

import torch

from convbook import machine


def test_a_figure_says_where_and_when_it_was_measured():
    text = machine.describe()
    versions = f"Python {platform.python_version()}", f"torch {torch.__version__}"
    for part in (datetime.date.today().isoformat(), machine.processor(), *versions):
        assert part in text
    assert "\n" not in text


def test_another_device_can_be_named():
    assert ", a device, " in machine.describe("a device")
