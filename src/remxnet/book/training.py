"""The books' training loops.

Editions gave one name different arguments over the years. Where the arguments tell them apart, one function takes
either form, and each prints what its edition prints.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import mxnet as mx
from mxnet import autograd, gluon, init

from .arrays import scalar
from .devices import try_all_gpus, try_gpu
from .linear import sgd
from .metering import (
    Accumulator,
    correct_predictions,
    evaluate_accuracy,
    evaluate_accuracy_gpu,
    evaluate_accuracy_gpus,
    split_batch,
)
from .plotting import Animator, show_predictions
from .timing import Timer

__all__ = [
    "predict_ch3",
    "train",
    "train_batch_ch13",
    "train_ch13",
    "train_ch3",
    "train_ch5",
    "train_ch6",
    "train_epoch_ch3",
]

Updater = Any  # a gluon.Trainer, or a function of the batch size


def train_epoch_ch3(net: Any, train_iter: Any, loss: Callable[..., Any], updater: Updater) -> tuple[float, float]:
    """Train for one epoch; returns the mean loss and the training accuracy.

    `updater` is a `gluon.Trainer`, or a function of the batch size that updates the parameters.
    """
    update = updater.step if isinstance(updater, gluon.Trainer) else updater
    metric = Accumulator(3)  # summed loss, correct predictions, examples
    for X, y in train_iter:
        with autograd.record():
            y_hat = net(X)
            losses = loss(y_hat, y)
        losses.backward()
        update(X.shape[0])
        metric.add(scalar(losses.sum()), correct_predictions(y_hat, y), y.size)
    return metric[0] / metric[2], metric[1] / metric[2]


def train_ch3(
    net: Any,
    train_iter: Any,
    test_iter: Any,
    loss: Callable[..., Any],
    num_epochs: int,
    updater: Any = None,
    params: Sequence[Any] | None = None,
    lr: float | None = None,
    trainer: gluon.Trainer | None = None,
    *,
    batch_size: int | None = None,
) -> None:
    """Train a classifier.

    The sixth argument is what updates the parameters (a Trainer, or a function of the batch size), and the curves
    are drawn; or it is the batch size, then `params` and `lr` for plain gradient descent or `trainer`, and one line
    is printed per epoch.
    """
    if isinstance(updater, int):
        batch_size, updater = updater, None
    if batch_size is None:
        animator = Animator(xlabel="epoch", xlim=[1, num_epochs], legend=["train loss", "train acc", "test acc"])
        for epoch in range(num_epochs):
            trained = train_epoch_ch3(net, train_iter, loss, updater)
            animator.add(epoch + 1, (*trained, evaluate_accuracy(net, test_iter)))
        return

    def descend(examples: int) -> None:
        if trainer is not None:
            trainer.step(examples)
        elif params is not None and lr is not None:
            sgd(params, lr, examples)
        else:
            raise ValueError("train_ch3: a batch size needs params and lr, or trainer, to go with it")

    for epoch in range(num_epochs):
        trained = train_epoch_ch3(net, train_iter, loss, descend)
        test_acc = evaluate_accuracy(net, test_iter)
        print(f"epoch {epoch + 1}, loss {trained[0]:.4f}, train acc {trained[1]:.3f}, test acc {test_acc:.3f}")


def predict_ch3(net: Any, test_iter: Any, n: int = 6) -> Any:
    """Show the first `n` test images with their true and predicted classes."""
    X, y = next(iter(test_iter))
    return show_predictions(X[:n], y[:n].asnumpy(), net(X).argmax(axis=1)[:n].asnumpy())


def train_ch5(net: Any, train_iter: Any, test_iter: Any, *schedule: Any, **named: Any) -> None:
    """Train an image classifier on one device.

    Two forms, told apart by the Trainer: `(net, train_iter, test_iter, num_epochs, lr, ctx=None)` initialises `net`
    (Xavier) and trains it by gradient descent, drawing curves; `(net, train_iter, test_iter, batch_size, trainer,
    ctx, num_epochs)` trains what it is given and prints a line per epoch.
    """
    with_trainer = "trainer" in named or (len(schedule) > 1 and isinstance(schedule[1], gluon.Trainer))
    form = train_given if with_trainer else train_from_start
    form(net, train_iter, test_iter, *schedule, **named)


def train_from_start(
    net: gluon.Block,
    train_iter: Any,
    test_iter: Any,
    num_epochs: int,
    lr: float,
    ctx: mx.Context | None = None,
    device: mx.Context | None = None,
) -> None:
    """Initialise `net` and train it by gradient descent; later editions call `ctx` `device`."""
    chosen = ctx or device or try_gpu()
    net.initialize(force_reinit=True, ctx=chosen, init=init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    animator = Animator(xlabel="epoch", xlim=[1, num_epochs], legend=["train loss", "train acc", "test acc"])
    timer, batches = Timer(), len(train_iter)
    test_acc, metric = 0.0, Accumulator(3)  # summed loss, correct predictions, examples
    for epoch in range(num_epochs):
        metric.reset()
        for batch, (X, y) in enumerate(train_iter, start=1):
            timer.start()
            metric.add(*train_batch_ch13(net, X, y, loss, trainer, [chosen]), X.shape[0])
            timer.stop()
            if batch % max(1, batches // 5) == 0 or batch == batches:
                animator.add(epoch + batch / batches, (metric[0] / metric[2], metric[1] / metric[2], None))
        test_acc = evaluate_accuracy_gpu(net, test_iter, chosen)
        animator.add(epoch + 1, (None, None, test_acc))
    if num_epochs:
        train_loss, train_acc = metric[0] / metric[2], metric[1] / metric[2]
        print(f"loss {train_loss:.3f}, train acc {train_acc:.3f}, test acc {test_acc:.3f}")
        print(f"{metric[2] * num_epochs / timer.sum():.1f} examples/sec on {chosen}")


train_ch6 = train_from_start


def train_given(
    net: Any, train_iter: Any, test_iter: Any, batch_size: int, trainer: gluon.Trainer, ctx: mx.Context, num_epochs: int
) -> None:
    """Train with the caller's Trainer and print a line per epoch."""
    print("training on", ctx)
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    for epoch in range(num_epochs):
        metric, start = Accumulator(3), time.perf_counter()
        for X, y in train_iter:
            metric.add(*train_batch_ch13(net, X, y, loss, trainer, [ctx], batch_size=batch_size), y.size)
        report_epoch(epoch, metric, evaluate_accuracy(test_iter, net, ctx), time.perf_counter() - start)


