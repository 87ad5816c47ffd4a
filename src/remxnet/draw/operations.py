"""The operations that can be drawn: what MXNet's operator makes of the numbers, and the sum behind each element.

Every number that is shown as a result was computed by `mx.nd.Convolution` or `mx.nd.Pooling`; the terms of the sum are
looked up in the inputs. How it looks on paper is `sheet`'s.
"""

from collections.abc import Sequence
from typing import Any

import numpy

import mxnet as mx

from .labels import is_exact, label, product_label
from .sheet import Column, Grid, Sheet
from .windows import Window, is_whole, pair

__all__ = ["Convolution", "Operation", "Pooling", "array_of"]

LONGEST = 12  # elements along a side of an input or a kernel
MOST_CHANNELS = 6

At = tuple[int, int, int]


def array_of(value: Any, name: str, dimensions: Sequence[int], axes: str) -> numpy.ndarray:
    """The numbers of an NDArray, an `np.ndarray` or anything NumPy takes, as float32 or, where they are that, float64.

    Raises
    ------
    ValueError
        If they are not numbers, have another number of axes, or are none or too many to be read.
    """
    array = numpy.asarray(value.asnumpy() if isinstance(value, mx.nd.NDArray) else value)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} holds {array.dtype}; expected real numbers")
    if array.ndim not in dimensions:
        raise ValueError(f"{name} has the shape {array.shape}; expected {axes}")
    if array.size == 0:
        raise ValueError(f"{name} has the shape {array.shape}, which is empty")
    channels, sides = array.shape[: max(array.ndim - 2, 0)], array.shape[-2:]
    if array.ndim > 1 and max(sides) > LONGEST:
        raise ValueError(
            f"{name} is {sides[0]}×{sides[1]}, too large to be read in a figure (at most {LONGEST}×{LONGEST}); "
            "draw a part of it"
        )
    if max(channels, default=0) > MOST_CHANNELS:
        raise ValueError(f"{name} has {max(channels)} channels; a figure shows {MOST_CHANNELS} at most")
    return array.astype("float64" if array.dtype == "float64" else "float32")


class Operation:
    """An operation with its numbers.

    Attributes
    ----------
    data : array, shape (channels, height, width)
    output : array, shape (channels, height, width)
        What the operator gave.
    window : Window
    channel_axis : bool
        Whether positions in the output have a channel.
    """

    data: numpy.ndarray
    output: numpy.ndarray
    window: Window
    channel_axis: bool
    title: str

    def position(self, at: Sequence[int] | None) -> At:
        """The (channel, row, column) that `at` means; the first element if it is None.

        Raises
        ------
        ValueError
            If there is no such element.
        """
        shape = self.output.shape if self.channel_axis else self.output.shape[1:]
        given: tuple[Any, ...] = (
            (0,) * len(shape) if at is None else tuple(at) if isinstance(at, (tuple, list)) else (at,)
        )
        whole = all(map(is_whole, given))
        if not whole or len(given) != len(shape) or not all(-n <= index < n for index, n in zip(given, shape)):
            raise ValueError(f"at is {at!r}; expected a position in the output, whose shape is {shape}")
        found = tuple(int(index) % n for index, n in zip(given, shape))
        return found if len(found) == 3 else (0, *found)

    def positions(self) -> list[At]:
        """Every element of the output, in the order of memory."""
        return list(numpy.ndindex(*self.output.shape))

    def sheet(self, at: At, reserve: int = 0, reached: At | None = None) -> Sheet:
        """The figure for one element; with `reached`, the elements after it are not shown yet."""
        return Sheet(self.title, self.columns(at, reached), self.equation(at), self.notes(), reserve)

    def columns(self, at: At, reached: At | None) -> list[Column]:
        """The grids."""
        raise NotImplementedError

    def equation(self, at: At) -> list[list[str]]:
        """How the element is computed, in lines of pieces."""
        raise NotImplementedError

    def notes(self) -> list[str]:
        """How the output's shape follows."""
        raise NotImplementedError

    # --- what the kinds share

    def input_grids(self, at: At, channels: Sequence[int], padding: str) -> list[Grid]:
        """The padded input of every channel; the window lies over those in `channels`."""
        window = self.window
        under = {cell for cell, _ in window.cells(*at[1:])}
        grids = []
        for channel, numbers in enumerate(self.data):
            texts, kinds = [], []
            for row in range(window.padded[0]):
                texts.append([padding] * window.padded[1])
                kinds.append(["pad"] * window.padded[1])
                for column in range(window.padded[1]):
                    element = window.inside((row, column))
                    if element is not None:
                        texts[-1][column], kinds[-1][column] = label(numbers[element]), "plain"
                    if channel in channels and (row, column) in under:
                        kinds[-1][column] = "window"
            frames = [(*window.corner(*at[1:]), *window.extent, "window")] if channel in channels else []
            name = f"input[{channel}]" if self.channel_axis or len(self.data) > 1 else "input"
            grids.append(Grid(f"{name}  {times(window.size)}{self.padding_text()}", texts, kinds, frames))
        return grids

    def padding_text(self) -> str:
        """The padding, for a title."""
        rows, columns = self.window.pad
        if not rows and not columns:
            return ""
        return f" + padding {rows}" if rows == columns else f" + padding {rows}, {columns}"

    def output_grids(self, at: At, reached: At | None) -> list[Grid]:
        """The output of every channel, with one element marked."""
        grids = []
        for channel, numbers in enumerate(self.output):
            texts = [[label(number) for number in row] for row in numbers]
            kinds = [["plain"] * len(row) for row in numbers]
            if reached is not None:
                for row, column in numpy.ndindex(*numbers.shape):
                    if (channel, row, column) > reached:
                        kinds[row][column] = "later"
            frames = []
            if channel == at[0]:
                kinds[at[1]][at[2]] = "result"
                frames = [(*at[1:], 1, 1, "result")]
            name = f"output[{channel}]" if self.channel_axis else "output"
            grids.append(Grid(f"{name}  {times(numbers.shape)}", texts, kinds, frames))
        return grids

    def element_name(self, at: At) -> str:
        """`output[row, column]`, with the channel where there is one."""
        return f"output[{', '.join(map(str, at if self.channel_axis else at[1:]))}]"


