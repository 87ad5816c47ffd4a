"""Workers that prepare batches ahead: processes, or threads.

A worker process answers one request after the other; requests go round, so that each batch is prepared by a worker that
is known beforehand and random numbers follow the seed. A batch travels pickled through memory that both processes have
as a file, with its arrays beside it (pickle's protocol 5), and only the sizes go through the pipe: nobody ever waits
for the other to read. The memory has no name, so whoever is killed leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import multiprocessing
import multiprocessing.connection
import os
import pickle
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np
import torch

from ... import streams
from ...base import MXNetError
from ...context import cpu
from ...ndarray import NDArray

__all__ = ["MultiWorkerIterator", "ThreadIterator"]

Batchify = Callable[[list[Any]], Any]
Connection = multiprocessing.connection.Connection

SECONDS_TO_END = 5.0


class _Array(NamedTuple):
    """An array on its way from a worker, or a tensor."""

    elements: np.ndarray  # its bytes
    dtype: torch.dtype
    shape: tuple[int, ...]
    array_class: type[NDArray] | None  # None: a tensor


class _Failure(NamedTuple):
    """An exception on its way from a worker."""

    error: BaseException
    trace: str


class WorkerTraceback(Exception):
    """Where in a worker an error was raised."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


# --- in a worker --------------------------------------------------------------------------------------------------


def _work(
    requests: Connection,
    not_mine: list[Connection],
    memories: list[Any],
    dataset: Any,
    batchify_fn: Batchify,
    seeds: tuple[int, int],
) -> None:
    """Answer requests for batches until there are no more, or nobody to ask for them."""
    for connection in not_mine:  # a fork has the other ends of the pipes too, and would not notice when they are closed
        connection.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks is interrupted too, and ends its workers
    torch.set_num_threads(1)  # torch's own threads do not survive a fork
    _seed(*seeds)
    files = [memory if isinstance(memory, io.FileIO) else open(memory, "r+b", buffering=0) for memory in memories]  # noqa: SIM115 - open until the process ends
    with contextlib.suppress(EOFError, ConnectionError):
        while (request := requests.recv()) is not None:
            place, indices = request
            requests.send(_written(files[place], _prepared(dataset, batchify_fn, indices)))


def _seed(base: int, worker: int) -> None:
    """Give each worker random numbers of its own, whichever generator it draws them from."""
    streams.seed(base + worker)
    random.seed(base + worker)
    np.random.seed(np.random.SeedSequence([base, worker]).generate_state(4))
    torch.manual_seed(base + worker)


def _prepared(dataset: Any, batchify_fn: Batchify, indices: Any) -> tuple[bytes, list[Any]]:
    """Give a batch, or the error of its samples, pickled: what refers to arrays, and their memory."""
    try:
        return _pickled(_packed(batchify_fn([dataset[i] for i in indices])))
    except Exception as error:  # noqa: BLE001 - the process that asked raises it
        trace = traceback.format_exc()
        with contextlib.suppress(Exception):  # some errors cannot be pickled, or not made again
            pickled = _pickled(_Failure(error, trace))
            pickle.loads(pickled[0], buffers=pickled[1])
            return pickled
        return _pickled(_Failure(MXNetError(f"DataLoader: {type(error).__name__} in a worker: {error}"), trace))


def _pickled(value: Any) -> tuple[bytes, list[Any]]:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(value, 5, buffer_callback=buffers.append)
    return data, [buffer.raw() for buffer in buffers]


def _packed(batch: Any) -> Any:
    """Take arrays apart, into what pickle leaves where it is."""
    if isinstance(batch, NDArray) or _is_plain(batch):
        tensor = (batch if isinstance(batch, torch.Tensor) else batch._t).detach().cpu().contiguous()
        elements = tensor.view(-1).view(torch.uint8).numpy()
        return _Array(
            elements, tensor.dtype, tuple(tensor.shape), None if isinstance(batch, torch.Tensor) else type(batch)
        )
    if type(batch) in (list, tuple):
        return type(batch)(_packed(part) for part in batch)
    if type(batch) is dict:
        return {key: _packed(part) for key, part in batch.items()}
    return batch


