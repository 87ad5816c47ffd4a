"""Looking into a network while it is trained: numbers about every operator's results."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from math import sqrt
from typing import Any

from .base import py_str
from .ndarray import NDArray

__all__ = ["Monitor"]


def _size(array: NDArray) -> NDArray:
    """The norm of an array over the root of its length."""
    return array.norm() / sqrt(array.size)


class Monitor:
    """Collects a number about every array of a network whose name matches, every few batches.

    Parameters
    ----------
    interval : int
        batches from one to the next that is looked at
    stat_func : callable, optional
        gives the number, an NDArray or a list of them, from an array; by default its norm over the root of its length
    pattern : str
        regular expression that names begin with
    sort : bool
        sort by name, else in the order of computing
    monitor_all : bool
        the inputs of operators too

    Examples
    --------
    >>> executor = (mx.sym.var('x') * 2).simple_bind(mx.cpu(), x=(2,))
    >>> monitor = mx.mon.Monitor(1, stat_func=mx.nd.max, pattern='x')
    >>> monitor.install(executor)
    >>> monitor.tic()
    >>> _ = executor.forward(x=mx.nd.array([1, 3]))
    >>> [(batch, name, text.strip()) for batch, name, text in monitor.toc()]
    [(1, 'x', '3.0')]
    """

    def __init__(
        self,
        interval: int,
        stat_func: Callable[[NDArray], Any] | None = None,
        pattern: str = ".*",
        sort: bool = False,
        monitor_all: bool = False,
    ) -> None:
        self.stat_func = _size if stat_func is None else stat_func
        self.interval = interval
        self.activated = False
        self.queue: list[tuple[int, str, Any]] = []
        self.step = 0
        self.exes: list[Any] = []
        self.re_prog = re.compile(pattern)
        self.sort = sort
        self.monitor_all = monitor_all

    def stat_helper(self, name: str | bytes, array: NDArray) -> None:
        """Take an array of an executor."""
        if not self.activated:
            return
        text = py_str(name)  # executors give bytes, as MXNet's do
        if self.re_prog.match(text) is not None:
            number = self.stat_func(array)
            self.queue.append((self.step, text, number))

    def install(self, exe: Any) -> None:
        """Watch an executor."""
        exe.set_monitor_callback(self.stat_helper, self.monitor_all)
        self.exes.append(exe)

    def tic(self) -> None:
        """Begin a batch, before its forward."""
        if self.step % self.interval == 0:
            self.queue = []
            self.activated = True
        self.step += 1

    def toc(self) -> list[tuple[int, str, str]]:
        """End a batch, and give batch, name and number as text of what was seen, arguments and states last."""
        if not self.activated:
            return []
        for exe in self.exes:
            for arrays in (exe.arg_dict, exe.aux_dict):
                for name, array in arrays.items():
                    self.stat_helper(name, array)
        self.activated = False
        if self.sort:
            self.queue.sort(key=lambda each: each[1])
        found, self.queue = [(step, name, _text(value)) for step, name, value in self.queue], []
        return found

    def toc_print(self) -> None:
        """End a batch, and log what was seen."""
        for step, name, text in self.toc():
            logging.info("Batch: %7d %-30s %s", step, name, text)


def _text(value: Any) -> str:
    """Numbers as text, each followed by a tab.

    Raises
    ------
    AssertionError
        `stat_func` gave something else
    """
    values = value if isinstance(value, list) else [value]
    parts = []
    for each in values:
        if not isinstance(each, NDArray):
            kind = type(each).__name__
            raise AssertionError(f"Monitor: stat_func gave a {kind}; expected an NDArray or a list of them")
        parts.append(str(each.asscalar() if each.shape == (1,) or each.shape == () else each.asnumpy()))
    return "".join(f"{part}\t" for part in parts)
