"""Softmax and its kin, which turn scores along an axis into probabilities or their logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch

from ...base import MXNetError
from ..dtype_rules import by_attribute, floating
from ..gradients import straight_through
from ..math.reduce import axis_within, without_axes
from ..registry import DType, Shape, describe, operator, rule
from ..shape_rules import Partials, alike, first_as_output, length_or

__all__ = ["log_softmax", "softmax", "softmax_activation", "softmax_cross_entropy", "softmin"]

#: of the label's probability softmax_cross_entropy takes 1e-8 at least
_LARGEST_LOSS = -math.log(1e-8)


def _scores(
    name: str,
    function: Callable[..., torch.Tensor],
    data: torch.Tensor,
    length: torch.Tensor | None,
    axis: int,
    temperature: float | None,
    dtype: torch.dtype | None,
    use_length: bool | None,
) -> torch.Tensor:
    if not data.is_floating_point():
        raise MXNetError(f"{name}: data is {describe(data)}; expected floats")
    axis = axis if without_axes(data, axis) else axis_within(name, axis, data.dim())
    if temperature is not None and temperature != 1.0:
        data = data / temperature
    if not use_length:
        return function(data, axis) if dtype is None else function(data.to(dtype), axis)
    if length is None:
        raise MXNetError(
            f"{name}: use_length=True and no length given; expected one length for each slice along the axis"
        )
    shape = tuple(size for each, size in enumerate(data.shape) if each != axis)
    if tuple(length.shape) != shape:
        raise MXNetError(f"{name}: length is {describe(length)}; expected shape {shape}, data's without axis {axis}")
    steps = torch.arange(data.shape[axis], device=data.device)
    steps = steps.reshape([-1 if each == axis else 1 for each in range(data.dim())])
    inside = steps < length.unsqueeze(axis)
    result = function(data.masked_fill(~inside, float("-inf")), axis).masked_fill(~inside, 0)
    return result if dtype is None else result.to(dtype)


def _lengths(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    data = list(shapes["data"])
    del data[attributes["axis"]]
    return {"length": tuple(data)}


@operator(
    "softmax",
    "_npx_softmax",
    params=_lengths,
    method=True,
    asks={"length": lambda attributes: bool(attributes["use_length"])},
)
def softmax(
    data: torch.Tensor,
    length: torch.Tensor | None = None,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: DType = None,
    use_length: bool | None = False,
) -> torch.Tensor:
    """Probabilities along an axis: exp(data / temperature) divided by its sum.

    Parameters
    ----------
    data : NDArray
        scores, floats
    length : NDArray, optional
        with ``use_length``: how many of each slice's scores count; the others get 0
    axis : int
        the axis of the scores
    temperature : float, optional
        what the scores are divided by; 1 by default
    dtype : str, optional
        the dtype of the result; that of data by default

    Examples
    --------
    >>> mx.nd.softmax(mx.nd.array([[1, 1, 1, 1]])).asnumpy().tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    return _scores("softmax", torch.softmax, data, length, axis, temperature, dtype, use_length)


def _shape(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    fits = -len(shapes[0]) <= attributes["axis"] < len(shapes[0])
    return shapes[0] if len(shapes) == 1 and fits else None


@operator("log_softmax", "_npx_log_softmax", shape=_shape, method=True, role="log_probabilities")
def log_softmax(
    data: torch.Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: DType = None,
    use_length: bool | None = False,
) -> torch.Tensor:
    """Logarithms of :func:`softmax`, computed without losing small probabilities."""
    return _scores("log_softmax", torch.log_softmax, data, None, axis, temperature, dtype, use_length)


@operator("softmin", method=True)
def softmin(
    data: torch.Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: DType = None,
    use_length: bool | None = False,
) -> torch.Tensor:
    """:func:`softmax` of the scores with their sign turned."""
    return _scores("softmin", torch.softmax, -data, None, axis, temperature, dtype, use_length)


@operator("SoftmaxActivation")
def softmax_activation(data: torch.Tensor, *, mode: Literal["channel", "instance"] = "instance") -> torch.Tensor:
    """Probabilities along the last axis, or over the channels (axis 1) at each position.

    Parameters
    ----------
    data : NDArray (n, ...)
        scores
    mode : str
        'instance': the last axis, as MXNet's CPU kernel has it; 'channel': axis 1 of at least three
    """
    if mode == "channel":
        if data.dim() < 3:
            raise MXNetError(f"SoftmaxActivation: mode='channel' for data {describe(data)}; expected 3 or more axes")
        return torch.softmax(data, 1)
    return torch.softmax(data, -1)


@operator("softmax_cross_entropy", unlearned=("label",))
def softmax_cross_entropy(data: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """The sum over samples of minus the logarithm of the label's probability, in an array of one element.

    Parameters
    ----------
    data : NDArray (n, classes)
        scores
    label : NDArray (n,)
        class indices; one that is no class counts as one of probability 0

    Returns
    -------
    NDArray (1,)
        a probability below 1e-8 counts as 1e-8
    """
    if data.dim() != 2 or tuple(label.shape) != (data.shape[0],):
        raise MXNetError(
            f"softmax_cross_entropy: data {describe(data)} and label {describe(label)}; expected (n, classes) and (n,)"
        )
    labels = label.long()
    known = (labels >= 0) & (labels < data.shape[1])
    picked = data.gather(1, labels.masked_fill(~known, 0).unsqueeze(1)).squeeze(1).masked_fill(~known, 0)
    losses = data.logsumexp(1) - picked
    # MXNet bounds the loss, and not its gradient
    bounded = losses.clamp(max=_LARGEST_LOSS).masked_fill(~known, _LARGEST_LOSS)
    return straight_through(losses, bounded).sum().reshape(1)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "softmax")(first_as_output)
rule("inputs", "log_softmax", "softmin", "SoftmaxActivation")(alike)


@rule("inputs", "softmax_cross_entropy")
def _one_label_a_row(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, label = inputs
    rows = length_or(label, 0) if data is None else length_or(data, 0)
    return (rows, length_or(data, 1)), (rows,)


rule("dtype", "softmax", "log_softmax", "softmin")(by_attribute(default=None))
rule("dtype", "softmax_cross_entropy")(floating)
