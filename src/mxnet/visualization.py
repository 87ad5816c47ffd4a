"""Graphs as a table and as a drawing."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .base import dtype_name
from .symbol import Symbol

__all__ = ["plot_network", "print_summary"]

#: how the names of parameters end, which drawings leave out
_PARAMETER = re.compile(r"_(weight|bias|beta|gamma|(moving|running)_(var|mean))(_quantize)?$")
_VARIABLE, _OTHER = "#8dd3c7", "#fccde5"
#: how every node is drawn, in the order in which graphviz writes it down: sizes are inches
_BOX = dict(
    zip(("shape", "fixedsize", "width", "height", "style"), ("box", "true", "1.3", "0.8034", "filled"), strict=True)
)
_COLOURS = {
    "Activation": "#ffffb3",
    "BatchNorm": "#bebada",
    "Concat": "#fdb462",
    "Convolution": "#fb8072",
    "Flatten": "#fdb462",
    "FullyConnected": "#fb8072",
    "LeakyReLU": "#ffffb3",
    "Pooling": "#80b1d3",
    "Reshape": "#fdb462",
}


class _Node(NamedTuple):
    """A node of a graph's file."""

    op: str
    name: str
    attributes: Mapping[str, str]
    inputs: Sequence[Sequence[int]]

    @property
    def is_variable(self) -> bool:
        """Whether it is an input of the graph."""
        return self.op == "null"


class _Shown:
    """A graph's nodes, with the shapes and dtypes that are known of what they give."""

    def __init__(self, caller: str, symbol: Any, shape: Any, dtype: Any = None) -> None:
        if not isinstance(symbol, Symbol):
            raise TypeError(f"{caller}: symbol is a {type(symbol).__name__}; expected a Symbol")
        graph = json.loads(symbol.tojson())
        self.nodes = [_Node(node["op"], node["name"], node.get("attrs", {}), node["inputs"]) for node in graph["nodes"]]
        self.head = graph["heads"][0][0]
        internals = symbol.get_internals()
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.dtypes: dict[str, Any] = {}
        if shape is not None:
            _, found, _ = internals.infer_shape(**shape)
            if found is None:
                raise ValueError(f"{caller}: the shapes of {', '.join(shape)} do not tell all others")
            self.shapes = dict(zip(internals.list_outputs(), found))
        if dtype is not None:
            if not isinstance(dtype, Mapping):
                raise TypeError(f"{caller}: dtype={dtype!r}; expected a dict of dtypes by name")
            _, kinds, _ = internals.infer_type(**dtype)
            if kinds is None:
                raise ValueError(f"{caller}: the dtypes given do not tell all others")
            self.dtypes = dict(zip(internals.list_outputs(), kinds))

    def key(self, entry: Sequence[int]) -> str:
        """What an output is called among a graph's inner ones."""
        node = self.nodes[entry[0]]
        if node.is_variable:
            return node.name
        numbered = f"{node.name}_output{entry[1]}"
        return numbered if numbered in self.shapes or numbered in self.dtypes else f"{node.name}_output"


def _numbers(text: str) -> tuple[int, ...]:
    """The lengths in an attribute such as "(3, 3)"."""
    value = ast.literal_eval(text.replace("L", ""))
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _joined(lengths: Sequence[int]) -> str:
    return "x".join(map(str, lengths))


# --- the table ----------------------------------------------------------------------------------------------------


def print_summary(
    symbol: Symbol,
    shape: Mapping[str, Sequence[int]] | None = None,
    line_length: int = 120,
    positions: Sequence[float] = [0.44, 0.64, 0.74, 1.0],
) -> None:
    """Print a table of a graph's nodes: name and operator, shape without the batch, parameters, and what is before.

    Parameters
    ----------
    symbol : Symbol
        the graph
    shape : dict of str to tuple of int, optional
        shapes of its inputs; without them shapes are left out and parameters are not all counted
    line_length : int
        characters of a line
    positions : list of float
        where the columns end, as characters or as shares of the line

    Raises
    ------
    TypeError
        `symbol` is none
    MXNetError, ValueError
        there is no such input, or the shapes do not tell all others

    Examples
    --------
    >>> network = mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=2, name='fc')
    >>> mx.viz.print_summary(network, shape={'data': (1, 3)}, line_length=60)
    ____________________________________________________________
    Layer (type)              Output ShapeParam Previous Layer
    ============================================================
    data(null)                3           0
    ____________________________________________________________
    fc(FullyConnected)        2           8     data
    ============================================================
    Total params: 8
    ____________________________________________________________
    """
    shown = _Shown("print_summary", symbol, shape)
    ends = [int(line_length * each) for each in positions] if positions[-1] <= 1 else [int(each) for each in positions]

    def row(fields: Sequence[Any]) -> None:
        line = ""
        for field, end in zip(fields, ends):
            line = f"{line}{field}"[:end].ljust(end)
        print(line)

    print("_" * line_length)
    row(["Layer (type)", "Output Shape", "Param #", "Previous Layer"])
    print("=" * line_length)
    # the first variable counts as a layer, and so does a variable that is the whole graph
    layers = [place for place, node in enumerate(shown.nodes) if not node.is_variable or place in (0, shown.head)]
    total = 0
    for place in layers:
        node = shown.nodes[place]
        before = [entry for entry in node.inputs if entry[0] in layers]
        count = _parameters(shown, node, before)
        total += count
        own = _joined(shown.shapes.get(node.name if node.is_variable else f"{node.name}_output", ())[1:])
        names = [shown.nodes[entry[0]].name for entry in before]
        row([f"{node.name}({node.op})", own, count, names[0] if names else ""])
        for name in names[1:]:
            row(["", "", "", name])
        print(("=" if place == layers[-1] else "_") * line_length)
    print(f"Total params: {total}")
    print("_" * line_length)


