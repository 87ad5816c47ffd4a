"""Iterators around iterators: passes of another length, and batches read ahead."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from ..ndarray import NDArray
from .base import DataBatch, DataDesc, DataIter

__all__ = ["PrefetchingIter", "ResizeIter"]


class _Present(DataIter):
    """An iterator that keeps its present batch."""

    current_batch: DataBatch | None = None

    def _batch(self) -> DataBatch:
        if self.current_batch is None:
            raise AttributeError(f"{type(self).__name__}: no batch yet; next() goes to the first")
        return self.current_batch

    def next(self) -> DataBatch:
        """The next batch, as it was given; StopIteration at the end of a pass."""
        if not self.iter_next():
            raise StopIteration
        return self._batch()

    def getdata(self) -> list[NDArray]:
        """The arrays of the present batch."""
        return self._batch().data

    def getlabel(self) -> list[NDArray]:
        """The labels of the present batch."""
        return self._batch().label

    def getindex(self) -> Any:
        """The numbers of the present batch's samples."""
        return self._batch().index

    def getpad(self) -> int | None:
        """How many samples at the end of the present batch do not count."""
        return self._batch().pad


class ResizeIter(_Present):
    """So many batches of an iterator as a pass, begun again as often as it ends.

    Parameters
    ----------
    data_iter : DataIter
        the iterator
    size : int
        batches of a pass
    reset_internal : bool
        begin the iterator again at each reset, else go on where it is

    Examples
    --------
    >>> inner = mx.io.NDArrayIter(mx.nd.arange(4), batch_size=2)
    >>> [batch.data[0].asnumpy().tolist() for batch in mx.io.ResizeIter(inner, 3)]
    [[0.0, 1.0], [2.0, 3.0], [0.0, 1.0]]
    """

    def __init__(self, data_iter: Any, size: int, reset_internal: bool = True) -> None:
        super().__init__(data_iter.batch_size)
        self.data_iter, self.size, self.reset_internal = data_iter, size, reset_internal
        self.cur = 0  # batches of this pass
        for name in ("provide_data", "provide_label"):
            setattr(self, name, getattr(data_iter, name))
        with contextlib.suppress(AttributeError):  # only iterators over buckets have one
            self.default_bucket_key = data_iter.default_bucket_key

    def reset(self) -> None:
        """Begin another pass."""
        self.cur = 0
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self) -> bool:
        """Go to the next batch, and say whether there is one."""
        there_is = self.cur < self.size
        if there_is:
            self.current_batch = self._next_of_any_pass()
            self.cur += 1
        return there_is

    def _next_of_any_pass(self) -> DataBatch:
        """The iterator's next batch, which is the first of its next pass where this one is over."""
        with contextlib.suppress(StopIteration):
            return self.data_iter.next()
        self.data_iter.reset()
        return self.data_iter.next()


class _Ahead(threading.Thread):
    """A thread that has one batch of an iterator ready; `next` of several threads works at once."""

    def __init__(self, source: Any) -> None:
        super().__init__(daemon=True)
        self.source = source
        self._wanted, self._ready = threading.Event(), threading.Event()
        self._ended = False
        self._batch: Any = None
        self._error: BaseException | None = None
        self._wanted.set()

    def run(self) -> None:
        """Read a batch whenever the last was taken."""
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._ended:
                return
            self._batch, self._error = None, None
            try:
                self._batch = self.source.next()
            except StopIteration:
                pass
            except BaseException as error:  # noqa: BLE001 - it is raised where the batch is asked for
                self._error = error
            self._ready.set()

    def peek(self) -> Any:
        """The batch, once it is there; None at the end."""
        self._ready.wait()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._batch

    def go_on(self) -> None:
        """Have the next batch read."""
        self._ready.clear()
        self._wanted.set()

    def reset(self) -> None:
        """Begin the iterator again and have its first batch read."""
        self._ready.wait()
        self._error = None
        self.source.reset()
        self.go_on()

    def end(self) -> None:
        """Let the thread end; it is not waited for."""
        self._ended = True
        self._wanted.set()


class PrefetchingIter(_Present):
    """Batches of one or several iterators, read ahead by a thread for each.

    Parameters
    ----------
    iters : DataIter or list of DataIter
        the iterators; the arrays of their batches come one after the other
    rename_data, rename_label : list of dict of str to str, optional
        for each iterator other names of its arrays

    Raises
    ------
    AssertionError
        there is no iterator; or, later, one ends before the others

    Examples
    --------
    >>> inner = mx.io.NDArrayIter(mx.nd.arange(4), batch_size=2)
    >>> [batch.data[0].asnumpy().tolist() for batch in mx.io.PrefetchingIter(inner)]
    [[0.0, 1.0], [2.0, 3.0]]
    """

    def __init__(
        self,
        iters: Any,
        rename_data: Sequence[Mapping[str, str]] | None = None,
        rename_label: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__()
        self.prefetch_threads: list[_Ahead] = []  # first, so that __del__ finds it
        self.iters = list(iters) if isinstance(iters, (list, tuple)) else [iters]
        self.n_iter = len(self.iters)
        if not self.iters:
            raise AssertionError("PrefetchingIter: expected at least one iterator")
        self.rename_label, self.rename_data = rename_label, rename_data
        _, shape = self.provide_data[0][:2]
        self.batch_size = shape[0]
        self.prefetch_threads += [_Ahead(each) for each in self.iters]
        for thread in self.prefetch_threads:
            thread.start()

    def __del__(self) -> None:
        for thread in self.prefetch_threads:
            thread.end()

    @property
    def provide_data(self) -> list[DataDesc]:
        """The inputs of all iterators."""
        return self._described([each.provide_data for each in self.iters], self.rename_data)

    @property
    def provide_label(self) -> list[DataDesc]:
        """The labels of all iterators."""
        return self._described([each.provide_label for each in self.iters], self.rename_label)

    @staticmethod
    def _described(all_described: list[Any], renamed: Sequence[Mapping[str, str]] | None) -> list[DataDesc]:
        if renamed is None:
            return list(itertools.chain(*all_described))
        found = []
        for names, described in zip(renamed, all_described):
            for each in described:
                full = each if isinstance(each, DataDesc) else DataDesc(*each)
                found.append(DataDesc(names[full.name], full.shape, full.dtype, full.layout))
        return found

    def reset(self) -> None:
        """Begin all iterators again."""
        for thread in self.prefetch_threads:
            thread.reset()

    def iter_next(self) -> bool:
        """Go to the next batch, and say whether there is one."""
        batches = [thread.peek() for thread in self.prefetch_threads]
        ended = [batch is None for batch in batches]
        if any(ended):
            if not all(ended):
                raise AssertionError("PrefetchingIter: an iterator ended before the others")
            return False
        if any(batch.pad != batches[0].pad for batch in batches):
            raise AssertionError(f"PrefetchingIter: the iterators' batches differ in pad: {[b.pad for b in batches]}")
        self.current_batch = DataBatch(
            list(itertools.chain(*(batch.data for batch in batches))),
            list(itertools.chain(*(batch.label or () for batch in batches))),
            batches[0].pad,
            batches[0].index,
            provide_data=self.provide_data,
            provide_label=self.provide_label,
        )
        for thread in self.prefetch_threads:
            thread.go_on()
        return True
