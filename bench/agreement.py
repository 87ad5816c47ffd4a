"""Whether the implementations compute the same: outcomes of the workers, held against each other before the timing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["Disagreement", "disagreement", "distance"]


class Disagreement(Exception):
    """Two implementations compute different things; the text says what and by how much."""


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The length of the difference by the length of `other`; both may be zero."""
    x, y = one.astype("float64").ravel(), other.astype("float64").ravel()
    length = np.linalg.norm(y)
    return float(np.linalg.norm(x - y) / (length or 1.0))


def disagreement(one: Path, other: Path, tolerance: float) -> float:
    """The largest distance between two outcomes, array by array.

    Raises
    ------
    Disagreement
        They lie further apart than `tolerance`, start from different weights, are not shaped alike, are not finite, or
        nothing changed.
    """
    largest = 0.0
    with np.load(one) as first, np.load(other) as second:
        if sorted(first.files) != sorted(second.files):
            raise Disagreement(f"{len(first.files)} arrays against {len(second.files)}")
        for name in second.files:
            x, y = first[name], second[name]
            kind = name.split("/")[0]
            if x.shape != y.shape:
                raise Disagreement(f"{name} has shape {x.shape} against {y.shape}")
            if kind == "start":
                if not np.array_equal(x, y):
                    raise Disagreement(f"{name}: they do not start from the same weights")
                continue
            if not np.isfinite(x).all():
                raise Disagreement(f"{name} is not finite")
            if kind == "changes" and not y.any():
                raise Disagreement(f"{name}: the step changed nothing")
            apart = distance(x, y)
            if apart > tolerance:
                raise Disagreement(f"{name} lies {apart:.2g} apart, tolerance {tolerance:g}")
            largest = max(largest, apart)
    return largest
