"""Executor: a symbol bound to arrays, with forward and backward."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ..autograd import still
from ..base import MXNetError
from ..context import Context, as_context
from ..ndarray import NDArray, zeros
from ..ndarray.ndarray import assign
from ..symbol import Symbol
from .cached import CachedGraph
from .plan import Said

__all__ = ["Executor", "bind", "simple_bind"]

_GRAD_REQS = ("write", "add", "null")


class Executor:
    """A symbol with arrays for everything it needs; made by :meth:`Symbol.bind` and :meth:`Symbol.simple_bind`.

    Attributes
    ----------
    arg_dict, grad_dict, aux_dict : dict of str to NDArray
        arguments, their gradients (None where there is none) and auxiliary states
    outputs : list of NDArray
        what the last forward computed

    Examples
    --------
    >>> x = mx.sym.Variable('x')
    >>> executor = (x * x).simple_bind(mx.cpu(), x=(2,))
    >>> executor.arg_dict['x'][:] = 3
    >>> executor.forward(is_train=True)[0].asnumpy().tolist()
    [9.0, 9.0]
    >>> executor.backward(mx.nd.ones(2))
    >>> executor.grad_dict['x'].asnumpy().tolist()
    [6.0, 6.0]
    """

    def __init__(
        self,
        symbol: Symbol,
        ctx: Context,
        arguments: Mapping[str, NDArray],
        gradients: Mapping[str, NDArray | None],
        grad_req: Mapping[str, str],
        states: Mapping[str, NDArray],
    ) -> None:
        self._symbol = symbol
        self._ctx = ctx
        self._graph = CachedGraph(symbol, bound=True)
        self.arg_dict = dict(arguments)
        self.grad_dict = dict(gradients)
        self.aux_dict = dict(states)
        self._grad_req = dict(grad_req)
        self.outputs: list[NDArray] = []
        self._results: list[torch.Tensor] | None = None
        given = {**self.arg_dict, **self.aux_dict}
        #: the arrays in the order the graph takes them; another array in one of the dictionaries is not this one
        self._arrays = [given[name] for name in self._graph.names]
        #: places of the arguments that gradients are asked for, and the names, buffers and requests of those
        self._learned = [
            (self._graph.names.index(name), name, gradient, self._grad_req[name])
            for name, gradient in self.grad_dict.items()
            if gradient is not None and self._grad_req[name] != "null"
        ]
        self._leaves: dict[str, torch.Tensor] = {}
        self._monitor: Callable[[str, NDArray], Any] | None = None

    @property
    def arg_arrays(self) -> list[NDArray]:
        """The arguments, in the symbol's order."""
        return list(self.arg_dict.values())

    @property
    def grad_arrays(self) -> list[NDArray | None]:
        """The gradients, in the order of the arguments."""
        return list(self.grad_dict.values())

    @property
    def aux_arrays(self) -> list[NDArray]:
        """The auxiliary states, in the symbol's order."""
        return list(self.aux_dict.values())

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs))

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Compute the outputs.

        Parameters
        ----------
        is_train : bool
            training mode, in which :meth:`backward` can follow
        **kwargs : NDArray
            new values for arguments

        Raises
        ------
        TypeError
            no argument has that name
        ValueError
            a value has another shape
        """
        for name, value in kwargs.items():
            if name not in self.arg_dict:
                raise TypeError(f"forward: no argument {name!r}; there are {', '.join(self.arg_dict)}")
            target = self.arg_dict[name]
            if tuple(target.shape) != tuple(value.shape):
                raise ValueError(f"forward: {name} has shape {tuple(value.shape)}; expected {target.shape}")
            target[:] = value
        results = self._run(bool(is_train), bool(is_train))
        self._results = results if is_train else None
        self.outputs = [
            NDArray._wrap(tensor.detach() if tensor.requires_grad else tensor, self._ctx) for tensor in results
        ]
        if self._monitor is not None:
            for name, array in self.output_dict.items():
                self._monitor(name, array)
        return self.outputs

    def _run(self, differentiable: bool, training: bool) -> list[torch.Tensor]:
        """Compute the outputs, so that gradients can follow or not."""
        values = [array._t for array in self._arrays]
        self._leaves = {}
        if differentiable:  # a graph of its own: it ends at the arguments, whatever they were computed from
            values = [value.detach() if value.requires_grad else value for value in values]
            for place, name, _, _ in self._learned:
                if values[place].is_floating_point():
                    self._leaves[name] = values[place] = values[place].detach().requires_grad_()
        with torch.set_grad_enabled(differentiable):
            results, said = self._graph.run(values, self._ctx, training)
        if said:
            Said.follow(said, self._arrays)
        return results

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Compute the gradients of the arguments, after a forward.

        Parameters
        ----------
        out_grads : NDArray, list or dict of NDArray, optional
            the gradients of the outputs; losses need none
        is_train : bool
            whether running statistics move; else the mode is that of the forward

        Raises
        ------
        MXNetError
            an output that is no loss has no gradient given
        """
        if not self._learned:
            return
        if self._results is None:  # the last forward was one for prediction, and kept nothing
            self._results = self._run(True, False)
        names = self._symbol.list_outputs()
        if isinstance(out_grads, NDArray):
            given: list[Any] = [out_grads]
        elif isinstance(out_grads, Mapping):
            given = [out_grads.get(name) for name in names]
        else:
            given = list(out_grads or ())
        outputs, heads = [], []
        for place, (result, entry) in enumerate(zip(self._results, self._symbol._entries)):
            head = given[place] if place < len(given) else None
            if head is None and not entry.node.is_loss:
                raise MXNetError(
                    f"backward: output {names[place]} is no loss, so its gradient has to be given in out_grads; "
                    "or make it one with MakeLoss"
                )
            if not result.requires_grad:
                continue
            outputs.append(result)
            heads.append(torch.ones_like(result) if head is None else head._t.detach().to(result.dtype))
        leaves = list(self._leaves.values())
        found: Sequence[Any] = (None,) * len(leaves)
        if outputs and leaves:
            with contextlib.nullcontext() if is_train else still:
                found = torch.autograd.grad(outputs, leaves, heads, allow_unused=True, retain_graph=True)
        gradients = dict(zip(self._leaves, found))
        for _, name, target, request in self._learned:
            if name not in gradients:  # integers
                continue
            gradient = gradients[name]
            if gradient is None:
                if request == "write":
                    target[:] = 0
                continue
            assign(target, gradient if request == "write" else target._t + gradient)

    def copy_params_from(
        self,
        arg_params: Mapping[str, NDArray],
        aux_params: Mapping[str, NDArray] | None = None,
        allow_extra_params: bool = False,
    ) -> None:
        """Copy values into arguments and auxiliary states.

        Raises
        ------
        ValueError
            there is no such argument or state, unless `allow_extra_params`
        """
        for given, own, what in ((arg_params, self.arg_dict, "argument"), (aux_params, self.aux_dict, "state")):
            for name, array in (given or {}).items():
                if name in own:
                    own[name][:] = array.astype(own[name].dtype)
                elif not allow_extra_params:
                    raise ValueError(f"copy_params_from: no {what} {name!r}; there are {', '.join(own) or 'none'}")

    def reshape(
        self, partial_shaping: bool = False, allow_up_sizing: bool = False, **kwargs: tuple[int, ...]
    ) -> Executor:
        """An executor for other shapes, which shares the arrays whose shapes stay.

        Parameters
        ----------
        partial_shaping, allow_up_sizing : bool
            allow arguments that are not named to change, and arrays to grow
        **kwargs : tuple of int
            new shapes by name
        """
        arg_shapes, _, aux_shapes = self._symbol.infer_shape(**kwargs)
        if arg_shapes is None:
            raise ValueError(f"reshape: the shapes of {', '.join(kwargs)} do not tell all others")
        arguments, gradients, states = {}, {}, {}
        for (name, array), shape in zip(self.arg_dict.items(), arg_shapes):
            arguments[name], gradients[name] = array, self.grad_dict.get(name)
            if tuple(array.shape) == tuple(shape):
                continue
            if name not in kwargs and not partial_shaping:
                raise MXNetError(
                    f"reshape: {name} changes from {array.shape} to {shape}; partial_shaping=True allows it"
                )
            size = 1
            for length in shape:
                size *= length
            if size > array.size and not allow_up_sizing:
                raise MXNetError(f"reshape: {name} grows from {array.shape} to {shape}; allow_up_sizing=True does")
            arguments[name] = _resized(array, shape)
            gradient = gradients[name]
            gradients[name] = None if gradient is None else _resized(gradient, shape)
        for (name, array), shape in zip(self.aux_dict.items(), aux_shapes):
            states[name] = array if tuple(array.shape) == tuple(shape) else _resized(array, shape)
        return Executor(self._symbol, self._ctx, arguments, gradients, self._grad_req, states)

    def set_monitor_callback(self, callback: Callable[[str, NDArray], Any], monitor_all: bool = False) -> None:
        """Call ``callback(name, array)`` for every output of a forward; `monitor_all` is not supported."""
        if monitor_all:
            raise MXNetError("set_monitor_callback: monitor_all=True is not supported; get_internals() shows all")
        self._monitor = callback

    def get_optimized_symbol(self) -> Symbol:
        """The graph that runs."""
        return self._symbol

    def debug_str(self) -> str:
        """The graph, to read."""
        return self._symbol.debug_str()


