"""Operators on sparse arrays: by their rules of kind "sparse", or on dense arrays made for the call.

A recorded call is one node of torch's graph, between the stand-ins of sparse arrays and the tensors of dense ones.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .. import memory
from ..autograd import living, state
from ..base import MXNetError
from ..ops.registry import OpSpec, describe
from ..ops.sparse.rules import Takes, dense
from ..ops.storage import RowSparse, Stored
from .ndarray import NDArray
from .sparse_array import BaseSparseNDArray, RowSparseNDArray, held, made, stand_in

__all__ = ["call", "described", "rows_in_place", "whole"]


def call(
    spec: OpSpec,
    inputs: Sequence[NDArray | None],
    parsed: dict[str, Any],
    out: Any,
    invoke: Callable[..., Any],
) -> Any:
    """Run an operator on arrays of which some are sparse, or whose result may be.

    Parameters
    ----------
    spec, inputs, parsed, out
        as of :func:`mxnet.ndarray.invoke.invoke`, the attributes parsed
    invoke : callable
        that function, for dense arrays
    """
    rule = spec.rule("sparse")
    attributes = {**spec.defaults, **parsed}
    if isinstance(rule, Takes):
        operands = [None if array is None else held(array) for array in inputs]
        with torch.no_grad():
            result = rule.compute(operands, attributes)
        if result is not None:
            if rule.step is not None:
                return _updated(spec, rule, inputs, attributes, out)
            return _finished(spec, _in_graph(spec, rule, inputs, operands, attributes, result), out)
    _tell(spec.name, tuple(array.stype for array in inputs if array is not None))
    given = [None if array is None else whole(array) for array in inputs]
    result = invoke(spec, given, parsed)
    for place in spec.written(len(given)):
        array, changed = inputs[place], given[place]
        if isinstance(array, BaseSparseNDArray) and changed is not None:
            array._store(changed._t)
    return result if out is None else _finished(spec, result, out)


def whole(array: NDArray) -> NDArray:
    """A dense array of the same elements, in the same place of a graph."""
    if not isinstance(array, BaseSparseNDArray):
        return array
    tensor = array._whole
    if state.recording and array._graphed.requires_grad:
        tensor = _Whole.apply(tensor, array._graphed)
    return NDArray._wrap(tensor, array._ctx)


class _Whole(torch.autograd.Function):
    """A sparse array's elements in the place of its stand-in."""

    @staticmethod
    def forward(ctx: Any, elements: torch.Tensor, node: torch.Tensor) -> torch.Tensor:
        return elements.view_as(elements)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, torch.Tensor]:
        return None, gradient


def _in_graph(
    spec: OpSpec, rule: Takes, inputs: Sequence[Any], operands: list[Any], attributes: Mapping[str, Any], result: Any
) -> NDArray:
    """The result as an array, in torch's graph where the call is recorded."""
    first = next(array for array in inputs if array is not None)
    if state.recording and result.dtype.is_floating_point:
        nodes = [
            None if array is None else array._graphed if isinstance(array, BaseSparseNDArray) else living(array)
            for array in inputs
        ]
        if any(node is not None and node.requires_grad for node in nodes):
            # a leaf says of itself whether its gradient is wanted by rows
            seen = [node if isinstance(each, torch.Tensor) else each for node, each in zip(nodes, operands)]
            with torch.enable_grad():
                node = _Computed.apply(_Call(spec, rule, seen, attributes, result), *nodes)
            return made(result, first._ctx, node) if isinstance(result, Stored) else NDArray._wrap(node, first._ctx)
    return made(result, first._ctx)


class _Call:
    """What the backward of a call has to know."""

    __slots__ = ("attributes", "operands", "result", "rule", "spec")

    def __init__(self, spec: OpSpec, rule: Takes, operands: list[Any], attributes: Mapping[str, Any], result: Any):
        self.spec, self.rule, self.operands, self.attributes, self.result = spec, rule, operands, attributes, result