def train_batch_ch13(
    net: Any,
    features: Any,
    labels: Any,
    loss: Callable[..., Any],
    trainer: gluon.Trainer,
    ctx_list: Sequence[mx.Context],
    split_f: Callable[..., tuple[list[Any], list[Any]]] = split_batch,
    *,
    batch_size: int | None = None,
) -> tuple[float, float]:
    """Train on one batch dealt out to the devices; returns the summed loss and the correct predictions.

    The gradient is divided by `batch_size`, by default the number of examples that came.
    """
    if len(ctx_list) == 1:
        shards = [(features.as_in_context(ctx_list[0]), labels.as_in_context(ctx_list[0]))]
    else:
        shards = list(zip(*split_f(features, labels, ctx_list)))
    with autograd.record():
        predictions = [net(X) for X, _ in shards]
        losses = [loss(y_hat, y) for y_hat, (_, y) in zip(predictions, shards)]
    for shard_loss in losses:
        shard_loss.backward()
    trainer.step(batch_size or features.shape[0], ignore_stale_grad=True)
    return (
        sum(scalar(shard_loss.sum()) for shard_loss in losses),
        sum(correct_predictions(y_hat, y) for y_hat, (_, y) in zip(predictions, shards)),
    )


def train_ch13(
    net: Any,
    train_iter: Any,
    test_iter: Any,
    loss: Callable[..., Any],
    trainer: gluon.Trainer,
    num_epochs: int,
    ctx_list: Sequence[mx.Context] | None = None,
    split_f: Callable[..., tuple[list[Any], list[Any]]] = split_batch,
) -> None:
    """Train on several devices at once, drawing curves; ends with a line of results and one of speed."""
    devices = list(ctx_list) if ctx_list else try_all_gpus()
    animator = Animator(
        xlabel="epoch", xlim=[0, num_epochs], ylim=[0, 1], legend=["train loss", "train acc", "test acc"]
    )
    timer, batches = Timer(), len(train_iter)
    test_acc, metric = 0.0, Accumulator(4)  # summed loss, correct predictions, examples, labels
    for epoch in range(num_epochs):
        metric.reset()
        for batch, (features, labels) in enumerate(train_iter, start=1):
            timer.start()
            trained = train_batch_ch13(net, features, labels, loss, trainer, devices, split_f)
            metric.add(*trained, features.shape[0], labels.size)
            timer.stop()
            if batch % max(1, batches // 5) == 0:
                animator.add(epoch + batch / batches, (metric[0] / metric[2], metric[1] / metric[3], None))
        test_acc = evaluate_accuracy_gpus(net, test_iter, split_f, devices)
        animator.add(epoch + 1, (None, None, test_acc))
    if num_epochs:
        train_loss, train_acc = metric[0] / metric[2], metric[1] / metric[3]
        print(f"loss {train_loss:.3f}, train acc {train_acc:.3f}, test acc {test_acc:.3f}")
        print(f"{metric[2] * num_epochs / timer.sum():.1f} examples/sec on {devices}")


def train(
    train_iter: Any,
    test_iter: Any,
    net: Any,
    loss: Callable[..., Any],
    trainer: gluon.Trainer,
    ctx: Any,
    num_epochs: int,
    print_batches: int | None = None,
) -> None:
    """Train on the device or devices of `ctx`, printing a line per epoch and one every `print_batches` batches."""
    print("training on", ctx)
    devices = [ctx] if isinstance(ctx, mx.Context) else list(ctx)
    for epoch in range(num_epochs):
        metric, start = Accumulator(3), time.perf_counter()
        for batch, (X, y) in enumerate(train_iter, start=1):
            metric.add(*train_batch_ch13(net, X, y, loss, trainer, devices), y.size)
            if print_batches and batch % print_batches == 0:
                print(f"batch {batch}, loss {metric[0] / metric[2]:f}, train acc {metric[1] / metric[2]:f}")
        report_epoch(epoch, metric, evaluate_accuracy(test_iter, net, devices), time.perf_counter() - start)


def report_epoch(epoch: int, metric: Accumulator, test_acc: float, seconds: float) -> None:
    """The Chinese edition's line for an epoch, counted from 0 here and from 1 there."""
    print(
        f"epoch {epoch + 1}, loss {metric[0] / metric[2]:.4f}, train acc {metric[1] / metric[2]:.3f}, "
        f"test acc {test_acc:.3f}, time {seconds:.1f} sec"
    )
