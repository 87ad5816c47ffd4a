"""Where to cut a distribution off before its floats become integers of 8 bits, by the divergence that is left.

Sums are of floats of 32 bits, one element after the other, as in MXNet: ranges of about equal divergence are common,
and which of them is the least hangs on how the sums are rounded.
"""

from __future__ import annotations

import numpy as np
import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import fixed
from ..registry import describe, operator

__all__ = ["calibrate_entropy"]

#: what a bin without elements counts, that no logarithm is of 0
_LEAST = np.float32(1e-4)
#: the divergence where there is nothing to compare
_NONE = float(np.finfo(np.float32).max)


def _sum(values: np.ndarray) -> np.float32:
    """A sum of floats of 32 bits from the first to the last; NumPy's own sum takes them in pairs."""
    return np.add.accumulate(values, dtype=np.float32)[-1]


def _smoothed(counts: np.ndarray) -> np.ndarray | None:
    """Counts with a little in the empty bins, taken from the others; None where they have too little."""
    empty = counts == 0
    full = np.count_nonzero(~empty)
    if not full:
        return None
    taken = _LEAST * np.float32(counts.size - full) / np.float32(full)
    return None if taken >= 1 else np.where(empty, _LEAST, counts - taken)


def _divergence(counts: np.ndarray, first: int, last: int, levels: int) -> float:
    """How much is lost, in nats, of what is known of an element when bins are put together to so many levels.

    Parameters
    ----------
    counts : array of float32
        of all bins; those beyond the ones kept become part of the outermost kept
    first, last : int
        the bins kept, the last one not included
    levels : int
        the number of integers
    """
    whole = counts[first:last].copy()
    whole[0], whole[-1] = _sum(counts[: first + 1]), _sum(counts[last - 1 :])
    # as in MXNet, the mean of the first level is without its outermost bin, and of whole elements
    inner = np.trunc(counts[first:last]).astype(np.int64)
    inner[0] = 0
    width = whole.size // levels
    starts = np.arange(levels) * width
    sums, filled = (np.add.reduceat(each, starts).astype(np.float32) for each in (inner, (inner != 0).astype(np.int64)))
    level = np.minimum(np.arange(whole.size) // width, levels - 1)
    means = (sums / np.maximum(filled, np.float32(1)))[level]
    fine, coarse = _smoothed(whole), _smoothed(np.where(whole != 0, means, np.float32(0)))
    if fine is None or coarse is None:
        return _NONE
    fine, coarse = fine / _sum(fine), coarse / _sum(coarse)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(_sum(fine * np.log(fine / coarse, dtype=np.float64).astype(np.float32)))


@operator(
    "_contrib_calibrate_entropy",
    num_outputs=2,
    outputs=("threshold", "divergence"),
    host=host.COMPUTES,
    rules={
        "inputs": "a threshold says nothing of the bins it was found among",
        "outputs": lambda inputs, attributes: ((1,), (1,)),
        "dtype": fixed(torch.float32),
    },
)
def calibrate_entropy(
    hist: torch.Tensor, hist_edges: torch.Tensor, *, num_quantized_bins: int = 255
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where to cut a distribution off, so that integers in the place of its floats tell the most of them.

    Of all ranges around 0 it is the one with the least divergence (Kullback and Leibler's) of the distribution, what
    lies beyond counted at the ends, from that of so many levels.

    Parameters
    ----------
    hist : NDArray (bins,)
        how many elements each bin has; the middle one is around 0
    hist_edges : NDArray (bins + 1,)
        where bins begin and end
    num_quantized_bins : int
        the number of integers

    Returns
    -------
    threshold, divergence : NDArray (1,)
        the end of the range, and what is lost by it

    Raises
    ------
    MXNetError
        fewer bins than integers, or edges that are not one more
    """
    if hist.dim() != 1 or tuple(hist_edges.shape) != (hist.shape[0] + 1,) or hist.shape[0] < num_quantized_bins > 0:
        raise MXNetError(
            f"_contrib_calibrate_entropy: hist is {describe(hist)} and hist_edges {describe(hist_edges)}; expected "
            f"(bins,) with {num_quantized_bins} bins at least, and (bins + 1,)"
        )
    if hist.is_meta:
        return hist.new_empty(1, dtype=torch.float32), hist.new_empty(1, dtype=torch.float32)
    counts, edges = (each.detach().cpu().numpy().astype(np.float32) for each in (hist, hist_edges))
    middle = counts.size // 2
    found = []
    for reach in range(num_quantized_bins // 2, middle + 1):
        first, last = middle - reach, min(middle + reach + 1, counts.size)
        found.append((_divergence(counts, first, last, num_quantized_bins), edges[last]))
    divergence, threshold = min(found, key=lambda pair: pair[0])
    pair = torch.tensor([[threshold], [divergence]], dtype=torch.float32, device=hist.device)
    return pair[0].clone(), pair[1].clone()
