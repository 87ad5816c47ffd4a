"""NumPy's weighted means, percentiles, polynomials and differences for ``mx.np``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from ...base import MXNetError, RefusedValueError
from .. import host
from ..dtype_rules import Kinds
from ..gradients import constant, piecewise_constant
from ..math.reduce import axis_within, reduced_back
from ..registry import Axis, describe, operator, rule
from ..shape_rules import Partials
from .reduce import axes_of_reduction


def _broadcast_weights(a: torch.Tensor, weights: torch.Tensor, axis: Any) -> torch.Tensor:
    """Weights in the shape of the array: they have it, or are one number for each place along one axis."""
    if weights.shape == a.shape:
        return weights
    places = (axis,) if isinstance(axis, int) else axis
    one = None if places is None or len(places) != 1 else axis_within("np.average", places[0], a.dim())
    if one is None or tuple(weights.shape) != (a.shape[one],):
        raise MXNetError(
            f"np.average: weights {describe(weights)} for a {describe(a)}, axis={axis}; expected the shape of a, "
            "or one weight for each place along one axis"
        )
    return weights.reshape([-1 if each == one else 1 for each in range(a.dim())]).expand(a.shape)


def _divided(total: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    if total.is_floating_point():
        return total / scale
    return torch.div(total, scale, rounding_mode="trunc")


@operator(
    "_npi_average",
    num_outputs=lambda attributes: 1 + attributes["returned"],
    outputs=("output0", "output1"),
    asks={"weights": lambda attributes: attributes["weighted"]},
    same_dtype=True,
)
def average(
    a: torch.Tensor,
    weights: torch.Tensor | None = None,
    *,
    axis: Axis = None,
    returned: bool = False,
    weighted: bool = True,
) -> Any:
    """The weighted mean over axes, over all by default, and the sum of the weights where it is to be returned.

    The mean of integers is an integer. No gradient comes from the sum of the weights.
    """
    if a.dtype is torch.bool:
        raise MXNetError(f"np.average: a {describe(a)}; expected numbers")
    if weighted and weights is None:
        raise MXNetError("np.average: weights are not given; expected them, or weighted=False")
    if weights is not None:
        weights = _broadcast_weights(a, weights, axis)
    if axis == ():  # each element alone
        a, weights = a.unsqueeze(-1), None if weights is None else weights.unsqueeze(-1)
    axes = axes_of_reduction("np.average", a, axis)
    if weights is None:
        total = a.sum(axes, dtype=a.dtype)
        count = 1
        for each in axes:
            count *= a.shape[each]
        scale = torch.full_like(total, count, requires_grad=False)
    else:
        total, scale = (a * weights).sum(axes, dtype=a.dtype), weights.sum(axes, dtype=a.dtype)
    mean = _divided(total, scale)
    if not returned:
        return mean
    inputs = (a,) if weights is None else (a, weights)
    return mean, constant(scale.detach(), *inputs)


# --- percentiles ---------------------------------------------------------------------------------------------------


def _checked_percentages(q: Any, least: float, largest: float) -> None:
    if not (least >= 0 and largest <= 100):
        raise RefusedValueError(f"np.percentile: q={q}; expected percentages from 0 to 100")


@operator(
    "_npi_percentile",
    asks={"q": lambda attributes: attributes["q_scalar"] is None},
    host=lambda attributes: host.CHECKS if attributes["q_scalar"] is None else "",
)
def percentile(
    a: torch.Tensor,
    q: torch.Tensor | None = None,
    *,
    axis: Axis = None,
    interpolation: Literal["higher", "linear", "lower", "midpoint", "nearest"] = "linear",
    keepdims: bool = False,
    q_scalar: float | None = None,
) -> torch.Tensor:
    """The elements that so many percent of those over axes do not exceed, one for each percentage; without a gradient.

    Raises
    ------
    ValueError
        a percentage is not from 0 to 100
    """
    if a.dtype is torch.bool:
        raise MXNetError(f"np.percentile: a {describe(a)}; expected numbers")
    if q is None and q_scalar is None:
        raise MXNetError("np.percentile: expected q, or q_scalar")
    kind = a.dtype if a.dtype is torch.float64 else torch.float32
    if q is None:
        if not a.is_meta:  # where shapes are told, nothing is refused that a call would refuse with its own error
            _checked_percentages(q_scalar, q_scalar, q_scalar)  # type: ignore[arg-type]
        points = torch.full((), q_scalar, dtype=torch.float64, device=a.device)  # type: ignore[arg-type]
    else:
        points = q.detach().double()
        if points.numel() and not points.is_meta:
            _checked_percentages(points.tolist(), *(float(each) for each in torch.aminmax(points)))
    a = a.unsqueeze(-1) if axis == () else a
    axes = axes_of_reduction("np.percentile", a, axis)
    left = [each for each in range(a.dim()) if each not in axes]
    lengths = [a.shape[each] for each in left]
    values = a.detach().to(kind).permute(*left, *axes).reshape((*lengths, -1))
    if not values.shape[-1]:
        raise MXNetError(f"np.percentile: a {describe(a)} has no elements along axis={axis}")
    values = values.sort(-1).values
    values = values.masked_fill(values[..., -1:].isnan(), torch.nan)  # one that is no number leaves none
    at = points.reshape(-1) / 100 * (values.shape[-1] - 1)
    low, high = at.floor(), at.ceil()
    if interpolation == "nearest":  # halves upwards
        low = high = (at + 0.5).floor()
    elif interpolation == "lower":
        high = low
    elif interpolation == "higher":
        low = high
    share = torch.full_like(at, 0.5) * (high - low) if interpolation == "midpoint" else at - low
    first, second = (values.index_select(-1, each.long()) for each in (low, high))
    result = first if low is high else first + (second - first) * share.to(kind)
    result = result.movedim(-1, 0).reshape((*points.shape, *lengths))
    if keepdims:
        kept = [1 if each in axes else a.shape[each] for each in range(a.dim())]
        result = result.reshape((*points.shape, *kept))
    return constant(result, *(each for each in (a, q) if each is not None))


# --- polynomials and differences -----------------------------------------------------------------------------------


@operator("_npi_polyval", same_dtype=True)
def polyval(p: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The values at ``x`` of a polynomial whose coefficients ``p``, that of the highest power first, are given.

    Raises
    ------
    ValueError
        ``p`` has not one axis
    """
    if p.dim() != 1:
        raise RefusedValueError(f"np.polyval: p {describe(p)}; expected one axis")
    value = constant(torch.zeros_like(x), p, x)
    for power in range(p.shape[0]):
        value = value * x + p[power]
    return value


