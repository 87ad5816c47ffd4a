import pytest

pytest.importorskip("matplotlib")  # the package is not imported without it
from remxnet.draw.labels import is_exact, label, product_label


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (7.0, "7"),
        (-7, "−7"),
        (0.1, "0.1"),
        (2.5, "2.5"),
        (-1.256, "−1.26"),
        (99999, "99999"),
        (123456, "1.2e5"),
        (-3.4028235e38, "−3.4e38"),
        (0.0049, "4.9e−3"),
        (float("nan"), "nan"),
        (float("-inf"), "−∞"),
    ],
)
def test_a_number_is_short(value, text):
    assert label(value) == text
    assert len(text) <= 7


def test_a_negative_factor_stands_in_parentheses():
    assert product_label(-2) == "(−2)"
    assert product_label(2) == "2"


def test_what_is_rounded_is_known():
    import numpy

    assert is_exact(0.25)
    assert is_exact(numpy.float32(0.1))
    assert not is_exact(1 / 3)
    assert not is_exact(123456)
    assert is_exact(float("inf"))
