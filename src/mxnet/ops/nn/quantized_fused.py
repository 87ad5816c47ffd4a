"""Layers with all that follows them in one node, as MXNet's library for the processor has them in graphs of 8 bits.

A node holds the graph of what it fuses: a convolution, batch norm, activation and sum, or a fully connected layer and
an activation. Over floats that graph is run. Over integers of 8 bits the first layer is added up exactly, what follows
computes with the floats these sums stand for, and the result is brought to 8 bits again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..dtype_rules import Kinds
from ..graphs import Layer
from ..registry import Graphs, describe, operator, spec_of
from ..shape_rules import Partial, Partials
from .activation import activation
from .convolution import convolution
from .normalization import batch_norm
from .quantized import bytes_checked, exact, exact_dense, range_of_sums
from .quantizing import HALF_STEPS, calibrated, farthest, float_per_step, integers, per_float, range_checked, rounded

__all__ = ["NORM", "each_in_steps", "sg_mkldnn_conv", "sg_mkldnn_fully_connected", "with_norm"]

_CHANNELS_LAST = ("NWC", "NHWC", "NDHWC")
#: activations whose result is never below 0, so that it is kept without a sign
_UNSIGNED = ("relu", "sigmoid", "softrelu")
_UNSIGNED_FUNCTIONS = ("abs", "square", "sqrt", "exp")


def _never_negative(layers: Sequence[Layer]) -> bool:
    """Whether what the last layer gives is never below 0."""
    spec, attributes = layers[-1].spec, layers[-1].attributes
    if spec is spec_of(activation):
        return attributes["act_type"] in _UNSIGNED
    return spec.name in _UNSIGNED_FUNCTIONS or (spec.name == "clip" and attributes["a_min"] >= 0)


def _result_kind(layers: Sequence[Layer], attributes: Mapping[str, Any]) -> torch.dtype:
    """The dtype of the result of a layer over integers."""
    if attributes.get("enable_float_output"):
        return torch.float32
    if not calibrated(attributes["min_calib_range"], attributes["max_calib_range"]):
        return torch.int32
    return torch.uint8 if _never_negative(layers) else torch.int8


def _outputs(attributes: Mapping[str, Any]) -> int:
    """Over integers the range comes with the result."""
    return 3 if attributes["quantized"] and not attributes.get("enable_float_output") else 1


def _named(*ends: str) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """What a graph calls the outputs."""
    return lambda attributes: ("output", *ends) if _outputs(attributes) == 3 else ("output",)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


def _shapes(inputs: Partials, attributes: Mapping[str, Any]) -> tuple[list[Partial], list[Partial]]:
    """What the graph tells of its variables and its output; ranges have one element."""
    (graph,) = attributes["graphs"]
    variables, outputs = graph.shapes(inputs[: graph.variables])
    return [*variables, *[(1,)] * (len(inputs) - graph.variables)], [outputs[0], (1,), (1,)]


def _dtypes(kept: Callable[[Mapping[str, Any]], torch.dtype]) -> Callable[..., tuple[Kinds, Kinds]]:
    """Over integers data and what is added are of 8 bits, the layer's parameters of a dtype that attributes tell."""

    def rule(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
        (graph,) = attributes["graphs"]
        if not attributes["quantized"]:
            return graph.dtypes(inputs[: graph.variables])
        told: list[Any] = [torch.float32] * len(inputs)
        first = graph.layers[0].inputs
        told[first[0]] = None
        for place in first[1:]:
            told[place] = kept(attributes)
        for layer in graph.layers[1:]:
            if layer.spec is not NORM:
                for place in layer.inputs:
                    if place < graph.variables:  # what is added
                        told[place] = None
        kind = _result_kind(graph.layers, attributes)
        return told, (kind, torch.float32, torch.float32)[: len(outputs)]

    return rule


def _rules(kept: Callable[[Mapping[str, Any]], torch.dtype], renamed: Mapping[str, str]) -> dict[str, Any]:
    return {
        # until 1.6 attributes were called after the only activation there was
        "upgrade": lambda attributes, version: {renamed.get(name, name): text for name, text in attributes.items()},
        "inputs": lambda inputs, outputs, attributes: _shapes(inputs, attributes)[0],
        "outputs": lambda inputs, attributes: _shapes(inputs, attributes)[1],
        "dtype": _dtypes(kept),
    }


# --- what follows the sums -----------------------------------------------------------------------------------------

#: the layer that a convolution takes into its weight
NORM = spec_of(batch_norm)


def _applied(layer: Layer, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
    """What an operator gives outside of training, where none draws numbers."""
    given = dict(layer.attributes)
    if layer.spec.takes_training:
        given["training"] = False
    if layer.spec.takes_rng:
        given["rng"] = None
    out = layer.spec.function(*inputs, **given)
    return out if isinstance(out, torch.Tensor) else out[0]


class _Fused:
    """A layer over integers and what follows it, as a node is called with them.

    Parameters
    ----------
    name : str
        of the operator, for errors
    graph : callable
        the graph of the node
    inputs : sequence of Tensor
        of the node: the graph's variables, then ends of ranges
    """

    def __init__(self, name: str, graph: Any, inputs: Sequence[torch.Tensor]) -> None:
        self.name, self.layers, self.variables = name, graph.layers, graph.variables
        self.values: dict[int, torch.Tensor] = dict(enumerate(inputs[: self.variables]))
        self.ends = list(inputs[self.variables :])

    def range(self, *arguments: str) -> tuple[torch.Tensor, torch.Tensor]:
        """The next two inputs, which are the ends of a range."""
        taken, self.ends = self.ends[:2], self.ends[2:]
        if len(taken) < 2:
            raise MXNetError(
                f"{self.name}: {arguments[0]} and {arguments[1]} are not given; expected both, (1,) float32"
            )
        range_checked(self.name, **dict(zip(arguments, taken)))
        return taken[0], taken[1]

    def inputs(self, layer: int) -> list[torch.Tensor]:
        """The values that a layer takes."""
        return [self.values[place] for place in self.layers[layer].inputs]

    def addends(self) -> dict[int, torch.Tensor]:
        """The variables that are added to what the first layers give, by their places."""
        return {
            place: self.values[place]
            for layer in self.layers[1:]
            if layer.spec is not NORM
            for place in layer.inputs
            if place < self.variables
        }

    def after(self, result: torch.Tensor, done: int) -> torch.Tensor:
        """What the layers after the first `done` give, the last of which gave `result`."""
        self.values[self.variables + done - 1] = result
        for place in range(done, len(self.layers)):
            result = _applied(self.layers[place], self.inputs(place))
            self.values[self.variables + place] = result
        return result

    def finished(self, result: torch.Tensor, step: Any, ends: Any, attributes: Mapping[str, Any]) -> Any:
        """The result as the node gives it: floats, integers of 8 bits, or of 32 in the steps of the sums.

        Parameters
        ----------
        result : Tensor
            floats
        step : Tensor
            the float that 1 of the sums stands for
        ends : callable
            gives the range of integers of 32 bits
        attributes : mapping
            of the node
        """
        kind = _result_kind(self.layers, attributes)
        if kind is torch.float32:
            return result.to(torch.float32)
        if kind is torch.int32:
            return integers(result / step), *ends()
        low, high = (
            result.new_full((1,), attributes[f"{end}_calib_range"], dtype=torch.float32) for end in ("min", "max")
        )
        return rounded(result * per_float(HALF_STEPS[kind], farthest(low, high)), kind), low, high


# --- convolution ---------------------------------------------------------------------------------------------------


def _normalized(fused: _Fused, weight: torch.Tensor, bias: torch.Tensor | None) -> tuple[Any, Any, int]:
    """Weight and bias with the batch norm that follows put into them, and how many layers they stand for."""
    if len(fused.layers) < 2 or fused.layers[1].spec is not NORM:
        return weight, bias, 1
    attributes = fused.layers[1].attributes
    parameters = [fused.values[place] for place in fused.layers[1].inputs[1:]]
    return *with_norm(weight, bias, parameters, attributes["eps"], attributes["fix_gamma"]), 2


def with_norm(
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    parameters: Sequence[torch.Tensor],
    eps: float,
    fix_gamma: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """A convolution's weight and bias with the batch norm that follows it, of these parameters, put into them."""
    gamma, beta, mean, variance = parameters
    scale = torch.rsqrt(variance + eps)
    if not fix_gamma:
        scale = scale * gamma
    shift = beta - mean * scale
    shape = (-1, *(1,) * (weight.dim() - 1))
    return weight * scale.reshape(shape), shift if bias is None else shift + bias * scale


def _in_floats(sums: torch.Tensor, cut: bool) -> torch.Tensor:
    """Sums as floats, which keep all their bits unless the result is cut to fewer anyway."""
    return sums.to(torch.float32 if cut else torch.float64)


def each_in_steps(weight: torch.Tensor, each_its_own: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """A weight in int8 and the float that 1 stands for, one for each element of the first axis or one for all."""
    reach = weight.abs().flatten(1).amax(1) if each_its_own else weight.abs().amax().reshape(1)
    step = reach / HALF_STEPS[torch.int8]
    shape = (-1, *(1,) * (weight.dim() - 1))
    scale = per_float(HALF_STEPS[torch.int8], reach).reshape(shape)
    return rounded((weight * scale).nan_to_num(nan=0.0), torch.int8), step


@operator(
    "_sg_mkldnn_conv",
    num_outputs=_outputs,
    outputs=_named("output_min", "output_max"),
    graphs=1,
    rules=_rules(lambda attributes: torch.float32, {"with_relu": "with_act", "with_postsum_relu": "with_postsum_act"}),
)
def sg_mkldnn_conv(
    *data: torch.Tensor,
    with_bn: bool = False,
    with_act: bool = False,
    with_sum: bool = False,
    with_postsum_act: bool = False,
    quantized: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    graphs: Graphs = (),
) -> Any:
    """A convolution and what follows it: batch norm, an activation, a sum and another activation.

    Parameters
    ----------
    data : NDArray
        the variables of the graph; over integers then the ends of the data's range and, with a sum, of the other
        addend's. Data and the addend are of 8 bits, the parameters floats
    with_bn, with_act, with_sum, with_postsum_act : bool
        what the graph has, which itself tells it
    quantized : bool
        whether to compute with integers of 8 bits
    min_calib_range, max_calib_range : float, optional
        the range of the result, found beforehand: it is of 8 bits then, without a sign where an activation leaves
        nothing below 0, and each filter has steps of its own. Without, it is of 32 bits

    Returns
    -------
    output, min_output, max_output : NDArray
        over floats the output alone

    Raises
    ------
    MXNetError
        arrays of other dtypes, shapes that do not fit, ranges missing
    """
    (graph,) = graphs
    if not quantized:
        return graph(*data)
    fused = _Fused("_sg_mkldnn_conv", graph, data)
    x, weight, *rest = fused.inputs(0)
    bytes_checked(fused.name, data=x)
    ends = fused.range("min_data", "max_data")
    for place, value in fused.addends().items():
        bytes_checked(fused.name, addend=value)
        low, high = fused.range("min_sum", "max_sum")
        fused.values[place] = value * float_per_step(low, high, value.dtype)
    weight, bias, done = _normalized(fused, weight, rest[0] if rest else None)
    known = calibrated(min_calib_range, max_calib_range)
    kept, weight_step = each_in_steps(weight, each_its_own=known)
    attributes = dict(fused.layers[0].attributes, no_bias=True)
    sums = exact(x, kept, lambda one, other: convolution(one, other, **attributes))
    step = float_per_step(*ends, x.dtype) * weight_step
    axes = (-1,) if attributes["layout"] in _CHANNELS_LAST else (-1, *(1,) * len(attributes["kernel"]))
    if bias is not None:
        sums = sums + (bias / step).nan_to_num(nan=0.0).round().to(torch.int32).reshape(axes)
    step = step.reshape(axes)
    result = fused.after(_in_floats(sums, known) * step, done)
    reach = weight.abs().amax().reshape(1)
    return fused.finished(
        result, step, lambda: range_of_sums(ends, (-reach, reach), x.dtype),
        {"min_calib_range": min_calib_range, "max_calib_range": max_calib_range},
    )  # fmt: skip


# --- fully connected -----------------------------------------------------------------------------------------------


def _kept_dense(attributes: Mapping[str, Any]) -> torch.dtype:
    return torch.float32 if attributes["channel_wise_quantize"] else torch.int8


@operator(
    "_sg_mkldnn_fully_connected",
    num_outputs=_outputs,
    outputs=_named("min_output", "max_output"),
    graphs=1,
    rules=_rules(_kept_dense, {"with_relu": "with_eltwise"}),
)
def sg_mkldnn_fully_connected(
    *data: torch.Tensor,
    quantized: bool = False,
    enable_float_output: bool = False,
    with_eltwise: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    channel_wise_quantize: bool | None = None,
    graphs: Graphs = (),
) -> Any:
    """A fully connected layer and the activation after it.

    Parameters
    ----------
    data : NDArray
        the variables of the graph; over integers then the ends of the ranges of the data, the weight and the bias. All
        three are of 8 bits
    with_eltwise : bool
        whether the graph has an activation, which itself tells it
    quantized : bool
        whether to compute with integers of 8 bits
    enable_float_output : bool
        whether the result is the floats that the sums stand for, alone
    min_calib_range, max_calib_range : float, optional
        the range of the result, found beforehand: it is of 8 bits then, without a sign where the activation leaves
        nothing below 0. Without, it is of 32 bits
    channel_wise_quantize : bool, optional
        weight and bias are floats, for which each row of the weight gets steps of its own; no ranges of them are given

    Returns
    -------
    output, min_output, max_output : NDArray
        over floats, and where floats are asked for, the output alone

    Raises
    ------
    MXNetError
        arrays of other dtypes, shapes that do not fit, ranges missing
    """
    (graph,) = graphs
    if not quantized:
        return graph(*data)
    name = "_sg_mkldnn_fully_connected"
    fused = _Fused(name, graph, data)
    x, weight, *rest = fused.inputs(0)
    bias = rest[0] if rest else None
    bytes_checked(name, data=x)
    ends = fused.range("min_data", "max_data")
    attributes = fused.layers[0].attributes
    known = {"min_calib_range": min_calib_range, "max_calib_range": max_calib_range}
    if channel_wise_quantize:
        if not (enable_float_output or calibrated(min_calib_range, max_calib_range)):
            raise MXNetError(f"{name}: channel_wise_quantize without a range; expected one, or enable_float_output")
        kept, weight_step = each_in_steps(weight, each_its_own=True)
        step = float_per_step(*ends, x.dtype) * weight_step
        offset = None if bias is None else (bias / step).nan_to_num(nan=0.0).round().to(torch.int32)
        reach = weight.abs().amax().reshape(1)
        weight_ends = (-reach, reach)
    else:
        if weight.dtype is not torch.int8:
            raise MXNetError(f"{name}: weight is {describe(weight)}; expected int8")
        kept, weight_ends = weight, fused.range("min_weight", "max_weight")
        step = float_per_step(*ends, x.dtype) * float_per_step(*weight_ends, torch.int8)
        offset = None
        if bias is not None:
            bias_step = float_per_step(*fused.range("min_bias", "max_bias"), torch.int8)
            offset = integers(bias * (bias_step / step))
    sums = exact_dense(name, x, kept, attributes["num_hidden"], attributes["flatten"])
    if offset is not None:
        sums = sums + offset
    result = fused.after(_in_floats(sums, enable_float_output or None not in known.values()) * step, 1)
    return fused.finished(
        result, step, lambda: range_of_sums(ends, weight_ends, x.dtype),
        {**known, "enable_float_output": enable_float_output},
    )  # fmt: skip
