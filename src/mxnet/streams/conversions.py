"""What 32-bit words become: uniform numbers, and normal numbers by the polar method.

Pure functions over arrays; which words they get is the callers' business. A result is correct to the last bit for
uniform numbers; for normal ones, which need a logarithm, within one unit of the last place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Parameter", "cast", "doubles", "in_disc", "parameter", "polar_factor", "singles", "threshold"]

#: a distribution's parameter: one number, or one for each number that is drawn
Parameter = float | NDArray[Any]

_WORD = 2.0**32


def singles(words: NDArray[np.uint32], out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Uniform float32 numbers from 0 to 1, one for each word; the 128 largest words round to 1."""
    if out is None:
        out = np.empty(words.shape, np.float32)
    out[...] = words
    out *= np.float32(1 / _WORD)
    return out


def doubles(words: NDArray[np.uint32], out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Uniform float64 numbers from 0 to 1, one for every two words, of which the second weighs more."""
    if out is None:
        out = np.empty((*words.shape[:-1], words.shape[-1] // 2), np.float64)
    out[...] = words[..., 1::2]
    out *= _WORD
    out += words[..., 0::2]
    out *= 1 / _WORD**2
    return out


def threshold(probability: float) -> int:
    """The number of words whose :func:`singles` are below `probability`, which are the words below that number."""
    level, below, above = np.float32(probability), 0, 2**32
    while below < above:
        middle = (below + above) // 2
        if np.float32(middle) * np.float32(1 / _WORD) < level:
            below = middle + 1
        else:
            above = middle
    return below


def in_disc(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The squared radius of points, and which of them the polar method takes: those in the unit disc but its centre."""
    radius = x * x
    radius += y * y
    return radius, (radius <= 1) & (radius != 0)


def polar_factor(radius: NDArray[Any]) -> NDArray[Any]:
    """What turns a point of the unit disc into two normal numbers, from its squared radius.

    G. Marsaglia and T. A. Bray, "A convenient method for generating normal variables", SIAM Review 6(3), 1964; in this
    form it is what ``std::normal_distribution`` computes.
    """
    # NumPy's logarithm of a float32 is less exact than C's
    logarithm = np.log(radius, dtype=np.float64).astype(radius.dtype, copy=False)
    logarithm *= radius.dtype.type(-2)
    logarithm /= radius
    return np.sqrt(logarithm, out=logarithm)


def parameter(value: Parameter) -> Any:
    """A parameter in the dtype MXNet keeps it: scalars in float32, arrays as they are."""
    return value if isinstance(value, np.ndarray) else np.float32(value)


def cast(numbers: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Numbers in the dtype asked for; float16 is rounded by way of float32."""
    if dtype == np.float16:
        numbers = numbers.astype(np.float32, copy=False)
    return numbers.astype(dtype, copy=False)
