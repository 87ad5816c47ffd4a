"""Numbers as a figure shows them: short, with a real minus sign, and honest about what was rounded."""

import math

__all__ = ["is_exact", "label", "product_label"]

DECIMALS = 2
LARGEST = 99999  # the most digits that a cell is made wide for


def label(value: float) -> str:
    """A number in at most seven characters: whole if it is whole, otherwise with up to two decimals, or a power of ten.

    Examples
    --------
    >>> [label(value) for value in (3.0, -1.0, 0.25, 1 / 3, 123.456, 1e-7, 1.5e6, float("inf"))]
    ['3', '−1', '0.25', '0.33', '123.5', '1e−7', '1.5e6', '∞']
    """
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size > LARGEST or 0 < size < 0.5 * 10**-DECIMALS:
        mantissa, power = f"{value:.1e}".split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(power)}"
    else:
        decimals = DECIMALS if size < 100 else 1 if size < 1000 else 0
        text = f"{value:.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if decimals else text
    return text.replace("-", "−") if float(text) else "0"


def product_label(value: float) -> str:
    """A factor of a product: what is negative stands in parentheses."""
    text = label(value)
    return f"({text})" if text.startswith("−") else text


def is_exact(value: float) -> bool:
    """Whether `label` shows all of the number, as far as float32 can tell."""
    value = float(value)
    if not math.isfinite(value):
        return True
    shown = float(label(value).replace("−", "-"))
    return abs(shown - value) <= 1e-6 * max(abs(value), 1e-30)
