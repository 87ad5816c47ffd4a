"""Lengths of axes in a graph some of whose inputs may come with other lengths than it was written for.

A length that does not vary is an int. One that does is a :class:`Varying`: what it is for a few samples of the inputs'
lengths, which is enough to tell which axes have the same, and to refuse where a number has to be known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

__all__ = ["Length", "Refusal", "Varying", "length", "product"]


class Refusal(Exception):
    """A call cannot be written; the text says why, and what can be done."""


class Varying:
    """A length that is another one for other inputs.

    Examples
    --------
    >>> batch = length([2, 4, 6])
    >>> batch * 3 // 2, length([5, 5, 5])
    (<length 3, 6, 9>, 5)
    """

    __slots__ = ("samples",)

    def __init__(self, samples: Sequence[int]) -> None:
        self.samples = tuple(samples)

    def __repr__(self) -> str:
        return f"<length {', '.join(map(str, self.samples))}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Varying) and other.samples == self.samples

    def __hash__(self) -> int:
        return hash(self.samples)

    def _with(self, other: Length, function: Callable[[int, int], int], swapped: bool = False) -> Length:
        others = other.samples if isinstance(other, Varying) else (other,) * len(self.samples)
        pairs = zip(others, self.samples) if swapped else zip(self.samples, others)
        return length([function(first, second) for first, second in pairs])

    def __add__(self, other: Length) -> Length:
        return self._with(other, operator.add)

    def __sub__(self, other: Length) -> Length:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Length) -> Length:
        return self._with(other, operator.sub, swapped=True)

    def __mul__(self, other: Length) -> Length:
        return self._with(other, operator.mul)

    def __floordiv__(self, other: Length) -> Length:
        return self._with(other, operator.floordiv)

    __radd__, __rmul__ = __add__, __mul__

    def __index__(self) -> int:
        raise Refusal(
            "it needs a length that varies with the inputs as a number; leave that axis out of the dynamic ones"
        )

    def __lt__(self, other: int) -> bool:
        return operator.index(self) < other

    def __gt__(self, other: int) -> bool:
        return operator.index(self) > other

    __le__, __ge__ = __lt__, __gt__
    __int__ = __index__


#: of an axis
Length = int | Varying


def length(samples: Sequence[int]) -> Length:
    """A length from what it is for each sample."""
    return samples[0] if all(each == samples[0] for each in samples) else Varying(samples)


def product(lengths: Sequence[Length]) -> Length:
    """How many elements there are along some axes."""
    total: Length = 1
    for each in lengths:
        total = total * each
    return total
