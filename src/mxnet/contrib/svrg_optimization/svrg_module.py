"""A module that trains by gradients of reduced variance.

Every few epochs the gradients over all data are computed at the weights of that moment. A step then goes along the
gradient of its batch, less that of the batch at those weights, plus that over all data.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ... import ndarray
from ...context import cpu
from ...module import Module
from ...ndarray import NDArray

__all__ = ["SVRGModule"]


class SVRGModule(Module):
    """A module whose steps have the variance of their gradients reduced.

    Parameters
    ----------
    symbol, data_names, label_names, logger, context, work_load_list, fixed_param_names, state_names, group2ctxs
        as for :class:`mxnet.mod.Module`
    compression_params : dict, optional
        as for :class:`mxnet.mod.Module`
    update_freq : int
        after how many epochs the gradients over all data are computed anew

    Raises
    ------
    TypeError
        `update_freq` is no integer
    ValueError
        it is not positive

    Examples
    --------
    >>> from mxnet.contrib.svrg_optimization.svrg_module import SVRGModule
    >>> line = mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=1, name='line')
    >>> net = mx.sym.LinearRegressionOutput(line, mx.sym.var('label'))
    >>> batches = mx.io.NDArrayIter(nd.array([[1], [2]]), nd.array([2, 4]), batch_size=1, label_name='label')
    >>> module = SVRGModule(net, label_names=['label'], update_freq=2)
    >>> module.fit(batches, num_epoch=4, eval_metric='mse')
    """

    def __init__(
        self,
        symbol: Any,
        data_names: Sequence[str] | None = ("data",),
        label_names: Sequence[str] | None = ("softmax_label",),
        logger: Any = logging,
        context: Any = cpu(),  # noqa: B008 - MXNet's default
        work_load_list: Sequence[float] | None = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Mapping[str, Any] | None = None,
        update_freq: int | None = None,
    ) -> None:
        settings: dict[str, Any] = {
            "data_names": data_names, "label_names": label_names, "logger": logger, "context": context,
            "work_load_list": work_load_list, "fixed_param_names": fixed_param_names, "state_names": state_names,
            "group2ctxs": group2ctxs, "compression_params": compression_params,
        }  # fmt: skip
        super().__init__(symbol, **settings)
        if not isinstance(update_freq, int):
            raise TypeError(f"SVRGModule: update_freq={update_freq!r}; expected an int, a number of epochs")
        if update_freq < 1:
            raise ValueError(f"SVRGModule: update_freq={update_freq}; expected a positive number of epochs")
        self.update_freq = update_freq
        self._mod_aux = Module(symbol, **settings)
        self._param_dict: list[dict[str, NDArray]] | None = None
        self._ctx_len = len(context) if isinstance(context, (list, tuple)) else 1

    def _reset_bind(self) -> None:
        super()._reset_bind()
        self._mod_aux._reset_bind()

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Make its executors, and those at the weights of an earlier moment; see :meth:`mxnet.mod.Module.bind`."""
        given = (data_shapes, label_shapes, for_training, inputs_need_grad, force_rebind, shared_module, grad_req)
        super().bind(*given)
        if for_training:
            self._mod_aux.bind(*given)

    def reshape(self, data_shapes: Any, label_shapes: Any = None) -> None:
        """Have other shapes from now on."""
        super().reshape(data_shapes, label_shapes)
        self._mod_aux.reshape(data_shapes, label_shapes)

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """See :meth:`mxnet.mod.Module.prepare`."""
        super().prepare(data_batch, sparse_row_id_fn)
        self._mod_aux.prepare(data_batch, sparse_row_id_fn)

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs; in training also at the weights of the earlier moment."""
        super().forward(data_batch, is_train)
        if is_train:
            self._mod_aux.forward(data_batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, also at the weights of the earlier moment."""
        super().backward(out_grads)
        earlier = self._mod_aux
        if earlier.binded:
            earlier.backward(out_grads)

    def update(self) -> None:
        """Take a step by gradients of reduced variance.

        Raises
        ------
        AssertionError
            the gradients over all data were not computed
        """
        self._update_svrg_gradients()
        super().update()

    def update_full_grads(self, train_data: Any) -> None:
        """Compute the gradients over all data at the present weights.

        Parameters
        ----------
        train_data : DataIter
            all data; it begins anew before, and is at its end after
        """
        self._mod_aux.set_params(*self.get_params())
        train_data.reset()
        names, aux = self._exec_group.param_names, self._mod_aux._exec_group
        # what was computed the time before counts as one more batch, as MXNet adds to it without beginning at zero
        before = {} if self._param_dict is None else self._param_dict[0]
        total = {name: each.as_in_context(cpu()) * self._ctx_len for name, each in before.items()}
        batches = 0.0
        for batch in train_data:
            self._mod_aux.forward(batch, is_train=True)
            self._mod_aux.backward()
            batches += 1 - batch.pad / train_data.batch_size  # what fills up the last batch is no sample
            for name, gradients in zip(names, aux.grad_arrays):
                for gradient in gradients:
                    there = gradient.as_in_context(cpu())
                    total[name] = total[name] + there if name in total else there.copy()
        share = max(batches, 1.0) * self._ctx_len
        self._param_dict = [
            {
                name: (total[name] / share).as_in_context(each.context)
                for name, each in ((name, arrays[place]) for name, arrays in zip(names, aux.grad_arrays) if arrays)
                if name in total and each is not None
            }
            for place in range(self._ctx_len)
        ]

    def _update_svrg_gradients(self) -> None:
        """Put gradients of reduced variance in the place of the batch's."""
        if self._param_dict is None:
            raise AssertionError("SVRGModule: call update_full_grads(train_data) before the first update()")
        group, aux = self._exec_group, self._mod_aux._exec_group
        for name, gradients, earlier in zip(group.param_names, group.grad_arrays, aux.grad_arrays):
            for place, (now, then) in enumerate(zip(gradients, earlier)):
                if now is not None:
                    now[:] = self._svrg_grads_update_rule(now, then, self._param_dict[place][name])

    def _svrg_grads_update_rule(
        self, g_curr_batch_curr_weight: Any, g_curr_batch_special_weight: Any, g_special_weight_all_batch: Any
    ) -> Any:
        """A batch's gradient, less that at the earlier weights, plus that over all data."""
        return ndarray.add(g_curr_batch_curr_weight - g_curr_batch_special_weight, g_special_weight_all_batch)

    def _epoch(self, train_data: Any, *rest: Any) -> Any:
        """Train over all batches, after the gradients over all data where it is time for them."""
        epoch = rest[4]
        due = not epoch % self.update_freq
        if due:
            self.update_full_grads(train_data)
            train_data.reset()  # for the steps
        return super()._epoch(train_data, *rest)
