"""The width that gives a family's network a number of parameters.

More width is more parameters, so the largest width whose planned network is within the budget is found by halving an
interval. Whole widths make steps, though, which may be larger than what the budget leaves room for: a family can
therefore have one layer, as a rule its last hidden one, whose size is only planned (`FREE`). For each width there is a
size of that layer that comes nearest to the budget; of the widths for which that is near enough, the solver takes the
one whose size is nearest to the plan, as a ratio. At the first width and below it, the layer has to be larger than
planned, above it smaller, and the more so the further away: so on each side the first width that meets the budget is
the best, and the better of the two is taken.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import InputError
from .families import Family, Shape

__all__ = ["LARGEST_BUDGET", "TOLERANCE", "Solution", "solve"]

TOLERANCE = 0.005
LARGEST_BUDGET = 1_000_000_000


@dataclass(frozen=True)
class Solution:
    """A network of a family that meets a budget.

    Attributes
    ----------
    family : Family
    width : int
    free : int or None
        The size of the layer that is made from `FREE`; None where there is none.
    parameters : int
        Exactly.
    """

    family: Family
    width: int
    free: int | None
    parameters: int

    @property
    def size(self) -> str:
        """Width and free size as they stand in a model's name: `16` or `16x48`."""
        return str(self.width) if self.free is None else f"{self.width}x{self.free}"


def solve(family: Family, budget: int, shape: Shape, classes: int = 10, tolerance: float = TOLERANCE) -> Solution:
    """Find the network of a family that has as many parameters as the budget says.

    Parameters
    ----------
    family : Family
    budget : int
        Number of parameters that are learned, up to `LARGEST_BUDGET`.
    shape : tuple of int
        Of an image: channels, height, width.
    classes : int
    tolerance : float
        How far the parameters may be from the budget, as a share of it.

    Returns
    -------
    Solution

    Raises
    ------
    InputError
        If no network of the family meets the budget; the message says which budgets are nearest. Or if the images are
        too small for its layers.

    Examples
    --------
    >>> from remxnet.experiments.families import FAMILIES
    >>> solution = solve(FAMILIES["mlp"], 100_000, (1, 28, 28))
    >>> solution.size, solution.parameters
    ('110x113', 100033)
    """
    if isinstance(budget, bool) or not isinstance(budget, int) or not 1 <= budget <= LARGEST_BUDGET:
        raise InputError(f"budget {budget!r}: expected a whole number of parameters from 1 to {LARGEST_BUDGET:,}")

    def parameters(width: int, free: int | None = None) -> int:
        return family.parameters(shape, classes, width, free)

    smallest = parameters(1, 1)
    if parameters(LARGEST_BUDGET, 1) <= smallest:
        raise InputError(f"family {family.name!r}: its parameters do not grow with its width")
    narrower = last_at_most(budget, parameters)
    sides = (range(narrower, 0, -1), upwards(narrower + 1, lambda width: parameters(width, 1) <= budget * 2))
    met = [next(fitting(family, budget, tolerance, parameters, side), None) for side in sides]
    found = [solution for solution in met if solution is not None]
    if not found:
        raise InputError(impossible(family, budget, tolerance, parameters, shape, classes))
    return min(found, key=distance)


def fitting(
    family: Family, budget: int, tolerance: float, parameters: Callable[..., int], widths: Iterator[int] | range
) -> Iterator[Solution]:
    """The solutions at these widths, in their order."""
    for width in widths:
        for free in sizes(family, budget, parameters, width):
            total = parameters(width, free)
            if abs(total - budget) <= tolerance * budget:
                yield Solution(family, width, free, total)
                break


def sizes(family: Family, budget: int, parameters: Callable[..., int], width: int) -> list[int | None]:
    """The sizes of the free layer that come nearest to the budget at a width, the nearest first."""
    if family.free is None:
        return [None]
    below = last_at_most(budget, lambda free: parameters(width, free))
    return sorted({max(1, below), below + 1}, key=lambda free: abs(parameters(width, free) - budget))


def distance(solution: Solution) -> tuple[float, int]:
    """How far the free layer is from its plan, as the logarithm of a ratio; then how wide the network is."""
    if solution.free is None or solution.family.free is None:
        return (0.0, solution.width)
    return (abs(math.log(solution.free / solution.family.free.planned(solution.width))), solution.width)


def last_at_most(budget: int, parameters: Callable[[int], int]) -> int:
    """The largest argument whose number of parameters does not pass the budget; 0 if that of 1 does."""
    low, high = 0, 1
    while parameters(high) <= budget:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if parameters(middle) <= budget else (low, middle)
    return low


def upwards(start: int, goes_on: Callable[[int], bool]) -> Iterator[int]:
    """Whole numbers from `start` up, as long as it goes on."""
    while goes_on(start):
        yield start
        start += 1


def impossible(
    family: Family, budget: int, tolerance: float, parameters: Callable[..., int], shape: Shape, classes: int
) -> str:
    """One line that says why there is no network, and which budgets are nearest."""
    where = f"on images of {'×'.join(map(str, shape))} with {classes} classes"
    smallest = parameters(1, 1)
    if smallest > budget:
        return f"no {family.name} has {budget:,} parameters {where}; the smallest has {smallest:,}"
    totals = set()
    for width in upwards(1, lambda width: parameters(width, 1) <= budget):
        totals |= {parameters(w, free) for w in (width, width + 1) for free in sizes(family, budget, parameters, w)}
    below = max(total for total in totals if total <= budget)
    above = min(total for total in totals if total > budget)
    return (
        f"no {family.name} has {budget:,} parameters {where}, give or take {tolerance:.1%}; the nearest budgets are "
        f"{below:,} and {above:,}"
    )
