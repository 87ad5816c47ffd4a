"""A module of one graph, on one device or several."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from .. import optimizer as opt
from .._checkpoints import load_checkpoint, save_checkpoint
from .._stores import _create_kvstore, _initialize_kvstore, _update_params, _update_params_on_kvstore
from .._tracebacks import warn
from ..base import MXNetError
from ..context import Context, cpu
from ..initializer import InitDesc, Uniform
from ..io import DataDesc
from ..ndarray import NDArray, zeros
from ..serialization.files import opened
from .base_module import BaseModule, _check_input_names, _parse_data_desc
from .executor_group import DataParallelExecutorGroup
from .states import after, need

__all__ = ["Module"]


class Module(BaseModule):
    """A graph with its parameters and its optimizer, on one device or several.

    Parameters
    ----------
    symbol : Symbol
        the graph
    data_names, label_names : list of str
        which of its arguments are inputs and labels
    logger : logging.Logger
        where to say what happens
    context : Context or list of Context
        the devices
    work_load_list : list of float, optional
        the devices' shares of a batch
    fixed_param_names : list of str, optional
        parameters that do not change
    state_names : list of str, optional
        arguments that carry something from batch to batch
    group2ctxs : dict or list of dict, optional
        devices of parts of the graph
    compression_params : dict, optional
        how the key-value store compresses gradients

    Raises
    ------
    ValueError
        the graph has no argument of such a name

    Examples
    --------
    >>> network = mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=2, name='fc')
    >>> module = mx.mod.Module(network, label_names=None)
    >>> module.bind([('data', (1, 3))], for_training=False)
    >>> module.init_params(mx.init.One())
    >>> module.forward(mx.io.DataBatch([mx.nd.ones((1, 3))]))
    >>> module.get_outputs()[0].asnumpy().tolist()
    [[3.0, 3.0]]
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
    ) -> None:
        super().__init__(logger=logger)
        self._context = [context] if isinstance(context, Context) else list(context)
        self._work_load_list = [1] * len(self._context) if work_load_list is None else list(work_load_list)
        if len(self._work_load_list) != len(self._context):
            raise AssertionError(
                f"Module: work_load_list has {len(self._work_load_list)} elements for {len(self._context)} contexts"
            )
        self._group2ctxs = group2ctxs
        self._symbol = symbol
        self._data_names, self._label_names = list(data_names or ()), list(label_names or ())
        self._state_names, self._fixed_param_names = list(state_names or ()), list(fixed_param_names or ())
        _check_input_names(symbol, self._data_names, "data_names", True)
        _check_input_names(symbol, self._label_names, "label_names", False)
        _check_input_names(symbol, self._state_names, "state_names", True)
        _check_input_names(symbol, self._fixed_param_names, "fixed_param_names", True)
        inputs = {*self._data_names, *self._label_names, *self._state_names}
        self._param_names = [name for name in symbol.list_arguments() if name not in inputs]
        self._aux_names = symbol.list_auxiliary_states()
        self._output_names = symbol.list_outputs()
        self._arg_params: dict[str, NDArray] | None = None
        self._aux_params: dict[str, NDArray] | None = None
        #: whether the devices have other parameters than the two dictionaries
        self._params_dirty = False
        self._compression_params = compression_params
        self._optimizer: Any = None
        self._kvstore: Any = None
        self._update_on_kvstore: bool | None = None
        self._updater: Any = None
        self._preload_opt_states: str | None = None
        self._grad_req: Any = None
        self._exec_group: Any = None
        self._data_shapes: list[DataDesc] | None = None
        self._label_shapes: list[DataDesc] | None = None

    # --- checkpoints ----------------------------------------------------------------------------------------------

    @staticmethod
    def load(prefix: str, epoch: int, load_optimizer_states: bool = False, **kwargs: Any) -> Module:
        """A module from a checkpoint, to be bound.

        Parameters
        ----------
        prefix : str
            what the files begin with
        epoch : int
            the epoch saved
        load_optimizer_states : bool
            load what the optimizer kept as well, once there is one
        **kwargs
            further arguments of :class:`Module`

        Raises
        ------
        MXNetError
            a file is missing or damaged
        """
        symbol, arguments, states = load_checkpoint(prefix, epoch)
        module = Module(symbol=symbol, **kwargs)
        module._arg_params, module._aux_params = arguments, states
        module.params_initialized = True
        if load_optimizer_states:
            module._preload_opt_states = f"{prefix}-{epoch:04d}.states"
        return module

    def save_checkpoint(
        self, prefix: str, epoch: int, save_optimizer_states: bool = False, remove_amp_cast: bool = True
    ) -> None:
        """Save the graph, the parameters and, if asked for, what the optimizer keeps.

        Parameters
        ----------
        prefix : str
            what the files begin with
        epoch : int
            in the names of the files of arrays and states
        save_optimizer_states : bool
            write ``PREFIX-EPOCH.states`` too
        remove_amp_cast : bool
            leave the casts of automatic mixed precision out of the graph
        """
        save_checkpoint(prefix, epoch, self._symbol, *self.get_params(), remove_amp_cast=remove_amp_cast)
        if save_optimizer_states:
            path = f"{prefix}-{epoch:04d}.states"
            self.save_optimizer_states(path)
            logging.info('Saved optimizer state to "%s"', path)

    @after("optimizer_initialized")
    def save_optimizer_states(self, fname: str) -> None:
        """Save what the optimizer keeps."""
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
        else:
            with opened(fname, "wb") as stream:
                stream.write(self._updater.get_states())

    @after("optimizer_initialized")
    def load_optimizer_states(self, fname: str) -> None:
        """Load what the optimizer kept.

        Raises
        ------
        MXNetError
            the file is missing or damaged
        """
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            return
        try:
            with open(fname, "rb") as stream:
                content = stream.read()
        except OSError as error:
            raise MXNetError(f"load_optimizer_states: cannot read {fname!r}: {error.strerror or error}") from error
        self._updater.set_states(content)

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """The names of the inputs."""
        return self._data_names

    @property
    def label_names(self) -> list[str]:
        """The names of the labels."""
        return self._label_names

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        return self._output_names

    @property
    @after("binded")
    def data_shapes(self) -> list[DataDesc]:
        """The inputs' names and shapes."""
        return self._data_shapes or []

    @property
    @after("binded")
    def label_shapes(self) -> list[DataDesc] | None:
        """The labels' names and shapes; None where there are none."""
        return self._label_shapes

    @property
    @after("binded")
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """The outputs' names and shapes."""
        return self._exec_group.get_output_shapes()

    # --- parameters -----------------------------------------------------------------------------------------------

    @after("params_initialized")
    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """The parameters and the auxiliary states by name, on the host, averaged over the devices."""
        if self._params_dirty:
            self._sync_params_from_devices()
        return self._arg_params, self._aux_params  # type: ignore[return-value]  # there are some by now

    def _sync_params_from_devices(self) -> None:
        self._exec_group.get_params(self._arg_params, self._aux_params)
        self._params_dirty = False

    @after("binded")
    def init_params(
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008 - MXNet's default, which keeps nothing
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters and the auxiliary states their first values, in the order of their names.

        Parameters
        ----------
        initializer : Initializer or None
            gives values where the dictionaries have none; with None such parameters keep theirs
        arg_params, aux_params : dict of str to NDArray, optional
            values
        allow_missing : bool
            allow parameters without a value in a dictionary that is given
        force_init : bool
            also where they have values
        allow_extra : bool
            allow values that belong to no parameter

        Raises
        ------
        RuntimeError
            a value is missing
        ValueError
            a value belongs to no parameter
        """
        if self.params_initialized and not force_init:
            warn("init_params: the parameters have values; force_init=True gives them others")
            return
        attributes = self._symbol.attr_dict()
        for own, given in ((self._arg_params, arg_params), (self._aux_params, aux_params)):
            for name, array in sorted((own or {}).items()):
                if given is not None and name in given:
                    if given[name] is not array:
                        if tuple(given[name].shape) != tuple(array.shape):
                            raise MXNetError(
                                f"init_params: {name} has the shape {tuple(given[name].shape)}; expected "
                                f"{tuple(array.shape)}"
                            )
                        given[name].copyto(array)
                    continue
                if given is not None and not allow_missing:
                    raise RuntimeError(f"init_params: {name} has no value; allow_missing=True asks the initializer")
                if initializer is not None:
                    initializer(InitDesc(name, attributes.get(name)), array)
        self.params_initialized = True
        self._params_dirty = False
        self._exec_group.set_params(self._arg_params, self._aux_params, allow_extra=allow_extra)

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
        self._exec_group.set_params(arg_params, aux_params, allow_extra=allow_extra)
        self._params_dirty = True
        self.params_initialized = True

    # --- binding --------------------------------------------------------------------------------------------------

    def _reset_bind(self) -> None:
        self.binded = False
        self._exec_group = None
        self._data_shapes = self._label_shapes = None

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
        """Make executors for shapes.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc, or of pairs
            names and shapes of inputs and labels
        for_training : bool
            whether gradients are wanted
        inputs_need_grad : bool
            whether those of the inputs are wanted
        force_rebind : bool
            also where it is bound
        shared_module : Module, optional
            a module whose parameters are used
        grad_req : str, list or dict
            what backward does with the gradients: 'write', 'add' or 'null'

        Raises
        ------
        ValueError
            the data has other names than the module was given, or a device would get nothing of a batch
        """
        if self._had("bind", self.binded and not force_rebind, "force_rebind"):
            return
        self._reset_bind()
        if inputs_need_grad and not for_training:
            raise AssertionError("bind: inputs_need_grad=True needs for_training=True")
        self.for_training, self.inputs_need_grad, self._grad_req = for_training, inputs_need_grad, grad_req
        data, labels = _parse_data_desc(self.data_names, self.label_names, data_shapes, label_shapes)
        self._data_shapes, self._label_shapes = data, labels
        shared_group = None
        if shared_module is not None:
            need(shared_module, "bind: shared_module", "binded", "params_initialized")
            shared_group = shared_module._exec_group
        self._exec_group = DataParallelExecutorGroup(
            self._symbol, self._context, self._work_load_list, data, labels, self._param_names, for_training,
            inputs_need_grad, shared_group, logger=self.logger, fixed_param_names=self._fixed_param_names,
            grad_req=grad_req, state_names=self._state_names, group2ctxs=self._group2ctxs,
        )  # fmt: skip
        self.binded = True
        if shared_module is not None:
            self.params_initialized = True
            self._arg_params, self._aux_params = shared_module._arg_params, shared_module._aux_params
        elif self.params_initialized:  # bound again, or loaded
            self._exec_group.set_params(self._arg_params, self._aux_params)
        else:
            group = self._exec_group
            self._arg_params = _zeros(self._param_names, group.param_arrays)
            self._aux_params = _zeros(self._aux_names, group.aux_arrays)
        if shared_module is not None and shared_module.optimizer_initialized:
            self.borrow_optimizer(shared_module)

    @after("binded")
    def reshape(self, data_shapes: Any, label_shapes: Any = None) -> None:
        """Go on with other shapes, and the same parameters."""
        self._data_shapes, self._label_shapes = _parse_data_desc(
            self.data_names, self.label_names if label_shapes is not None else (), data_shapes, label_shapes
        )
        self._exec_group.reshape(self._data_shapes, self._label_shapes)

    # --- the optimizer --------------------------------------------------------------------------------------------

    @after("binded", "params_initialized")
    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Make the optimizer, and the key-value store where there is something to add up.

        Parameters
        ----------
        kvstore : str, KVStore or None
            the store
        optimizer : str or Optimizer
            the optimizer
        optimizer_params : dict, or pairs
            its arguments; gradients are divided by the length of a batch unless `rescale_grad` is among them
        force_init : bool
            also where there is one
        """
        if self._had("init_optimizer", self.optimizer_initialized and not force_init, "force_init"):
            return
        known, _ = self.get_params()
        store, on_store = _create_kvstore(kvstore, len(self._context), known)
        batch_size = self._exec_group.batch_size
        if store is not None and "dist" in store.type and "_sync" in store.type:
            batch_size *= store.num_workers
        scale = 1.0 / batch_size
        devices = len(self._context)
        if on_store:
            names = dict(enumerate(self._param_names))
        else:
            names = {
                place * devices + device: name
                for device in range(devices)
                for place, name in enumerate(self._param_names)
            }
        if isinstance(optimizer, str):
            given = {"rescale_grad": scale, **dict(optimizer_params)}
            optimizer = opt.create(optimizer, sym=self.symbol, param_idx2name=names, **given)
        else:
            if not isinstance(optimizer, opt.Optimizer):
                kind = type(optimizer).__name__
                raise AssertionError(f"init_optimizer: optimizer is a {kind}; expected a name or an Optimizer")
            if optimizer.rescale_grad != scale:
                warn(
                    f"init_optimizer: the optimizer's rescale_grad is {optimizer.rescale_grad}, and one over the "
                    f"length of a batch is {scale}"
                )
            if not optimizer.idx2name:
                optimizer.idx2name = names.copy()
        self._optimizer, self._kvstore, self._update_on_kvstore = optimizer, store, on_store
        if store is not None:
            if self._compression_params:
                store.set_gradient_compression(self._compression_params)
            if on_store:
                store.set_optimizer(optimizer)
            _initialize_kvstore(store, self._exec_group.param_arrays, known, self._param_names, on_store)
        self._updater = None if on_store else opt.get_updater(optimizer)
        self.optimizer_initialized = True
        states, self._preload_opt_states = self._preload_opt_states, None  # of a checkpoint that was loaded
        if states is not None:
            self.load_optimizer_states(states)

    def borrow_optimizer(self, shared_module: Any) -> None:
        """Use another module's optimizer."""
        need(shared_module, "borrow_optimizer: shared_module", "optimizer_initialized")
        self._optimizer, self._kvstore = shared_module._optimizer, shared_module._kvstore
        self._update_on_kvstore, self._updater = shared_module._update_on_kvstore, shared_module._updater
        self.optimizer_initialized = True

    # --- running --------------------------------------------------------------------------------------------------

    @after("binded", "params_initialized")
    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch; one of another length, or of other shapes, has the module reshaped.

        Parameters
        ----------
        data_batch : DataBatch, or a list of them
            the batch, or one for each device; anything with `data`, and `label` where labels are taken
        is_train : bool, optional
            training mode; by default as it was bound

        Raises
        ------
        ValueError, AssertionError
            the batch has other arrays than the module takes
        """
        if isinstance(data_batch, list):
            if len(data_batch) != len(self._context):
                raise AssertionError(f"forward: {len(data_batch)} batches for {len(self._context)} contexts")
            self._forward_shared_out(data_batch, is_train)
            return
        self._reshape_for(data_batch)
        self._exec_group.forward(_Batch(data_batch.data, getattr(data_batch, "label", None)), is_train)

    def _forward_shared_out(self, batches: list[Any], is_train: bool | None) -> None:
        """Compute the outputs of a batch that is shared out among the devices already."""
        columns = [list(each) for each in zip(*(batch.data for batch in batches))]
        labels = [list(each) for each in zip(*(batch.label or () for batch in batches))]
        self._exec_group.forward(_Batch(columns, labels), is_train)

    def _reshape_for(self, batch: Any) -> None:
        """Go on with the shapes of a batch, if they are others."""
        known = self._data_shapes or []
        new = [tuple(each.shape) for each in batch.data]
        if [tuple(each.shape) for each in known] == new:
            return
        described = getattr(batch, "provide_data", None)
        if not described:
            if len(known) != len(new):
                raise AssertionError(
                    f"forward: the batch has {len(new)} inputs; expected {len(known)}: {', '.join(self.data_names)}"
                )
            described = [DataDesc(each.name, shape, each.dtype, each.layout) for each, shape in zip(known, new)]
        labels = getattr(batch, "provide_label", None)
        if not labels:
            labels = None
            if getattr(batch, "label", None) and self._label_shapes:
                pairs = zip(self._label_shapes, batch.label)
                labels = [DataDesc(each.name, array.shape, each.dtype, each.layout) for each, array in pairs]
        self.reshape(described, labels)

    @after("binded", "params_initialized")
    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, from those of the outputs unless these are losses."""
        self._exec_group.backward(out_grads=out_grads)

    @after("binded", "params_initialized", "optimizer_initialized")
    def update(self) -> None:
        """Change the parameters by the gradients of the last backward."""
        self._params_dirty = True
        group = self._exec_group
        if self._update_on_kvstore:
            _update_params_on_kvstore(group.param_arrays, group.grad_arrays, self._kvstore, self._param_names)
        else:
            devices, names = len(self._context), self._param_names
            _update_params(group.param_arrays, group.grad_arrays, self._updater, devices, self._kvstore, names)

    @after("binded", "params_initialized")
    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last batch: whole, or a list over the devices for each.

        They are the executors' own arrays, which the next `forward` writes to.
        """
        return self._exec_group.get_outputs(merge_multi_context)

    @after("binded", "params_initialized", "inputs_need_grad")
    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the inputs, of a module bound with ``inputs_need_grad=True``."""
        return self._exec_group.get_input_grads(merge_multi_context)

    @after("binded", "params_initialized")
    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The arrays of `state_names`, a list over the devices for each; `merge_multi_context` must be False."""
        return self._exec_group.get_states(merge_multi_context)

    @after("binded", "params_initialized")
    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the arrays of `state_names`, to those that `get_states` gave or to a number."""
        self._exec_group.set_states(states, value)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Take the last batch's outputs and these labels into a metric."""
        self._exec_group.update_metric(eval_metric, labels, pre_sliced)

    @after("binded")
    def install_monitor(self, mon: Any) -> None:
        """Have a monitor watch all executors."""
        self._exec_group.install_monitor(mon)

    @after("binded")
    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Make ready for a batch; see :meth:`BaseModule.prepare`."""
        super().prepare(data_batch, sparse_row_id_fn)


class _Batch:
    """Data and labels of a batch, however it came."""

    def __init__(self, data: Any, label: Any) -> None:
        self.data, self.label = data, label


def _zeros(names: Sequence[str], arrays: Sequence[Sequence[NDArray]]) -> dict[str, NDArray]:
    """Arrays on the host like those of the first device."""
    return {name: zeros(copies[0].shape, dtype=copies[0].dtype) for name, copies in zip(names, arrays)}
