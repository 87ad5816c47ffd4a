"""What a few repetitions say about a mean and about a difference, and no more than that."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Difference", "Summary", "paired_difference", "student_quantile", "summarize"]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Summary:
    """Mean and sample standard deviation (divided by n - 1) of `count` values; with one value there is no deviation."""

    mean: float
    deviation: float | None
    count: int


@dataclass(frozen=True)
class Difference:
    """The mean of differences that belong together in pairs, and an interval for it.

    Attributes
    ----------
    mean : float
    low, high : float or None
        Bounds of Student's interval at `CONFIDENCE`; None with one pair, of which no spread can be seen.
    count : int
        Of pairs.
    """

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def summarize(values: Sequence[float]) -> Summary:
    """Mean and sample standard deviation.

    Examples
    --------
    >>> summarize([1.0, 2.0, 3.0])
    Summary(mean=2.0, deviation=1.0, count=3)
    """
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Summary(statistics.fmean(values), deviation, len(values))


def paired_difference(ones: Sequence[float], others: Sequence[float]) -> Difference:
    """By how much `ones` are larger than `others`, value by value (Student, 1908).

    Examples
    --------
    >>> difference = paired_difference([3.0, 4.0, 6.0], [1.0, 3.0, 3.0])
    >>> difference.mean, round(difference.low, 2), round(difference.high, 2), difference.is_clear
    (2.0, -0.48, 4.48, False)
    """
    differences = summarize([one - other for one, other in zip(ones, others, strict=True)])
    if differences.deviation is None:
        return Difference(differences.mean, None, None, 1)
    half = student_quantile((1 + CONFIDENCE) / 2, differences.count - 1) * differences.deviation
    half /= math.sqrt(differences.count)
    return Difference(differences.mean, differences.mean - half, differences.mean + half, differences.count)


def student_quantile(probability: float, freedom: int) -> float:
    """The value that Student's t with so many degrees of freedom stays below with a probability from a half to one.

    Found by halving an interval, with the finite sums for the distribution in Abramowitz and Stegun, 26.7.3 and 26.7.4.

    Examples
    --------
    >>> round(student_quantile(0.975, 2), 4)
    4.3027
    """
    if not 0.5 <= probability < 1 or freedom < 1:
        raise ValueError(f"student_quantile: {probability} with {freedom} degrees; expected [0.5, 1) and from 1 up")
    low, high = 0.0, 1.0
    while (1 + within(high, freedom)) / 2 < probability:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if (1 + within(middle, freedom)) / 2 < probability else (low, middle)
    return (low + high) / 2


def within(bound: float, freedom: int) -> float:
    """The probability that Student's t is between -bound and bound."""
    angle = math.atan(bound / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    term = total = 1.0 if freedom % 2 == 0 else cosine
    if freedom == 1:
        total = 0.0
    for k in range(2 if freedom % 2 else 1, freedom - 1, 2):
        term *= cosine**2 * k / (k + 1)
        total += term
    return sine * total if freedom % 2 == 0 else 2 / math.pi * (angle + sine * total)
