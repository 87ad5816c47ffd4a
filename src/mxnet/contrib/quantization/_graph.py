"""Graphs over floats made into graphs over integers of 8 bits.

An operator that has a counterpart over integers becomes it. Where floats go into such a node, a quantize node stands
between; a parameter is quantized beforehand and comes as three variables. Where a node over floats reads an integer, a
dequantize node stands between. Sums of 32 bits are brought to 8 by a requantize node.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from ...base import MXNetError
from ...ndarray import NDArray, contrib
from ...symbol import Symbol
from ...symbol.graph import Entry, Node, layers_of, output_names, topological, variable
from ._fusing import CONVOLUTION, DENSE, inner_names

__all__ = ["calibrated", "calibrated_values", "quantized_graph", "quantized_parameters"]


class _Counterpart(NamedTuple):
    """What an operator becomes.

    Attributes
    ----------
    op : the operator over integers
    taken : callable(node) -> the places of the inputs that are integers
    always : whether it is worth going to integers and back for it
    sums : whether its result is of 32 bits
    measured : whether it has to be told the range of its result
    fits : callable(node) -> whether the operator over integers can do it
    told : attributes that it gets
    """

    op: str
    taken: Callable[[Node], Collection[int]]
    always: bool = False
    sums: bool = False
    measured: bool = False
    fits: Callable[[Node], bool] = lambda node: True
    told: Mapping[str, str] = {}


def _all(node: Node) -> Collection[int]:
    return range(len(node.inputs))


def _first(node: Node) -> Collection[int]:
    return (0,)


def _data_and_addend(node: Node) -> Collection[int]:
    """Of a fused convolution the data, and what is added."""
    layers = layers_of(node.graphs[0])
    last = len(node.inputs) - 1
    return (layers[0].inputs[0], last) if node.all_attributes()["with_sum"] else (layers[0].inputs[0],)


_COUNTERPARTS = {
    "Convolution": _Counterpart("_contrib_quantized_conv", _all, always=True, sums=True),
    "FullyConnected": _Counterpart("_contrib_quantized_fully_connected", _all, always=True, sums=True),
    CONVOLUTION: _Counterpart(CONVOLUTION, _data_and_addend, always=True, sums=True, told={"quantized": "true"}),
    DENSE: _Counterpart(DENSE, _all, always=True, sums=True, told={"quantized": "True"}),
    "Pooling": _Counterpart(
        "_contrib_quantized_pooling", _all, fits=lambda node: node.all_attributes()["pool_type"] in ("max", "avg")
    ),
    "Flatten": _Counterpart("_contrib_quantized_flatten", _all),
    "Activation": _Counterpart(
        "_contrib_quantized_act", _all, fits=lambda node: node.all_attributes()["act_type"] == "relu"
    ),
    "Concat": _Counterpart("_contrib_quantized_concat", _all),
    "elemwise_add": _Counterpart("_contrib_quantized_elemwise_add", _all, sums=True),
    "elemwise_mul": _Counterpart("_contrib_quantized_elemwise_mul", _all, sums=True),
    "BatchNorm": _Counterpart("_contrib_quantized_batch_norm", _first, measured=True),
    "Embedding": _Counterpart("_contrib_quantized_embedding", lambda node: (1,)),
}
#: operators whose outputs have names in MXNet, and so the nodes after them: `x_output_quantize`, else `x_0_quantize`
_NAMED = frozenset(
    """Activation BatchNorm BilinearSampler Concat Convolution Correlation Crop Deconvolution Dropout GridGenerator
    GroupNorm IdentityAttachKLSparseReg InstanceNorm L2Normalization LRN LayerNorm LeakyReLU MakeLoss Pad Pooling RNN
    ROIPooling SVMOutput SequenceLast SequenceMask SequenceReverse SliceChannel SoftmaxActivation SoftmaxOutput
    SpatialTransformer SwapAxis UpSampling im2col softmax FullyConnected _contrib_BatchNormWithReLU
    _contrib_DeformableConvolution _contrib_ModulatedDeformableConvolution _contrib_ROIAlign _contrib_SyncBatchNorm
    _sg_mkldnn_conv _sg_mkldnn_fully_connected""".split()
)
_MODES = ("full", "smart")


def _fitting(node: Node, excluded_names: Collection[str], excluded_ops: Collection[str]) -> _Counterpart | None:
    """What a node could become, or None."""
    found = _COUNTERPARTS.get(node.op or "")
    if found is None or not found.fits(node) or node.op in excluded_ops:
        return None
    return None if {node.name, *inner_names(node)} & set(excluded_names) else found


def _chosen(order: Sequence[Node], candidates: Mapping[int, _Counterpart], mode: str) -> set[int]:
    """The ids of the nodes that become nodes over integers.

    In mode 'smart' one that is not worth it by itself does so only on the way from one that is to another.
    """
    if mode == "full":
        return set(candidates)
    sure = {place for place, each in candidates.items() if each.always}
    after, before = set(sure), set(sure)
    for node in order:
        if id(node) in candidates and any(id(entry.node) in after for entry in node.inputs):
            after.add(id(node))
    for node in reversed(order):
        if id(node) in before:
            before |= {id(entry.node) for entry in node.inputs if id(entry.node) in candidates}
    return sure | (after & before)


class _Quantization:
    """A copy of a graph over integers."""

    def __init__(self, chosen: Mapping[int, _Counterpart], offline: Collection[str], dtype: str, rows: bool) -> None:
        self._chosen, self._offline, self._dtype, self._rows = chosen, offline, dtype, rows
        self._copies: dict[int, Node] = {}
        self._integers: dict[tuple[int, int], tuple[Entry, Entry, Entry]] = {}
        self._floats: dict[tuple[int, int], Entry] = {}

    def run(self, heads: Sequence[Entry]) -> list[Entry]:
        """The heads of the copy, as floats."""
        for node in topological(heads):
            if id(node) in self._chosen:
                self._convert(node, self._chosen[id(node)])
            else:
                inputs = [self._as_float(entry) for entry in node.inputs]
                self._copies[id(node)] = Node(node.op, node.name, dict(node.attributes), inputs, node.graphs)
        return [self._as_float(entry) for entry in heads]

    def _convert(self, node: Node, counterpart: _Counterpart) -> None:
        told = dict(counterpart.told)
        taken = counterpart.taken(node)
        if node.op == DENSE and self._rows:
            taken, told["channel_wise_quantize"] = (0,), "True"
        inputs, ends = [], []
        for place, entry in enumerate(node.inputs):
            if place in taken:
                value, low, high = self._as_integer(entry)
                inputs.append(value)
                ends += [low, high]
            else:
                inputs.append(self._as_float(entry))
        attributes = {**node.attributes, **told}
        made = Node(counterpart.op, f"quantized_{node.name}", attributes, inputs + ends, node.graphs)
        if counterpart.sums:
            sums = [Entry(made, place) for place in range(3)]
            made = Node("_contrib_requantize", f"requantize_{node.name}", {"out_type": self._dtype}, sums)
        self._copies[id(node)] = made
        self._integers[id(node), 0] = (Entry(made), Entry(made, 1), Entry(made, 2))

    def _as_integer(self, entry: Entry) -> tuple[Entry, Entry, Entry]:
        node, key = entry.node, (id(entry.node), entry.output)
        if key not in self._integers:
            if node.op is None and node.name in self._offline:
                found = tuple(Entry(variable(f"{node.name}_quantize{end}")) for end in ("", "_min", "_max"))
            else:
                word = node.name if node.op is None else f"{node.name}_{_place(entry)}"
                made = Node(
                    "_contrib_quantize_v2", f"{word}_quantize", {"out_type": self._dtype}, [self._as_float(entry)]
                )
                found = tuple(Entry(made, place) for place in range(3))
            self._integers[key] = found  # type: ignore[assignment]
        return self._integers[key]

    def _as_float(self, entry: Entry) -> Entry:
        node, key = entry.node, (id(entry.node), entry.output)
        if id(node) not in self._chosen:
            return Entry(self._copies[id(node)], entry.output, entry.version)
        if entry.output:
            raise MXNetError(f"{node.name} ({node.op}): output {entry.output} is read, and there is one over integers")
        if key not in self._floats:
            self._floats[key] = Entry(
                Node("_contrib_dequantize", f"{node.name}_dequantize", {}, [*self._integers[key]])
            )
        return self._floats[key]


def _place(entry: Entry) -> str:
    """What an output is called where a node after it is named for it."""
    if entry.node.op not in _NAMED:
        return str(entry.output)
    return output_names(entry.node)[entry.output].removeprefix(f"{entry.node.name}_")


def quantized_graph(
    symbol: Symbol,
    excluded_names: Collection[str],
    excluded_ops: Collection[str],
    offline: Collection[str],
    dtype: str,
    mode: str,
    rows: bool,
) -> tuple[Symbol, list[str]]:
    """A graph over integers, and the names of the values whose ranges are wanted.

    Parameters
    ----------
    symbol : Symbol
        the graph over floats
    excluded_names, excluded_ops : collection of str
        nodes and operators that stay
    offline : collection of str
        the parameters
    dtype : str
        of the data between nodes, 'int8', 'uint8' or 'auto'
    mode : str
        'full': all that can be; 'smart': what is worth it
    rows : bool
        whether fully connected layers get steps for each of their rows

    Raises
    ------
    MXNetError
        another mode, or an output of a node is in use that it has over floats alone
    """
    if mode not in _MODES:
        raise MXNetError(f"quantize_mode={mode!r}; expected 'full' or 'smart'")
    order = topological(symbol._entries)
    candidates = {
        id(node): found for node in order if (found := _fitting(node, excluded_names, excluded_ops)) is not None
    }
    chosen = {key: candidates[key] for key in _chosen(order, candidates, mode)}
    result = symbol._wrap(_Quantization(chosen, offline, dtype, rows).run(symbol._entries))
    return result, list(calibrated_values(result).values())


def calibrated_values(symbol: Symbol) -> dict[str, str]:
    """By the name of each node that is told a range, the name of the value over floats that it is the range of."""
    found = {}
    for node in topological(symbol._entries):
        if node.op == "_contrib_quantize_v2":
            source = node.inputs[0]
            found[node.name] = source.node.name if source.node.op is None else output_names(source.node)[source.output]
        elif node.op == "_contrib_requantize":
            found[node.name] = f"{node.name.removeprefix('requantize_')}_output"
        elif node.op == "_contrib_quantized_batch_norm":
            found[node.name] = f"{node.name.removeprefix('quantized_')}_output"
    return found


def calibrated(symbol: Symbol, ranges: Mapping[str, tuple[float, float]]) -> Symbol:
    """A copy of a graph over integers, told the ranges of values."""
    wanted = calibrated_values(symbol)
    copies: dict[int, Node] = {}
    for node in topological(symbol._entries):
        attributes = dict(node.attributes)
        ends = ranges.get(wanted.get(node.name, "")) if node.name in wanted else None
        if ends is not None:
            attributes |= {f"{end}_calib_range": f"{value:f}" for end, value in zip(("min", "max"), ends)}
        inputs = [Entry(copies[id(source)], output, version) for source, output, version in node.inputs]
        copies[id(node)] = Node(node.op, node.name, attributes, inputs, node.graphs)
    return symbol._wrap([Entry(copies[id(node)], output, version) for node, output, version in symbol._entries])


def quantized_parameters(symbol: Symbol, parameters: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """The parameters of a graph over integers, of those over floats."""
    found: dict[str, NDArray] = {}
    for name in symbol.list_arguments():
        original = name.removesuffix("_quantize")
        if name in parameters:
            found[name] = parameters[name]
        elif original != name and original in parameters:
            value = parameters[original].astype("float32", copy=False)
            arrays = contrib.quantize(value, value.min().reshape((1,)), value.max().reshape((1,)), out_type="int8")
            found.update(zip((name, f"{name}_min", f"{name}_max"), arrays))
    return found
