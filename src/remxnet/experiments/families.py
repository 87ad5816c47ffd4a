"""Families of networks: layers as data, with one width to solve for.

A family says which layers follow each other and how their sizes grow with its width. From that its parameters are
counted exactly, without building anything, and its network is built for any width. `budget` finds the width for a
number of parameters, `names` finds families by their names and in Python files.

Examples
--------
>>> from remxnet.experiments.families import FREE, WIDTH, Conv, Dense, Family, Pool
>>> small = Family("small", "one convolution", (Conv(WIDTH, kernel=3), Pool(2), Dense(4 * FREE)))
>>> small.parameters((1, 28, 28), classes=10, width=8)
50618
>>> small.build(classes=10, width=8)
HybridSequential(
  (0): Conv2D(None -> 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), Activation(relu))
  (1): MaxPool2D(size=(2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=False, ...)
  (2): Dense(None -> 32, Activation(relu))
  (3): Dense(None -> 10, linear)
)
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, TypeVar

from mxnet.gluon import HybridBlock, nn

from ..errors import InputError

__all__ = [
    "FAMILIES", "FREE", "WIDTH", "Activation", "BatchNorm", "Conv", "Dense", "Dropout", "Family", "GlobalPool",
    "Layer", "Pool", "Residual", "Shape", "Size",
]  # fmt: skip

Shape = tuple[int, ...]
L = TypeVar("L", bound="Layer")


@dataclass(frozen=True, repr=False)
class Size:
    """A number of units or channels that grows with the family's width; `WIDTH` and `FREE` are what it is made from.

    Attributes
    ----------
    factor : float
        The size is the nearest whole number to `factor` widths, and at least 1.
    free : bool
        That is only the plan: the solver may take another number, to land on a budget.
    """

    factor: float = 1.0
    free: bool = False

    def __mul__(self, times: float) -> "Size":
        return replace(self, factor=self.factor * times)

    __rmul__ = __mul__

    def __truediv__(self, by: float) -> "Size":
        return replace(self, factor=self.factor / by)

    def __repr__(self) -> str:
        name = "FREE" if self.free else "WIDTH"
        share = Fraction(self.factor).limit_denominator(100)
        if float(share) != self.factor:
            return f"{self.factor!r} * {name}"
        times = "" if share.numerator == 1 else f"{share.numerator} * "
        return f"{times}{name}" if share.denominator == 1 else f"{times}{name} / {share.denominator}"

    def planned(self, width: int) -> int:
        """The size at a width."""
        return max(1, round(self.factor * width))


WIDTH = Size()
FREE = Size(free=True)


class Layer:
    """A layer as data: a frozen dataclass whose sizes may be `Size`s.

    A layer of your own is a subclass with `output`, `parameters` and `block`, which are called once the sizes are
    whole numbers.
    """

    def sizes(self) -> Iterator[Size]:
        """Those of its sizes that depend on the width."""
        for field in fields(self):  # type: ignore[arg-type]  # every layer is a dataclass
            value = getattr(self, field.name)
            if isinstance(value, Size):
                yield value

    def sized(self: L, width: int, free: int | None) -> L:
        """Give the layer with whole numbers for its sizes; `free` None takes the planned size."""
        numbers = {}
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, Size):
                numbers[field.name] = free if value.free and free is not None else value.planned(width)
        return replace(self, **numbers)  # type: ignore[type-var]

    def output(self, shape: Shape) -> Shape:
        """The shape of the output for an input of `shape`, without the batch axis."""
        return shape

    def parameters(self, shape: Shape) -> int:
        """How many numbers it learns on an input of `shape`."""
        return 0

    def block(self) -> HybridBlock:
        """The Gluon block, not yet initialized."""
        raise NotImplementedError


@dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer; what comes in is flattened.

    Attributes
    ----------
    units : int or Size
    activation : str or None
        `relu` (default), `sigmoid`, `tanh`, `softrelu`, `softsign`, or None.
    """

    units: int | Size
    activation: str | None = "relu"

    def __post_init__(self) -> None:
        check_size("Dense", "units", self.units)
        check_activation("Dense", self.activation)

    def output(self, shape: Shape) -> Shape:
        """One number for each unit."""
        return (number(self.units),)

    def parameters(self, shape: Shape) -> int:
        """A weight for each input and a bias, for each unit."""
        return (math.prod(shape) + 1) * number(self.units)

    def block(self) -> HybridBlock:
        """`nn.Dense`."""
        return nn.Dense(number(self.units), activation=self.activation)


