"""Sharing a batch out among devices, and executors on several devices for :mod:`mxnet.model`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from .module.executor_group import DataParallelExecutorGroup as _Group
from .module.executor_group import _check_arguments, _split_input_slice
from .ndarray import NDArray

__all__ = ["DataParallelExecutorManager", "_check_arguments", "_split_input_slice"]


class DataParallelExecutorManager:
    """Executors of one graph on several devices, fed by an iterator.

    Parameters
    ----------
    symbol : Symbol
        the graph
    ctx : list of Context
        the devices
    train_data : DataIter
        tells the shapes of data and labels
    arg_names, param_names, aux_names : list of str
        arguments, those of them that are trained, and auxiliary states
    work_load_list : list of float, optional
        the devices' shares of a batch
    logger : logging.Logger, optional
        where to say what happens
    sym_gen : callable, optional
        gives a graph for a bucket's key

    Raises
    ------
    ValueError
        two arguments have one name, or a device would get nothing of a batch
    """

    def __init__(
        self,
        symbol: Any,
        ctx: Sequence[Any],
        train_data: Any,
        arg_names: Sequence[str],
        param_names: Sequence[str],
        aux_names: Sequence[str],
        work_load_list: Sequence[float] | None = None,
        logger: Any = None,
        sym_gen: Any = None,
    ) -> None:
        self.ctx, self.arg_names, self.param_names, self.aux_names = ctx, arg_names, param_names, aux_names
        self.symbol, self.sym_gen = symbol, sym_gen
        self._logger = logging if logger is None else logger
        self._work = [1] * len(ctx) if work_load_list is None else list(work_load_list)
        if len(self._work) != len(ctx):
            raise AssertionError(f"work_load_list has {len(self._work)} elements for {len(ctx)} contexts")
        _check_arguments(symbol)
        self.execgrp = self._group(symbol, train_data, None)
        self.slices = self.execgrp.slices
        self.curr_execgrp: _Group | None = None
        self.execgrp_bucket = {getattr(train_data, "default_bucket_key", None): self.execgrp}

    def _group(self, symbol: Any, described: Any, shared: _Group | None) -> _Group:
        return _Group(
            symbol, self.ctx, self._work, described.provide_data, described.provide_label, self.param_names,
            for_training=True, inputs_need_grad=False, shared_group=shared, logger=self._logger,
        )  # fmt: skip

    def install_monitor(self, monitor: Any) -> None:
        """Have a monitor watch all executors."""
        if self.sym_gen is not None:
            raise NotImplementedError("install_monitor: a graph for each bucket cannot be watched")
        self.execgrp.install_monitor(monitor)

    def set_params(self, arg_params: Any, aux_params: Any) -> None:
        """Copy parameters and states to all devices."""
        self.execgrp.set_params(arg_params, aux_params)

    def copy_to(self, arg_params: Any, aux_params: Any) -> None:
        """Copy parameters and states, averaged over the devices, into arrays."""
        self.execgrp.get_params(arg_params, aux_params)

    @property
    def param_arrays(self) -> list[list[NDArray]]:
        """The parameters on each device."""
        return self.execgrp.param_arrays

    @property
    def grad_arrays(self) -> list[list[NDArray | None]]:
        """Their gradients on each device."""
        return self.execgrp.grad_arrays

    @property
    def aux_arrays(self) -> list[list[NDArray]]:
        """The auxiliary states on each device."""
        return self.execgrp.aux_arrays

    def load_data_batch(self, data_batch: Any) -> None:
        """Copy a batch to the devices, to those of its bucket's graph where there are several."""
        self.curr_execgrp = group = self.execgrp if self.sym_gen is None else self._of_bucket(data_batch)
        group.load_data_batch(data_batch)

    def _of_bucket(self, batch: Any) -> _Group:
        """The executors of the graph that a batch is for, made with the first such batch."""
        made = self.execgrp_bucket
        if batch.bucket_key not in made:
            made[batch.bucket_key] = self._group(self.sym_gen(batch.bucket_key), batch, self.execgrp)
        return made[batch.bucket_key]

    def _current(self) -> _Group:
        if self.curr_execgrp is None:
            raise AssertionError("forward: no batch yet; load_data_batch() takes one")
        return self.curr_execgrp

    def forward(self, is_train: bool = False) -> None:
        """Compute the outputs of the batch."""
        self._current().run(is_train)

    def backward(self) -> None:
        """Compute the gradients."""
        self._current().backward()

    def update_metric(self, metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Take the batch into a metric."""
        self._current().update_metric(metric, labels, pre_sliced)
