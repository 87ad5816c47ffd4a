"""Conversion between dtypes. Always a copy; integers out of range wrap as a cast in C does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from .. import integers
from ..dtype_rules import Kinds, by_attribute
from ..registry import DType, operator, rule
from ..shape_rules import alike, as_inputs, each_its_output

#: the dtypes between which mixed precision casts
MIXED = (torch.float32, torch.float16, torch.bfloat16)


@operator("Cast", "cast", "_npi_cast", "_npx_cast")
def cast(data: torch.Tensor, *, dtype: DType) -> torch.Tensor:
    """The elements in another dtype.

    Parameters
    ----------
    data : NDArray
        of any shape
    dtype : str or NumPy dtype
        the dtype wanted; fractions are cut off where it is an integer type

    Returns
    -------
    NDArray
        a copy, also where ``data`` has the dtype already

    Examples
    --------
    >>> print(mx.nd.cast(mx.nd.array([-1.5, 2.7]), dtype="int32").asnumpy())
    [-1  2]
    """
    if dtype is None:
        raise MXNetError("Cast: dtype=None; expected a dtype")
    result = data.to(dtype, copy=True)
    if result.requires_grad:
        return result
    source = data if data.requires_grad else integers.stand_in(data)
    if source is None or not source.view_as(source).requires_grad:  # it is only while a graph is recorded
        return result
    node = _ThroughIntegers.apply(source, result, data.dtype)
    return node if result.is_floating_point() else integers.carry(result, node)


class _ThroughIntegers(torch.autograd.Function):
    """A cast from or to integers. The gradient goes the same way back, cut where it is one of integers."""

    @staticmethod
    def forward(ctx: Any, source: torch.Tensor, result: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
        ctx.kinds = result.dtype, kind, source.dtype
        return result.view_as(result) if result.is_floating_point() else integers.placeholder(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        above, below, graphed = ctx.kinds
        return integers.cut(integers.cut(gradient, above), below).to(graphed), None, None


@operator("amp_cast", role="precision")
def amp_cast(data: torch.Tensor, *, dtype: DType) -> torch.Tensor:
    """float32, float16 and bfloat16 elements in another dtype, anything else as it is: for mixed precision.

    Examples
    --------
    >>> mx.nd.amp_cast(mx.nd.array([1.5]), dtype="float16").dtype
    <class 'numpy.float16'>
    """
    if dtype is None:
        raise MXNetError("amp_cast: dtype=None; expected a dtype")
    return cast(data, dtype=dtype) if data.dtype in MIXED else data.clone()


def common_kind(dtypes: Sequence[torch.dtype], narrow: bool) -> torch.dtype:
    """The widest of dtypes, the first of several, or the narrowest, the last of several."""
    choose, dtypes = (min, dtypes[::-1]) if narrow else (max, dtypes)
    return choose(dtypes, key=lambda dtype: dtype.itemsize)


def _as_many(attributes: Mapping[str, int]) -> int:
    return attributes["num_outputs"]


@operator("amp_multicast", num_outputs=_as_many, role="precision")
def amp_multicast(*data: torch.Tensor, num_outputs: int, cast_narrow: bool = False) -> tuple[torch.Tensor, ...]:
    """float32, float16 and bfloat16 arrays all in the widest of their dtypes, or the narrowest; others as they are.

    Parameters
    ----------
    *data : NDArray
        of any shapes
    num_outputs : int
        the number of arrays
    cast_narrow : bool
        take the narrowest dtype; of float16 and bfloat16, equally wide, that of the last array, and else of the first

    Examples
    --------
    >>> half, single = mx.nd.ones((2,), dtype="float16"), mx.nd.ones((2,))
    >>> [array.dtype.__name__ for array in mx.nd.amp_multicast(half, single, num_outputs=2)]
    ['float32', 'float32']
    """
    if num_outputs != len(data):
        raise MXNetError(f"amp_multicast: num_outputs={num_outputs} for {len(data)} arrays; expected as many")
    dtypes = [array.dtype for array in data if array.dtype in MIXED]
    if not dtypes:
        return tuple(array.clone() for array in data)
    common = common_kind(dtypes, cast_narrow)
    return tuple(array.to(common if array.dtype in MIXED else array.dtype, copy=True) for array in data)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "Cast", "amp_cast")(alike)
rule("inputs", "amp_multicast")(each_its_output)
rule("outputs", "amp_multicast")(as_inputs)


rule("dtype", "Cast")(by_attribute())


@rule("dtype", "amp_cast")
def _cast_if_float(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    kind = inputs[0]
    return (), (attributes["dtype"] if kind in MIXED else kind,)


@rule("dtype", "amp_multicast")
def _to_one_float(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    floats = [kind for kind in inputs if kind in MIXED]
    if None in inputs or not floats:
        return (), inputs[: len(outputs)]
    common = common_kind(floats, attributes["cast_narrow"])
    return (), [common if kind in floats else kind for kind in inputs]