def _resized(array: NDArray, shape: Sequence[int]) -> NDArray:
    """An array of another shape: on the same memory where that is large enough, else of zeros."""
    size = 1
    for length in shape:
        size *= length
    if size > array.size or not array._t.is_contiguous():
        return zeros(shape, array.context, array.dtype)
    return NDArray._wrap(array._t.view(-1)[:size].view(tuple(shape)), array.context)


# --- making one ---------------------------------------------------------------------------------------------------


def _by_name(given: Any, names: Sequence[str], what: str, partial: bool = False) -> dict[str, Any]:
    """Arrays in a list or dict, by name."""
    if isinstance(given, Mapping):
        for name in names:
            if name not in given and not partial:
                raise ValueError(f"bind: {name!r} is missing in {what}")
        return {name: given.get(name) for name in names}
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"bind: {what} is a {type(given).__name__}; expected a list or dict of NDArray")
    if len(given) != len(names):
        raise ValueError(f"bind: {what} has {len(given)} arrays; expected {len(names)}: {', '.join(names)}")
    return dict(zip(names, given))


def _requests(grad_req: Any, names: Sequence[str]) -> dict[str, str]:
    """What backward does, by argument."""
    if isinstance(grad_req, str):
        requests = dict.fromkeys(names, grad_req)
    elif isinstance(grad_req, (list, tuple)):
        if len(grad_req) != len(names):
            raise ValueError(f"bind: grad_req has {len(grad_req)} elements; expected {len(names)}")
        requests = dict(zip(names, grad_req))
    elif isinstance(grad_req, Mapping):
        requests = {name: grad_req.get(name, "null") for name in names}
    else:
        raise TypeError(f"bind: grad_req={grad_req!r}; expected a string, list or dict")
    for name, request in requests.items():
        if request not in _GRAD_REQS:
            raise RuntimeError(f"bind: grad_req={request!r} for {name}; expected one of {', '.join(_GRAD_REQS)}")
    return requests