class Convolution(Operation):
    """Cross-correlation over channels: `mx.nd.Convolution` of one image.

    Parameters
    ----------
    data : array, shape (channels, height, width)
    weight : array, shape (output channels, channels, kernel height, kernel width)
    bias : array, shape (output channels,), optional
    title : str
    channel_axis : bool
        False shows the output as a matrix; there has to be one output channel.
    stride, pad, dilate : int or pair of int
    """

    def __init__(
        self,
        data: numpy.ndarray,
        weight: numpy.ndarray,
        bias: numpy.ndarray | None = None,
        *,
        title: str,
        channel_axis: bool = True,
        stride: Any = 1,
        pad: Any = 0,
        dilate: Any = 1,
    ) -> None:
        if weight.shape[1] != data.shape[0]:
            raise ValueError(f"the kernel is for {weight.shape[1]} input channels and data has {data.shape[0]}")
        if bias is not None and bias.shape != weight.shape[:1]:
            raise ValueError(
                f"bias has the shape {bias.shape}; expected {weight.shape[:1]}, one for each output channel"
            )
        kernel = (weight.shape[2], weight.shape[3])
        self.window = Window(
            (data.shape[1], data.shape[2]),
            kernel,
            pair(stride, 1, "stride"),
            pair(pad, 0, "pad"),
            pair(dilate, 1, "dilate"),
        )
        dtype = numpy.result_type(data, weight, *([] if bias is None else [bias]))
        self.data, self.weight, self.bias, self.channel_axis = data, weight, bias, channel_axis
        inputs = [mx.nd.array(array, dtype=dtype) for array in (data[None], weight)]
        if bias is not None:
            inputs.append(mx.nd.array(bias, dtype=dtype))
        self.output = mx.nd.Convolution(
            *inputs,
            kernel=kernel,
            stride=self.window.stride,
            pad=self.window.pad,
            dilate=self.window.dilate,
            num_filter=len(weight),
            no_bias=bias is None,
        ).asnumpy()[0]
        self.title = title + settings_text(self.window)

    def columns(self, at: At, reached: At | None) -> list[Column]:
        """Input, one column of kernels for each output channel, bias, output."""
        columns = [Column(self.input_grids(at, range(len(self.data)), "0"), in_rows=True)]
        for out in range(len(self.weight)):
            columns.append(Column(self.kernel_grids(out, out == at[0]), sign="" if out else "⋆", in_rows=True))
        if self.bias is not None:
            grids = []
            for out, number in enumerate(self.bias):
                used = "kernel" if out == at[0] else "plain"
                frames = [(0, 0, 1, 1, "kernel")] if out == at[0] else []
                name = f"bias[{out}]" if self.channel_axis else "bias"
                grids.append(Grid(name, [[label(number)]], [[used]], frames))
            columns.append(Column(grids, sign="+"))
        columns.append(Column(self.output_grids(at, reached), sign="="))
        return columns

    def kernel_grids(self, out: int, used: bool) -> list[Grid]:
        """The kernels that make one output channel."""
        grids = []
        for channel, numbers in enumerate(self.weight[out]):
            texts = [[label(number) for number in row] for row in numbers]
            kinds = [["kernel" if used else "plain"] * len(row) for row in numbers]
            frames = [(0, 0, *numbers.shape, "kernel")] if used else []
            name = f"kernel[{out}, {channel}]" if self.channel_axis else "kernel"
            grids.append(Grid(f"{name}  {times(numbers.shape)}", texts, kinds, frames))
        return grids

    def factors(self, at: At) -> list[list[tuple[float, float]]]:
        """The products that add up to an element, by input channel: pairs of an input and a weight."""
        products: list[list[tuple[float, float]]] = []
        for numbers, kernel in zip(self.data, self.weight[at[0]]):
            products.append([])
            for cell, place in self.window.cells(*at[1:]):
                element = self.window.inside(cell)
                products[-1].append((0.0 if element is None else float(numbers[element]), float(kernel[place])))
        return products

    def equation(self, at: At) -> list[list[str]]:
        """The products under the window, added by channel and then over the channels."""
        result, bias = float(self.output[at]), None if self.bias is None else float(self.bias[at[0]])
        channels = self.factors(at)
        sums = [sum(x * w for x, w in products) for products in channels]
        if len(channels) == 1:
            return [line(f"{self.element_name(at)} = ", channels[0], bias, result)]
        lines = [
            line(f"channel {number}:  ", products, None, total)
            for number, (products, total) in enumerate(zip(channels, sums))
        ]
        exact = all(map(is_exact, [*sums, result, *([] if bias is None else [bias])]))
        added = [
            label(sums[0]),
            *(plus(total) for total in sums[1:]),
            *([] if bias is None else [f"{plus(bias)} (bias)"]),
        ]
        return [*lines, [f"{self.element_name(at)} = ", *added, f" {'=' if exact else '≈'} {label(result)}"]]

    def notes(self) -> list[str]:
        """The output's height and width, from the input's."""
        return shape_notes(self.window, self.output.shape[1:], full=False)


