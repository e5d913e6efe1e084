"""What a network's file says of itself."""

import pytest

from detectors.heads import taught_px


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("[416, 416]", 416),
        ("(384, 640)", 640),
        ("320", 320),
        pytest.param("", None, id="nothing"),
        pytest.param("[417, 417]", None, id="no multiple of 32"),
        pytest.param("[]", None, id="no sides"),
        pytest.param("[0, 0]", None, id="no size"),
        pytest.param("[1e9, 1e9]", None, id="absurd"),
        pytest.param("__import__('os')", None, id="a program"),
    ],
)
def test_the_side_a_network_was_taught_at_is_read_from_its_file(text, side):
    assert taught_px(text) == side
