"""The fully connected layer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..math.matrix_product import linear
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, left_over, length_or, product, with_axis

__all__ = ["fully_connected"]


def _params(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    data, units = shapes["data"], attributes["num_hidden"]
    # math.prod(()) is 1: the elements of data with one axis are rows of one
    return {"weight": (units, math.prod(data[1:]) if attributes["flatten"] else data[-1]), "bias": (units,)}


def _shape(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    units = attributes["num_hidden"]
    expected = _params({"data": shapes[0]}, attributes)
    if not shapes[0] or list(shapes[1:]) != list(expected.values())[: len(shapes) - 1]:
        return None
    return (shapes[0][0], units) if attributes["flatten"] else (*shapes[0][:-1], units)


@operator(
    "FullyConnected",
    "_npx_fully_connected",
    "_sparse_FullyConnected",
    params=_params,
    shape=_shape,
    asks={"bias": lambda attributes: not attributes["no_bias"]},
    role="dense",
)
def fully_connected(
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    num_hidden: int,
    no_bias: bool = False,
    flatten: bool = True,
) -> torch.Tensor:
    """Data × weightᵀ + bias.

    Parameters
    ----------
    data : NDArray (n, ...)
        with ``flatten`` all axes after the first count as one (of data with one axis each element is a row), else only
        the last axis is multiplied
    weight : NDArray (num_hidden, inputs)
        the matrix
    bias : NDArray (num_hidden,)
        left out with ``no_bias``

    Returns
    -------
    NDArray
        (n, num_hidden), or data's shape with num_hidden in the last place

    Raises
    ------
    MXNetError
        the weight or bias does not fit

    Examples
    --------
    >>> mx.nd.FullyConnected(mx.nd.ones((2, 3)), mx.nd.ones((4, 3)), no_bias=True, num_hidden=4).shape
    (2, 4)
    """
    if not data.dim():
        raise MXNetError(f"FullyConnected: data is {describe(data)}; expected an axis at least")
    inputs = data
    if flatten and data.dim() != 2:
        inputs = data.flatten(1) if data.dim() > 2 else data.unsqueeze(1)
    if not no_bias and bias is None:
        raise MXNetError("FullyConnected: no bias given; expected one, or no_bias=True")
    if not data.is_floating_point() or weight.dtype is not data.dtype:
        raise MXNetError(
            f"FullyConnected: data is {describe(data)} and weight {describe(weight)}; expected one floating dtype"
        )
    added = None if no_bias else bias
    if weight.dim() == 2 and weight.shape[0] == num_hidden and weight.shape[1] != inputs.shape[-1]:
        features = f"{inputs.shape[-1]} features" + (" a row" if inputs is not data else "")
        raise MXNetError(
            f"FullyConnected: data {describe(data)} has {features}; expected {weight.shape[1]}, by weight "
            f"{describe(weight)}"
        )
    if weight.shape != (num_hidden, inputs.shape[-1]) or (added is not None and added.shape != (num_hidden,)):
        raise MXNetError(
            f"FullyConnected: weight is {describe(weight)} and bias {describe(bias)} for data {describe(data)}; "
            f"expected {(num_hidden, inputs.shape[-1])} and ({num_hidden},)"
        )
    return linear(inputs, weight, added)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "FullyConnected")
def _rows_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The rows are the output's, the columns the weight's."""
    data, weight = inputs[0], inputs[1]
    out, units, columns = outputs[0], attributes["num_hidden"], length_or(inputs[1], 1)
    if data is None and weight is None and out is None:
        return (None,)
    if not attributes["flatten"]:
        shape = (UNKNOWN,) * len(data) if data is not None else None
        if out is not None:
            shape = with_axis(out, -1, UNKNOWN)
        known = None if shape is None else with_axis(shape, -1, columns)
        return known, (units, length_or(data, -1)), (units,)
    if data is None:
        return None, (units, columns) if weight is None else None, (units,)
    rows = (length_or(out, 0), *left_over(data[1:], columns))
    return rows, (units, product(data[1:])), (units,)