class Pointwise(Convolution):
    """A 1×1 convolution, whose kernels are one matrix (output channels, input channels)."""

    def columns(self, at: At, reached: At | None) -> list[Column]:
        """Input, the matrix, bias, output."""
        columns = super().columns(at, reached)
        matrix = self.weight[:, :, 0, 0]
        texts = [[label(number) for number in row] for row in matrix]
        kinds = [["kernel" if row == at[0] else "plain"] * len(numbers) for row, numbers in enumerate(matrix)]
        frames = [(at[0], 0, 1, matrix.shape[1], "kernel")]
        grid = Grid(f"kernel  {len(matrix)} out × {len(matrix[0])} in", texts, kinds, frames)
        columns[1 : 1 + len(matrix)] = [Column([grid], sign="⋆")]
        return columns

    def equation(self, at: At) -> list[list[str]]:
        """One row of the matrix times the channels of one pixel."""
        products = [product for channel in self.factors(at) for product in channel]
        bias = None if self.bias is None else float(self.bias[at[0]])
        return [line(f"{self.element_name(at)} = ", products, bias, float(self.output[at]))]

    def notes(self) -> list[str]:
        """What it is beside a convolution."""
        out, channels = self.weight.shape[:2]
        height, width = self.output.shape[1:]
        return [f"the same as a matrix product: ({out}×{channels}) · ({channels}×{height * width} pixels)"]


