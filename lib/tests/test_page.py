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


def test_a_model_card_has_the_papers_figures_in_one_column_a_net():
    lines = page.model_card("vgg16", "lenet5_1998").data.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    cells = {line.split(" | ")[0].strip("| "): [cell.strip(" |") for cell in line.split(" | ")[1:]] for line in lines}
    assert cells["Parameters"] == ["138,357,544", "60,000"]
    assert cells["MACs"][0] == "15,470,264,320"
    assert cells["Memory, forward"][0] == "60.95 MB"
    assert cells["Image"] == ["3 × 224 × 224", "1 × 32 × 32"]
    assert cells["Receptive field of the last map"] == ["212 pixels", "32 pixels"]
    assert cells["Convolutions and linear layers"][0] == "16"
    assert "Simonyan and Zisserman" in cells["Paper"][0] and "LeCun" in cells["Paper"][1]


def test_the_stages_of_a_net_add_up_to_the_whole():
    lines = page.stages("googlenet").data.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert [line[0] for line in cells] == ["image", "`stem`", "`stages.0`", "`stages.1`", "`stages.2`", "`head`", "all"]
    for column, whole in ((2, 6_998_552), (3, 1_582_671_872)):
        parts = [int(line[column].replace(",", "")) for line in cells]
        assert sum(parts[:-1]) == parts[-1] == whole
    assert cells[1][1] == "192 × 28 × 28"


def test_stages_of_another_image_size():
    assert "64 × 8 × 8" in page.stages("resnet18", 32).data.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("show", [page.model_card, page.stages])
def test_a_net_that_does_not_exist_is_named_with_its_neighbours(show):
    with pytest.raises(ValueError, match="did you mean vgg1"):
        show("vgg18")
