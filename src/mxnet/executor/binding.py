"""How executors are made: arrays by name, what backward does with each, new and shared memory."""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping, Sequence
from math import prod
from typing import Any

from ..base import same_dtype
from ..context import Context, as_context
from ..ndarray import NDArray, zeros
from ..symbol import Symbol
from ..symbol.graph import topological
from .executor import Executor, resized

__all__ = ["bind", "simple_bind"]

_GRAD_REQS = ("write", "add", "null")
#: the storage types by the numbers that variables have them by
STORAGE_NAMES = {0: "default", 1: "row_sparse", 2: "csr"}


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


def _placed(symbol: Symbol, ctx: Any, groups: Any) -> tuple[Context, dict[str, Context], list[Context]]:
    """The context of a graph, those of variables by name, and those of its outputs.

    Nodes whose attribute ``ctx_group`` is in `groups` have theirs there, all others that of the graph.
    """
    ctx = as_context(ctx)
    if groups is not None and not isinstance(groups, Mapping):
        raise TypeError(f"bind: group2ctx={groups!r}; expected a dict of Context by the name of the group")
    named = {
        name: as_context(given[0] if isinstance(given, (list, tuple)) else given)
        for name, given in (groups or {}).items()
    }
    if not named:
        return ctx, {}, [ctx] * len(symbol._entries)
    of_node = {
        id(node): named.get(node.attributes.get("__ctx_group__", ""), ctx) for node in topological(symbol._entries)
    }
    variables = {node.name: of_node[id(node)] for node in topological(symbol._entries) if node.spec is None}
    return ctx, variables, [of_node[id(entry.node)] for entry in symbol._entries]


def bind(
    symbol: Symbol, ctx: Context, args: Any, args_grad: Any, grad_req: Any, aux_states: Any, group2ctx: Any
) -> Executor:
    """What :meth:`Symbol.bind` does."""
    ctx, _, of_outputs = _placed(symbol, ctx, group2ctx)
    names, states = symbol.list_arguments(), symbol.list_auxiliary_states()
    arguments = _by_name(args, names, "args")
    requests = _requests(grad_req, names)
    gradients = dict.fromkeys(names) if args_grad is None else _by_name(args_grad, names, "args_grad", partial=True)
    auxiliary = _by_name(aux_states or {}, states, "aux_states")
    for name, array in (*arguments.items(), *auxiliary.items()):
        if not isinstance(array, NDArray):
            raise TypeError(f"bind: {name} is {array!r} of type {type(array).__name__}; expected an NDArray")
    return Executor(symbol, ctx, arguments, gradients, requests, auxiliary, of_outputs)


class _Memory:
    """Where the arrays of a new executor come from.

    Parameters
    ----------
    ctx, contexts : Context, dict of str to Context
        where arrays are made, by the variable's name where not on `ctx`
    shared : Executor or None
        whose arrays are used, of the arguments that are named and of all states
    names : collection of str
        the arguments whose arrays are those of `shared`
    buffer : dict of str to NDArray, or None
        arrays by name that executors use one after the other; nothing is shared without one
    """

    def __init__(
        self, ctx: Context, contexts: Mapping[str, Context], shared: Executor | None, names: Sequence[str], buffer: Any
    ) -> None:
        self._ctx, self._contexts, self._names = ctx, contexts, frozenset(names)
        self._buffer: MutableMapping[str, NDArray] | None = buffer
        self._shared = shared if buffer is not None else None

    def _made(self, name: str, shape: tuple[int, ...], kind: Any, stype: str = "default") -> NDArray:
        return zeros(shape, self._contexts.get(name, self._ctx), kind or "float32", stype)

    def argument(self, name: str, shape: tuple[int, ...], kind: Any, stype: str, gradient: bool = False) -> NDArray:
        """An argument's array, or that of its gradient, in a storage type; sparse ones share no memory."""
        if stype != "default":
            return self._made(name, shape, kind, stype)
        if self._shared is not None and name in self._names:
            array = (self._shared.grad_dict if gradient else self._shared.arg_dict).get(name)
            if array is not None:
                return _checked(name, array, shape)
        elif self._buffer is not None:
            return self._from_buffer(f"grad of {name}" if gradient else name, name, shape, kind)
        return self._made(name, shape, kind)

    def state(self, name: str, shape: tuple[int, ...], kind: Any) -> NDArray:
        """The array of an auxiliary state."""
        array = self._shared.aux_dict.get(name) if self._shared is not None else None
        return self._made(name, shape, kind) if array is None else _checked(name, array, shape)

    def _from_buffer(self, key: str, name: str, shape: tuple[int, ...], kind: Any) -> NDArray:
        assert self._buffer is not None
        kept, new = self._buffer.get(key), None
        if kept is None or kept.size < prod(shape) or not same_dtype(kept.dtype, kind or "float32"):
            new = self._buffer[key] = self._made(name, shape, kind)
        return new if new is not None else resized(self._buffer[key], shape)


def _storage_types(symbol: Symbol, given: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The storage types of arguments and of their gradients: as the variable says, and who looks rows up in it.

    Raises
    ------
    KeyError
        there is no such storage type
    """
    found: dict[str, str] = {}
    by_rows: set[str] = set()
    for node in topological(symbol._entries):
        if node.spec is not None:
            if node.parsed.get("sparse_grad"):
                by_rows.update(entry.node.name for entry in node.inputs[1:])
            continue
        own = given.get(node.name) or STORAGE_NAMES[int(node.attributes.get("__storage_type__", 0))]
        if own not in STORAGE_NAMES.values():
            raise KeyError(f"simple_bind: stype_dict has {own!r} for {node.name}; expected one of the storage types")
        found[node.name] = own
    return {
        name: (own, "row_sparse" if own == "row_sparse" or name in by_rows else "default")
        for name, own in found.items()
    }


def _checked(name: str, array: NDArray, shape: tuple[int, ...]) -> NDArray:
    if tuple(array.shape) != tuple(shape):
        raise RuntimeError(
            f"simple_bind: {name} of shared_exec has shape {array.shape}; the shapes given ask for {shape}"
        )
    return array


def simple_bind(
    symbol: Symbol,
    ctx: Context,
    grad_req: Any,
    type_dict: Mapping[str, Any] | None,
    group2ctx: Any,
    shared_names: Sequence[str] | None,
    shared: Executor | None,
    shared_buffer: Any,
    stype_dict: Mapping[str, str] | None,
    shapes: Mapping[str, Any],
) -> Executor:
    """What :meth:`Symbol.simple_bind` does."""
    ctx, contexts, of_outputs = _placed(symbol, ctx, group2ctx)
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
    memory = _Memory(ctx, contexts, shared, names if shared_names is None else shared_names, shared_buffer)
    arguments, gradients = {}, {}
    stored = _storage_types(symbol, stype_dict or {})
    for name, shape, kind in zip(names, arg_shapes, arg_types):
        own, of_gradient = stored[name]
        wanted = requests[name] != "null"
        arguments[name] = memory.argument(name, shape, kind, own)
        gradients[name] = memory.argument(name, shape, kind, of_gradient, gradient=True) if wanted else None
    auxiliary = {name: memory.state(name, shape, kind) for name, shape, kind in zip(states, aux_shapes, aux_types)}
    return Executor(symbol, ctx, arguments, gradients, requests, auxiliary, of_outputs)