class Pooling(Operation):
    """`mx.nd.Pooling` of one image, channel by channel.

    Parameters
    ----------
    data : array, shape (channels, height, width)
    kind : {"max", "avg"}
    kernel, stride, pad : int or pair of int
    convention : {"valid", "full"}
        Whether the number of windows is rounded down or up.
    count_padding : bool
        Whether an average counts the padding.
    channel_axis : bool
    """

    def __init__(
        self,
        data: numpy.ndarray,
        kind: str,
        *,
        kernel: Any,
        stride: Any = 1,
        pad: Any = 0,
        convention: str = "valid",
        count_padding: bool = True,
        channel_axis: bool = True,
    ) -> None:
        if convention not in ("valid", "full"):
            raise ValueError(f"pooling_convention is {convention!r}; expected 'valid' or 'full'")
        self.window = Window(
            (data.shape[1], data.shape[2]), pair(kernel, 1, "kernel"), pair(stride, 1, "stride"), pair(pad, 0, "pad")
        )
        self.data, self.kind, self.channel_axis = data, kind, channel_axis
        self.convention, self.count_padding = convention, count_padding
        settings: dict[str, Any] = {
            "pool_type": kind,
            "kernel": self.window.kernel,
            "stride": self.window.stride,
            "pad": self.window.pad,
            "pooling_convention": convention,
            "count_include_pad": count_padding,
        }
        self.output = mx.nd.Pooling(mx.nd.array(data[None], dtype=data.dtype), **settings).asnumpy()[0]
        name = {"max": "Max", "avg": "Average"}[kind]
        self.title = f"{name} pooling, {times(self.window.kernel)} window{settings_text(self.window)}"
        if convention == "full":
            self.title += ", full"

    def columns(self, at: At, reached: At | None) -> list[Column]:
        """Input and output."""
        padding = "−∞" if self.kind == "max" else "0" if self.count_padding else ""
        sign = "→"
        return [
            Column(self.input_grids(at, [at[0]], padding), in_rows=True),
            Column(self.output_grids(at, reached), sign=sign, in_rows=True),
        ]

    def members(self, at: At) -> list[float]:
        """The numbers under the window that count."""
        found = []
        for cell, _ in self.window.cells(*at[1:]):
            element = self.window.inside(cell)
            if element is not None:
                found.append(float(self.data[at[0]][element]))
            elif self.kind == "avg" and self.count_padding:
                found.append(0.0)
        return found

    def equation(self, at: At) -> list[list[str]]:
        """The largest, or the sum over the number."""
        members, result, name = self.members(at), float(self.output[at]), self.element_name(at)
        if not members:
            return [[f"{name} = {label(result)}", ": only padding lies under this window"]]
        if self.kind == "max":
            exact = all(map(is_exact, [*members, result]))
            inner = [f"{label(member)}, " for member in members[:-1]]
            return [[f"{name} = max(", *inner, f"{label(members[-1])}) {'=' if exact else '≈'} {label(result)}"]]
        exact = all(map(is_exact, [*members, result]))
        inner = [label(members[0]), *(plus(member) for member in members[1:])]
        inner[-1] += f") / {len(members)} {'=' if exact else '≈'} {label(result)}"
        return [[f"{name} = (", *inner]]

    def notes(self) -> list[str]:
        """The output's height and width, and what is counted."""
        notes = shape_notes(self.window, self.output.shape[1:], full=self.convention == "full")
        if self.kind == "avg" and any(self.window.pad):
            how = "counted, as MXNet does by default" if self.count_padding else "not counted (count_include_pad=False)"
            notes.append(f"padding is {how}")
        return notes


def line(start: str, products: Sequence[tuple[float, float]], bias: float | None, result: float) -> list[str]:
    """`start` x·w + x·w + … = result, in pieces."""
    pieces = [f"{product_label(x)}·{product_label(w)}" for x, w in products]
    pieces = [pieces[0], *(f" + {piece}" for piece in pieces[1:])]
    numbers = [number for product in products for number in product] + [result]
    if bias is not None:
        pieces.append(f"{plus(bias)} (bias)")
        numbers.append(bias)
    sign = "=" if all(map(is_exact, numbers)) else "≈"
    pieces[-1] += f" {sign} {label(result)}"
    return [start, *pieces]


def plus(number: float) -> str:
    """The number as a further term of a sum."""
    text = label(number)
    return f" − {text[1:]}" if text.startswith("−") else f" + {text}"


def times(shape: Sequence[int]) -> str:
    """`3×4`."""
    return "×".join(map(str, shape))


def settings_text(window: Window) -> str:
    """The settings that are not the defaults, for a title."""
    settings = (("stride", window.stride, 1), ("padding", window.pad, 0), ("dilation", window.dilate, 1))
    text = ""
    for name, (rows, columns), default in settings:
        if (rows, columns) != (default, default):
            text += f", {name} {rows}" if rows == columns else f", {name} ({rows}, {columns})"
    return text


def shape_notes(window: Window, output: Sequence[int], full: bool) -> list[str]:
    """How many windows fit, along the height and along the width."""
    left, right = "⌈⌉" if full else "⌊⌋"
    notes = []
    for axis, name in enumerate(("height", "width")):
        kernel, dilate = window.kernel[axis], window.dilate[axis]
        reach = f"{dilate}·({kernel} − 1) − 1" if dilate > 1 else f"{kernel}"
        pad = f" + 2·{window.pad[axis]}" if window.pad[axis] else ""
        steps = f"{left}({window.size[axis]}{pad} − {reach}) / {window.stride[axis]}{right}"
        notes.append(f"output {name} = {steps} + 1 = {output[axis]}")
    if notes[0].replace("height", "width") == notes[1]:
        return [notes[0].replace("height", "height and width")]
    return notes
