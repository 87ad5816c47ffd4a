"""What all modules do alike: train, score, predict, by the steps that each defines."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .. import metric
from .._checkpoints import BatchEndParam
from .._tracebacks import warn
from ..context import cpu
from ..initializer import Uniform
from ..io import DataBatch, DataDesc
from ..ndarray import NDArray, array, concatenate, load, save
from .states import after, need

__all__ = ["BaseModule"]


#: what the names of parameters usually end with
_PARAMETER_ENDINGS = ("_weight", "_bias", "_gamma", "_beta")


def _as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of itself."""
    return value if isinstance(value, list) else [value]


def _check_input_names(symbol: Any, names: Sequence[str], typename: str, throw: bool) -> None:
    """Say so where a graph takes no input of a name that a module was given.

    Raises
    ------
    ValueError
        where `throw` is true; else it is a warning
    """
    arguments = symbol.list_arguments()
    for name in names:
        if name in arguments:
            continue
        likely = [each for each in arguments if not each.endswith(_PARAMETER_ENDINGS)]
        text = (
            f"Module: {typename}={list(names)}, but the graph has no argument {name!r}; "
            f"those that are no parameters by name are {', '.join(likely) or 'none'}"
        )
        if throw:
            raise ValueError(text)
        warn(text)


def _check_names_match(data_names: Sequence[str], data_shapes: Sequence[DataDesc], name: str, throw: bool) -> None:
    """Say so where descriptions have other names than a module was given: an error, or a warning."""
    given = [each.name for each in data_shapes]
    if sorted(data_names) == sorted(given):
        return
    text = f"bind: {name}_shapes has {', '.join(given) or 'nothing'}; {name}_names {', '.join(data_names) or 'nothing'}"
    if throw:
        raise ValueError(text)
    warn(text)


def _parse_data_desc(
    data_names: Sequence[str], label_names: Sequence[str], data_shapes: Any, label_shapes: Any
) -> tuple[list[DataDesc], list[DataDesc] | None]:
    """Descriptions of data and labels, from what may be pairs.

    Raises
    ------
    ValueError
        the data has other names than the module was given
    """
    data = [each if isinstance(each, DataDesc) else DataDesc(*each) for each in data_shapes]
    _check_names_match(data_names, data, "data", True)
    labels = None
    if label_shapes is not None:
        labels = [each if isinstance(each, DataDesc) else DataDesc(*each) for each in label_shapes]
    _check_names_match(label_names, labels or [], "label", False)
    return data, labels


def called(callbacks: Any, *arguments: Any) -> None:
    """Call a callback, each of a list of them, or none."""
    for each in _as_list(callbacks) if callbacks is not None else ():
        each(*arguments)