def _is_plain(value: Any) -> bool:
    """Whether a value is a tensor of which nothing but its elements has to arrive; pickle takes others as they are."""
    if type(value) is not torch.Tensor or value.requires_grad or not value.is_cpu:
        return False
    return value.layout is torch.strided and not (value.is_quantized or value.is_complex())


def _written(file: io.FileIO, pickled: tuple[bytes, list[Any]]) -> list[int]:
    """Write a pickled batch into memory; gives the sizes of its parts."""
    parts = [memoryview(part) for part in (pickled[0], *pickled[1])]
    file.seek(0)
    for part in parts:
        written = 0
        while written < len(part):
            written += file.write(part[written:])
    return [len(part) for part in parts]


# --- in the process that asks -------------------------------------------------------------------------------------


def _read(file: io.FileIO, sizes: list[int]) -> Any:
    """Take a batch out of memory; its arrays are on memory of their own."""
    file.seek(0)
    parts = []
    for size in sizes:
        part = np.empty(size, np.uint8)
        view, taken = part.data, 0
        while taken < size:
            count = file.readinto(view[taken:])
            if not count:
                raise MXNetError(f"DataLoader: a batch from a worker is incomplete: {taken} of {size} bytes")
            taken += count
        parts.append(part)
    return pickle.loads(parts[0].data, buffers=parts[1:])


def _unpacked(batch: Any) -> Any:
    if type(batch) is _Array:
        elements = torch.from_numpy(batch.elements) if batch.elements.size else torch.empty(0, dtype=torch.uint8)
        tensor = elements.view(batch.dtype).view(batch.shape)
        return tensor if batch.array_class is None else batch.array_class._wrap(tensor, cpu())
    if type(batch) in (list, tuple):
        return type(batch)(_unpacked(part) for part in batch)
    if type(batch) is dict:
        return {key: _unpacked(part) for key, part in batch.items()}
    return batch


class _Memory:
    """Files in memory, one for each batch that may be on its way, which worker processes have too.

    Where there is no such thing, files in a folder that is removed afterwards.
    """

    def __init__(self, count: int, inherited: bool):
        self._folder = None if inherited else tempfile.TemporaryDirectory(prefix="mxnet-batches-")
        self.for_workers: list[Any]
        if self._folder is None:
            self.files = [io.FileIO(os.memfd_create("batch"), "r+b") for _ in range(count)]
            self.for_workers = list(self.files)
        else:
            self.for_workers = [os.path.join(self._folder.name, str(place)) for place in range(count)]
            self.files = [io.FileIO(path, "x+b") for path in self.for_workers]

    def close(self) -> None:
        for file in self.files:
            file.close()
        if self._folder is not None:
            self._folder.cleanup()


def _start_method() -> str | None:
    """A fork has the data set as it is, without pickling; but not every system forks safely."""
    return "fork" if sys.platform == "linux" else None


