"""Conversion between dtypes. Always a copy; integers out of range wrap as a cast in C does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
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
    return _by_way_of_integers(data, result)


#: of a tensor of integers, the floats it was cast from: torch has no graph of integers
_SOURCE = "_mxnet_cast_from"


class _Back(torch.autograd.Function):
    """Integers cast to floats again. The gradient goes the same way back, cut to integers in between."""

    @staticmethod
    def forward(ctx: Any, source: torch.Tensor, result: torch.Tensor, integers: torch.dtype) -> torch.Tensor:
        ctx.kinds = integers, source.dtype
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        integers, floats = ctx.kinds
        return gradient.to(integers).to(floats), None, None


def _by_way_of_integers(data: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """A cast to integers, which remembers where it came from, or back from there, through which the gradient passes."""
    if result.requires_grad:
        return result
    # a view of it is in a graph only while one is recorded
    source = data if data.requires_grad and data.view_as(data).requires_grad else getattr(data, _SOURCE, None)
    if source is None:
        return result
    if result.is_floating_point():
        return _Back.apply(source, result, data.dtype)
    setattr(result, _SOURCE, source)
    return result


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
