"""Ranges of values, found by running a network on examples: the least and greatest element, or what loses least."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ... import ndarray as nd
from ...base import py_str
from ...context import Context
from ...io import DataBatch, DataDesc, DataIter
from ...ndarray import NDArray
from ...symbol import Group, Symbol

__all__ = [
    "Collector", "_DataIterWrapper", "_LayerHistogramCollector", "_LayerOutputMinMaxCollector", "_as_data_iter",
    "_get_optimal_threshold", "_get_optimal_thresholds", "collected", "combine_histogram",
]  # fmt: skip

#: levels of integers with a sign, and of those without one, which have both sides' for one
_LEVELS = 255
_UNSIGNED = ("auto", "uint8")
_BINS = 8001

Histogram = tuple[np.ndarray, np.ndarray, float, float, float]


class Collector:
    """What looks at the values of a network while it runs.

    Parameters
    ----------
    include_layer : list of str, optional
        the values looked at; all by default
    logger : logging.Logger, optional
        told of each value
    """

    def __init__(self, include_layer: Sequence[str] | None = None, logger: Any = None) -> None:
        self.include_layer, self.logger = include_layer, logger

    def collect(self, name: str | bytes, arr: NDArray) -> None:
        """Look at a value; an executor's monitor callback may be this."""
        name = py_str(name)
        if self.include_layer is None or name in self.include_layer:
            self._look(name, arr.asnumpy())

    def _look(self, name: str, values: np.ndarray) -> None:
        raise NotImplementedError(f"{type(self).__name__}: _look is not there; expected it, or collect")


class _LayerOutputMinMaxCollector(Collector):
    """Keeps the least and the greatest element of each value."""

    def __init__(self, quantized_dtype: str, include_layer: Sequence[str] | None = None, logger: Any = None) -> None:
        super().__init__(include_layer, logger)
        self.quantized_dtype = quantized_dtype
        self.min_max_dict: dict[str, tuple[float, float]] = {}

    def _look(self, name: str, values: np.ndarray) -> None:
        low, high = float(values.min()), float(values.max())
        if name in self.min_max_dict:
            before = self.min_max_dict[name]
            low, high = min(low, before[0]), max(high, before[1])
        self.min_max_dict[name] = (low, high)
        if self.logger:
            self.logger.debug("%s: from %f to %f", name, low, high)


class _LayerHistogramCollector(Collector):
    """Keeps a histogram around 0 of each value."""

    def __init__(self, num_bins: int = _BINS, include_layer: Sequence[str] | None = None, logger: Any = None) -> None:
        super().__init__(include_layer, logger)
        self.num_bins = num_bins
        self.hist_dict: dict[str, Histogram] = {}

    def _look(self, name: str, values: np.ndarray) -> None:
        low, high = float(values.min()), float(values.max())
        reach = max(abs(low), abs(high))
        if name in self.hist_dict:
            self.hist_dict[name] = combine_histogram(self.hist_dict[name], values, low, high, reach)
        else:
            counts, edges = np.histogram(values, self.num_bins, (-reach, reach))
            self.hist_dict[name] = (counts, edges, low, high, reach)
        if self.logger:
            self.logger.debug("%s: from %f to %f", name, low, high)


