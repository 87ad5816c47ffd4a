"""Workers that prepare batches ahead: torch's worker processes, or threads.

What a worker process gives is pickled there, so that whatever cannot be pickled is an error in the batch it belongs to;
arrays travel through shared memory.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.reduction
import pickle
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import torch
import torch.utils.data

from ... import streams
from ...base import MXNetError
from ...context import cpu
from ...ndarray import NDArray

__all__ = ["MultiWorkerIterator", "ThreadIterator"]

Batchify = Callable[[list[Any]], Any]


class _Array(NamedTuple):
    """An array on its way from a worker."""

    tensor: torch.Tensor
    array_class: type[NDArray]


class _Failure(NamedTuple):
    """An exception on its way from a worker."""

    error: BaseException
    trace: str


class WorkerTraceback(Exception):
    """Where in a worker an error was raised."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class MultiWorkerIterator:
    """Batches from worker processes, in order.

    Parameters
    ----------
    dataset
        Anything with indices; workers have it as it is when iteration starts.
    batchify_fn
        Makes a batch of samples, in the worker.
    batches
        Draws the batches, as lists of indices, in this process.
    num_workers
        How many processes.
    prefetch
        How many batches to prepare ahead, over all workers.
    timeout
        Seconds to wait for a batch.

    Raises
    ------
    multiprocessing.TimeoutError
        A batch took longer.
    """

    def __init__(
        self,
        dataset: Any,
        batchify_fn: Batchify,
        batches: Iterable[Any],
        num_workers: int,
        prefetch: int,
        timeout: float,
    ):
        self._timeout = timeout
        with warnings.catch_warnings():
            # torch's threads do not survive a fork, and its workers do without them
            warnings.filterwarnings("ignore", message=".*use of fork", category=DeprecationWarning)
            warnings.filterwarnings("ignore", message=".*suggested max number of worker", category=UserWarning)
            loader: Any = torch.utils.data.DataLoader(
                _BatchesOf(dataset, batchify_fn),  # type: ignore[arg-type]
                sampler=batches,
                batch_size=None,
                num_workers=num_workers,
                collate_fn=_unchanged,
                prefetch_factor=max(1, -(-prefetch // num_workers)),
                timeout=timeout,
                worker_init_fn=_start,
                multiprocessing_context=_start_method(),
                generator=streams.for_context(cpu()).torch_generator,
            )
            try:
                self._batches = iter(loader)
            except (pickle.PicklingError, AttributeError, TypeError) as error:
                raise MXNetError(
                    f"DataLoader: the data set cannot be sent to worker processes ({error}); "
                    "use thread_pool=True or num_workers=0"
                ) from error

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            received = next(self._batches)
        except RuntimeError as error:
            if "timed out" not in str(error):
                raise
            raise multiprocessing.TimeoutError(
                f"DataLoader: no batch came from the workers in {self._timeout} seconds; "
                "if the transformation is slow, raise timeout"
            ) from error
        batch = pickle.loads(received)
        if isinstance(batch, _Failure):
            try:
                raise batch.error from WorkerTraceback(batch.trace)
            finally:
                del (
                    batch
                )  # the error holds this frame: a circle of them would keep torch from ending its workers in time
        return _unpacked(batch)


class _BatchesOf:
    """A data set of pickled batches, as torch's workers ask for them: by lists of indices."""

    def __init__(self, dataset: Any, batchify_fn: Batchify):
        self._dataset = dataset
        self._batchify_fn = batchify_fn

    def __getitem__(self, indices: list[Any]) -> bytes:
        try:
            batch = self._batchify_fn([self._dataset[i] for i in indices])
            return _pickled(_packed(batch))
        except Exception as error:  # noqa: BLE001 - the process that asked raises it
            return _pickled_failure(error)


def _pickled(value: Any) -> bytes:
    return bytes(multiprocessing.reduction.ForkingPickler.dumps(value))


def _pickled_failure(error: Exception) -> bytes:
    trace = traceback.format_exc()
    with contextlib.suppress(Exception):
        pickled = _pickled(_Failure(error, trace))
        pickle.loads(pickled)  # some exceptions can be pickled but not made again
        return pickled
    return _pickled(_Failure(MXNetError(f"DataLoader: {type(error).__name__} in a worker: {error}"), trace))


def _packed(batch: Any) -> Any:
    """Take the tensors out of the arrays of a batch, since tensors travel through shared memory."""
    if isinstance(batch, NDArray):
        return _Array(batch.as_torch().detach().cpu(), type(batch))
    if type(batch) in (list, tuple):
        return type(batch)(_packed(part) for part in batch)
    if type(batch) is dict:
        return {key: _packed(part) for key, part in batch.items()}
    return batch


def _unpacked(batch: Any) -> Any:
    if type(batch) is _Array:
        return batch.array_class._wrap(batch.tensor, cpu())
    if type(batch) in (list, tuple):
        return type(batch)(_unpacked(part) for part in batch)
    if type(batch) is dict:
        return {key: _unpacked(part) for key, part in batch.items()}
    return batch


def _unchanged(batch: Any) -> Any:
    return batch


def _start(worker: int) -> None:
    """Give each worker random streams of its own."""
    streams.seed(torch.utils.data.get_worker_info().seed)  # type: ignore[union-attr]  # this runs in a worker


def _start_method() -> str | None:
    """Fork where it is safe: then the data set needs no pickling and is not copied."""
    return "fork" if sys.platform == "linux" else None


class ThreadIterator:
    """Batches from threads of this process, in order; the arguments are those of `MultiWorkerIterator`."""

    def __init__(
        self,
        dataset: Any,
        batchify_fn: Batchify,
        batches: Iterable[Any],
        num_workers: int,
        prefetch: int,
        timeout: float,
    ):
        self._dataset, self._batchify_fn, self._timeout = dataset, batchify_fn, timeout
        self._batches = iter(batches)
        self._pool = ThreadPoolExecutor(num_workers, thread_name_prefix="DataLoader")
        self._ahead: deque[Future[Any]] = deque()
        for _ in range(max(1, prefetch)):
            self._submit()

    def _submit(self) -> None:
        indices = next(self._batches, None)
        if indices is not None:
            self._ahead.append(self._pool.submit(self._load, indices))

    def _load(self, indices: list[Any]) -> Any:
        return self._batchify_fn([self._dataset[i] for i in indices])

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self._ahead:
            self._pool.shutdown(wait=False)
            raise StopIteration
        self._submit()
        future = self._ahead.popleft()
        wait([future], self._timeout)
        if not future.done():
            raise multiprocessing.TimeoutError(f"DataLoader: no batch came from the threads in {self._timeout} seconds")
        return future.result()

    def __del__(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
