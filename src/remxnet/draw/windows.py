"""Where the window of a convolution or pooling lies for each element of the output.

Arithmetic on positions only; the numbers come from the operators.
"""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

__all__ = ["Window", "is_whole", "pair"]


@dataclass(frozen=True)
class Window:
    """A window that moves over a padded input; every attribute is (along the height, along the width).

    Attributes
    ----------
    size : tuple
        The input's, without padding.
    kernel, stride, pad, dilate : tuple
        As the operators `Convolution` and `Pooling` take them.
    """

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)
    dilate: tuple[int, int] = (1, 1)

    @property
    def padded(self) -> tuple[int, int]:
        """The input's size with its padding."""
        return self.size[0] + 2 * self.pad[0], self.size[1] + 2 * self.pad[1]

    @property
    def extent(self) -> tuple[int, int]:
        """The side lengths of the window, with the gaps that dilation makes in it."""
        rows, columns = (dilate * (kernel - 1) + 1 for dilate, kernel in zip(self.dilate, self.kernel))
        return rows, columns

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """The first padded row and column under the window of the output element (row, column)."""
        return row * self.stride[0], column * self.stride[1]

    def cells(self, row: int, column: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """The cells under the window of the output element (row, column), in reading order.

        Returns
        -------
        list of (position in the padded input, position in the kernel); a window that hangs over the end of the padded
        input, as the pooling convention "full" has it, is cut there.

        Examples
        --------
        >>> Window(size=(3, 3), kernel=(2, 1)).cells(1, 2)
        [((1, 2), (0, 0)), ((2, 2), (1, 0))]
        """
        top, left = self.corner(row, column)
        found = []
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                cell = (top + i * self.dilate[0], left + j * self.dilate[1])
                if cell[0] < self.padded[0] and cell[1] < self.padded[1]:
                    found.append((cell, (i, j)))
        return found

    def inside(self, cell: tuple[int, int]) -> tuple[int, int] | None:
        """The input's element at a cell of the padded input, or None in the padding."""
        row, column = cell[0] - self.pad[0], cell[1] - self.pad[1]
        return (row, column) if 0 <= row < self.size[0] and 0 <= column < self.size[1] else None


def pair(value: Any, smallest: int, what: str) -> tuple[int, int]:
    """(height, width) of one whole number or two.

    Raises
    ------
    ValueError
        If it is neither, or less than `smallest`.
    """
    numbers = (value, value) if not isinstance(value, (tuple, list)) else tuple(value)
    if len(numbers) != 2 or not all(map(is_whole, numbers)) or min(numbers) < smallest:
        raise ValueError(f"{what} is {value!r}; expected a whole number from {smallest} up, or two of them")
    return int(numbers[0]), int(numbers[1])


def is_whole(number: Any) -> bool:
    """Whether it is an int of Python or of NumPy; True and False are none."""
    return isinstance(number, Integral) and not isinstance(number, bool)
