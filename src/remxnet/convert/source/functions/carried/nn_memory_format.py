"""Made by tools/carried.py from mxnet.ops.nn.memory_format; edits are lost."""

from __future__ import annotations


def output_lengths(lengths, kernel, stride, dilate, pad) -> tuple[int, ...]:
    """How many windows of a convolution there are along each axis."""
    return tuple(
        (
            (n + 2 * zeros - taps * (width - 1) - 1) // step + 1
            for n, width, step, taps, zeros in zip(lengths, kernel, stride, dilate, pad)
        )
    )