@dataclass(frozen=True)
class Conv(Layer):
    """A convolution over images.

    Attributes
    ----------
    channels : int or Size
        Of the output.
    kernel, stride : int
        In pixels, along both axes.
    padding : int or None
        In pixels on every side; None is half the kernel, which keeps the size at stride 1 and odd kernels.
    activation : str or None
    """

    channels: int | Size
    kernel: int = 3
    stride: int = 1
    padding: int | None = None
    activation: str | None = "relu"

    def __post_init__(self) -> None:
        check_size("Conv", "channels", self.channels)
        check_window("Conv", self.kernel, self.stride, self.padding)
        check_activation("Conv", self.activation)

    def output(self, shape: Shape) -> Shape:
        """Channels, and the positions of the kernel."""
        return (number(self.channels), *slid("Conv", shape, self.kernel, self.stride, padding_of(self)))

    def parameters(self, shape: Shape) -> int:
        """A kernel for each pair of channels, and a bias for each output."""
        return (shape[0] * self.kernel**2 + 1) * number(self.channels)

    def block(self) -> HybridBlock:
        """`nn.Conv2D`."""
        return nn.Conv2D(number(self.channels), self.kernel, self.stride, padding_of(self), activation=self.activation)


@dataclass(frozen=True)
class Pool(Layer):
    """Pooling over windows.

    Attributes
    ----------
    size : int
        Of the window, in pixels along both axes.
    stride : int or None
        None is the size.
    padding : int
    kind : str
        `max` (default) or `avg`.
    """

    size: int = 2
    stride: int | None = None
    padding: int = 0
    kind: str = "max"

    def __post_init__(self) -> None:
        check_window("Pool", self.size, 1 if self.stride is None else self.stride, self.padding)
        check_kind("Pool", self.kind)

    def output(self, shape: Shape) -> Shape:
        """The positions of the window."""
        return (shape[0], *slid("Pool", shape, self.size, self.stride or self.size, self.padding))

    def block(self) -> HybridBlock:
        """`nn.MaxPool2D` or `nn.AvgPool2D`."""
        pooling = nn.MaxPool2D if self.kind == "max" else nn.AvgPool2D
        return pooling(self.size, self.stride, self.padding)


@dataclass(frozen=True)
class GlobalPool(Layer):
    """Pooling over all pixels of each channel; `kind` is `avg` (default) or `max`."""

    kind: str = "avg"

    def __post_init__(self) -> None:
        check_kind("GlobalPool", self.kind)

    def output(self, shape: Shape) -> Shape:
        """One pixel."""
        return (*image("GlobalPool", shape)[:1], 1, 1)

    def block(self) -> HybridBlock:
        """`nn.GlobalAvgPool2D` or `nn.GlobalMaxPool2D`."""
        return nn.GlobalMaxPool2D() if self.kind == "max" else nn.GlobalAvgPool2D()


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalization; a scale and a shift are learned for each channel."""

    def parameters(self, shape: Shape) -> int:
        """A scale and a shift for each channel."""
        return 2 * shape[0]

    def block(self) -> HybridBlock:
        """`nn.BatchNorm`."""
        return nn.BatchNorm()


@dataclass(frozen=True)
class Activation(Layer):
    """An activation function by itself."""

    kind: str = "relu"

    def __post_init__(self) -> None:
        check_activation("Activation", self.kind)

    def block(self) -> HybridBlock:
        """`nn.Activation`."""
        return nn.Activation(self.kind)


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout of a share of the elements, while training."""

    rate: float = 0.5

    def __post_init__(self) -> None:
        if not isinstance(self.rate, (int, float)) or not 0 <= self.rate < 1:
            raise ValueError(f"Dropout: rate={self.rate!r}; expected a number from 0 to less than 1")

    def block(self) -> HybridBlock:
        """`nn.Dropout`."""
        return nn.Dropout(self.rate)


