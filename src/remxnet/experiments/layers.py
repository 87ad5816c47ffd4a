"""The layers of a network as a table: their outputs, what they learn, and what they compute.

The network is traced to a graph, so nothing is computed, initialized or drawn from a random stream; where it cannot be
traced, it runs once on an image of zeros.

Examples
--------
>>> from mxnet.gluon import nn
>>> from remxnet.experiments.layers import layer_table
>>> net = nn.HybridSequential()
>>> net.add(nn.Conv2D(6, kernel_size=5, activation="relu"), nn.MaxPool2D(2), nn.Dense(10))
>>> print(layer_table(net, (1, 28, 28)))
layer  type              output   parameters  multiply-adds
-----  ----------------  -------  ----------  -------------
0      Conv2D 5×5, relu  6×24×24         156         86,400
1      MaxPool2D 2×2     6×12×12           0              0
2      Dense             10            8,650          8,640
-----  ----------------  -------  ----------  -------------
total                                  8,806         95,040
"""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import mxnet as mx
from mxnet import autograd
from mxnet.gluon import Block, Parameter, nn
from mxnet.gluon.nn.conv_layers import _Conv
from mxnet.gluon.nn.normalization import _BatchNorm, _Scaled
from mxnet.gluon.nn.pooling import _Pooling

__all__ = ["LayerRow", "LayerTable", "layer_table"]

#: layers whose parameters are not multiplied with sums: they scale, shift or are looked up
WITHOUT_PRODUCTS = (_BatchNorm, _Scaled, nn.PReLU, nn.Embedding)
HEADINGS = ("layer", "type", "output", "parameters", "multiply-adds")


@dataclass(frozen=True)
class LayerRow:
    """One layer, each time it is called.

    Attributes
    ----------
    name : str
        Its place in the network, as in the names of saved parameters: `features.0`.
    type : str
        Its class.
    output_shape : tuple of int
        Without the batch axis.
    parameters : int
        How many numbers it learns by itself; those it shares with an earlier row are counted there.
    multiply_adds : int or None
        Multiplications of weights with inputs, for one image; None where that is not known.
    detail : str
        Kernel, stride, activation and so on.
    """

    name: str
    type: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int | None
    detail: str = ""