def _check_groups(group2ctx: Any) -> None:
    if group2ctx:
        raise MXNetError(f"bind: group2ctx={group2ctx!r} is not supported; a graph runs on one context")


def bind(
    symbol: Symbol, ctx: Context, args: Any, args_grad: Any, grad_req: Any, aux_states: Any, group2ctx: Any
) -> Executor:
    """What :meth:`Symbol.bind` does."""
    _check_groups(group2ctx)
    names, states = symbol.list_arguments(), symbol.list_auxiliary_states()
    arguments = _by_name(args, names, "args")
    requests = _requests(grad_req, names)
    gradients = dict.fromkeys(names) if args_grad is None else _by_name(args_grad, names, "args_grad", partial=True)
    gradients = {name: None if requests[name] == "null" else gradient for name, gradient in gradients.items()}
    auxiliary = _by_name(aux_states or {}, states, "aux_states")
    for name, array in (*arguments.items(), *auxiliary.items()):
        if not isinstance(array, NDArray):
            raise TypeError(f"bind: {name} is {array!r} of type {type(array).__name__}; expected an NDArray")
    return Executor(symbol, as_context(ctx), arguments, gradients, requests, auxiliary)


def simple_bind(
    symbol: Symbol,
    ctx: Context,
    grad_req: Any,
    type_dict: Mapping[str, Any] | None,
    group2ctx: Any,
    shared_names: Sequence[str] | None,
    shared: Executor | None,
    shapes: Mapping[str, Any],
) -> Executor:
    """What :meth:`Symbol.simple_bind` does."""
    _check_groups(group2ctx)
    ctx = as_context(ctx)
    names, states = symbol.list_arguments(), symbol.list_auxiliary_states()
    requests = _requests(grad_req, names)
    known = {name: shape for name, shape in shapes.items() if name in (*names, *states)}
    if len(known) < len(shapes):
        logging.debug("simple_bind: no arguments %s", sorted(set(shapes) - set(known)))
    arg_shapes, _, aux_shapes = symbol.infer_shape(**known)
    if arg_shapes is None:
        found, _, _ = symbol.infer_shape_partial(**known)
        missing = [f"{name} {shape or 'unknown'}" for name, shape in zip(names, found) if not shape or 0 in shape]
        raise RuntimeError(f"simple_bind: the shapes given do not tell those of {', '.join(missing) or 'all'}")
    arg_types, _, aux_types = symbol.infer_type_partial(
        **{name: kind for name, kind in (type_dict or {}).items() if name in (*names, *states)}
    )

    def made(name: str, shape: tuple[int, ...], kind: Any, existing: Mapping[str, NDArray | None]) -> NDArray:
        array = existing.get(name)
        if array is not None and tuple(array.shape) == tuple(shape):
            return array
        return zeros(shape, ctx, kind or "float32")

    shareable = shared.arg_dict if shared is not None else {}
    if shared_names is not None:
        shareable = {name: array for name, array in shareable.items() if name in shared_names}
    shared_gradients = {name: shared.grad_dict.get(name) for name in shareable} if shared is not None else {}
    arguments, gradients = {}, {}
    for name, shape, kind in zip(names, arg_shapes, arg_types):
        arguments[name] = made(name, shape, kind, shareable)
        wanted = requests[name] != "null"
        gradients[name] = made(name, shape, kind, shared_gradients) if wanted else None
    auxiliary = {
        name: made(name, shape, kind, shared.aux_dict if shared is not None else {})
        for name, shape, kind in zip(states, aux_shapes, aux_types)
    }
    return Executor(symbol, ctx, arguments, gradients, requests, auxiliary)
