"""The estimator: a network, its loss, its metrics and its trainer, and the loop over epochs and batches."""

from __future__ import annotations

import copy
import logging
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from ....context import Context, cpu, gpu, num_gpus
from ....metric import Loss as LossMetric
from ...data import DataLoader
from ...loss import Loss
from ...trainer import Trainer
from .batch_processor import BatchProcessor
from .event_handler import (
    BatchBegin,
    BatchEnd,
    EpochBegin,
    EpochEnd,
    GradientUpdateHandler,
    LoggingHandler,
    MetricHandler,
    StoppingHandler,
    TrainBegin,
    TrainEnd,
    ValidationHandler,
    _check_event_handlers,
)
from .utils import _check_handler_metric_ref, _check_metrics, _suggest_metric_for_loss

__all__ = ["Estimator"]

_EVENTS = (TrainBegin, EpochBegin, BatchBegin, BatchEnd, EpochEnd, TrainEnd)


def _logger() -> logging.Logger:
    """What an estimator says, on standard output."""
    logger = logging.Logger("Estimator", logging.INFO)
    logger.addHandler(logging.StreamHandler(sys.stdout))
    return logger


class Estimator:
    """Trains a network on a :class:`~mxnet.gluon.data.DataLoader` and evaluates it.

    Parameters
    ----------
    net : Block
        what is trained; it is initialized if it is not
    loss : gluon.loss.Loss
        what is made small
    train_metrics : EvalMetric or list of EvalMetric, optional
        what is measured in training; by default the loss, and the accuracy where classes are told apart. Their names
        get ``training`` put before them
    val_metrics : EvalMetric or list of EvalMetric, optional
        what is measured in validation; by default what is measured in training
    initializer : Initializer, optional
        for a network that is not initialized
    trainer : Trainer, optional
        by default SGD with learning rate 0.001
    context : Context or list of Context, optional
        where batches are computed; by default the first gpu, else the processor
    val_net : Block, optional
        what is evaluated, if not `net`
    val_loss : gluon.loss.Loss, optional
        its loss, if not `loss`
    batch_processor : BatchProcessor, optional
        what is done with a batch

    Raises
    ------
    ValueError
        one of them is of another class

    Examples
    --------
    >>> from mxnet import gluon
    >>> from mxnet.gluon.contrib.estimator import Estimator
    >>> net = gluon.nn.Dense(2)
    >>> net.initialize()
    >>> trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
    >>> estimator = Estimator(net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer=trainer)
    >>> samples = gluon.data.ArrayDataset(nd.ones((8, 3)), nd.ones(8))
    >>> estimator.fit(gluon.data.DataLoader(samples, batch_size=4), epochs=1)
    Training begin: using optimizer SGD with current learning rate 0.1000 ...
    """

    logger: Any = None

    def __init__(
        self,
        net: Any,
        loss: Loss,
        train_metrics: Any = None,
        val_metrics: Any = None,
        initializer: Any = None,
        trainer: Trainer | None = None,
        context: Context | Sequence[Context] | None = None,
        val_net: Any = None,
        val_loss: Loss | None = None,
        batch_processor: BatchProcessor | None = None,
    ) -> None:
        self.max_epoch: int | None = None
        self.max_batch: int | None = None
        self.logger = _logger()
        self.net, self.val_net = net, val_net if val_net is not None else net
        self.loss = self._check_loss(loss)
        self._train_metrics, self._val_metrics = map(_check_metrics, (train_metrics, val_metrics))
        self.val_loss = self.loss if val_loss is None else self._check_loss(val_loss)
        for add in (self._add_default_training_metrics, self._add_validation_metrics):
            add()
        self.batch_processor = self._check_batch_processor(batch_processor)
        self._start(self._check_context(context), initializer, trainer)

    def _start(self, context: Any, initializer: Any, trainer: Any) -> None:
        """Have parameters where the network will run, and who updates them."""
        self.context = context
        self._initialize(initializer)
        self.trainer = self._check_trainer(trainer)

    # --- what it is made of -------------------------------------------------------------------------------------

    def _check_loss(self, loss: Any) -> Loss:
        if not isinstance(loss, Loss):
            raise ValueError(f"Estimator: loss={loss!r}; expected a gluon.loss.Loss")
        return loss

    def _check_context(self, context: Any) -> list[Context]:
        if not context:
            return [gpu(0) if num_gpus() else cpu()]
        found = [context] if isinstance(context, Context) else context
        if not isinstance(found, (list, tuple)) or not all(isinstance(each, Context) for each in found):
            raise ValueError(f"Estimator: context={context!r}; expected a Context or a list of them, such as mx.cpu()")
        return list(found)

    def _check_batch_processor(self, batch_processor: Any) -> Any:
        if batch_processor is None:
            return BatchProcessor()
        for name in ("fit_batch", "evaluate_batch"):
            if not callable(getattr(batch_processor, name, None)):
                raise ValueError(f"Estimator: batch_processor={batch_processor!r} has no method {name}")
        return batch_processor

    def _is_initialized(self) -> bool:
        return all(each._data is not None or each._deferred_init for each in self.net.collect_params().values())

    def _initialize(self, initializer: Any) -> None:
        if not self._is_initialized():
            chosen = {} if initializer is None else {"init": initializer}
            self.net.initialize(ctx=self.context, **chosen)
        elif initializer is not None:
            warnings.warn(
                "Estimator: the network is initialized already, so the initializer is not used; "
                "net.initialize(init=..., force_reinit=True) begins again",
                stacklevel=3,
            )

    def _check_trainer(self, trainer: Any) -> Trainer:
        if not trainer:
            warnings.warn("No trainer specified, default SGD optimizer with learning rate 0.001 is used.", stacklevel=3)
            return Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.001})
        if not isinstance(trainer, Trainer):
            raise ValueError(f"Estimator: trainer={trainer!r}; expected a gluon.Trainer")
        return trainer

    def _add_default_training_metrics(self) -> None:
        if not self._train_metrics:
            suggested = _suggest_metric_for_loss(self.loss)
            self._train_metrics = [*([] if suggested is None else [suggested]), LossMetric(self._name_of_loss())]
        for each in self._train_metrics:
            each.name = f"training {each.name}"

    def _name_of_loss(self) -> str:
        """The loss's name without its number."""
        return self.loss.name.rstrip("0123456789_")

    def _add_validation_metrics(self) -> None:
        if not self._val_metrics:
            self._val_metrics = [copy.deepcopy(each) for each in self._train_metrics]
        for each in self._val_metrics:
            if "training" in each.name:
                each.name = each.name.replace("training", "validation")
            else:
                each.name = f"validation {each.name}"

    @property
    def train_metrics(self) -> list[Any]:
        """What is measured in training."""
        return self._train_metrics

    @property
    def val_metrics(self) -> list[Any]:
        """What is measured in validation."""
        return self._val_metrics

    # --- running it ---------------------------------------------------------------------------------------------

    def _get_data_and_label(self, batch: Any, ctx: Any, batch_axis: int = 0) -> tuple[list[Any], list[Any]]:
        """The data and the labels of a batch, shared out among contexts."""
        return BatchProcessor()._get_data_and_label(batch, ctx, batch_axis)

    def _check_data(self, call: str, data: Any) -> None:
        if not isinstance(data, DataLoader):
            raise ValueError(
                f"Estimator.{call}: data of the class {type(data).__name__}; expected a gluon.data.DataLoader, which "
                "takes any data set of data and labels"
            )

    def evaluate(self, val_data: DataLoader, batch_axis: int = 0, event_handlers: Any = None) -> None:
        """Measure the validation metrics.

        Parameters
        ----------
        val_data : DataLoader
            batches of data and labels
        batch_axis : int
            the axis of samples
        event_handlers : EventHandler or list of EventHandler, optional
            who looks on; metrics are updated and logged anyway

        Raises
        ------
        ValueError
            data or handlers are of another class, or a handler has a metric that is not updated
        """
        self._check_data("evaluate", val_data)
        for each in self.val_metrics:
            each.reset()
        handlers = self._prepare_default_validation_handlers(event_handlers)
        _, epoch_begin, batch_begin, batch_end, epoch_end, _ = self._categorize_handlers(handlers)
        for each in epoch_begin:
            each.epoch_begin(self)
        for batch in val_data:
            for each in batch_begin:
                each.batch_begin(self, batch=batch)
            _, label, pred, loss = self.batch_processor.evaluate_batch(self, batch, batch_axis)
            for each in batch_end:
                each.batch_end(self, batch=batch, pred=pred, label=label, loss=loss)
        for each in epoch_end:
            each.epoch_end(self)

    def fit(
        self,
        train_data: DataLoader,
        val_data: DataLoader | None = None,
        epochs: int | None = None,
        event_handlers: Any = None,
        batches: int | None = None,
        batch_axis: int = 0,
    ) -> None:
        """Train for a number of epochs or of batches.

        Parameters
        ----------
        train_data : DataLoader
            batches of data and labels
        val_data : DataLoader, optional
            what is evaluated after each epoch
        epochs : int, optional
            how often all data is trained on
        event_handlers : EventHandler or list of EventHandler, optional
            who looks on, by priority; metrics are updated and logged, and the trainer takes its steps, anyway
        batches : int, optional
            how many batches are trained on
        batch_axis : int
            the axis of samples

        Raises
        ------
        ValueError
            both epochs and batches, or neither; data or handlers of another class; a metric that is not updated
        """
        self._check_data("fit", train_data)
        if bool(epochs) == bool(batches):
            raise ValueError(f"Estimator.fit: epochs={epochs}, batches={batches}; expected one of them, and not both")
        self.max_epoch, self.max_batch = epochs, batches
        handlers = self._prepare_default_handlers(val_data, event_handlers)
        train_begin, epoch_begin, batch_begin, batch_end, epoch_end, train_end = self._categorize_handlers(handlers)
        for each in train_begin:
            each.train_begin(self)
        stopped = False
        while not stopped:
            for each in epoch_begin:
                each.epoch_begin(self)
            for batch in train_data:
                for each in batch_begin:
                    each.batch_begin(self, batch=batch)
                _, label, pred, loss = self.batch_processor.fit_batch(self, batch, batch_axis)
                said = [each.batch_end(self, batch=batch, pred=pred, label=label, loss=loss) for each in batch_end]
                if any(said):
                    break
            stopped = any([each.epoch_end(self) for each in epoch_end])  # noqa: C419 - every handler hears of the end
        for each in train_end:
            each.train_end(self)

    def _prepare_default_handlers(self, val_data: Any, event_handlers: Any) -> list[Any]:
        """The handlers that were given and those that training needs, by priority."""
        handlers = _check_event_handlers(event_handlers)
        handlers.append(StoppingHandler(self.max_epoch, self.max_batch))
        if not _any_of(handlers, GradientUpdateHandler):
            handlers.append(GradientUpdateHandler())
        if not _any_of(handlers, MetricHandler):
            handlers.append(MetricHandler(metrics=self.train_metrics))
        if val_data is not None and not _any_of(handlers, ValidationHandler):
            handlers.append(ValidationHandler(val_data=val_data, eval_fn=self.evaluate))
        if not _any_of(handlers, LoggingHandler):
            handlers.append(LoggingHandler(metrics=self.train_metrics))
        return self._checked(handlers)

    def _prepare_default_validation_handlers(self, event_handlers: Any) -> list[Any]:
        """The handlers that were given and those that validation needs, by priority."""
        handlers = _check_event_handlers(event_handlers)
        if not _any_of(handlers, MetricHandler):
            handlers.append(MetricHandler(metrics=self.val_metrics))
        if not _any_of(handlers, LoggingHandler):
            handlers.append(LoggingHandler(metrics=self.val_metrics))
        return self._checked(handlers)

    def _checked(self, handlers: list[Any]) -> list[Any]:
        for each in handlers:
            _check_handler_metric_ref(each, [*self.train_metrics, *self.val_metrics])
        return sorted(handlers, key=lambda each: getattr(each, "priority", 0))

    def _categorize_handlers(self, event_handlers: Sequence[Any]) -> tuple[list[Any], ...]:
        """The handlers of each event, in the order of a run."""
        return tuple([each for each in event_handlers if isinstance(each, event)] for event in _EVENTS)


def _any_of(handlers: Sequence[Any], kind: type) -> bool:
    return any(isinstance(each, kind) for each in handlers)
