"""Training with arrays or iterators in one call, as the oldest programs do it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import metric as metrics
from ._checkpoints import BatchEndParam, load_checkpoint, save_checkpoint
from .callback import LogValidationMetricsCallback
from .context import as_contexts, current_context
from .initializer import Uniform
from .io import DataDesc, NDArrayIter
from .module import Module
from .module.base_module import called
from .ndarray import NDArray, concatenate

__all__ = ["FeedForward"]

_ITERATOR = ("provide_data", "reset")


class FeedForward:
    """A network that is trained and asked in one call each.

    Parameters
    ----------
    symbol : Symbol or callable
        the graph, or what gives one from a bucket's key
    ctx : Context or list of Context
        the devices, by default the current one
    num_epoch : int, optional
        the number of the epoch after the last
    epoch_size : int, optional
        batches of an epoch; by default as many as the iterator has
    optimizer : str or Optimizer
        the optimizer
    initializer : Initializer
        gives the parameters their first values
    numpy_batch_size : int
        the length of batches of arrays
    arg_params, aux_params : dict of str to NDArray, optional
        parameters and auxiliary states there are
    allow_extra_params : bool
        allow some of them to belong to nothing in the graph
    begin_epoch : int
        the first epoch's number
    **kwargs
        the optimizer's arguments

    Raises
    ------
    AssertionError
        `symbol` gives graphs by key; `mx.mod.BucketingModule` trains those

    Examples
    --------
    >>> import numpy
    >>> network = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=2), name='softmax')
    >>> model = mx.model.FeedForward(network, num_epoch=1, learning_rate=0.1)
    >>> model.fit(numpy.ones((4, 3)), numpy.zeros(4))
    >>> model.predict(numpy.ones((4, 3))).shape
    (4, 2)
    """

    def __init__(
        self,
        symbol: Any,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = Uniform(0.01),  # noqa: B008 - MXNet's default, which keeps nothing
        numpy_batch_size: int = 128,
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_extra_params: bool = False,
        begin_epoch: int = 0,
        **kwargs: Any,
    ) -> None:
        if callable(symbol) and not hasattr(symbol, "list_arguments"):
            raise AssertionError("FeedForward: symbol gives graphs by key; mx.mod.BucketingModule trains those")
        self.symbol = symbol
        ctx = current_context() if ctx is None else ctx
        self.ctx = as_contexts(ctx)
        self.num_epoch, self.epoch_size, self.begin_epoch = num_epoch, epoch_size, begin_epoch
        self.optimizer, self.initializer, self.kwargs = optimizer, initializer, dict(kwargs)
        self.numpy_batch_size = numpy_batch_size
        self.arg_params = None if arg_params is None else dict(arg_params)
        self.aux_params = None if aux_params is None else dict(aux_params)
        self.allow_extra_params = allow_extra_params
        self._module: Module | None = None

    # --- data -----------------------------------------------------------------------------------------------------

    def _init_iter(self, X: Any, y: Any, is_train: bool) -> Any:
        """An iterator over arrays, or the iterator there is.

        Raises
        ------
        ValueError
            there are no labels to train with, or of another length
        TypeError
            `X` or `y` is neither
        """
        if not isinstance(X, (np.ndarray, NDArray)):
            if not all(hasattr(X, name) for name in _ITERATOR):
                raise TypeError(f"FeedForward: X is a {type(X).__name__}; expected an iterator or an array")
            return X
        samples = len(X)
        if y is None and is_train:
            raise ValueError("FeedForward: y is missing; an array X needs labels to train with")
        labels = np.zeros(samples) if y is None else y
        if not isinstance(labels, (NDArray, np.ndarray)):
            raise TypeError(f"FeedForward: y is a {type(y).__name__}; expected an array, as X is one")
        if len(labels) != samples:
            raise ValueError(f"FeedForward: X has {samples} samples and y {len(labels)}")
        if tuple(labels.shape) not in ((samples,), (samples, 1)):
            raise ValueError(f"FeedForward: y has the shape {tuple(labels.shape)}; expected one axis")
        last = "roll_over" if is_train else "pad"
        size = min(samples, self.numpy_batch_size)
        return NDArrayIter(X, labels.reshape(-1), size, shuffle=is_train, last_batch_handle=last)

    def _init_eval_iter(self, eval_data: Any) -> Any:
        """An iterator over what is scored: an iterator, or a pair of arrays or lists."""
        if eval_data is None:
            return None
        if isinstance(eval_data, (tuple, list)) and len(eval_data) == 2:
            if eval_data[0] is None:
                raise ValueError("FeedForward: eval_data has no data")
            if eval_data[1] is None and all(hasattr(eval_data[0], name) for name in _ITERATOR):
                return eval_data[0]
            X, y = (np.array(each) if isinstance(each, list) else each for each in eval_data)
            return self._init_iter(X, y, is_train=True)
        if not all(hasattr(eval_data, name) for name in _ITERATOR):
            raise TypeError(f"FeedForward: eval_data is a {type(eval_data).__name__}; expected an iterator or a pair")
        return eval_data

    @staticmethod
    def _is_data_arg(name: str) -> bool:
        return name.endswith(("data", "label"))

    # --- parameters -----------------------------------------------------------------------------------------------

    def _check_arguments(self) -> None:
        """Leave out parameters that belong to nothing in the graph, where these are allowed."""
        if not self.allow_extra_params:
            return
        if self.arg_params is not None:
            names = set(self.symbol.list_arguments())
            self.arg_params = {name: each for name, each in self.arg_params.items() if name in names}
        if self.aux_params is not None:
            names = set(self.symbol.list_auxiliary_states())
            self.aux_params = {name: each for name, each in self.aux_params.items() if name in names}

    def _made(self, data: Any, for_training: bool) -> Module:
        """A module of the graph, bound to an iterator's shapes, with the parameters there are."""
        self._check_arguments()
        described = [each if isinstance(each, DataDesc) else DataDesc(*each) for each in data.provide_data]
        of_labels = [each if isinstance(each, DataDesc) else DataDesc(*each) for each in data.provide_label or ()]
        arguments = self.symbol.list_arguments()
        module = Module(
            self.symbol,
            [each.name for each in described],
            [name for name in arguments if name.endswith("label")],
            context=self.ctx,
        )
        taken = [each for each in of_labels if each.name in arguments]
        if not taken and not for_training:  # a prediction goes without labels, whose shapes follow from the data's
            shapes, _, _ = self.symbol.infer_shape_partial(**{each.name: each.shape for each in described})
            taken = [
                DataDesc(name, shape) for name, shape in zip(arguments, shapes) if name.endswith("label") and shape
            ]
        module.bind(described, taken or None, for_training=for_training)
        missing = self.arg_params is None or self.aux_params is None
        if missing and not for_training:
            raise AssertionError("FeedForward: there are no parameters; fit() or load() gives them")
        module.init_params(
            self.initializer, self.arg_params, self.aux_params, allow_missing=for_training, allow_extra=False
        )
        return module

    # --- the three calls ------------------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any = None,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        monitor: Any = None,
        eval_end_callback: Any = LogValidationMetricsCallback(),  # noqa: B008 - it keeps nothing
        eval_batch_end_callback: Any = None,
    ) -> None:
        """Train.

        Parameters
        ----------
        X : DataIter, NDArray or numpy.ndarray
            what to train on; arrays are shuffled, and what is over of a round begins the next
        y : NDArray or numpy.ndarray, optional
            labels, where `X` is an array
        eval_data : DataIter, or a pair of arrays, optional
            what to score on after each epoch
        eval_metric : EvalMetric, or what `mx.metric.create` takes
            the metric
        epoch_end_callback : callable or list of callable, optional
            called after each epoch with it, the graph, the parameters and the auxiliary states
        batch_end_callback, eval_end_callback, eval_batch_end_callback : callable or list of callable, optional
            called with a BatchEndParam after each batch, each scoring, and each batch of it
        kvstore : str, KVStore or None
            adds the gradients of several devices up
        logger : logging.Logger, optional
            where to say what happens
        work_load_list : list of float, optional
            the devices' shares of a batch
        monitor : Monitor, optional
            watches

        Raises
        ------
        ValueError, TypeError
            data of other kinds, or there is no `num_epoch`
        """
        if self.num_epoch is None:
            raise TypeError("fit: num_epoch is missing; it is the number of epochs")
        data, scored = self._init_iter(X, y, is_train=True), self._init_eval_iter(eval_data)
        if logger is None:
            logger = logging
        module = self._made(data, for_training=True)
        if work_load_list is not None:
            module = self._with_shares(module, data, work_load_list)
        if monitor is not None:
            module.install_monitor(monitor)
        self.arg_params, self.aux_params = module.get_params()
        logger.info("Start training with %s", self.ctx)
        module.init_optimizer(kvstore, self.optimizer, self.kwargs)
        metric = eval_metric if isinstance(eval_metric, metrics.EvalMetric) else metrics.create(eval_metric)
        batches = iter(data)
        data.reset()
        for epoch in range(self.begin_epoch, self.num_epoch):
            metric.reset()
            nbatch = 0
            while True:  # passes of the iterator, where an epoch has a size of its own
                ended = False
                for data_batch in batches:
                    if monitor is not None:
                        monitor.tic()
                    module.forward_backward(data_batch)
                    module.update()
                    if monitor is not None:
                        monitor.toc_print()
                    module.update_metric(metric, data_batch.label)
                    nbatch += 1
                    if batch_end_callback is not None:
                        called(batch_end_callback, BatchEndParam(epoch, nbatch, metric, locals()))
                    if self.epoch_size is not None and nbatch >= self.epoch_size:
                        ended = True
                        break
                else:
                    logger.info("Epoch[%d] Resetting Data Iterator", epoch)
                    data.reset()
                    batches = iter(data)
                if ended or self.epoch_size is None:
                    break
            self.arg_params, self.aux_params = module.get_params()
            called(epoch_end_callback, epoch, self.symbol, self.arg_params, self.aux_params)
            if scored is not None:
                module.score(
                    scored,
                    metric,
                    batch_end_callback=eval_batch_end_callback,
                    score_end_callback=eval_end_callback,
                    epoch=epoch,
                )
                scored.reset()
        self._module = None  # what predicts is made anew, with these parameters

    def _with_shares(self, module: Module, data: Any, work_load_list: Any) -> Module:
        """The module with other shares of a batch for its devices."""
        names = module.data_names, module.label_names
        made = Module(module.symbol, *names, context=self.ctx, work_load_list=work_load_list)
        made.bind(module.data_shapes, module.label_shapes)
        made.set_params(*module.get_params())
        return made

    def _predictor(self, data: Any) -> Module:
        if self._module is None:
            self._module = self._made(data, for_training=False)
        return self._module

    def predict(self, X: Any, num_batch: int | None = None, return_data: bool = False, reset: bool = True) -> Any:
        """The outputs as arrays of NumPy, without what fills the last batch up.

        Parameters
        ----------
        X : DataIter, NDArray or numpy.ndarray
            the data
        num_batch : int, optional
            batches at most
        return_data : bool
            data and labels as well
        reset : bool
            begin an iterator again first

        Returns
        -------
        numpy.ndarray or list of numpy.ndarray, or three of these
            a list where there are several
        """
        data = self._init_iter(X, None, is_train=False)
        if reset:
            data.reset()
        module = self._predictor(data)
        found: list[list[list[NDArray]]] = [[], [], []]
        for place, batch in enumerate(data):
            if num_batch is not None and place == num_batch:
                break
            module.forward(_Unlabelled(batch), is_train=False)
            real = data.batch_size - (batch.pad or 0)
            for column, arrays in zip(found, (module.get_outputs(), batch.data, batch.label)):
                column.append([each[0:real].copy() for each in arrays])
        wanted = found if return_data else found[:1]
        joined = [[concatenate(list(each)).asnumpy() for each in zip(*column)] for column in wanted]
        results = [each[0] if len(each) == 1 else each for each in joined]
        return tuple(results) if return_data else results[0]

    def score(
        self,
        X: Any,
        eval_metric: Any = "acc",
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        reset: bool = True,
    ) -> float:
        """What a metric gives over an iterator.

        Parameters
        ----------
        X : DataIter
            data and labels
        eval_metric : EvalMetric, or what `mx.metric.create` takes
            the metric
        num_batch : int, optional
            batches at most
        batch_end_callback : callable or list of callable, optional
            called with a BatchEndParam after each batch
        reset : bool
            begin the iterator again first
        """
        metric = eval_metric if isinstance(eval_metric, metrics.EvalMetric) else metrics.create(eval_metric)
        data = self._init_iter(X, None, is_train=False)
        if reset:
            data.reset()
        module = self._predictor(data)
        for place, batch in enumerate(data):
            if num_batch is not None and place == num_batch:
                break
            module.forward(_Unlabelled(batch), is_train=False)
            metric.update(batch.label, module.get_outputs())
            if batch_end_callback is not None:
                called(batch_end_callback, BatchEndParam(0, place, metric, locals()))
        return metric.get()[1]

    # --- files ----------------------------------------------------------------------------------------------------

    def save(self, prefix: str, epoch: int | None = None, remove_amp_cast: bool = True) -> None:
        """Save the graph and the parameters; see :func:`save_checkpoint`. By default with `num_epoch`."""
        epoch = self.num_epoch if epoch is None else epoch
        if epoch is None:
            raise AssertionError("save: epoch is missing; it is in the name of the file of arrays")
        save_checkpoint(prefix, epoch, self.symbol, self.arg_params or {}, self.aux_params or {}, remove_amp_cast)

    @staticmethod
    def load(prefix: str, epoch: int, ctx: Any = None, **kwargs: Any) -> FeedForward:
        """A network from a checkpoint.

        Parameters
        ----------
        prefix, epoch : str, int
            as they were saved
        ctx, **kwargs
            arguments of :class:`FeedForward`
        """
        symbol, arguments, states = load_checkpoint(prefix, epoch)
        return FeedForward(symbol, ctx=ctx, arg_params=arguments, aux_params=states, begin_epoch=epoch, **kwargs)

    @staticmethod
    def create(
        symbol: Any,
        X: Any,
        y: Any = None,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = Uniform(0.01),  # noqa: B008
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        eval_end_callback: Any = LogValidationMetricsCallback(),  # noqa: B008
        eval_batch_end_callback: Any = None,
        **kwargs: Any,
    ) -> FeedForward:
        """A network, made and trained; the arguments are those of :class:`FeedForward` and of :meth:`fit`."""
        model = FeedForward(
            symbol,
            ctx=ctx,
            num_epoch=num_epoch,
            epoch_size=epoch_size,
            optimizer=optimizer,
            initializer=initializer,
            **kwargs,
        )
        model.fit(
            X,
            y,
            eval_data=eval_data,
            eval_metric=eval_metric,
            epoch_end_callback=epoch_end_callback,
            batch_end_callback=batch_end_callback,
            kvstore=kvstore,
            logger=logger,
            work_load_list=work_load_list,
            eval_end_callback=eval_end_callback,
            eval_batch_end_callback=eval_batch_end_callback,
        )
        return model


class _Unlabelled:
    """A batch's data."""

    def __init__(self, batch: Any) -> None:
        self.data, self.label = batch.data, None
