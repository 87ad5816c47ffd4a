"""Shapes of parameters from one pass over a block without memory.

MXNet traces a block to a graph and infers shapes on that. Here the block runs once on torch's ``meta`` device, where
arrays have shapes and no elements: an operator that meets a parameter without a shape tells it, by its ``params`` rule,
and nothing is computed or initialized. Only afterwards are parameters initialized, in the order MXNet does it, so that
the same seed gives the same weights.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch.overrides import TorchFunctionMode

from .. import autograd
from ..base import to_torch_dtype
from ..context import Context, as_context
from ..ndarray import NDArray
from ..ndarray.deferred import DeferredArray
from ..util import is_np_array
from .utils import shape_is_known

if TYPE_CHECKING:
    from .parameter import Parameter

__all__ = [
    "NeedsElementsError",
    "flatten",
    "shape_pass",
    "infer",
    "merge_shapes",
    "needs_elements",
    "tells",
    "tells_shapes",
]

_META = torch.device("meta")
Forward = TypeVar("Forward", bound=Callable[..., Any])


def tells_shapes(hybrid_forward: Forward) -> Forward:
    """Mark a ``hybrid_forward`` in which one operator takes all parameters, in their order, and so tells their shapes.

    Such a layer needs no graph and no pass without memory at its first call; who inherits the function is as quick.
    """
    hybrid_forward.tells_shapes = True  # type: ignore[attr-defined]
    return hybrid_forward


def tells(hybrid_forward: Callable[..., Any]) -> bool:
    """Whether a ``hybrid_forward`` is marked by :func:`tells_shapes`."""
    return getattr(hybrid_forward, "tells_shapes", False)


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


class _Pass(threading.local):
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
shape_pass = _Pass()


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
        tensor = torch.empty(argument.shape, dtype=shape_pass.dtype(argument._t.dtype), device=_META)
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
    if shape_pass.active:
        raise AssertionError("a pass for shapes is under way on this thread already")
    shape_pass.uniform_dtype = uniform_dtype
    shape_pass.active = True
    try:
        with _Calls() as calls, autograd.record(train_mode=autograd.is_training()):
            output = forward(*_shapes_only(list(args)))
        return dict(shape_pass.shapes), _depth_first(output, calls)
    finally:
        shape_pass.active = False
        shape_pass.arrays.clear()
        shape_pass.shapes.clear()


class NeedsElementsError(RuntimeError):
    """An array without memory was asked for its elements."""


class _Calls(TorchFunctionMode):
    """The calls of torch in a pass: what each result was made from, in the call's order, and what needs elements.

    Torch's own graph has the inputs of some of its functions in another order than their callers give them in.
    """

    def __init__(self) -> None:
        super().__init__()
        self._inputs: dict[Any, list[Any]] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = (*args, *(kwargs or {}).values())
        inputs = [_origin(item) for item in flatten(given) if isinstance(item, torch.Tensor) and item.requires_grad]
        try:
            result = func(*args, **(kwargs or {}))
        except (RuntimeError, TypeError, NotImplementedError) as error:
            if _META.type in str(error):  # torch's own text, and nobody else's
                raise NeedsElementsError(str(error)) from error
            raise
        for item in flatten(result):
            if isinstance(item, torch.Tensor) and item.grad_fn is not None:
                self._inputs.setdefault(item.grad_fn, inputs)
        return result

    def inputs(self, node: Any) -> list[Any]:
        """What a node of torch's graph was computed from, in the order in which it was given."""
        known = self._inputs.get(node)
        return [function for function, _ in node.next_functions] if known is None else known


def _origin(tensor: torch.Tensor) -> Any:
    """The node of torch's graph that a tensor came from, or the tensor itself where it is a leaf."""
    return tensor if tensor.grad_fn is None else tensor.grad_fn


def _depth_first(output: Any, calls: _Calls) -> list[Parameter]:
    """The parameters that an output depends on, every input's before the next input's."""
    owners = {id(array._t): parameter for parameter, array in shape_pass.arrays.items()}
    stack: list[Any] = [_origin(item._t) for item in flatten(output) if isinstance(item, NDArray)][::-1]
    visited: dict[int, Any] = {}  # with what has the number, so that nothing else gets it
    order: list[Parameter] = []
    while stack:
        node = stack.pop()
        if node is None or id(node) in visited:
            continue
        visited[id(node)] = node
        leaf = node if isinstance(node, torch.Tensor) else getattr(node, "variable", None)
        if leaf is None:
            stack.extend(reversed(calls.inputs(node)))
        elif id(leaf) in owners:
            order.append(owners[id(leaf)])
    return list(dict.fromkeys(order))


def needs_elements(error: BaseException | None) -> bool:
    """Whether an error came from asking an array without memory for its elements."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, NeedsElementsError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
