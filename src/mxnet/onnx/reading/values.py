"""What a name in an ONNX graph stands for while it is read: elements that are known, or a symbol.

Lengths that a model leaves open are tried with two numbers. What comes out the same for both does not depend on them;
what differs does, and is written so that the graph takes any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["KEPT_AS", "DependsOnLength", "Pair", "Value", "both"]

#: dtypes that arrays have, by those of ONNX that arrays have not
KEPT_AS = {"uint16": "int32", "int16": "int32", "uint32": "int64", "uint64": "int64"}

Shape = tuple[int, ...]
#: something for each of the two numbers tried
Pair = tuple[Any, Any]


class DependsOnLength(Exception):
    """A graph can only be written for lengths that are known."""

    has_node = False

    def at(self, node: object) -> DependsOnLength:
        """The same, told of the innermost node where it was found out."""
        if self.has_node or str(self).startswith(repr(node)):
            return self
        told = DependsOnLength(f"{node!r}: {self}")
        told.has_node = True
        return told


def both(one: Any, other: Any) -> Pair:
    """A pair whose halves are one object where they are equal."""
    return (one, one) if np.array_equal(one, other) else (one, other)


class Value:
    """What a name stands for.

    Attributes
    ----------
    name : in the ONNX graph
    dtype : NumPy's, as ONNX has it; arrays here may keep truth values in another
    shapes : a pair of ONNX's shapes; an array without axes is one of one element here
    arrays : a pair of its elements where they are known, else None
    symbol : of one output; made of the elements when it is asked for
    """

    __slots__ = ("arrays", "dtype", "name", "shapes", "symbol")

    def __init__(
        self,
        name: str,
        dtype: Any,
        shapes: Sequence[Shape],
        arrays: Pair | None = None,
        symbol: Any = None,
    ) -> None:
        self.name, self.dtype = name, np.dtype(dtype)
        self.shapes: tuple[Shape, Shape] = (shapes[0], shapes[1])
        self.arrays, self.symbol = arrays, symbol

    def __repr__(self) -> str:
        return f"<{self.name}: {self.dtype} {list(self.shape)}{' known' if self.arrays else ''}>"

    @classmethod
    def known(cls, name: str, arrays: Pair) -> Value:
        """One whose elements are known."""
        one, other = arrays
        return cls(name, one.dtype, (tuple(one.shape), tuple(other.shape)), both(one, other))

    @property
    def shape(self) -> Shape:
        """The first of its shapes."""
        return self.shapes[0]

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def fixed(self) -> bool:
        """Whether its shape is the same for all lengths that are open."""
        return self.shapes[0] == self.shapes[1]

    @property
    def array(self) -> np.ndarray[Any, Any] | None:
        """Its elements, where they are known and depend on no open length."""
        return self.arrays[0] if self.arrays is not None and self.arrays[0] is self.arrays[1] else None


def kept(lengths: Pair, before: Sequence[Shape]) -> list[int] | None:
    """A shape as ``Reshape`` takes it, so that it holds for any open length.

    Parameters
    ----------
    lengths : pair of tuple of int
        the shape that is wanted
    before : pair of tuple of int
        that of what is reshaped

    Returns
    -------
    list of int or None
        0 for a length that stays, -1 for one that follows from the others; None where that does not say it
    """
    one, other = lengths
    if len(one) != len(other):
        return None
    written = []
    for place, (left, right) in enumerate(zip(one, other)):
        stays = place < len(before[0]) and (before[0][place], before[1][place]) == (left, right)
        if left == right and left > 0:
            written.append(int(left))
        else:
            written.append(0 if stays else -1)
    return written if written.count(-1) <= 1 else None