class _Computed(torch.autograd.Function):
    """A call of an operator with sparse operands."""

    @staticmethod
    def forward(ctx: Any, call: _Call, *nodes: torch.Tensor | None) -> torch.Tensor:
        ctx.call = call
        return stand_in(call.result) if isinstance(call.result, Stored) else call.result.view_as(call.result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        call, wanted = ctx.call, ctx.needs_input_grad[1:]
        if call.rule.gradient is not None:
            with torch.no_grad():
                found = call.rule.gradient(gradient, call.operands, call.result, call.attributes, wanted)
            return (None, *(each if needed else None for each, needed in zip(found, wanted)))
        return (None, *_through_dense(call, dense(gradient), wanted))


def _through_dense(call: _Call, gradient: torch.Tensor, wanted: Sequence[bool]) -> list[torch.Tensor | None]:
    """The gradients of the operator's function on dense tensors."""
    with torch.enable_grad():
        given = [
            None if each is None else dense(each).detach().requires_grad_(needed)
            for each, needed in zip(call.operands, wanted)
        ]
        result = call.spec.function(*given, **call.attributes)
        if not result.requires_grad:
            return [
                None if each is None or not needed else torch.zeros_like(each) for each, needed in zip(given, wanted)
            ]
        leaves = [each for each, needed in zip(given, wanted) if needed and each is not None]
        found = iter(torch.autograd.grad(result, leaves, gradient, allow_unused=True, materialize_grads=True))
    return [next(found) if needed else None for needed in wanted]


def _finished(spec: OpSpec, result: Any, out: Any) -> Any:
    """The result, or the arrays of `out` with it in them."""
    if out is None:
        return result
    results = list(result) if isinstance(result, (list, tuple)) else [result]
    targets = out if isinstance(out, (list, tuple)) else [out]
    if len(targets) > len(results):
        raise MXNetError(f"{spec.name}: out has {len(targets)} arrays; the operator has {len(results)} outputs")
    for target, value in zip(targets, results):
        if target is None:
            continue
        if not isinstance(target, NDArray):
            raise AssertionError(f"{spec.name}: out must be an NDArray, got {target!r} of type {type(target).__name__}")
        if target.shape != value.shape or held(target).dtype is not held(value).dtype:
            raise MXNetError(f"{spec.name}: out is {target.shape} {target.dtype}; expected {value.shape} {value.dtype}")
        if isinstance(target, BaseSparseNDArray):
            target._store(held(value))
        else:
            value = whole(value)
            target._store(living(value) if state.recording else value._t)
    return out


# --- updates of some rows -------------------------------------------------------------------------------------------


def _updated(spec: OpSpec, rule: Takes, inputs: Sequence[Any], attributes: Mapping[str, Any], out: Any) -> Any:
    weight, grad, *states = inputs
    if out is not weight:
        raise MXNetError(f"{spec.name}: a sparse gradient updates the weight in place; expected out=weight")
    step = rule.step
    assert step is not None
    rows_in_place(
        spec.name, weight, grad, states, lambda rows, gradient, kept: step((rows, gradient, *kept), attributes)
    )
    return out


def rows_in_place(
    call: str,
    weight: NDArray,
    grad: RowSparseNDArray,
    states: Sequence[NDArray],
    step: Callable[[torch.Tensor, torch.Tensor, list[torch.Tensor]], None],
) -> None:
    """Change the rows of a weight and of its states that a gradient has.

    Parameters
    ----------
    call : str
        whose words an error is in
    weight, states : NDArray
        dense, or of rows: a weight with all of them; a state that lacks some gets them, as zeros
    grad : RowSparseNDArray
        the gradient
    step : callable(rows, gradient, states' rows)
        what is done to them, in place

    Raises
    ------
    MXNetError
        the gradient does not fit, or rows of the weight are not stored
    """
    if grad.shape != weight.shape or held(weight).dtype is not grad._record.dtype:
        raise MXNetError(
            f"{call}: the gradient is {grad.shape} {grad.dtype}; the weight is {weight.shape} {weight.dtype}"
        )
    record = grad._record.proper()
    if isinstance(weight, BaseSparseNDArray) and weight._record.indices.numel() != weight.shape[0]:
        raise MXNetError(
            f"{call}: a row_sparse weight is updated if all its {weight.shape[0]} rows are stored; "
            f"{weight._record.indices.numel()} are"
        )
    with memory.writing(*(_memory_of(array) for array in (weight, *states))) as wholes:
        rows = [tensor[record.indices] for tensor in wholes]
        step(rows[0], record.values, rows[1:])
        for tensor, changed in zip(wholes, rows):
            tensor[record.indices] = changed


def _memory_of(array: NDArray) -> torch.Tensor:
    """The tensor of all rows of an array; one that lacks some gets them."""
    if not isinstance(array, BaseSparseNDArray):
        return array._t
    record = array._record.proper()
    if record.indices.numel() != array.shape[0]:
        rows = torch.arange(array.shape[0], device=record.device)
        record = RowSparse(record.dense(), rows, array.shape, True)
    array._record = record
    return record.values


# --- the word that is said ------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def _tell(name: str, kinds: tuple[str, ...]) -> None:
    """Log, once, that an operator goes through dense arrays; not with MXNET_STORAGE_FALLBACK_LOG_VERBOSE=0."""
    if os.environ.get("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "1") != "0":
        logging.getLogger("mxnet").warning(
            "%s of (%s): dense copies of the sparse arrays are made for it, as it does not compute on what is stored. "
            "The result is the same; MXNET_STORAGE_FALLBACK_LOG_VERBOSE=0 leaves this message out",
            name, ", ".join(kinds),
        )  # fmt: skip


def described(array: NDArray) -> str:
    """An array in an error message."""
    value = held(array)
    return repr(value) if isinstance(value, Stored) else describe(value)
