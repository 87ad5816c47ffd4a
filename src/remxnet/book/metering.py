"""Counting while a model trains: sums over several quantities, correct predictions, losses and accuracies."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mxnet as mx
from mxnet import gluon

from .arrays import scalar

__all__ = [
    "Accumulator",
    "correct_predictions",
    "evaluate_accuracy",
    "evaluate_accuracy_gpu",
    "evaluate_accuracy_gpus",
    "evaluate_loss",
    "mean_accuracy",
    "split_batch",
]


class Accumulator:
    """Running sums of `n` quantities.

    Examples
    --------
    >>> metric = Accumulator(2)
    >>> metric.add(3, 4)
    >>> metric.add(1, 1)
    >>> metric[0] / metric[1]
    0.8
    """

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *amounts: Any) -> None:
        """Add one amount (a number, or an array of size 1) to each sum."""
        if len(amounts) != len(self.data):
            raise ValueError(f"Accumulator.add: {len(amounts)} amounts for {len(self.data)} sums")
        self.data = [total + scalar(amount) for total, amount in zip(self.data, amounts)]

    def reset(self) -> None:
        """Set every sum to zero."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        return self.data[index]


def hits(y_hat: Any, y: Any) -> Any:
    """Where the prediction is right, as an array of 0 and 1 in float32.

    `y_hat` holds a score per class, (batch, classes), or the predicted classes themselves, (batch,) or (batch, 1).
    """
    classes = y_hat.argmax(axis=1) if len(y_hat.shape) > 1 and y_hat.shape[1] > 1 else y_hat.reshape((-1,))
    return (classes.astype("int32") == y.reshape((-1,)).astype("int32")).astype("float32")


def correct_predictions(y_hat: Any, y: Any) -> float:
    """How many of the predictions are right. The English edition calls this `accuracy`."""
    return scalar(hits(y_hat, y).sum())


def mean_accuracy(output: Any, label: Any) -> float:
    """The share of the predictions that are right. The Chinese edition and the older tutorials call this `accuracy`."""
    return scalar(hits(output, label).mean())


def split_batch(X: Any, y: Any, ctx_list: Sequence[mx.Context]) -> tuple[list[Any], list[Any]]:
    """Deal a batch of examples and labels out to the devices, as evenly as it goes.

    Raises
    ------
    ValueError
        If there are not as many labels as examples.
    """
    count = len(X)
    if len(y) != count:
        raise ValueError(f"split_batch: {count} examples with {len(y)} labels")
    busy = ctx_list[:count]  # a last batch may have fewer examples than there are devices
    examples = gluon.utils.split_and_load(X, busy, even_split=False)
    return examples, gluon.utils.split_and_load(y, busy, even_split=False)


def evaluate_accuracy(net: Any, data_iter: Any, ctx: mx.Context | Sequence[mx.Context] | None = None) -> float:
    """The share of a data set's examples that `net` classifies correctly.

    The editions disagree on the order of the first two arguments, so either is taken: what can be called is the
    model. `ctx` is the device, or the devices, to compute on; by default the data stay where they are.
    """
    if callable(data_iter) and not callable(net):
        net, data_iter = data_iter, net
    if ctx is None:
        return share_correct((net(X), y) for X, y, *_ in batches(data_iter))
    devices = [ctx] if isinstance(ctx, mx.Context) else list(ctx)
    return evaluate_accuracy_gpus(net, data_iter, ctx_list=devices)


def evaluate_accuracy_gpu(
    net: Any, data_iter: Any, ctx: mx.Context | None = None, device: mx.Context | None = None
) -> float:
    """The same on one device: `ctx` (later editions call it `device`), or the one the parameters live on."""
    chosen = ctx or device or parameter_contexts(net)[0]
    return evaluate_accuracy_gpus(net, data_iter, ctx_list=[chosen])


def evaluate_accuracy_gpus(
    net: Any,
    data_iter: Any,
    split_f: Callable[[Any, Any, Sequence[mx.Context]], tuple[list[Any], list[Any]]] = split_batch,
    ctx_list: Sequence[mx.Context] | None = None,
) -> float:
    """The same with every batch split over the devices that hold the parameters."""
    devices = list(ctx_list) if ctx_list else parameter_contexts(net)

    def predictions() -> Iterable[tuple[Any, Any]]:
        for X, y, *_ in batches(data_iter):
            if len(devices) == 1:
                yield net(X.as_in_context(devices[0])), y.as_in_context(devices[0])
            else:
                for shard, labels in zip(*split_f(X, y, devices)):
                    yield net(shard), labels

    return share_correct(predictions())


def evaluate_loss(net: Callable[[Any], Any], data_iter: Iterable[Any], loss: Callable[[Any, Any], Any]) -> float:
    """The mean loss of `net` over a data set."""
    metric = Accumulator(2)
    for X, y in data_iter:
        losses = loss(net(X), y)
        metric.add(scalar(losses.sum()), losses.size)
    return metric[0] / metric[1]


def share_correct(predictions: Iterable[tuple[Any, Any]]) -> float:
    """Correct predictions over all predictions."""
    metric = Accumulator(2)
    for y_hat, y in predictions:
        metric.add(correct_predictions(y_hat, y), y.size)
    return metric[0] / metric[1]


def batches(data_iter: Any) -> Iterable[Any]:
    """The (data, label) batches of a DataLoader, or of an `mx.io` iterator, which is rewound first."""
    if hasattr(data_iter, "provide_data"):
        data_iter.reset()
        return ((batch.data[0], batch.label[0]) for batch in data_iter)
    return data_iter


def parameter_contexts(net: gluon.Block) -> list[mx.Context]:
    """The devices the first parameter of `net` lives on."""
    return next(iter(net.collect_params().values())).list_ctx()