class WithInput(nn.HybridSequential):
    """Layers one after another, whose input is added to their output."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Apply the layers and add."""
        return x + super().hybrid_forward(F, x)


@dataclass(frozen=True)
class Residual(Layer):
    """Layers that learn what is to be added to their input (He, Zhang, Ren and Sun, 2015); they keep its shape."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        check_layers("Residual", self.layers)

    def sizes(self) -> Iterator[Size]:
        """Those of its layers."""
        for layer in self.layers:
            yield from layer.sizes()

    def sized(self, width: int, free: int | None) -> "Residual":
        """The same with sized layers."""
        return Residual(tuple(layer.sized(width, free) for layer in self.layers))

    def output(self, shape: Shape) -> Shape:
        """The shape that came in."""
        if (after := shapes(self.layers, shape)[-1]) != shape:
            raise InputError(f"Residual: its layers make {text(after)} of {text(shape)}; expected the same shape")
        return shape

    def parameters(self, shape: Shape) -> int:
        """Those of its layers."""
        return count(self.layers, shape)

    def block(self) -> HybridBlock:
        """The layers, and the sum."""
        block = WithInput()
        block.add(*(layer.block() for layer in self.layers))
        return block


@dataclass(frozen=True)
class Family:
    """Networks of one kind and any width.

    Attributes
    ----------
    name : str
        Letters, digits, `-`, `_` and `.`.
    summary : str
        What its networks are, in a few words.
    layers : tuple of Layer
        One after another; a fully connected layer with one score for each class is added after them. One of their
        sizes may be made from `FREE`.
    """

    name: str
    summary: str
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"[A-Za-z][\w.-]*", self.name):
            raise ValueError(f"Family: name={self.name!r}; expected letters, digits, '-', '_' and '.'")
        object.__setattr__(self, "layers", tuple(self.layers) if isinstance(self.layers, list) else self.layers)
        check_layers(f"Family {self.name!r}", self.layers)
        sizes = [size for layer in self.layers for size in layer.sizes()]
        if not any(not size.free for size in sizes):
            raise ValueError(
                f"Family {self.name!r}: no layer's size depends on WIDTH, so there is nothing to solve for"
            )
        if sum(size.free for size in sizes) > 1:
            raise ValueError(
                f"Family {self.name!r}: more than one layer's size is made from FREE; expected one at most"
            )

    @property
    def free(self) -> Size | None:
        """The size that is made from `FREE`, if one is."""
        return next((size for layer in self.layers for size in layer.sizes() if size.free), None)

    def sized(self, classes: int, width: int, free: int | None = None) -> tuple[Layer, ...]:
        """All layers, the scores among them, with whole numbers for their sizes."""
        return (*(layer.sized(width, free) for layer in self.layers), Dense(classes, activation=None))

    def parameters(self, shape: Shape, classes: int, width: int, free: int | None = None) -> int:
        """How many numbers a network of it learns.

        Parameters
        ----------
        shape : tuple of int
            Of an image: channels, height, width.
        classes : int
        width : int
        free : int, optional
            Takes the place of the size that is made from `FREE`.

        Raises
        ------
        InputError
            If the images are too small for the layers.
        """
        return count(self.sized(classes, width, free), shape)

    def build(self, classes: int, width: int, free: int | None = None) -> nn.HybridSequential:
        """Give the network, not yet initialized; arguments as for `parameters`."""
        net = nn.HybridSequential()
        net.add(*(layer.block() for layer in self.sized(classes, width, free)))
        return net

    def smallest(self, channels: int = 1) -> int:
        """The smallest side of square images, in pixels, of which the layers leave anything."""
        for side in range(1, 1025):
            try:
                shapes(self.sized(2, 1), (channels, side, side))
            except InputError:
                continue
            return side
        raise InputError(f"family {self.name!r}: its layers leave nothing of images of up to 1024×1024 pixels")


# --- arithmetic of shapes --------------------------------------------------------------------------------------------


def shapes(layers: tuple[Layer, ...], shape: Shape) -> list[Shape]:
    """The shape before the first layer and after each one."""
    found = [shape]
    for layer in layers:
        found.append(layer.output(found[-1]))
    return found


def count(layers: tuple[Layer, ...], shape: Shape) -> int:
    """How many numbers the layers learn on an input of that shape."""
    return sum(layer.parameters(before) for layer, before in zip(layers, shapes(layers, shape)))


def image(layer: str, shape: Shape) -> Shape:
    """The shape, if it is that of an image."""
    if len(shape) != 3:
        raise InputError(
            f"{layer} stands after a fully connected layer; expected an image of channels × height × width"
        )
    return shape


def slid(layer: str, shape: Shape, window: int, stride: int, padding: int) -> Shape:
    """The height and width that are left by a window that slides over an image."""
    sides = image(layer, shape)[1:]
    if min(sides) + 2 * padding < window:
        raise InputError(
            f"{layer}: the window of {window}×{window} pixels is larger than its padded input {text(shape)}"
        )
    return tuple((side + 2 * padding - window) // stride + 1 for side in sides)


def padding_of(conv: Conv) -> int:
    """The padding of a convolution in pixels."""
    return conv.kernel // 2 if conv.padding is None else conv.padding


def number(size: int | Size) -> int:
    """A size that has become a whole number."""
    if isinstance(size, Size):
        raise TypeError(f"{size} has no value before the layer is sized")
    return size


def text(shape: Shape) -> str:
    """A shape to read."""
    return "×".join(map(str, shape))


# --- checks of what a description says -------------------------------------------------------------------------------

ACTIVATIONS = ("relu", "sigmoid", "tanh", "softrelu", "softsign")


def check_size(layer: str, name: str, size: Any) -> None:
    """Units and channels are whole numbers from 1 up, or made from WIDTH or FREE."""
    if isinstance(size, Size):
        if not isinstance(size.factor, (int, float)) or not 0 < size.factor < math.inf:
            raise ValueError(f"{layer}: {name} is {size.factor!r} widths; expected a positive number of them")
    elif isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"{layer}: {name}={size!r}; expected a whole number from 1 up, or a multiple of WIDTH or FREE")


def check_window(layer: str, window: Any, stride: Any, padding: Any) -> None:
    """Windows and strides are whole numbers from 1 up, padding from 0 up."""
    for name, value, smallest in (("window", window, 1), ("stride", stride, 1), ("padding", padding, 0)):
        if name == "padding" and value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
            raise ValueError(f"{layer}: {name}={value!r}; expected a whole number of pixels from {smallest} up")


def check_activation(layer: str, activation: Any) -> None:
    """Activations are Gluon's."""
    if activation is not None and activation not in ACTIVATIONS:
        raise ValueError(f"{layer}: activation={activation!r}; expected one of {', '.join(ACTIVATIONS)}, or None")