def _parameters(shown: _Shown, node: _Node, before: Sequence[Sequence[int]]) -> int:
    """How many parameters a layer has, as far as MXNet counts them."""
    given = node.attributes
    channels = sum(shape[1] for entry in before if len(shape := shown.shapes.get(shown.key(entry), ())) > 1)
    biased = given.get("no_bias", "False") not in ("True", "1")
    if node.op == "Convolution":
        filters = int(given["num_filter"])
        count = channels * filters // int(given.get("num_group", "1"))
        for length in _numbers(given["kernel"]):
            count *= length
        return count + filters * biased
    if node.op == "FullyConnected":
        hidden = int(given["num_hidden"])
        return channels * hidden + hidden * biased
    if node.op == "BatchNorm":
        shape = shown.shapes.get(f"{node.name}_output", ())
        return 2 * shape[1] if len(shape) > 1 else 0
    if node.op == "Embedding":
        return int(given["input_dim"]) * int(given["output_dim"])
    return 0


# --- the drawing --------------------------------------------------------------------------------------------------


def plot_network(
    symbol: Symbol,
    title: str = "plot",
    save_format: str = "pdf",
    shape: Mapping[str, Sequence[int]] | None = None,
    dtype: Any = None,
    node_attrs: Mapping[str, str] = {},
    hide_weights: bool = True,
) -> Any:
    """A drawing of a graph, by the package graphviz.

    Parameters
    ----------
    symbol : Symbol
        the graph
    title : str
        what its file is called
    save_format : str
        'pdf', 'png' or another that graphviz knows
    shape : dict of str to tuple of int, optional
        shapes of its inputs; edges are then labelled with what goes over them
    dtype : dict of str to dtype, optional
        dtypes of its inputs, for the labels too
    node_attrs : dict of str to str
        attributes of all nodes
    hide_weights : bool
        leave edges to parameters out

    Returns
    -------
    graphviz.Digraph
        ``render()`` writes it, and a notebook shows it

    Raises
    ------
    TypeError
        `symbol` is none, or `dtype` no dict
    ImportError
        graphviz is not installed
    """
    try:
        from graphviz import Digraph
    except ImportError as error:
        text = "plot_network: the package graphviz is missing; install it with: pip install graphviz"
        raise ImportError(text) from error
    shown = _Shown("plot_network", symbol, shape, dtype)
    common = {**_BOX, **node_attrs}
    drawing = Digraph(name=title, format=save_format)
    # parameters get no look of their own; where edges lead to them, graphviz draws them plainly
    parameters = {node.name for node in shown.nodes if node.is_variable and _PARAMETER.search(node.name)}
    hidden = parameters if hide_weights else set()
    drawn = [node for node in shown.nodes if node.name not in parameters]
    for node in drawn:
        look = {"fillcolor": _COLOURS.get(node.op, _OTHER)}
        if node.is_variable:
            look = {"fillcolor": _VARIABLE, "shape": "oval"}
        drawing.node(name=node.name, label=_label(node), **{**common, **look})
    for node in drawn:
        for entry in node.inputs:
            source = shown.nodes[entry[0]].name
            if source not in hidden:
                label = _edge_label(shown, shown.key(entry))
                drawing.edge(tail_name=node.name, head_name=source, dir="back", arrowtail="open", label=label)
    return drawing


def _label(node: _Node) -> str:
    """What stands in a node of a drawing."""
    given = node.attributes
    if node.op in ("Convolution", "Pooling") and "kernel" in given:
        window = f"{_joined(_numbers(given['kernel']))}/{_joined(_numbers(given.get('stride', '1')))}"
        if node.op == "Convolution":
            return f"Convolution\n{window}, {given['num_filter']}"
        return f"Pooling\n{given.get('pool_type', 'max')}, {window}"
    if node.op == "FullyConnected":
        return f"FullyConnected\n{given['num_hidden']}"
    if node.op in ("Activation", "LeakyReLU"):
        return f"{node.op}\n{given.get('act_type', 'leaky')}"
    return node.name


def _edge_label(shown: _Shown, key: str) -> str:
    """What goes over an edge of a drawing: a shape without the batch, and a dtype, as far as they are known."""
    label = _joined(shown.shapes[key][1:]) if key in shown.shapes else ""
    return f"{label}({dtype_name(shown.dtypes[key])})" if key in shown.dtypes else label