class BaseModule:
    """Base of modules: networks with their parameters and their optimizer, trained batch by batch.

    A module is made, bound to shapes (`bind`), given parameters (`init_params`) and an optimizer (`init_optimizer`),
    and then run: `forward`, `backward`, `update`. `fit`, `score` and `predict` do all that over iterators.

    Parameters
    ----------
    logger : logging.Logger
        where to say what happens
    """

    def __init__(self, logger: Any = logging) -> None:
        self.binded = self.params_initialized = self.optimizer_initialized = False
        self.for_training = self.inputs_need_grad = False
        self._symbol: Any = None
        self.logger = logger
        self._total_exec_bytes = 0

    def _had(self, call: str, before: bool, anew: str) -> bool:
        """Whether a call has nothing to do since it was made before, which is logged."""
        if before:
            self.logger.warning("%s: nothing is done, as it was called before; %s=True does it anew", call, anew)
        return before

    # --- over iterators -------------------------------------------------------------------------------------------

    def forward_backward(self, data_batch: Any) -> None:
        """Compute outputs and gradients of a batch."""
        self.forward(data_batch, is_train=True)
        self.backward()

    @after("binded", "params_initialized")
    def score(
        self,
        eval_data: Any,
        eval_metric: Any,
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        score_end_callback: Any = None,
        reset: bool = True,
        epoch: int = 0,
        sparse_row_id_fn: Any = None,
    ) -> list[tuple[str, float]]:
        """What a metric gives over the batches of an iterator.

        Parameters
        ----------
        eval_data : DataIter
            the batches
        eval_metric : EvalMetric, or what `mx.metric.create` takes
            the metric
        num_batch : int, optional
            batches at most
        batch_end_callback, score_end_callback : callable or list of callable, optional
            called with a BatchEndParam after each batch, and at the end
        reset : bool
            begin the iterator again first
        epoch : int
            what callbacks are told
        sparse_row_id_fn : callable, optional
            see :meth:`prepare`

        Returns
        -------
        list of (str, float)
            names and values
        """
        measured = metric.create(eval_metric) if not isinstance(eval_metric, metric.EvalMetric) else eval_metric
        measured.reset()
        seen = {**locals(), "eval_metric": measured}  # what callbacks are shown
        count = 0
        for place, batch in self._forwards(eval_data, num_batch, reset, sparse_row_id_fn):
            self._measure(measured, batch)
            count, seen = place + 1, {**seen, "nbatch": place, "eval_batch": batch, "actual_num_batch": place}
            if batch_end_callback is not None:
                called(batch_end_callback, BatchEndParam(epoch, place, measured, seen))
        if score_end_callback:
            called(score_end_callback, BatchEndParam(epoch, count, measured, {**seen, "actual_num_batch": count}))
        return measured.get_global_name_value()

    def _forwards(
        self, batches: Any, most: int | None, reset: bool, sparse_row_id_fn: Any
    ) -> Iterator[tuple[int, Any]]:
        """Each batch of an iterator, after its forward for prediction, with its number."""
        if reset:
            batches.reset()
        for place, batch in enumerate(batches):
            if place == most:  # one batch more has been read, as in MXNet
                return
            self.prepare(batch, sparse_row_id_fn)
            self.forward(batch, False)
            yield place, batch

    def _measure(self, eval_metric: Any, batch: Any) -> None:
        """Take a batch into a metric; a list has a batch for each device."""
        if isinstance(batch, list):
            self.update_metric(eval_metric, [each.label for each in batch], pre_sliced=True)
        else:
            self.update_metric(eval_metric, batch.label)

    def iter_predict(
        self, eval_data: Any, num_batch: int | None = None, reset: bool = True, sparse_row_id_fn: Any = None
    ) -> Iterator[tuple[list[NDArray], int, Any]]:
        """The outputs of each batch of an iterator, without what fills it up, its number and the batch."""
        need(self, "iter_predict", "binded", "params_initialized")
        for place, batch in self._forwards(eval_data, num_batch, reset, sparse_row_id_fn):
            filled = batch.pad or 0
            yield [output[: len(output) - filled] for output in self.get_outputs()], place, batch

    @after("binded", "params_initialized")
    def predict(
        self,
        eval_data: Any,
        num_batch: int | None = None,
        merge_batches: bool = True,
        reset: bool = True,
        always_output_list: bool = False,
        sparse_row_id_fn: Any = None,
    ) -> Any:
        """The outputs over an iterator, or of one array.

        Parameters
        ----------
        eval_data : DataIter, NDArray or numpy.ndarray
            the batches, or a batch
        num_batch : int, optional
            batches at most
        merge_batches : bool
            join the batches' outputs; else a list of the outputs of each batch
        reset : bool
            begin the iterator again first
        always_output_list : bool
            a list even of a single output
        sparse_row_id_fn : callable, optional
            see :meth:`prepare`

        Raises
        ------
        ValueError
            `eval_data` is something else, or batches that are to be joined differ in their number of outputs
        """
        if isinstance(eval_data, (NDArray, np.ndarray)):
            only = eval_data if isinstance(eval_data, NDArray) else array(eval_data)
            self.forward(DataBatch([only]), False)
            return self.get_outputs()[0]
        if not hasattr(eval_data, "reset"):
            raise ValueError(f"predict: eval_data is a {type(eval_data).__name__}; expected an iterator or an array")
        found = [
            [output.copy() for output in outputs]
            for outputs, _, _ in self.iter_predict(eval_data, num_batch, reset, sparse_row_id_fn)
        ]
        if not found or not merge_batches:
            return found
        count = len(found[0])
        if any(len(outputs) != count for outputs in found):
            raise ValueError(
                "predict: batches differ in their number of outputs, as buckets may; merge_batches=False keeps them"
            )
        merged = [concatenate([outputs[place] for outputs in found]) for place in range(count)]
        return merged if always_output_list or count > 1 else merged[0]

    def fit(
        self,
        train_data: Any,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        eval_end_callback: Any = None,
        eval_batch_end_callback: Any = None,
        initializer: Any = Uniform(0.01),  # noqa: B008 - MXNet's default, which keeps nothing
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_rebind: bool = False,
        force_init: bool = False,
        begin_epoch: int = 0,
        num_epoch: int | None = None,
        validation_metric: Any = None,
        monitor: Any = None,
        sparse_row_id_fn: Any = None,
    ) -> None:
        """Train over an iterator.

        Parameters
        ----------
        train_data, eval_data : DataIter
            what to train on, and what to score on after each epoch
        eval_metric, validation_metric : EvalMetric, or what `mx.metric.create` takes
            measured while training, and on `eval_data`; by default the same
        epoch_end_callback : callable or list of callable, optional
            called after each epoch with it, the graph, the parameters and the auxiliary states
        batch_end_callback, eval_end_callback, eval_batch_end_callback : callable or list of callable, optional
            called with a BatchEndParam after each batch, each scoring, and each batch of it
        kvstore : str or KVStore
            adds the gradients of several devices up
        optimizer : str or Optimizer
            the optimizer
        optimizer_params : dict, or pairs
            its arguments
        initializer : Initializer
            gives the parameters their first values
        arg_params, aux_params : dict of str to NDArray, optional
            or these do
        allow_missing : bool
            the initializer is asked for those that are missing there
        force_rebind, force_init : bool
            bind and initialize again what has been
        begin_epoch, num_epoch : int
            the first epoch's number, and that of the one after the last
        monitor : Monitor, optional
            watches
        sparse_row_id_fn : callable, optional
            see :meth:`prepare`

        Raises
        ------
        AssertionError
            there is no `num_epoch`

        Examples
        --------
        >>> network = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=2), name='softmax')
        >>> batches = mx.io.NDArrayIter(mx.nd.ones((4, 3)), mx.nd.zeros(4), batch_size=2)
        >>> module = mx.mod.Module(network)
        >>> module.fit(batches, num_epoch=2)
        >>> module.score(batches, 'acc')
        [('accuracy', 1.0)]
        """
        if num_epoch is None:
            raise AssertionError("fit: num_epoch is missing; it is the number of epochs")
        known = locals()  # callbacks are shown what there is
        self._ready(train_data, force_rebind, monitor)
        self.init_params(initializer, arg_params, aux_params, allow_missing, force_init)
        self.init_optimizer(kvstore, optimizer, optimizer_params)
        scored = eval_metric if validation_metric is None else validation_metric
        measured = eval_metric if isinstance(eval_metric, metric.EvalMetric) else metric.create(eval_metric)
        known["eval_metric"] = measured
        for epoch in range(begin_epoch, num_epoch):
            began = time.time()
            measured.reset()
            values = self._epoch(train_data, measured, monitor, sparse_row_id_fn, batch_end_callback, epoch, known)
            for name, value in values:
                self.logger.info("Epoch[%d] Train-%s=%f", epoch, name, value)
            self.logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - began)
            parameters = self.get_params()
            self.set_params(*parameters)  # on several devices they may have gone apart
            if epoch_end_callback is not None:
                called(epoch_end_callback, epoch, self.symbol, *parameters)
            if eval_data is not None:
                found = self.score(eval_data, scored, None, eval_batch_end_callback, eval_end_callback, epoch=epoch)
                for name, value in found:
                    self.logger.info("Epoch[%d] Validation-%s=%f", epoch, name, value)
            train_data.reset()

    def _ready(self, batches: Any, anew: bool, monitor: Any) -> None:
        """Bind for training on an iterator's batches, with a monitor, if there is one, that watches."""
        self.bind(batches.provide_data, batches.provide_label, for_training=True, force_rebind=anew)
        if monitor is not None:
            self.install_monitor(monitor)

    def _epoch(
        self,
        batches: Any,
        measured: metric.EvalMetric,
        monitor: Any,
        sparse_row_id_fn: Any,
        callbacks: Any,
        epoch: int,
        known: Mapping[str, Any],
    ) -> list[tuple[str, float]]:
        """Train on each batch of an iterator once; gives what the metric says at the end, before callbacks."""
        source = iter(batches)
        batch: Any = next(source)
        values: list[tuple[str, float]] = []
        place = 0
        while batch is not None:
            if monitor is not None:
                monitor.tic()
            self.forward_backward(batch)
            self.update()
            labels = _labels(batch)  # before an iterator may use its arrays again
            following = next(source, None)
            if following is not None:
                self.prepare(following, sparse_row_id_fn)
            self.update_metric(measured, labels, isinstance(batch, list))
            if monitor is not None:
                monitor.toc_print()
            if following is None:
                values = measured.get_global_name_value()
            if callbacks is not None:
                seen = {**known, "epoch": epoch, "nbatch": place, "data_batch": batch, "next_data_batch": following}
                called(callbacks, BatchEndParam(epoch, place, measured, seen))
            batch, place = following, place + 1
        return values

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """The names of the inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define data_names")

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        raise NotImplementedError(f"{type(self).__name__} must define output_names")

    @property
    def data_shapes(self) -> list[DataDesc]:
        """The inputs' names and shapes."""
        raise NotImplementedError(f"{type(self).__name__} must define data_shapes")

    @property
    def label_shapes(self) -> list[DataDesc] | None:
        """The labels' names and shapes; None where there are none."""
        raise NotImplementedError(f"{type(self).__name__} must define label_shapes")

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """The outputs' names and shapes."""
        raise NotImplementedError(f"{type(self).__name__} must define output_shapes")

    @property
    def symbol(self) -> Any:
        """The graph."""
        return self._symbol

    # --- parameters -----------------------------------------------------------------------------------------------

    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """The parameters and the auxiliary states, by name."""
        raise NotImplementedError(f"{type(self).__name__} must define get_params")

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
        raise NotImplementedError(f"{type(self).__name__} must define init_params")

    def set_params(
        self,
        arg_params: Mapping[str, NDArray],
        aux_params: Mapping[str, NDArray],
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Set parameters and auxiliary states.

        Parameters
        ----------
        arg_params, aux_params : dict of str to NDArray
            the values
        allow_missing, allow_extra : bool
            allow parameters that have no value there, and values that belong to none
        force_init : bool
            also where they have values
        """
        self.init_params(
            initializer=None,
            arg_params=arg_params,
            aux_params=aux_params,
            allow_missing=allow_missing,
            force_init=force_init,
            allow_extra=allow_extra,
        )

    def save_params(self, fname: str) -> None:
        """Save parameters and auxiliary states to a file."""
        arg_params, aux_params = self.get_params()
        arrays = {f"arg:{name}": array.as_in_context(cpu()) for name, array in arg_params.items()}
        arrays.update({f"aux:{name}": array.as_in_context(cpu()) for name, array in aux_params.items()})
        save(fname, arrays)

    def load_params(self, fname: str) -> None:
        """Set parameters and auxiliary states from a file that `save_params` wrote.

        Raises
        ------
        ValueError
            the file has arrays of other kinds
        """
        found: dict[str, dict[str, NDArray]] = {"arg": {}, "aux": {}}
        arrays = load(fname)
        for key in arrays:
            kind, colon, name = key.partition(":") if isinstance(key, str) else ("", "", "")
            if not colon or kind not in found:
                raise ValueError(f"load_params: {fname!r} has an array {key!r:.60}; expected arg:NAME or aux:NAME")
            found[kind][name] = arrays[key]
        self.set_params(found["arg"], found["aux"])

    @after("binded", "params_initialized")
    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The states that a network carries from batch to batch; none unless a module has some."""
        if merge_multi_context:
            raise AssertionError("get_states: merge_multi_context=True is not supported for states")
        return []

    @after("binded", "params_initialized")
    def set_states(self, states: Any = None, value: Any = None) -> None:
        """Set the states that a network carries from batch to batch."""
        if states or value:
            raise AssertionError(f"set_states: {type(self).__name__} has no states")

    # --- running --------------------------------------------------------------------------------------------------

    def install_monitor(self, mon: Any) -> None:
        """Have a monitor watch."""
        raise NotImplementedError(f"{type(self).__name__} must define install_monitor")

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Make ready for a batch. Every device has all rows of parameters, so `sparse_row_id_fn` is not asked."""

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch."""
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients."""
        raise NotImplementedError(f"{type(self).__name__} must define backward")

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last batch."""
        raise NotImplementedError(f"{type(self).__name__} must define get_outputs")

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define get_input_grads")

    def update(self) -> None:
        """Change the parameters by their gradients."""
        raise NotImplementedError(f"{type(self).__name__} must define update")

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Take the last batch into a metric."""
        raise NotImplementedError(f"{type(self).__name__} must define update_metric")

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
        """Make executors for shapes; see :meth:`Module.bind`."""
        raise NotImplementedError(f"{type(self).__name__} must define bind")

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Make the optimizer; see :meth:`Module.init_optimizer`."""
        raise NotImplementedError(f"{type(self).__name__} must define init_optimizer")


def _labels(batch: Any) -> Any:
    return [each.label for each in batch] if isinstance(batch, list) else batch.label
