"""The figures that users ask for: one function for each operation, from arrays to a matplotlib figure."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from ..figures import ready_for_jupyter
from .operations import Convolution, Operation, Pointwise, Pooling, array_of
from .sheet import paint

__all__ = ["average_pooling", "convolution", "cross_correlation", "max_pooling", "operation_of", "pointwise"]


def cross_correlation(
    data: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, pad: Any = 0, dilate: Any = 1, at: Any = None
) -> Figure:
    """Draw the cross-correlation of one matrix with one kernel: window, kernel, output, and the sum of one element.

    Parameters
    ----------
    data : NDArray, np.ndarray or array, shape (height, width)
        At most 12 × 12.
    kernel : array, shape (kernel height, kernel width)
    bias : number, optional
        Added to every element.
    stride, pad, dilate : int or pair of int
        As the operator `Convolution` takes them; a pair is (along the height, along the width).
    at : (row, column), optional
        The element of the output that is explained; by default the first. Negative numbers count from the end.

    Returns
    -------
    matplotlib.figure.Figure
        Jupyter shows it; `savefig` writes it to a file.

    Raises
    ------
    ValueError
        If an array has another shape, there is no such element, or the figure would be too large to be read.
    MXNetError
        If the operator refuses the arguments, such as a kernel larger than the padded input.

    Examples
    --------
    >>> from remxnet import draw
    >>> figure = draw.cross_correlation(nd.arange(9).reshape((3, 3)), nd.arange(4).reshape((2, 2)), at=(0, 1))
    >>> figure.axes[0].texts[-2].get_text()
    'output[0, 1] = 1·0 + 2·1 + 4·2 + 5·3 = 25'
    """
    return still(cross_correlation, at, data, kernel, bias, stride=stride, pad=pad, dilate=dilate)


def convolution(
    data: Any, weight: Any, bias: Any = None, *, stride: Any = 1, pad: Any = 0, dilate: Any = 1, at: Any = None
) -> Figure:
    """Draw a convolution over several input and output channels, as a convolutional layer computes it.

    The kernels of one output channel stand below each other, beside the input channels that they belong to.

    Parameters
    ----------
    data : array, shape (channels, height, width)
    weight : array, shape (output channels, channels, kernel height, kernel width)
        Without the first axis there is one output channel.
    bias : array, shape (output channels,), optional
    stride, pad, dilate : int or pair of int
    at : (output channel, row, column), optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError, MXNetError
        As `cross_correlation`; more than 6 channels are too many to be read.

    Examples
    --------
    >>> from remxnet import draw
    >>> figure = draw.convolution(nd.ones((2, 3, 3)), nd.ones((3, 2, 2, 2)), at=(2, 0, 0))
    >>> [text.get_text() for text in figure.axes[0].texts[-4:-1]]  # doctest: +NORMALIZE_WHITESPACE
    ['channel 0:  1·1 + 1·1 + 1·1 + 1·1 = 4', 'channel 1:  1·1 + 1·1 + 1·1 + 1·1 = 4',
     'output[2, 0, 0] = 4 + 4 = 8']
    """
    return still(convolution, at, data, weight, bias, stride=stride, pad=pad, dilate=dilate)


def pointwise(data: Any, weight: Any, bias: Any = None, *, at: Any = None) -> Figure:
    """Draw a 1×1 convolution, whose kernel is a matrix that mixes the channels of each pixel.

    Parameters
    ----------
    data : array, shape (channels, height, width)
    weight : array, shape (output channels, channels) or (output channels, channels, 1, 1)
    bias : array, shape (output channels,), optional
    at : (output channel, row, column), optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        As `convolution`.

    Examples
    --------
    >>> from remxnet import draw
    >>> figure = draw.pointwise(nd.ones((3, 2, 2)), nd.arange(6).reshape((2, 3)), at=(1, 0, 0))
    >>> figure.axes[0].texts[-2].get_text()
    'output[1, 0, 0] = 1·3 + 1·4 + 1·5 = 12'
    """
    return still(pointwise, at, data, weight, bias)


def max_pooling(
    data: Any, kernel: Any, *, stride: Any = 1, pad: Any = 0, pooling_convention: str = "valid", at: Any = None
) -> Figure:
    """Draw max pooling: the window over the input, and the largest number under it in the output.

    Parameters
    ----------
    data : array, shape (height, width) or (channels, height, width)
    kernel, stride, pad : int or pair of int
        As the operator `Pooling` takes them: the stride is 1 if none is given. (Layers, such as `nn.MaxPool2D`, move
        the window by its own size instead.)
    pooling_convention : {"valid", "full"}
        "full" has a window for what is left over at the end, too.
    at : (row, column) or (channel, row, column), optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError, MXNetError
        As `cross_correlation`.

    Examples
    --------
    >>> from remxnet import draw
    >>> figure = draw.max_pooling(nd.arange(16).reshape((4, 4)), 2, stride=2, at=(1, 0))
    >>> figure.axes[0].texts[-2].get_text()
    'output[1, 0] = max(8, 9, 12, 13) = 13'
    """
    return still(max_pooling, at, data, kernel, stride=stride, pad=pad, pooling_convention=pooling_convention)


def average_pooling(
    data: Any,
    kernel: Any,
    *,
    stride: Any = 1,
    pad: Any = 0,
    pooling_convention: str = "valid",
    count_include_pad: bool = True,
    at: Any = None,
) -> Figure:
    """Draw average pooling: the window over the input, and the mean of the numbers under it in the output.

    Parameters
    ----------
    data, kernel, stride, pad, pooling_convention, at
        As `max_pooling`.
    count_include_pad : bool
        Whether zeros of the padding are counted, as MXNet does if it is not told otherwise.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError, MXNetError
        As `cross_correlation`.

    Examples
    --------
    >>> from remxnet import draw
    >>> figure = draw.average_pooling(nd.arange(16).reshape((4, 4)), 2, stride=2)
    >>> figure.axes[0].texts[-2].get_text()
    'output[0, 0] = (0 + 1 + 4 + 5) / 4 = 2.5'
    """
    return still(
        average_pooling,
        at,
        data,
        kernel,
        stride=stride,
        pad=pad,
        pooling_convention=pooling_convention,
        count_include_pad=count_include_pad,
    )


# --- what each function draws, without a position: for a still and for an animation alike


def matrix(data: Any, kernel: Any, bias: Any = None, **settings: Any) -> Operation:
    """What `cross_correlation` draws."""
    image, weight = array_of(data, "data", [2], "(height, width)"), array_of(kernel, "kernel", [2], "(height, width)")
    offset = None if bias is None else array_of(bias, "bias", [0, 1], "one number").reshape(-1)
    return Convolution(
        image[None], weight[None, None], offset, title="Cross-correlation", channel_axis=False, **settings
    )


def channels(data: Any, weight: Any, bias: Any = None, **settings: Any) -> Operation:
    """What `convolution` draws."""
    image = array_of(data, "data", [3], "(channels, height, width)")
    kernels = array_of(weight, "weight", [3, 4], "(output channels, channels, height, width)")
    kernels = kernels if kernels.ndim == 4 else kernels[None]
    offset = None if bias is None else array_of(bias, "bias", [1], "(output channels,)")
    title = f"Convolution, {counted(len(image), 'input channel')}, {counted(len(kernels), 'output channel')}"
    return Convolution(image, kernels, offset, title=title, **settings)


def pixels(data: Any, weight: Any, bias: Any = None) -> Operation:
    """What `pointwise` draws."""
    image = array_of(data, "data", [3], "(channels, height, width)")
    kernels = array_of(weight, "weight", [2, 4], "(output channels, channels) or (output channels, channels, 1, 1)")
    if kernels.shape[2:] not in ((), (1, 1)):
        raise ValueError(f"weight has the shape {kernels.shape}; expected a kernel of 1×1")
    offset = None if bias is None else array_of(bias, "bias", [1], "(output channels,)")
    title = f"1×1 convolution, {counted(len(image), 'input channel')}, {counted(len(kernels), 'output channel')}"
    return Pointwise(image, kernels.reshape((*kernels.shape[:2], 1, 1)), offset, title=title)


def pools(kind: str) -> Callable[..., Operation]:
    """What a pooling draws."""

    def describe(
        data: Any, kernel: Any, *, pooling_convention: str = "valid", count_include_pad: bool = True, **settings: Any
    ) -> Operation:
        image = array_of(data, "data", [2, 3], "(height, width) or (channels, height, width)")
        return Pooling(
            image if image.ndim == 3 else image[None],
            kind,
            kernel=kernel,
            convention=pooling_convention,
            count_padding=count_include_pad,
            channel_axis=image.ndim == 3,
            **settings,
        )

    return describe


DESCRIPTIONS: dict[Callable[..., Figure], Callable[..., Operation]] = {
    cross_correlation: matrix,
    convolution: channels,
    pointwise: pixels,
    max_pooling: pools("max"),
    average_pooling: pools("avg"),
}


def counted(number: int, noun: str) -> str:
    """`1 channel`, `2 channels`."""
    return f"{number} {noun}{'s' if number != 1 else ''}"


def operation_of(draw: Callable[..., Figure], *arrays: Any, **settings: Any) -> Operation:
    """What one of the functions above draws; errors begin with its name.

    Raises
    ------
    ValueError
        If it is none of them, or the arguments cannot be drawn.
    """
    if draw not in DESCRIPTIONS:
        known = ", ".join(function.__name__ for function in DESCRIPTIONS)
        raise ValueError(f"animate: {draw!r} cannot be animated; expected one of {known}")
    try:
        return DESCRIPTIONS[draw](*arrays, **settings)
    except ValueError as error:
        raise ValueError(f"{draw.__name__}: {error}") from None


def still(draw: Callable[..., Figure], at: Any, *arrays: Any, **settings: Any) -> Figure:
    """One figure."""
    operation = operation_of(draw, *arrays, **settings)
    try:
        figure = paint(operation.sheet(operation.position(at)))
    except ValueError as error:
        raise ValueError(f"{draw.__name__}: {error}") from None
    ready_for_jupyter()
    return figure
