"""Shapes of parameters from one pass over a block without memory.

MXNet traces a block to a graph and infers shapes on that. Here the block runs once on torch's ``meta`` device, where
arrays have shapes and no elements: an operator that meets a parameter without a shape tells it, by its ``params`` rule,
and nothing is computed or initialized. Only afterwards are parameters initialized, in the order MXNet does it, so that
the same seed gives the same weights.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from .. import autograd
from ..base import to_torch_dtype
from ..context import Context, as_context
from ..ndarray import NDArray
from ..ndarray.deferred import DeferredArray
from ..util import is_np_array
from .utils import shape_is_known

if TYPE_CHECKING:
    from .parameter import Parameter

__all__ = ["flatten", "inference", "infer", "merge_shapes", "needs_elements"]

_META = torch.device("meta")


def merge_shapes(known: Sequence[int], found: Sequence[int]) -> tuple[int, ...] | None:
    """What two partly known shapes say together, or None where they contradict each other; 0 and -1 are unknown."""
    if len(known) != len(found):
        return None
    merged = []
    for one, other in zip(known, found):
        if one != other and one > 0 and other > 0:
            return None
        merged.append(max(one, other))
    return tuple(merged)


class _Inference(threading.local):
    """The pass under way on this thread."""

    active = False
    uniform_dtype = False

    def __init__(self) -> None:
        self.arrays: dict[Parameter, NDArray] = {}
        self.shapes: dict[Parameter, tuple[int, ...]] = {}

    def dtype(self, dtype: torch.dtype) -> torch.dtype:
        """The dtype to infer with."""
        return torch.float32 if self.uniform_dtype else dtype

    def _array(self, parameter: Parameter, shape: Sequence[int]) -> NDArray:
        tensor = torch.empty(tuple(shape), dtype=self.dtype(to_torch_dtype(parameter.dtype)), device=_META)
        if parameter._differentiable and tensor.is_floating_point():
            tensor.requires_grad_()
        cls = NDArray
        if is_np_array():
            from ..numpy import ndarray as cls
        array = self.arrays[parameter] = cls._wrap(tensor, without_memory(None))
        return array

    def placeholder(self, parameter: Parameter, ctx: Context | None) -> NDArray | DeferredArray:
        """What stands for a parameter during the pass."""
        if parameter in self.arrays:
            return self.arrays[parameter]
        if shape_is_known(parameter.shape):
            return self._array(parameter, parameter.shape)  # type: ignore[arg-type]
        return DeferredArray(parameter, ctx)

    def found(self, parameter: Parameter, shape: tuple[int, ...]) -> NDArray:
        """Note the shape an operator tells for a parameter."""
        if parameter in self.arrays:
            return self.arrays[parameter]
        merged = tuple(shape) if parameter.shape is None else merge_shapes(parameter.shape, shape)
        if merged is None:
            raise AssertionError(
                f"Parameter {parameter.name!r}: shape {tuple(shape)} does not fit the shape {parameter.shape} it has"
            )
        self.shapes[parameter] = merged
        return self._array(parameter, merged)


#: the pass under way on the calling thread
inference = _Inference()


def without_memory(ctx: Context | None) -> Context:
    """A context equal to `ctx` whose arrays have no elements."""
    ctx = as_context(ctx)
    twin = Context(ctx.device_type, ctx.device_id)
    twin._torch_device = _META
    return twin


def flatten(arguments: Any) -> Iterator[Any]:
    """The leaves of nested lists and tuples."""
    if isinstance(arguments, (list, tuple)):
        for item in arguments:
            yield from flatten(item)
    else:
        yield arguments


def _shapes_only(argument: Any) -> Any:
    """An argument with its arrays replaced by arrays without elements."""
    if isinstance(argument, NDArray):
        tensor = torch.empty(argument.shape, dtype=inference.dtype(argument._t.dtype), device=_META)
        return type(argument)._wrap(tensor, without_memory(argument._ctx))
    if isinstance(argument, (list, tuple)):
        return type(argument)(_shapes_only(item) for item in argument)
    return argument


def infer(
    forward: Callable[..., Any], args: Sequence[Any], uniform_dtype: bool = False
) -> tuple[dict[Parameter, tuple[int, ...]], list[Parameter]]:
    """Run `forward` without memory.

    Parameters
    ----------
    forward : callable
        takes `args`
    args : sequence
        arrays, nested lists of them, and anything else
    uniform_dtype : bool
        take every dtype for float32, so that only shapes matter

    Returns
    -------
    dict of Parameter to shape, list of Parameter
        the shapes found, and the parameters in the order in which MXNet lists a graph's inputs: depth first from the
        outputs
    """
    if inference.active:
        raise AssertionError("a pass for shapes is under way on this thread already")
    inference.uniform_dtype = uniform_dtype
    inference.active = True
    try:
        with autograd.record(train_mode=autograd.is_training()):
            output = forward(*_shapes_only(list(args)))
        return dict(inference.shapes), _depth_first(output)
    finally:
        inference.active = False
        inference.arrays.clear()
        inference.shapes.clear()


def _depth_first(output: Any) -> list[Parameter]:
    """The parameters that an output depends on, every input's before the next input's."""
    owners = {id(array._t): parameter for parameter, array in inference.arrays.items()}
    stack: list[Any] = [item._t.grad_fn for item in flatten(output) if isinstance(item, NDArray)][::-1]
    visited: set[Any] = set()
    order: list[Parameter] = []
    while stack:
        node = stack.pop()
        if node is None or node in visited:
            continue
        visited.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None and id(leaf) in owners:
            order.append(owners[id(leaf)])
        stack.extend(reversed(_inputs_of(node)))
    return order


def _inputs_of(node: Any) -> list[Any]:
    """What a node of torch's graph was computed from, in the order of MXNet's operator."""
    functions = [function for function, _ in node.next_functions]
    if node.name() == "AddmmBackward0":  # bias + data · weightᵀ; FullyConnected has data, weight, bias
        bias, data, weight = functions
        return [data, weight, bias]
    return functions


def needs_elements(error: BaseException | None) -> bool:
    """Whether an error came from asking an array without memory for its elements."""
    seen = 0
    while error is not None and seen < 10:
        if "meta" in str(error) and not isinstance(error, AssertionError):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False
