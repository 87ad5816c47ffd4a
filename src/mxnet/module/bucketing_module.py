"""A module of several graphs with one set of parameters, such as one network unrolled to several lengths."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._checkpoints import load_params
from .._tracebacks import warn
from ..context import cpu
from ..initializer import Uniform
from ..io import DataDesc
from ..ndarray import NDArray, array, load, save
from ..symbol import load as load_graph
from .base_module import BaseModule, _check_input_names
from .module import Module
from .states import after

__all__ = ["BucketingModule"]


class BucketingModule(BaseModule):
    """Several graphs with one set of parameters; each batch says by its `bucket_key` which it is for.

    Parameters
    ----------
    sym_gen : callable
        from a key: the graph, and the names of its data and of its labels
    default_bucket_key : object
        the key of the largest graph, which the parameters are of
    logger : logging.Logger
        where to say what happens
    context, work_load_list, fixed_param_names, state_names, group2ctxs, compression_params
        as of :class:`Module`

    Raises
    ------
    AssertionError
        there is no `default_bucket_key`
    """

    def __init__(
        self,
        sym_gen: Callable[[Any], tuple[Any, Sequence[str], Sequence[str]]],
        default_bucket_key: Any = None,
        logger: Any = logging,
        context: Any = cpu(),  # noqa: B008 - MXNet's default
        work_load_list: Sequence[float] | None = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(logger=logger)
        if default_bucket_key is None:
            raise AssertionError("BucketingModule: default_bucket_key is missing; it is the key of the largest graph")
        self._default_bucket_key = default_bucket_key
        self._sym_gen = sym_gen
        self._settings = {
            "logger": logger,
            "context": context,
            "work_load_list": work_load_list,
            "fixed_param_names": list(fixed_param_names or ()),
            "state_names": list(state_names or ()),
            "group2ctxs": group2ctxs,
            "compression_params": compression_params,
        }
        symbol, data_names, label_names = self._call_sym_gen(default_bucket_key)
        _check_input_names(symbol, list(data_names or ()), "data_names", True)
        _check_input_names(symbol, list(label_names or ()), "label_names", False)
        _check_input_names(symbol, list(state_names or ()), "state_names", True)
        _check_input_names(symbol, list(fixed_param_names or ()), "fixed_param_names", True)
        self._buckets: dict[Any, Module] = {}
        self._curr_module: Any = None
        self._curr_bucket_key: Any = None
        self._params_dirty = False
        self._monitor: Any = None
        self._grad_req: Any = None

    def _call_sym_gen(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        return self._sym_gen(*args, **kwargs)

    def _made(self, key: Any) -> Module:
        """A module for a key, not bound."""
        symbol, data_names, label_names = self._call_sym_gen(key)
        return Module(symbol, data_names, label_names, **self._settings)

    def _reset_bind(self) -> None:
        self.binded = False
        self._buckets = {}
        self._curr_module = self._curr_bucket_key = None

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> Any:
        """The names of the inputs."""
        return self._curr_module.data_names if self.binded else self._call_sym_gen(self._default_bucket_key)[1]

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        if self.binded:
            return self._curr_module.output_names
        return self._call_sym_gen(self._default_bucket_key)[0].list_outputs()

    @property
    @after("binded")
    def data_shapes(self) -> list[DataDesc]:
        """The inputs of the present graph."""
        return self._curr_module.data_shapes

    @property
    @after("binded")
    def label_shapes(self) -> list[DataDesc] | None:
        """The labels of the present graph."""
        return self._curr_module.label_shapes

    @property
    @after("binded")
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """The outputs of the present graph."""
        return self._curr_module.output_shapes

    @property
    @after("binded")
    def symbol(self) -> Any:
        """The present graph."""
        return self._curr_module.symbol

    # --- parameters -----------------------------------------------------------------------------------------------

    @after("params_initialized")
    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """The parameters and the auxiliary states, by name."""
        self._curr_module._params_dirty = self._params_dirty
        found = self._curr_module.get_params()
        self._params_dirty = False
        return found

    @after("binded")
    def init_params(
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values; see :meth:`Module.init_params`."""
        if self.params_initialized and not force_init:
            return
        self._curr_module.init_params(initializer, arg_params, aux_params, allow_missing, force_init, allow_extra)
        self._params_dirty = False
        self.params_initialized = True

    @after("binded")
    def set_params(
        self,
        arg_params: Mapping[str, NDArray],
        aux_params: Mapping[str, NDArray],
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Set parameters and auxiliary states; see :meth:`BaseModule.set_params`."""
        if not allow_missing:
            super().set_params(arg_params, aux_params, allow_missing, force_init, allow_extra)
            return
        if self.params_initialized and not force_init:
            warn("set_params: the parameters have values; force_init=True gives them others")
            return
        self._curr_module.set_params(arg_params, aux_params, allow_missing, force_init, allow_extra)
        self._params_dirty = True
        self.params_initialized = True

    @after("binded", "params_initialized")
    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The states of the present graph; see :meth:`Module.get_states`."""
        return self._curr_module.get_states(merge_multi_context)

    @after("binded", "params_initialized")
    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the states of the present graph; see :meth:`Module.set_states`."""
        self._curr_module.set_states(states, value)

    # --- binding --------------------------------------------------------------------------------------------------

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
        """Make executors of the default graph for shapes; those of other graphs follow with their first batch.

        `shared_module` must be None; the others are as of :meth:`Module.bind`.
        """
        if shared_module is not None:
            raise AssertionError("bind: shared_module is not supported for BucketingModule")
        if self._had("bind", self.binded and not force_rebind, "force_rebind"):
            return
        known = self.get_params() if self.params_initialized and self.binded else None
        if force_rebind:
            self._reset_bind()
        self.binded, self._grad_req = True, grad_req
        self.inputs_need_grad, self.for_training = inputs_need_grad, for_training
        # a module that was loaded has those of its graphs already
        module = self._buckets.get(self._default_bucket_key) or self._made(self._default_bucket_key)
        module.bind(data_shapes, label_shapes, for_training, inputs_need_grad, grad_req=grad_req)
        self._curr_module, self._curr_bucket_key = module, self._default_bucket_key
        self._buckets[self._default_bucket_key] = module
        if known is not None:
            self.set_params(*known)

    @after("binded")
    def switch_bucket(self, bucket_key: Any, data_shapes: Any, label_shapes: Any = None) -> None:
        """Go on with the graph of a key, bound to shapes where it is not yet."""
        module = self._buckets.get(bucket_key) or self._made(bucket_key)
        if not module.binded:
            present, of_all = self._curr_module, self._buckets[self._default_bucket_key]
            how = present.for_training, present.inputs_need_grad
            module.bind(data_shapes, label_shapes, *how, shared_module=of_all, grad_req=self._grad_req)
            self._watch(module)
        self._curr_bucket_key, self._curr_module = bucket_key, module
        self._buckets[bucket_key] = module

    def _watch(self, *modules: Module) -> None:
        """Have the monitor, where there is one, watch the executors of modules that are bound."""
        for module in modules:
            if self._monitor is not None and module.binded:
                module.install_monitor(self._monitor)

    @after("binded", "params_initialized")
    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Make the optimizer that all graphs use; see :meth:`Module.init_optimizer`."""
        if self._had("init_optimizer", self.optimizer_initialized and not force_init, "force_init"):
            return
        self._curr_module.init_optimizer(kvstore, optimizer, optimizer_params, force_init=force_init)
        for module in self._buckets.values():
            if module is not self._curr_module and module.binded:
                module.borrow_optimizer(self._curr_module)
        self.optimizer_initialized = True

    # --- running --------------------------------------------------------------------------------------------------

    def _switch_to(self, batch: Any) -> None:
        if batch.provide_data is None:
            raise TypeError(f"forward: the batch of bucket {batch.bucket_key!r} has no provide_data to tell its shapes")
        self.switch_bucket(batch.bucket_key, batch.provide_data, batch.provide_label)

    @after("binded", "params_initialized")
    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Make ready for a batch: its graph is bound, and the present one stays."""
        before, key = self._curr_module, self._curr_bucket_key
        self._switch_to(data_batch)
        self._curr_module.prepare(data_batch, sparse_row_id_fn=sparse_row_id_fn)
        self._curr_module, self._curr_bucket_key = before, key

    @after("binded", "params_initialized")
    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch by the graph of its bucket."""
        self._switch_to(data_batch)
        self._curr_module.forward(data_batch, is_train=is_train)

    @after("binded", "params_initialized")
    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients."""
        self._curr_module.backward(out_grads=out_grads)

    @after("binded", "params_initialized", "optimizer_initialized")
    def update(self) -> None:
        """Change the parameters by their gradients."""
        self._params_dirty = True
        self._curr_module.update()

    @after("binded", "params_initialized")
    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last batch."""
        return self._curr_module.get_outputs(merge_multi_context=merge_multi_context)

    @after("binded", "params_initialized", "inputs_need_grad")
    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the inputs."""
        return self._curr_module.get_input_grads(merge_multi_context=merge_multi_context)

    @after("binded", "params_initialized")
    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Take the last batch into a metric."""
        self._curr_module.update_metric(eval_metric, labels, pre_sliced)

    @after("binded")
    def install_monitor(self, mon: Any) -> None:
        """Have a monitor watch the executors of all graphs."""
        self._monitor = mon
        self._watch(*self._buckets.values())

    # --- checkpoints ----------------------------------------------------------------------------------------------

    @after("_buckets")
    def save_checkpoint(self, prefix: str, epoch: int, remove_amp_cast: bool = False) -> None:
        """Save the parameters, the graphs there are, and the list of their keys, which must be numbers.

        Parameters
        ----------
        prefix : str
            what the files begin with: ``PREFIX-EPOCH.params``, ``PREFIX-KEY-symbol.json`` and ``PREFIX.buckets``
        epoch : int
            in the name of the file of arrays
        remove_amp_cast : bool
            leave the casts of automatic mixed precision out of the graphs
        """
        self.save_params(f"{prefix}-{epoch:04d}.params")
        for key, module in self._buckets.items():
            module.symbol.save(f"{prefix}-{key}-symbol.json", remove_amp_cast=remove_amp_cast)
        save(f"{prefix}.buckets", array(np.array(list(self._buckets)), dtype="int32"))

    @staticmethod
    def load(
        prefix: str, epoch: int, sym_gen: Any = None, default_bucket_key: Any = None, **kwargs: Any
    ) -> BucketingModule:
        """A module from a checkpoint, to be bound; see :meth:`load_dict`.

        Parameters
        ----------
        prefix, epoch : str, int
            as they were saved
        sym_gen, default_bucket_key, **kwargs
            arguments of :class:`BucketingModule`

        Raises
        ------
        AssertionError
            `sym_gen` or `default_bucket_key` is missing
        MXNetError
            a file is missing or damaged
        """
        if sym_gen is None or default_bucket_key is None:
            raise AssertionError("load: sym_gen and default_bucket_key are missing")
        keys = load(f"{prefix}.buckets")
        symbols = {
            int(key): load_graph(f"{prefix}-{int(key)}-symbol.json")
            for each in (keys if isinstance(keys, list) else keys.values())
            for key in each.asnumpy()
        }
        return BucketingModule.load_dict(symbols, sym_gen, default_bucket_key, *load_params(prefix, epoch), **kwargs)

    @staticmethod
    def load_dict(
        sym_dict: Mapping[Any, Any] | None = None,
        sym_gen: Any = None,
        default_bucket_key: Any = None,
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        **kwargs: Any,
    ) -> BucketingModule:
        """A module of graphs and parameters that there are, to be bound.

        Parameters
        ----------
        sym_dict : dict of Symbol
            graphs by key; `sym_gen` makes those of other keys
        arg_params, aux_params : dict of str to NDArray
            parameters and auxiliary states
        sym_gen, default_bucket_key, **kwargs
            arguments of :class:`BucketingModule`
        """
        if sym_gen is None or default_bucket_key is None:
            raise AssertionError("load_dict: sym_gen and default_bucket_key are missing")
        made = BucketingModule(sym_gen, default_bucket_key, **kwargs)
        for key, symbol in (sym_dict or {}).items():
            _, data_names, label_names = sym_gen(key)
            module = Module(symbol, data_names, label_names, **made._settings)
            module._arg_params, module._aux_params = dict(arg_params or {}), dict(aux_params or {})
            module.params_initialized = True
            made._buckets[key] = module
        made.params_initialized = True
        return made
