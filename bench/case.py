"""What a case is: one thing that is measured, written for Gluon and for PyTorch, and what it is held against.

The Gluon half runs unchanged under remxnet and under MXNet 1.9.1, so this file and all that the workers import
(`worker`, `steps`, `cases/`) also run under the Pythons of MXNet 1.9.1, 3.8 and later, and import no library at the
top.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

OURS, MXNET = "remxnet", "mxnet"
#: the ways to write a PyTorch program that are tried; the fastest one counts
VARIANTS = ("eager", "channels-last", "compile")


@dataclasses.dataclass(frozen=True)
class Subject:
    """Something one library has built, ready to be timed.

    Attributes
    ----------
    repeat : callable(n)
        Does it `n` times and returns when the last one is finished.
    outcome : callable() -> dict of lists of arrays
        What it computes, for the comparison that comes before the timing: 'values' are compared with each other,
        'changes' as well, and 'start' must be equal to the last bit. Called once, first.
    calls : int, optional
        How many of them make a sample; found out by trying where it is not said.
    """

    repeat: Callable[[int], Any]
    outcome: Callable[[], dict[str, list[Any]]] | None = None
    calls: int | None = None


@dataclasses.dataclass(frozen=True)
class Measured:
    """What one fresh process has measured of itself."""

    sample: float
    remark: str = ""


class Unavailable(Exception):
    """The implementation cannot be had here; the text says why."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes
    ----------
    name, title : str
        What `--only` calls it, and what the table calls it.
    gluon : callable() -> Subject or Measured
        Builds it with `mxnet`, whichever that is.
    torch : callable(variant) -> Subject or Measured, optional
        Builds it with PyTorch.
    variants : tuple of str
        Which ways of writing it in PyTorch there are.
    against : tuple of str
        Those of them that the target is about; all of them by default.
    torch_target, mxnet_target : float, optional
        The largest ratio of our median to that of PyTorch's best way, and to MXNet's.
    most : float, optional
        The most it may take, in `unit`.
    over_torch : float, optional
        The most it may take beyond PyTorch, in seconds.
    tolerance : float
        How far outcomes may lie apart: the length of their difference by the length of the outcome (see `agreement`).
    unit : str
        's' or 'bytes'.
    per : int
        How many things one call does: the time is divided by it.
    group, point : str and float, optional
        The curve this case is a point of, and where: such cases have a table of their own.
    threads : int
    fresh : bool
        Every sample comes from a process of its own, which measures itself.
    rounds : int, optional
        How often the implementations take turns; with 1, ours takes a second turn after the others.
    turn : float
        How long a turn is, in seconds; one call is made in any case.
    needs_data : bool
        It reads Fashion-MNIST from `BENCH_DATA`.
    quick : bool
        Part of the quick form.
    note : str
        What the reader of the table should know.
    """

    name: str
    title: str
    gluon: Callable[[], Subject | Measured]
    torch: Callable[[str], Subject | Measured] | None = None
    variants: tuple[str, ...] = VARIANTS
    against: tuple[str, ...] = ()
    torch_target: float | None = None
    mxnet_target: float | None = None
    most: float | None = None
    over_torch: float | None = None
    tolerance: float = 1e-3
    unit: str = "s"
    per: int = 1
    group: str | None = None
    point: float = 0
    threads: int = 2
    fresh: bool = False
    rounds: int | None = None
    turn: float = 0.4
    needs_data: bool = False
    quick: bool = False
    note: str = ""

    def implementations(self) -> list[str]:
        """Who takes part, in the order of the turns: 'remxnet', 'torch eager', …, 'mxnet'."""
        return [OURS, *(f"torch {variant}" for variant in (self.variants if self.torch else ())), MXNET]

    def rivals(self) -> list[str]:
        """Which of PyTorch's ways the target is about."""
        return [f"torch {variant}" for variant in (self.against or self.variants)] if self.torch else []

    def build(self, implementation: str) -> Subject | Measured:
        """What is timed, in the library of this process."""
        library, _, variant = implementation.partition(" ")
        return self.torch(variant) if library == "torch" and self.torch else self.gluon()


def product(numbers: Sequence[int]) -> int:
    """All of them multiplied."""
    result = 1
    for number in numbers:
        result *= int(number)
    return result
