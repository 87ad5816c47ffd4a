"""Convolution and pooling spelled out with loops, as the books introduce them."""

from typing import Any

from .arrays import front_end, stack

__all__ = ["comp_conv2d", "corr2d", "corr2d_multi_in", "corr2d_multi_in_out", "corr2d_multi_in_out_1x1", "pool2d"]


def corr2d(X: Any, K: Any) -> Any:
    """Slide the kernel `K` over `X` and sum the products under it: two-dimensional cross-correlation.

    Parameters
    ----------
    X : NDArray or np.ndarray, shape (height, width)
    K : array of the same kind, shape (kernel height, kernel width)

    Returns
    -------
    Array of the same kind, shape (height - kernel height + 1, width - kernel width + 1).

    Examples
    --------
    >>> from mxnet import nd
    >>> corr2d(nd.arange(9).reshape((3, 3)), nd.arange(4).reshape((2, 2))).asnumpy().tolist()
    [[19.0, 25.0], [37.0, 43.0]]
    """
    height, width = K.shape
    windows = front_end(X).zeros((X.shape[0] - height + 1, X.shape[1] - width + 1), ctx=X.context)
    for row in range(windows.shape[0]):
        for column in range(windows.shape[1]):
            windows[row, column] = (X[row : row + height, column : column + width] * K).sum()
    return windows


def corr2d_multi_in(X: Any, K: Any) -> Any:
    """Cross-correlate each input channel with its own kernel and add the results.

    `X` is (channels, height, width), `K` (channels, kernel height, kernel width); the result has no channel axis.
    """
    return sum_of([corr2d(channel, kernel) for channel, kernel in zip(X, K)])


def corr2d_multi_in_out(X: Any, K: Any) -> Any:
    """One `corr2d_multi_in` per output channel, stacked: `K` is (out, in, kernel height, kernel width)."""
    return stack([corr2d_multi_in(X, kernel) for kernel in K])


def corr2d_multi_in_out_1x1(X: Any, K: Any) -> Any:
    """A 1×1 convolution as the matrix product it is: `K` is (out, in, 1, 1), `X` (in, height, width)."""
    channels, height, width = X.shape
    product = front_end(X).dot(K.reshape((K.shape[0], channels)), X.reshape((channels, height * width)))
    return product.reshape((K.shape[0], height, width))


def comp_conv2d(conv2d: Any, X: Any) -> Any:
    """Initialise a convolutional layer and apply it to one image `X` (height, width) as a batch of one channel."""
    conv2d.initialize()
    Y = conv2d(X.reshape((1, 1) + X.shape))
    return Y.reshape(Y.shape[2:])


def pool2d(X: Any, pool_size: tuple[int, int], mode: str = "max") -> Any:
    """Maximum (`mode="max"`) or mean (`mode="avg"`) over every window of `pool_size` in `X`, in steps of one.

    Raises
    ------
    ValueError
        For any other mode.
    """
    if mode not in ("max", "avg"):
        raise ValueError(f"pool2d: mode {mode!r} is not known; expected 'max' or 'avg'")
    height, width = pool_size
    pooled = front_end(X).zeros((X.shape[0] - height + 1, X.shape[1] - width + 1), ctx=X.context)
    for row in range(pooled.shape[0]):
        for column in range(pooled.shape[1]):
            window = X[row : row + height, column : column + width]
            pooled[row, column] = window.max() if mode == "max" else window.mean()
    return pooled


def sum_of(arrays: list[Any]) -> Any:
    """The arrays added up, first to last."""
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total
