"""DataLoader: a data set in batches, shuffled, transformed, and prepared ahead by worker processes where that helps.

Samples of arrays in memory with transformations that have a batch form are fetched whole batches at a time, in this
process, whatever `num_workers` asks for: that is faster than moving them between processes. `mxnet.gluon.data.columns`
has the contract. Everything else goes sample by sample, by `mxnet.gluon.data.workers` where workers are asked for.
Iterating is a generator, as in MXNet: nothing is drawn or started before the first batch is asked for, and an error
ends it, and the workers with it.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.reduction import ForkingPickler as ForkingPickler  # programs import it from here
from typing import Any

import numpy as np
import torch

from ... import ndarray
from ..._tracebacks import cut
from ...context import Context, cpu
from ...ndarray import NDArray
from ...ndarray.ndarray import wrap
from ...util import is_np_array
from . import sampler as _sampler
from .columns import NUMPY_DTYPES, Columns, Stack, column_of
from .dataset import Dataset
from .workers import MultiWorkerIterator, ThreadIterator

__all__ = ["DataLoader"]

_MultiWorkerIter = MultiWorkerIterator  # MXNet's name for it, which programs reach for


def default_batchify_fn(data: list[Any]) -> Any:
    """Stack samples into a batch: NDArrays and numbers along a new first axis, tuples part by part into a list.

    Parameters
    ----------
    data : list
        The samples: NDArrays, NumPy arrays, numbers, nested lists of numbers, or tuples of these.

    Returns
    -------
    NDArray, or list of NDArray
        Numbers keep the dtype NumPy gives them.

    Examples
    --------
    >>> import mxnet as mx
    >>> images, labels = mx.gluon.data.dataloader.default_batchify_fn([(mx.nd.ones(2), 3), (mx.nd.ones(2), 4)])
    >>> images.shape, labels.asnumpy()
    ((2, 2), array([3, 4]))
    """
    if isinstance(data[0], NDArray):
        return ndarray.stack(*data)  # of the class of its inputs
    if isinstance(data[0], tuple):
        return [default_batchify_fn(list(part)) for part in zip(*data)]
    return _from_numpy(_stacked(data))


def default_mp_batchify_fn(data: list[Any]) -> Any:
    """Stack samples into a batch, as `default_batchify_fn` does; loaders with worker processes use it."""
    return default_batchify_fn(data)


def _stacked(data: list[Any]) -> np.ndarray:
    """Make one NumPy array of numbers, NumPy arrays, or nested lists of numbers."""
    try:
        values = np.asarray(data)
    except ValueError:
        shapes = " and ".join(sorted({str(np.shape(each)) for each in data}))
        raise ValueError(
            f"samples of shapes {shapes:.200} cannot be stacked into a batch; give the DataLoader a batchify_fn"
        ) from None
    if values.dtype.name not in NUMPY_DTYPES:
        raise KeyError(
            f"samples such as {data[0]!r:.80}, of dtype {values.dtype}, cannot be stacked into a batch; "
            "give the DataLoader a batchify_fn"
        )
    return values


def _from_numpy(values: np.ndarray) -> Any:
    """Make an array of the kind in force and of the same dtype."""
    if is_np_array():
        from ... import numpy as mxnet_numpy

        return mxnet_numpy.array(values, dtype=values.dtype)
    return ndarray.array(values, dtype=values.dtype)


def _as_in_context(data: Any, ctx: Context) -> Any:
    """Move the arrays of a batch to a device."""
    if isinstance(data, NDArray):
        return data.as_in_context(ctx)
    if isinstance(data, (list, tuple)):
        return [_as_in_context(part, ctx) for part in data]
    return data


class DataLoader:
    """Iterate over a data set in batches.

    Parameters
    ----------
    dataset : Dataset
        Or anything else with a length and indices: an NDArray, a NumPy array, a list.
    batch_size : int
        Samples in a batch.
    shuffle : bool
        Whether to draw the samples in random order, which NumPy's global generator gives.
    sampler : Sampler
        Draws the samples instead; not with `shuffle`.
    last_batch : {'keep', 'discard', 'rollover'}
        What becomes of an incomplete last batch; 'rollover' keeps it for the next round's start.
    batch_sampler : Sampler
        Draws whole batches, as lists of indices, instead of the four arguments before.
    batchify_fn : callable
        Makes a batch of a list of samples; `default_batchify_fn` if not given.
    num_workers : int
        Processes that prepare batches; 0 for none.
    pin_memory : bool
        Whether to put batches into page-locked memory, from which copies to a GPU are faster.
    pin_device_id : int
        The GPU they are meant for.
    prefetch : int
        Batches to prepare ahead; twice `num_workers` if not given.
    thread_pool : bool
        Whether workers are threads instead of processes.
    timeout : float
        Seconds to wait for a worker.
    auto_reload : bool
        Whether the workers start the next round when one ends. Accepted; a round starts when it is asked for.

    Raises
    ------
    ValueError
        Arguments are missing or contradict each other.

    Examples
    --------
    >>> import mxnet as mx
    >>> data = mx.gluon.data.ArrayDataset(mx.nd.ones((5, 2)), mx.nd.arange(5))
    >>> [labels.asnumpy().tolist() for _, labels in mx.gluon.data.DataLoader(data, batch_size=2)]
    [[0.0, 1.0], [2.0, 3.0], [4.0]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Iterable[Any] | None = None,
        last_batch: str | None = None,
        batch_sampler: Iterable[Any] | None = None,
        batchify_fn: Callable[[list[Any]], Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        prefetch: int | None = None,
        thread_pool: bool = False,
        timeout: float = 120,
        auto_reload: bool = False,
    ):
        if timeout <= 0:
            raise AssertionError(f"DataLoader: timeout must be positive, got {timeout}")
        self._dataset = dataset
        self._pin_memory = pin_memory
        self._pin_device_id = pin_device_id
        self._thread_pool = thread_pool
        self._timeout = timeout
        self._batch_sampler = _batches(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler)
        self._num_workers = max(0, num_workers)
        ahead = 2 * self._num_workers if prefetch is None else int(prefetch)
        self._prefetch = max(0, ahead)
        default = default_mp_batchify_fn if self._num_workers > 0 and not thread_pool else default_batchify_fn
        self._batchify_fn = default if batchify_fn is None else batchify_fn
        self.auto_reload = auto_reload

    def __len__(self) -> int:
        return len(self._batch_sampler)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._loaded()
        except Exception as error:
            cut(error)
            raise

    def _loaded(self) -> Iterator[Any]:
        own = type(self._batch_sampler) is _sampler.BatchSampler
        source = self._batch_sampler._runs() if own else iter(self._batch_sampler)  # type: ignore[attr-defined]
        # with workers MXNet draws the batches ahead, which a sampler that draws random numbers may notice
        ahead = deque(itertools.islice(source, self._prefetch if self._num_workers else 0))
        while True:
            ahead.extend(itertools.islice(source, 1))
            if not ahead:
                return
            columns = self._gathered(ahead[0])
            if columns is None:
                break
            ahead.popleft()
            yield self._finished(_batch_of(columns))
        batches = itertools.chain(ahead, source)
        if self._num_workers == 0:
            for indices in batches:
                yield self._finished(self._batchify_fn([self._dataset[i] for i in indices]))
            return
        kind = ThreadIterator if self._thread_pool else MultiWorkerIterator
        loaded = kind(self._dataset, self._batchify_fn, batches, self._num_workers, self._prefetch, self._timeout)
        try:
            for batch in loaded:
                yield self._finished(batch)
        finally:
            loaded.close()

    def _finished(self, batch: Any) -> Any:
        return _pinned(batch) if self._pin_memory else batch

    def _gathered(self, indices: Any) -> Columns | None:
        """Give the samples of a batch as columns, or None where they must be fetched one by one."""
        if self._batchify_fn not in (default_batchify_fn, default_mp_batchify_fn):
            return None
        if not isinstance(indices, (range, np.ndarray)) and not all(isinstance(i, (int, np.integer)) for i in indices):
            return None
        chosen = np.asarray(indices)
        if chosen.dtype.kind != "i" or chosen.ndim != 1 or not len(chosen):
            return None
        if isinstance(self._dataset, Dataset):
            return self._dataset._gather(chosen)
        column = column_of(self._dataset, chosen)
        return None if column is None else Columns([column], single=True)


def _batches(
    dataset: Any,
    batch_size: int | None,
    shuffle: bool,
    sampler: Iterable[Any] | None,
    last_batch: str | None,
    batch_sampler: Iterable[Any] | None,
) -> Iterable[Any]:
    """Give what draws the batches, from the arguments that tell it."""
    if batch_sampler is not None:
        if shuffle or any(given is not None for given in (batch_size, sampler, last_batch)):
            raise ValueError(
                "DataLoader: batch_size, shuffle, sampler and last_batch mean nothing with batch_sampler; drop them"
            )
        return batch_sampler
    if batch_size is None:
        raise ValueError("DataLoader: batch_size is missing; give it, or a batch_sampler")
    if sampler is None:
        sampler = (_sampler.RandomSampler if shuffle else _sampler.SequentialSampler)(len(dataset))
    elif shuffle:
        raise ValueError("DataLoader: shuffle has no meaning with sampler; leave it out")
    return _sampler.BatchSampler(sampler, batch_size, last_batch if last_batch else "keep")


def _batch_of(columns: Columns) -> Any:
    """Make the batch that `default_batchify_fn` would make of the samples."""
    parts = []
    for part in columns.parts:
        if isinstance(part, Stack):
            parts.append(part.array_class._wrap(part.tensor, part.ctx))
        else:
            parts.append(_from_numpy(part) if isinstance(part, np.ndarray) else default_batchify_fn(part))
    return parts[0] if columns.single else parts


def _pinned(batch: Any) -> Any:
    """Put the arrays of a batch into page-locked memory, where there is a GPU to copy them to."""
    if isinstance(batch, (list, tuple)):
        return [_pinned(part) for part in batch]
    if isinstance(batch, NDArray) and torch.cuda.is_available() and batch._t.device.type == "cpu":
        return wrap(batch._t.pin_memory(), cpu())
    return batch
