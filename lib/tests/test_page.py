"""What the pages show their numbers with."""
import time

import pytest

from convbook import page


def test_a_table_is_markdown_with_one_line_a_row():
    assert page.table(["net", "weights"], [("LeNet", 60_000), ["ours", "$n^2$"]]).data.splitlines() == [
        "| net | weights |", "| --- | --- |", "| LeNet | 60000 |", "| ours | $n^2$ |"]


def test_no_line_breaks_before_a_per_cent_sign():
    assert page.table(["share"], [("12 %",)]).data.splitlines()[-1] == "| 12\N{NO-BREAK SPACE}% |"


def test_a_table_refuses_a_row_of_another_length():
    with pytest.raises(ValueError, match="a row has 1 entries, the header 2"):
        page.table(["net", "weights"], [("LeNet",)])


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (3.2e-5, "3 × 10⁻⁵"), (-1e-12, "−1 × 10⁻¹²"), (4e10, "4 × 10¹⁰")])
def test_powers_of_ten_read_as_one_writes_them(value, text):
    assert page.power(value).replace("\N{NO-BREAK SPACE}", " ") == text


def test_tell_hands_numbers_to_the_page_without_showing_them(monkeypatch):
    told = []
    monkeypatch.setattr("myst_nb.glue", lambda key, value, display: told.append((key, value, display)))
    page.tell(weights=1_049_600, share="12 %", gap=-0.25)
    assert told == [("weights", "1,049,600", False), ("share", "12\N{NO-BREAK SPACE}%", False), ("gap", "−0.25", False)]


def test_the_quickest_of_each_call_counts():
    lengths = iter([0.05, 0.0, 0.05])

    def work(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    seconds = page.quickest({"varying": lambda: work(next(lengths)), "steady": lambda: work(0.03)}, rounds=3)
    assert list(seconds) == ["varying", "steady"]
    assert seconds["varying"] < 0.03 <= seconds["steady"]
