"""Linear models from scratch: data, model, losses and the update step."""

from collections.abc import Iterable, Sequence
from typing import Any

from mxnet import gluon, nd, np

from .arrays import front_end

__all__ = [
    "cross_entropy",
    "data_iter",
    "linreg",
    "load_array",
    "relu",
    "sgd",
    "sgd_of_sums",
    "softmax",
    "squared_loss",
    "synthetic_data",
]


def synthetic_data(w: Any, b: float, num_examples: int) -> tuple[Any, Any]:
    """Standard normal features and the labels `X w + b`, with normal noise of standard deviation 0.01.

    Returns features (num_examples, len(w)) and labels: (num_examples, 1) for `np` weights, (num_examples,) for `nd`.
    """
    arrays = front_end(w)
    X = arrays.random.normal(0, 1, (num_examples, len(w)))
    y = arrays.dot(X, w) + b
    y = y + arrays.random.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1)) if arrays is np else y


def linreg(X: Any, w: Any, b: Any) -> Any:
    """The linear model `X w + b`."""
    return front_end(X).dot(X, w) + b


def squared_loss(y_hat: Any, y: Any) -> Any:
    """Half the squared error, element by element."""
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params: Iterable[Any], lr: float, batch_size: int) -> None:
    """One step of minibatch gradient descent, in place; the gradients are of the batch's summed loss."""
    sgd_of_sums(params, lr / batch_size)


def sgd_of_sums(params: Iterable[Any], lr: float) -> None:
    """`sgd` with a learning rate that is already divided by the batch size: the older tutorials' `SGD`."""
    for param in params:
        param[:] = param - lr * param.grad


def load_array(data_arrays: Sequence[Any], batch_size: int, is_train: bool = True) -> gluon.data.DataLoader:
    """A loader over arrays that share their first axis, shuffled when training."""
    return gluon.data.DataLoader(gluon.data.ArrayDataset(*data_arrays), batch_size, shuffle=is_train)


def data_iter(batch_size: int, features: Any, labels: Any) -> Iterable[tuple[Any, Any]]:
    """The examples in random order, `batch_size` at a time."""
    return load_array((features, labels), batch_size)


def relu(X: Any) -> Any:
    """The positive part of every element."""
    return front_end(X).maximum(X, 0)


def softmax(X: Any) -> Any:
    """Each row's exponentials over their sum: scores (batch, classes) to probabilities."""
    exponentials = front_end(X).exp(X)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def cross_entropy(y_hat: Any, y: Any) -> Any:
    """Minus the log of the probability given to the true class: (batch, classes) and labels (batch,) to (batch,)."""
    if front_end(y_hat) is np:
        return -np.log(y_hat[np.arange(len(y_hat)), y.astype("int32")])
    return -nd.pick(y_hat, y).log()