def check_kind(layer: str, kind: Any) -> None:
    """Pooling takes the maximum or the average."""
    if kind not in ("max", "avg"):
        raise ValueError(f"{layer}: kind={kind!r}; expected 'max' or 'avg'")


def check_layers(owner: str, layers: Any) -> None:
    """Layers are a tuple of at least one of them."""
    if not isinstance(layers, tuple) or not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise ValueError(f"{owner}: layers={layers!r}; expected a tuple of layers such as (Conv(WIDTH), Dense(FREE))")


# --- the families that have a name -----------------------------------------------------------------------------------

FAMILIES = {
    family.name: family
    for family in (
        Family("mlp", "fully connected layers only", (Dense(WIDTH), Dense(FREE))),
        Family(
            "conv",
            "two convolutions with stride 2, then fully connected layers",
            (Conv(WIDTH / 3, kernel=5, stride=2), Conv(WIDTH / 1.5, kernel=5, stride=2), Dense(WIDTH), Dense(FREE)),
        ),
        Family(
            "conv-pool",
            "two convolutions with max pooling, then fully connected layers",
            (Conv(WIDTH / 3, kernel=5), Pool(2), Conv(WIDTH / 1.5, kernel=5), Pool(2), Dense(WIDTH), Dense(FREE)),
        ),
    )
}