def combine_histogram(old_hist: Histogram, arr: np.ndarray, new_min: float, new_max: float, new_th: float) -> Histogram:
    """A histogram with more elements, wider by whole bins on both sides where they reach beyond it.

    Parameters
    ----------
    old_hist : tuple
        counts, edges, the least and the greatest element, and the end of the range
    arr : array
        the elements
    new_min, new_max, new_th : float
        the least and the greatest of them, and how far they reach

    Returns
    -------
    tuple
        as `old_hist`
    """
    counts, edges, low, high, reach = old_hist
    if new_th <= reach:
        more, _ = np.histogram(arr, len(counts), (-reach, reach))
        return counts + more, edges, min(low, new_min), max(high, new_max), reach
    width = 2 * reach / len(counts)
    beyond = int((new_th - reach) // width + 1)
    wide = beyond * width + reach
    more, edges = np.histogram(arr, len(counts) + 2 * beyond, (-wide, wide))
    more[beyond : beyond + len(counts)] += counts
    return more, edges, min(low, new_min), max(high, new_max), wide


def _get_optimal_threshold(
    hist_data: Histogram, quantized_dtype: str, num_quantized_bins: int = _LEVELS
) -> tuple[float, float, float, float]:
    """Where to cut a histogram off.

    Returns
    -------
    tuple of float
        the least and the greatest element, the threshold, and what is lost by it
    """
    counts, edges, low, high, _ = hist_data
    levels = 2 * num_quantized_bins + 1 if low >= 0 and quantized_dtype in _UNSIGNED else num_quantized_bins
    found = nd.contrib.calibrate_entropy(
        nd.array(counts.astype("float32")), nd.array(edges.astype("float32")), num_quantized_bins=levels
    )
    return (low, high, *(each.asscalar() for each in found))


def _get_optimal_thresholds(
    hist_dict: Mapping[str, Histogram], quantized_dtype: str, num_quantized_bins: int = _LEVELS, logger: Any = None
) -> dict[str, tuple[float, float]]:
    """The ranges that the thresholds of histograms give: from 0 where integers without a sign may serve."""
    ranges = {}
    for name, histogram in hist_dict.items():
        low, high, threshold, divergence = _get_optimal_threshold(histogram, quantized_dtype, num_quantized_bins)
        ranges[name] = (0.0 if low >= 0 and quantized_dtype in _UNSIGNED else -threshold, threshold)
        if logger:
            logger.debug("%s: from %f to %f, cut off at %f, divergence %f", name, low, high, threshold, divergence)
    return ranges


# --- examples ------------------------------------------------------------------------------------------------------


class _DataIterWrapper(DataIter):
    """An iterator over batches of a ``gluon.data.DataLoader``, all but the labels."""

    def __init__(self, calib_data: Iterable[Any]) -> None:
        super().__init__()
        self._loader = calib_data
        first = self._arrays(next(iter(calib_data)))
        self.batch_size = first[0].shape[0]
        names = ["data"] if len(first) == 1 else [f"data{place}" for place in range(len(first))]
        self.provide_data = [DataDesc(name, each.shape) for name, each in zip(names, first)]
        self.provide_label: list[DataDesc] = []
        self.reset()

    @staticmethod
    def _arrays(batch: Any) -> list[NDArray]:
        """The data of a batch: all but the last of several arrays, which is the label."""
        if not isinstance(batch, (list, tuple)):
            return [batch]
        return list(batch[:-1]) if len(batch) > 1 else list(batch)

    def reset(self) -> None:
        """Begin again."""
        self._batches: Iterator[Any] = iter(self._loader)

    def next(self) -> DataBatch:
        """The next batch."""
        return DataBatch(data=self._arrays(next(self._batches)))


def _as_data_iter(calib_data: Any) -> tuple[DataIter, list[Any]]:
    """An iterator over examples, and what it says of their data.

    Raises
    ------
    ValueError
        neither a DataIter nor something that batches come from
    """
    if not isinstance(calib_data, DataIter):
        if not hasattr(calib_data, "__iter__"):
            raise ValueError(f"calib_data is of type {type(calib_data)}; expected a DataIter or DataLoader")
        calib_data = _DataIterWrapper(calib_data)
    return calib_data, list(calib_data.provide_data)


def collected(
    symbol: Symbol,
    parameters: Mapping[str, NDArray],
    collector: Any,
    data_names: Sequence[str],
    data: DataIter,
    ctx: Context,
    limit: int | None,
    logger: Any = None,
) -> int:
    """Have a collector look at the values of a graph over floats for examples.

    Parameters
    ----------
    symbol, parameters
        the graph, and its arguments and states
    collector : Collector
        whose ``include_layer`` says at which; at all without
    data_names : sequence of str
        the variables that a batch's arrays are
    data : DataIter
        the examples
    ctx : Context
        where to compute
    limit : int, optional
        of how many examples; batches are not cut

    Returns
    -------
    int
        how many examples there were; none are taken where nothing is looked at
    """
    internals = symbol.get_internals()
    wanted = getattr(collector, "include_layer", None)
    names = [name for name in internals.list_outputs() if wanted is None or name in wanted]
    if not names:
        return 0
    group = Group([internals[name] for name in names])
    states = {name: parameters[name].as_in_context(ctx) for name in group.list_auxiliary_states()}
    needed = group.list_arguments()
    fixed = {name: parameters[name].as_in_context(ctx) for name in needed if name in parameters}
    count = 0
    for batch in data:
        given = {name: each.as_in_context(ctx) for name, each in zip(data_names, batch.data) if name in needed}
        executor = group.bind(ctx, {**fixed, **given}, grad_req="null", aux_states=states)
        for name, value in zip(names, executor.forward(is_train=False)):
            collector.collect(name, value)
        count += batch.data[0].shape[0]
        if limit is not None and count >= limit:
            break
    (logger or logging).info("Collected statistics of %d examples", count)
    return count