@operator(
    "_npi_ediff1d",
    same_dtype=True,
    asks={
        "input2": lambda attributes: attributes["to_begin_arr_given"] or attributes["to_end_arr_given"],
        "input3": lambda attributes: attributes["to_begin_arr_given"] and attributes["to_end_arr_given"],
    },
)
def ediff1d(
    input1: torch.Tensor,
    input2: torch.Tensor | None = None,
    input3: torch.Tensor | None = None,
    *,
    to_begin_arr_given: bool = False,
    to_end_arr_given: bool = False,
    to_begin_scalar: float | None = None,
    to_end_scalar: float | None = None,
) -> torch.Tensor:
    """The differences of neighbours in the array read row by row, with more before and after them where it is given.

    What stands before and after is a number, or the next input that is given.
    """
    if input1.dtype is torch.bool:
        raise MXNetError(f"np.ediff1d: an array {describe(input1)}; expected numbers")
    arrays = [each for each in (input2, input3) if each is not None]
    if len(arrays) != to_begin_arr_given + to_end_arr_given:
        raise MXNetError(
            f"np.ediff1d: {len(arrays)} more arrays, to_begin_arr_given={to_begin_arr_given}, "
            f"to_end_arr_given={to_end_arr_given}; expected one for each that is given"
        )
    flat = input1.reshape(-1)
    parts = [flat[1:] - flat[:-1]]
    for place, given, number in ((0, to_begin_arr_given, to_begin_scalar), (2, to_end_arr_given, to_end_scalar)):
        if given:
            parts.insert(place, arrays.pop(0).reshape(-1))
        elif number is not None:
            parts.insert(place, torch.full((1,), number, dtype=flat.dtype, device=flat.device))
    return torch.cat(parts)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_npi_average")
def _before_averaging(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return reduced_back(inputs, outputs, {**attributes, "keepdims": False})


@rule("head", "_npi_average")
def _of_the_mean(attributes: Mapping[str, Any], output: int) -> bool:
    return output == 0


@rule("inputs", "_npi_percentile")
def _before_choosing(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """With one percentage alone the result is what a reduction leaves; an array's axes come first."""
    if attributes["q_scalar"] is None:
        return (None, None)
    return reduced_back(inputs, outputs, attributes)


@rule("dtype", "_npi_percentile")
def _as_exact_as_the_data(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    kind = inputs[0]
    return (), (None if kind is None else kind if kind is torch.float64 else torch.float32,)


rule("head", "_npi_percentile")(piecewise_constant)


@rule("inputs", "_npi_polyval")
def _points_as_the_values(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return None, outputs[0]


rule("inputs", "_npi_ediff1d")("arrays of several shapes have as many elements")