class MultiWorkerIterator:
    """Batches from worker processes, in order.

    Parameters
    ----------
    dataset
        Anything with indices; workers have it as it is when iteration starts.
    batchify_fn
        Makes a batch of samples, in the worker.
    batches
        Draws the batches, as sequences of indices, in this process.
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
    MXNetError
        A worker died, or the data set cannot be sent to one.
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
        self._batches, self._ahead, self._timeout = iter(batches), prefetch, timeout
        self._processes: list[Any] = []
        self._connections: list[Connection] = []
        context: Any = multiprocessing.get_context(_start_method())
        inherited = context.get_start_method() == "fork"
        self._memory = _Memory(prefetch + 1, inherited)
        self._free = list(range(prefetch + 1))
        self._asked: deque[tuple[int, int]] = deque()  # worker and place in memory of each batch on its way
        self._next_worker = itertools.cycle(range(num_workers))
        generator = streams.for_context(cpu()).torch_generator
        base = int(torch.empty((), dtype=torch.int64).random_(2**31, generator=generator).item())
        try:
            for worker in range(num_workers):
                mine, requests = context.Pipe()
                self._connections.append(mine)
                others = self._connections if inherited else []
                arguments = (requests, others, self._memory.for_workers, dataset, batchify_fn, (base, worker))
                process = context.Process(target=_work, args=arguments, name=f"DataLoader-{worker}", daemon=True)
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", message=".*use of fork", category=DeprecationWarning)
                    process.start()
                self._processes.append(process)
                requests.close()
        except Exception as error:
            self.close()
            if not isinstance(error, (pickle.PicklingError, AttributeError, TypeError)):
                raise
            raise MXNetError(
                f"DataLoader: the data set cannot be sent to worker processes ({error}); "
                "use thread_pool=True or num_workers=0"
            ) from error

    def _ask(self, count: int) -> None:
        for indices in itertools.islice(self._batches, count):
            worker, place = next(self._next_worker), self._free.pop()
            try:
                self._connections[worker].send((place, indices))
            except ConnectionError as error:
                raise self._died(worker) from error
            self._asked.append((worker, place))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._ask(self._ahead + 1)
        self._ahead = 0
        if not self._asked:
            raise StopIteration
        worker, place = self._asked.popleft()
        batch = _read(self._memory.files[place], self._sizes(worker))
        self._free.append(place)
        if isinstance(batch, _Failure):
            raise batch.error from WorkerTraceback(batch.trace)
        return _unpacked(batch)

    def _sizes(self, worker: int) -> list[int]:
        """Wait for a worker's answer."""
        connection, process = self._connections[worker], self._processes[worker]
        if not multiprocessing.connection.wait([connection, process.sentinel], self._timeout):
            raise multiprocessing.TimeoutError(
                f"DataLoader: no batch came from the workers in {self._timeout} seconds; "
                "if the transformation is slow, raise timeout"
            )
        try:
            if connection.poll():  # what it sent before it died counts
                return connection.recv()
        except (EOFError, ConnectionError) as error:
            raise self._died(worker) from error
        raise self._died(worker)

    def _died(self, worker: int) -> MXNetError:
        process = self._processes[worker]
        process.join(SECONDS_TO_END)
        code = process.exitcode
        if code is not None and code < 0:
            why = f"was killed by {signal.Signals(-code).name}"
            why += ", which the system sends where memory runs out" if -code == signal.SIGKILL else ""
        else:
            why = f"ended with exit code {code}"
        return MXNetError(f"DataLoader: worker process {worker} {why}; num_workers=0 may show what it was doing")

    def close(self) -> None:
        """End the workers: those that are idle at once, others after the batch they are at or, at last, by force."""
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.send(None)
            connection.close()
        deadline = time.monotonic() + SECONDS_TO_END
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
        self._memory.close()
        self._connections, self._processes = [], []
        self._batches = iter(())
        self._asked.clear()


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
        def load(indices: Any) -> Any:  # holds no reference to the iterator, so that dropping it ends the threads
            return batchify_fn([dataset[i] for i in indices])

        self._load, self._ahead, self._timeout = load, prefetch, timeout
        self._batches = iter(batches)
        self._pool = ThreadPoolExecutor(num_workers, thread_name_prefix="DataLoader")
        self._submitted: deque[Future[Any]] = deque()

    def _submit(self, count: int) -> None:
        for indices in itertools.islice(self._batches, count):
            self._submitted.append(self._pool.submit(self._load, indices))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._submit(self._ahead + 1)
        self._ahead = 0
        if not self._submitted:
            raise StopIteration
        future = self._submitted.popleft()
        wait([future], self._timeout)
        if not future.done():
            raise multiprocessing.TimeoutError(f"DataLoader: no batch came from the threads in {self._timeout} seconds")
        return future.result()

    def close(self) -> None:
        """Let the threads end, each after the batch it is at."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._batches = iter(())
        self._submitted.clear()
