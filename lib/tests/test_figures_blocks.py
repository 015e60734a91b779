"""A block is drawn from its combinators, every layer in a box of its own, and says in words what it shows."""
import pytest

from convbook.figures import blocks, check

TREES = {
    "basic": ("Sequential", "", [("Residual", ("Sequential", "", ["3x3 conv, 64", "ReLU", "3x3 conv, 64"]), None), "ReLU"]),
    "bottleneck": ("Sequential", "bottleneck", [("Residual", ("Sequential", "", ["1x1 conv, 64", "3x3 conv, 64", "1x1 conv, 256"]),
                                                 "1x1 conv, 256, stride 2"), "ReLU"]),
    "inception": ("Concat", ["1x1 conv, 64", ("Sequential", "", ["1x1 conv, 96", "3x3 conv, 128"]),
                             ("Sequential", "", ["1x1 conv, 16", "5x5 conv, 32"]), ("Sequential", "", ["3x3 max pool", "1x1 conv, 32"])]),
    "wide": ("Concat", [f"{k}x{k} depthwise conv, 128, stride 2" for k in (1, 3, 5, 7)]),
    "squeeze": ("Residual", ("Sequential", "", ["3x3 conv, 64", ("Scale", ("Sequential", "squeeze and excite",
                                                                           ["average pool", "sigmoid"]))]), ("Sequential", "", [])),
}


@pytest.mark.parametrize("name", TREES)
def test_a_block_is_legible_on_a_phone_and_its_boxes_stand_apart(name):
    figure = check(blocks.block(TREES[name], name))
    assert figure.get_size_inches()[0] == pytest.approx(6.4)
    found = [p.get_bbox() for p in figure.axes[0].patches if type(p).__name__ == "FancyBboxPatch" and p.get_zorder() == 3]
    for k, box in enumerate(found):
        assert box.x0 >= 0 and box.x1 <= 6.4
        assert not any(min(box.x1, b.x1) - max(box.x0, b.x0) > 1e-6 and min(box.y1, b.y1) - max(box.y0, b.y0) > 1e-6 for b in found[:k])


def test_every_layer_is_written_in_its_box():
    figure = blocks.block(TREES["bottleneck"])
    found = [p.get_bbox() for p in figure.axes[0].patches if type(p).__name__ == "FancyBboxPatch" and p.get_zorder() == 3]
    texts = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    leaves = ["1x1 conv, 64", "3x3 conv, 64", "1x1 conv, 256", "1x1 conv, 256, stride 2", "ReLU"]
    assert set(texts) == {*leaves, "input", "output", "bottleneck"}
    for leaf in leaves:
        x, y = texts[leaf]
        assert sum(b.x0 < x < b.x1 and b.y0 < y < b.y1 for b in found) == 1
    order = [texts[leaf][1] for leaf in ("input", *leaves[:3], "ReLU", "output")]
    assert order == sorted(order), "from top to bottom"


def test_the_alt_text_is_read_from_the_tree():
    said = {name: blocks.block(tree).alt_text for name, tree in TREES.items()}
    assert said["basic"] == ("Block: the input goes through 3x3 conv, 64, then through ReLU, then through 3x3 conv, 64, and past it "
                             "by the identity; the two are added, then through ReLU.")
    assert "into bottleneck (through 1x1 conv, 64" in said["bottleneck"]
    assert "and past it through 1x1 conv, 256, stride 2" in said["bottleneck"]
    assert "into 4 branches side by side, (through 1x1 conv, 64), (through 1x1 conv, 96, then" in said["inception"]
    assert "into squeeze and excite (through average pool, then through sigmoid); the first is multiplied by the second" in said["squeeze"]


def test_the_identity_has_three_spellings():
    spelled = [blocks.block(("Residual", "conv", way)).alt_text for way in (None, "identity", ("Sequential", "", []))]
    assert len(set(spelled)) == 1


@pytest.mark.parametrize("tree", ["", 3, ("Concat", []), ("Mean", ["a"]), ("Residual", "a"), ("Sequential", "", "conv"),
                                  ("Concat", ["a", None])])
def test_a_tree_of_anything_else_is_refused(tree):
    with pytest.raises(ValueError, match=r'a block is text, .*"Scale", gate'):
        blocks.block(tree)
