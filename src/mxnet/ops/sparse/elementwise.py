"""Functions of each element, and of two arrays element by element, over what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..registry import OPERATORS, OpSpec, rule
from ..storage import Csr, RowSparse, Stored
from .rules import Operands, Takes, dense, stypes, takes

__all__ = ["added"]

Tensor = torch.Tensor
Attributes = Mapping[str, Any]


# --- functions of one array that keep zeros -------------------------------------------------------------------------


def at_stored(gradient: Tensor, record: Stored) -> Tensor:
    """The part of a gradient that belongs to what a record stores."""
    if isinstance(record, RowSparse):
        if gradient.is_sparse:
            gradient = gradient.coalesce()
            given = RowSparse(gradient.values(), gradient.indices()[0], record.shape, True)
            return given.rows(record.indices)
        return gradient[record.indices]
    assert isinstance(record, Csr)
    return dense(gradient)[record.row_of_each, record.indices]


def placed(values: Tensor, record: Stored) -> Tensor:
    """A gradient of the elements that a record stores as one of the whole array."""
    if isinstance(record, RowSparse):
        return record.like(values).coo()
    assert isinstance(record, Csr)
    places = torch.stack((record.row_of_each, record.indices))
    return torch.sparse_coo_tensor(places, values, record.shape, check_invariants=False)


def _of_each(spec: OpSpec, keeps: Callable[[Attributes], bool] | None = None) -> Takes:
    """The rule of an operator of one array that gives zero for zero, where `keeps` says so of its attributes.

    Its gradient is that of all elements, as most have one at zero too.
    """

    def compute(inputs: Operands, attributes: Attributes) -> Any:
        if keeps is not None and not keeps(attributes):
            return None
        record = inputs[0].proper()
        return record.like(spec.function(record.values, **attributes))

    return Takes(compute)


def _flat_at_zero(spec: OpSpec) -> Takes:
    """The same for an operator whose gradient at zero is zero, so that it is one of what is stored."""

    def gradient(above: Tensor, inputs: Operands, result: Any, attributes: Attributes, wanted: Any) -> list[Tensor]:
        record = inputs[0].proper()
        with torch.enable_grad():
            values = record.values.detach().requires_grad_()
            (found,) = torch.autograd.grad(spec.function(values, **attributes), values, at_stored(above, record))
        return [placed(found, record)]

    return _of_each(spec)._replace(gradient=gradient)


for _name in (
    "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "degrees", "expm1", "fix", "floor", "log1p", "negative",
    "radians", "rint", "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc", "_copy", "BlockGrad",
    "make_loss", "_contrib_round_ste", "_contrib_sign_ste",
):  # fmt: skip
    rule("sparse", _name)(_of_each(OPERATORS[_name]))
for _name in ("abs", "relu", "square"):
    rule("sparse", _name)(_flat_at_zero(OPERATORS[_name]))


@takes("zeros_like")
def zeros_like(inputs: Operands, attributes: Attributes) -> Stored:
    """Nothing stored."""
    record = inputs[0]
    return type(record).empty(record.shape, record.dtype, record.device)


def _scalar(holds: Callable[[float], bool]) -> Callable[[Attributes], bool]:
    return lambda attributes: holds(float(attributes["scalar"]))


for _name, _holds in {
    "_plus_scalar": lambda s: s == 0, "_minus_scalar": lambda s: s == 0, "_mul_scalar": lambda s: True,
    "_div_scalar": lambda s: True, "_equal_scalar": lambda s: s != 0, "_not_equal_scalar": lambda s: s == 0,
    "_greater_scalar": lambda s: s >= 0, "_greater_equal_scalar": lambda s: s > 0,
    "_lesser_scalar": lambda s: s <= 0, "_lesser_equal_scalar": lambda s: s < 0,
}.items():  # fmt: skip
    rule("sparse", _name)(_of_each(OPERATORS[_name], _scalar(_holds)))


def _clipped(attributes: Attributes) -> bool:
    low, high = attributes["a_min"], attributes["a_max"]
    if low > 0 or high < 0:
        raise MXNetError(f"clip: a_min={low}, a_max={high} of a sparse array; expected bounds around 0")
    return True


rule("sparse", "clip")(_of_each(OPERATORS["clip"], _clipped))


# --- two arrays of one shape ----------------------------------------------------------------------------------------


def _together(name: str, kernel: Callable[[Tensor, Tensor], Tensor], one: Any, other: Any) -> Any:
    """A function of two records of one kind over all positions that either has."""
    if one.shape != other.shape:
        raise MXNetError(f"{name}: {one.shape} and {other.shape}; expected one shape")
    one, other = one.proper(), other.proper()
    if isinstance(one, RowSparse):
        if one.indices.equal(other.indices):
            return one.like(kernel(one.values, other.values))
        indices = torch.unique(torch.cat((one.indices, other.indices)))
        return RowSparse(kernel(one.rows(indices), other.rows(indices)), indices, one.shape, True)
    first, second = one.keys, other.keys
    keys = torch.unique(torch.cat((first, second)))
    sides = []
    for record, own in ((one, first), (other, second)):
        side = torch.zeros(keys.numel(), dtype=record.dtype, device=record.device)
        side[torch.searchsorted(keys, own)] = record.values
        sides.append(side)
    return Csr.summed(kernel(*sides), keys, one.shape)


def added(one: Any, other: Any) -> Any:
    """The sum of two records of one kind.

    Examples
    --------
    >>> import torch
    >>> from mxnet.ops.storage import RowSparse
    >>> a = RowSparse(torch.ones(1, 1), torch.tensor([0]), (3, 1))
    >>> b = RowSparse(torch.ones(1, 1), torch.tensor([2]), (3, 1))
    >>> added(a, b).indices.tolist()
    [0, 2]
    """
    return _together("elemwise_add", torch.add, one, other)


def _alike(spec: OpSpec) -> Takes:
    """The rule of an operator that gives zero of two zeros, for two records of one kind."""

    def compute(inputs: Operands, attributes: Attributes) -> Any:
        one, other = inputs
        if stypes(inputs) not in (("csr", "csr"), ("row_sparse", "row_sparse")) or one.dtype is not other.dtype:
            return None
        return _together(spec.name, spec.function, one, other)

    return Takes(compute)


for _name in ("elemwise_sub", "_hypot"):
    rule("sparse", _name)(_alike(OPERATORS[_name]))


def _sum_gradient(
    above: Tensor, inputs: Operands, result: Any, attributes: Attributes, wanted: Sequence[bool]
) -> list[Tensor | None]:
    return [above if each else None for each in wanted]


rule("sparse", "elemwise_add")(_alike(OPERATORS["elemwise_add"])._replace(gradient=_sum_gradient))


@takes("elemwise_mul")
def elemwise_mul(inputs: Operands, attributes: Attributes) -> Any:
    """A product has what either side stores; beside a dense side what the sparse one does."""
    one, other = inputs
    kinds = stypes(inputs)
    if kinds == ("csr", "row_sparse") or kinds == ("row_sparse", "csr") or one.dtype is not other.dtype:
        return None
    if "default" not in kinds:
        return _together("elemwise_mul", torch.mul, one, other)
    record, factor = (one, other) if isinstance(one, Stored) else (other, one)
    if tuple(factor.shape) != record.shape:
        raise MXNetError(f"elemwise_mul: {tuple(one.shape)} and {tuple(other.shape)}; expected one shape")
    record = record.proper()
    return record.like(record.values * at_stored(factor, record))


@takes("add_n", gradient=_sum_gradient)
def add_n(inputs: Operands, attributes: Attributes) -> Any:
    """A sum of arrays that all have rows has rows."""
    if set(stypes(inputs)) != {"row_sparse"} or len({each.dtype for each in inputs}) > 1:
        return None
    total = inputs[0]
    for each in inputs[1:]:
        total = added(total, each)
    return total


def _beside_dense(name: str) -> Callable[[Operands, Attributes], Any]:
    """A csr matrix times or over a dense array that broadcasts to its shape."""
    spec = OPERATORS[name]

    def compute(inputs: Operands, attributes: Attributes) -> Any:
        one, other = inputs
        if stypes(inputs) != ("csr", "default") or one.dtype is not other.dtype:
            return None
        try:
            factor = other.expand(one.shape)
        except RuntimeError:
            return None
        record = one.proper()
        return record.like(spec.function(record.values, factor[record.row_of_each, record.indices]))

    return compute


for _name in ("broadcast_mul", "broadcast_div"):
    rule("sparse", _name)(Takes(_beside_dense(_name)))