class LayerTable(list[LayerRow]):
    """The rows in the order in which the layers run; `print` and a notebook show it as a table."""

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(row.parameters for row in self)

    @property
    def multiply_adds(self) -> int | None:
        """Those of all layers for one image; None if those of one are not known."""
        return None if any(row.multiply_adds is None for row in self) else self.at_least

    @property
    def at_least(self) -> int:
        """The multiply-adds that are known."""
        return sum(row.multiply_adds or 0 for row in self)

    def data(self) -> list[dict[str, Any]]:
        """The rows as JSON takes them."""
        return [asdict(row) for row in self]

    def cells(self) -> list[tuple[str, ...]]:
        """The rows as text, the last one the sums."""
        known = f"{self.at_least:,}" if self.multiply_adds is not None else f"at least {self.at_least:,}"
        return [*map(row_cells, self), ("total", "", "", f"{self.parameters:,}", known)]

    def markdown(self) -> str:
        """The table in Markdown."""
        lines = [HEADINGS, ("---", "---", "---", "---:", "---:"), *self.cells()]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def __str__(self) -> str:
        cells = self.cells()
        widths = [max(len(line[column]) for line in (HEADINGS, *cells)) for column in range(len(HEADINGS))]
        rule = tuple("-" * width for width in widths)
        lines = [HEADINGS, rule, *cells[:-1], rule, cells[-1]]
        return "\n".join(aligned(line, widths) for line in lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(HEADINGS, self.cells(), left=3)


def layer_table(net: Block, shape: Sequence[int]) -> LayerTable:
    """List the layers of a network in the order in which they run.

    A layer is a block that has no blocks in it, or parameters of its own; an activation that belongs to a dense or
    convolutional layer is shown with it. Multiply-adds are those of dense layers and of convolutions of all kinds,
    whose weights are multiplied with what comes in; activations, pooling, normalization and biases count as none. For
    a block of another kind that has parameters they are not known.

    Parameters
    ----------
    net : Block
        Initialized or not, hybridized or not. It stays as it is, unless it cannot be traced: then parameters whose
        shapes are still open get them, as from a first batch.
    shape : sequence of int
        Of one input without the batch axis: (channels, height, width) for an image.

    Returns
    -------
    LayerTable
        A list of `LayerRow`.

    Raises
    ------
    MXNetError
        If an input of that shape does not fit the network, or the network can neither be traced nor run.
    """
    layers: dict[Block, str] = {}
    for layer, name in find_layers(net):
        layers.setdefault(layer, name)
    calls, known = observe(net, list(layers), (1, *shape))
    seen: set[Parameter] = set()
    return LayerTable(described(layers[layer], layer, inputs, output, known, seen) for layer, inputs, output in calls)


def find_layers(block: Block, name: str = "") -> Iterator[tuple[Block, str]]:
    """The blocks that are shown, with their names."""
    children = [] if isinstance(block, (nn.Dense, _Conv)) else list(block._children.items())
    if not children or block._reg_params:
        yield block, name or type(block).__name__.lower()
    for child_name, child in children:
        yield from find_layers(child, f"{name}.{child_name}" if name else child_name)


# --- running without computing ---------------------------------------------------------------------------------------

Call = tuple[Block, tuple[int, ...], tuple[int, ...]]


def observe(net: Block, layers: list[Block], shape: tuple[int, ...]) -> tuple[list[Call], dict[str, tuple[int, ...]]]:
    """The calls of the layers, with the shapes of their first inputs and outputs, and the shapes of parameters."""
    heard: list[tuple[Block, Any, Any]] = []
    handles = [
        layer.register_forward_hook(lambda block, inputs, outputs: heard.append((block, inputs, outputs)))
        for layer in layers
    ]
    try:
        try:
            net(mx.sym.var("data"))
        except Exception as error:  # noqa: BLE001 - a block may do anything with what is no array; the text is kept
            heard.clear()
            run(net, shape, error)
            return [(block, first(inputs).shape, first(outputs).shape) for block, inputs, outputs in heard], {}
    finally:
        for handle in handles:
            handle.detach()
    symbols = [symbol for _, inputs, outputs in heard for symbol in (first(inputs), first(outputs))]
    graph = mx.sym.Group([symbol if len(symbol.list_outputs()) == 1 else symbol[0] for symbol in symbols])
    arguments, found, _ = graph.infer_shape(data=shape)
    if arguments is None:
        raise mx.MXNetError(f"layer_table: the shapes in {net.name} do not follow from an input of {shape}")
    return (
        [(block, found[2 * place], found[2 * place + 1]) for place, (block, _, _) in enumerate(heard)],
        dict(zip(graph.list_arguments(), arguments)),
    )


def run(net: Block, shape: tuple[int, ...], reason: Exception) -> None:
    """Run the network on zeros, block by block, as it could not be traced for that reason."""
    parameters = net.collect_params().values()
    if any(parameter._data is None and not parameter._deferred_init for parameter in parameters):
        raise mx.MXNetError(
            f"layer_table: {net.name} cannot be traced ({reason}), and it is not initialized, so it cannot run either"
        ) from reason
    blocks: list[Block] = []
    net.apply(blocks.append)
    active = {block: block._active for block in blocks if hasattr(block, "_active")}
    context = next(iter(parameters)).list_ctx()[0] if parameters else mx.cpu()
    zeros = mx.np.zeros(shape, ctx=context) if mx.util.is_np_array() else mx.nd.zeros(shape, ctx=context)
    try:
        for block in active:
            block._active = False  # a block that runs as a graph does not call its layers
        with autograd.pause(train_mode=False):
            net(zeros)
    finally:
        for block, was in active.items():
            block._active = was


def first(item: Any) -> Any:
    """The first array or symbol of what a block takes or returns."""
    while isinstance(item, (list, tuple)):
        item = item[0]
    return item


# --- one row ---------------------------------------------------------------------------------------------------------


def described(
    name: str,
    layer: Block,
    inputs: tuple[int, ...],
    output: tuple[int, ...],
    known: dict[str, tuple[int, ...]],
    seen: set[Parameter],
) -> LayerRow:
    """The row of one call; `seen` has the parameters of the rows before."""

    def shape(parameter: Parameter) -> tuple[int, ...]:
        return known.get(parameter.name) or parameter.shape or ()

    learned = [p for p in layer._reg_params.values() if p.grad_req != "null" and p not in seen]
    seen |= set(learned)
    products: int | None = 0
    if isinstance(layer, (nn.Dense, _Conv)):
        weight = shape(layer.weight)
        if isinstance(layer, nn.Dense):
            times = math.prod(output) // weight[0]
        elif layer._op_name == "Convolution":
            times = math.prod(output) // layer._channels  # positions of the kernel
        else:
            times = math.prod(inputs) // weight[0]  # every pixel that comes in spreads a kernel
        products = times * math.prod(weight)
    elif layer._reg_params and not isinstance(layer, WITHOUT_PRODUCTS):
        products = None
    return LayerRow(
        name=name,
        type=type(layer).__name__,
        output_shape=tuple(output[1:]),
        parameters=sum(math.prod(shape(parameter)) for parameter in learned),
        multiply_adds=products,
        detail=detail(layer),
    )


def detail(layer: Block) -> str:
    """What is worth knowing beside the class."""
    words = []
    if isinstance(layer, (_Conv, _Pooling)):
        kwargs = layer._kwargs
        ones = (1,) * len(kwargs["kernel"])
        if not kwargs.get("global_pool"):
            words.append(sides(kwargs["kernel"]))
            if kwargs["stride"] != (ones if isinstance(layer, _Conv) else kwargs["kernel"]):
                words.append(f"stride {stride(kwargs['stride'])}")
        if kwargs.get("dilate", ones) != ones:
            words.append(f"dilation {stride(kwargs['dilate'])}")
        if kwargs.get("num_group", 1) != 1:
            words.append(f"{kwargs['num_group']} groups")
    act = getattr(layer, "act", None) if isinstance(layer, (nn.Dense, _Conv)) else layer
    if isinstance(act, nn.Activation):
        words.append(str(act._act_type))
    if isinstance(layer, nn.Dropout):
        words.append(f"{layer._rate:g}")
    return ", ".join(words)


def sides(lengths: Sequence[int]) -> str:
    """Lengths along the axes: 5×5."""
    return "×".join(map(str, lengths))


def stride(steps: Sequence[int]) -> str:
    """Steps along the axes: 2 where they are all 2, else 2×1."""
    return str(steps[0]) if len(set(steps)) == 1 else sides(steps)


# --- showing ---------------------------------------------------------------------------------------------------------


def row_cells(row: LayerRow) -> tuple[str, ...]:
    """A row as text."""
    products = "not known" if row.multiply_adds is None else f"{row.multiply_adds:,}"
    kind = f"{row.type} {row.detail}".rstrip()
    return (row.name, kind, sides(row.output_shape), f"{row.parameters:,}", products)


def aligned(cells: Sequence[str], widths: Sequence[int], left: int = 3) -> str:
    """A line of a table: so many columns to the left, numbers to the right."""
    padded = [
        cell.ljust(width) if column < left else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths))
    ]
    return "  ".join(padded).rstrip()


def html_table(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """A table for a notebook: so many columns to the left, numbers to the right."""

    def line(cells: Sequence[str], tag: str) -> str:
        sides_ = ("left" if column < left else "right" for column in range(len(cells)))
        inside = (f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag}>' for cell, side in zip(cells, sides_))
        return f"<tr>{''.join(inside)}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><thead>{line(headings, 'th')}</thead><tbody>{body}</tbody></table>"
