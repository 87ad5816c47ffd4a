"""Executor: a symbol bound to arrays, with forward and backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import torch

from .. import memory, streams
from ..base import MXNetError
from ..context import Context
from ..ndarray import NDArray, zeros
from ..ndarray.ndarray import assign
from ..ndarray.sparse_array import held
from ..ops.backwards import Backward
from ..ops.storage import want_rows
from ..symbol import Symbol
from ..symbol.graph import topological
from ..symbol.inference import infer_shapes, infer_types, is_complete
from .by_node import leaf_of, run
from .cached import CachedGraph
from .heads import needs_head
from .monitoring import Callback, Monitored
from .plan import Said

__all__ = ["Executor", "resized"]


class Executor:
    """A symbol with arrays for everything it needs; made by :meth:`Symbol.bind` and :meth:`Symbol.simple_bind`.

    Attributes
    ----------
    arg_dict, grad_dict, aux_dict : dict of str to NDArray
        arguments, their gradients (None where there is none) and auxiliary states
    outputs : list of NDArray
        what the last forward computed; the same arrays from the beginning on, into which every forward writes

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
        of_outputs: Sequence[Context],
    ) -> None:
        self._symbol = symbol
        self._ctx, self._of_outputs = ctx, of_outputs
        self._graph = CachedGraph(symbol, bound=True)
        self.arg_dict = dict(arguments)
        self.grad_dict = dict(gradients)
        self.aux_dict = dict(states)
        self._grad_req = dict(grad_req)
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
        #: whether an argument is sparse, so that the graph runs node by node
        self._sparse = any(given._sparse for given in self._arrays)
        self._leaves: dict[str, torch.Tensor] = {}
        self._monitored: Monitored | None = None
        #: whether something in the graph may draw random numbers, and where they stood before the last prediction
        self._draws = any(node.spec is not None and node.spec.takes_rng for node in topological(symbol._entries))
        self._drawn: dict[str, Any] | None = None
        #: which outputs' gradients have to be given
        self._needed = [needs_head(entry, {name for _, name, _, _ in self._learned}) for entry in symbol._entries]
        self.outputs, self._allocated = self._prepared()

    def _prepared(self) -> tuple[list[NDArray], int]:
        """Arrays for the outputs, and how many bytes all that is computed takes.

        An output that is a variable is the variable's array.
        """
        entries, tensors = self._symbol._entries, [held(given) for given in self._arrays]
        names = self._graph.names
        shapes = infer_shapes(entries, {name: tuple(tensor.shape) for name, tensor in zip(names, tensors)})
        kinds = infer_types(entries, {name: tensor.dtype for name, tensor in zip(names, tensors)})
        outputs = []
        for entry, ctx in zip(entries, self._of_outputs):
            if entry.node.spec is None:
                outputs.append(self._arrays[names.index(entry.node.name)])
                continue
            shape, kind = shapes[entry.node][entry.output], kinds[entry.node][entry.output]
            known = [max(length, 0) for length in shape] if shape is not None else [0]
            empty = torch.zeros(known, dtype=kind or torch.float32, device=ctx.torch_device)
            outputs.append(NDArray._wrap(empty, ctx))
        allocated = 0
        for node in topological(entries):
            for shape, kind in zip(shapes[node], kinds[node]) if node.spec is not None else ():
                allocated += (kind or torch.float32).itemsize * prod(shape) if shape and is_complete(shape) else 0
        return outputs, allocated

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
    def handle(self) -> Executor:
        """Itself, where MXNet has a pointer for its C library."""
        return self

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name.

        Raises
        ------
        ValueError
            two outputs have one name
        """
        names = self._symbol.list_outputs()
        if len(set(names)) != len(names):
            raise ValueError(f"output_dict: several outputs have one name among {', '.join(names)}")
        return dict(zip(names, self.outputs))

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Compute the outputs, into the arrays of :attr:`outputs`.

        Parameters
        ----------
        is_train : bool
            training mode, in which :meth:`backward` can follow
        **kwargs : NDArray or numpy.ndarray
            new values for arguments

        Raises
        ------
        TypeError
            no argument has that name
        ValueError
            a value is no array or has another shape
        """
        for name, value in kwargs.items():
            target = self.arg_dict.get(name)
            is_array = isinstance(value, (NDArray, np.ndarray))
            if is_array and target is None:
                raise TypeError(f"forward: no argument {name!r}; there are {', '.join(self.arg_dict)}")
            if target is None or not is_array:
                raise ValueError(f"forward: {name}={value!r} of type {type(value).__name__}; expected an array")
            if tuple(target.shape) != tuple(value.shape):
                raise ValueError(f"forward: {name} has shape {tuple(value.shape)}; expected {target.shape}")
            if isinstance(value, NDArray) and (value._sparse or target._sparse):
                value.copyto(target)
            else:
                target[:] = value
        self._results = None  # what it kept is free for this run, and the outputs' memory nobody else's
        self._leaves = {}
        if not is_train and self._draws and self._learned:
            self._drawn = streams.for_context(self._ctx).get_state()
        if self._sparse:
            arrays = self._run_by_node(bool(is_train), bool(is_train))
            self._results = [array._graphed for array in arrays] if is_train else None
            self.outputs = [_kept(output, array.detach()) for output, array in zip(self.outputs, arrays)]
            return self.outputs
        results = self._run(bool(is_train), bool(is_train))
        if is_train:
            self._results = results
        for output, entry, result in zip(self.outputs, self._symbol._entries, results):
            if entry.node.spec is not None:
                _keep(output, result.detach() if result.requires_grad else result)
        return self.outputs

    def _run_by_node(self, differentiable: bool, training: bool) -> list[NDArray]:
        """Compute the outputs as arrays of whatever storage they turn out to have."""
        if self._monitored is not None:
            raise MXNetError("Executor: a graph with sparse arguments cannot be monitored; make them dense")
        arrays = dict(zip(self._graph.names, (given.detach() for given in self._arrays)))
        self._leaves = {}
        if differentiable:
            for _, name, target, _ in self._learned:
                if held(arrays[name]).dtype.is_floating_point:
                    arrays[name], self._leaves[name] = leaf_of(arrays[name], target.stype == "row_sparse")
        return run(self._symbol, arrays, differentiable, training)

    def _run(self, differentiable: bool, training: bool) -> list[torch.Tensor]:
        """Compute the outputs, so that gradients can follow or not."""
        if self._sparse:
            return [array._graphed for array in self._run_by_node(differentiable, training)]
        device = self._ctx.torch_device
        values = [given._t for given in self._arrays]
        if any(value.device != device for value in values):
            values = [value.to(device) for value in values]
        self._leaves = {}
        if differentiable:  # a graph of its own: it ends at the arguments, whatever they were computed from
            values = [value.detach() if value.requires_grad else value for value in values]
            for place, name, target, _ in self._learned:
                if values[place].is_floating_point():
                    self._leaves[name] = values[place] = values[place].detach().requires_grad_()
                    if target.stype == "row_sparse":
                        want_rows(values[place])
        graph = self._graph if self._monitored is None else self._monitored
        with torch.set_grad_enabled(differentiable):
            results, said = graph.run(values, self._ctx, training)
        if said:
            Said.follow(said, self._arrays)
        return results

    def _run_again(self) -> list[torch.Tensor]:
        """Compute the outputs of the last prediction so that gradients can follow, with the numbers that it drew."""
        if self._drawn is None:
            return self._run(True, False)
        drawing = streams.for_context(self._ctx)
        present = drawing.get_state()
        drawing.set_state(self._drawn)
        try:
            return self._run(True, False)
        finally:
            drawing.set_state(present)

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Compute the gradients of the arguments, after a forward.

        Parameters
        ----------
        out_grads : NDArray, list or dict of NDArray, optional
            the gradients of the outputs; losses need none, nor does what has no gradient (comparisons, positions)
        is_train : bool
            whether running statistics move; else the mode is that of the forward

        Raises
        ------
        MXNetError
            an output on whose gradient others depend has none given
        TypeError
            a gradient is no NDArray
        KeyError
            a dict of gradients lacks that of an output
        """
        if not self._learned:
            return
        names = self._symbol.list_outputs()
        if isinstance(out_grads, NDArray):
            given: list[Any] = [out_grads]
        elif isinstance(out_grads, Mapping):
            given = [out_grads[name] for name in names]
        else:
            given = [] if out_grads is None else list(out_grads)
        for place, gradient in enumerate(given):
            if not isinstance(gradient, NDArray):
                raise TypeError(f"backward: out_grads[{place}] is a {type(gradient).__name__}; expected an NDArray")
        for place, needed in enumerate(self._needed):
            if needed and place >= len(given):
                raise MXNetError(
                    f"backward: output {names[place]} is no loss, so its gradient has to be given in out_grads; "
                    "or make it one with MakeLoss"
                )
        if self._results is None:  # the last forward was one for prediction, and kept nothing
            self._results = self._run_again()
        outputs, heads = [], []
        for place, result in enumerate(self._results):
            head = given[place]._whole.detach() if place < len(given) else None
            if head is not None and head.shape != result.shape:
                raise MXNetError(
                    f"backward: out_grads has shape {tuple(head.shape)} for {names[place]} of {tuple(result.shape)}"
                )
            if not result.requires_grad:
                continue
            outputs.append(result)
            heads.append(torch.ones_like(result) if head is None else head.to(result))
        leaves = list(self._leaves.values())
        found: Sequence[Any] = (None,) * len(leaves)
        if outputs and leaves:
            with Backward(outputs, leaves, still=not is_train):
                found = torch.autograd.grad(outputs, leaves, heads, allow_unused=True, retain_graph=True)
        gradients = dict(zip(self._leaves, found))
        for _, name, target, request in self._learned:
            gradient = gradients.get(name)  # none of integers
            if target._sparse:
                target._receive(gradient, request == "add")
                continue
            if gradient is not None and gradient.is_sparse:
                gradient = gradient.to_dense()
            if gradient is None:
                if request == "write":
                    target[:] = 0
                continue
            assign(target, gradient if request == "write" else target._t + gradient.to(target._t.device))

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
                    array.astype(own[name].dtype).copyto(own[name])
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
            if prod(shape) > array.size and not allow_up_sizing:
                raise MXNetError(f"reshape: {name} grows from {array.shape} to {shape}; allow_up_sizing=True does")
            arguments[name] = resized(array, shape)
            gradient = gradients[name]
            gradients[name] = None if gradient is None else resized(gradient, shape)
        for (name, array), shape in zip(self.aux_dict.items(), aux_shapes):
            states[name] = array if tuple(array.shape) == tuple(shape) else resized(array, shape)
        return Executor(self._symbol, self._ctx, arguments, gradients, self._grad_req, states, self._of_outputs)

    def set_monitor_callback(self, callback: Callback, monitor_all: bool = False) -> None:
        """Call ``callback(name, array)`` for every output of every node in a forward.

        Parameters
        ----------
        callback : callable
            takes a name as bytes, and an NDArray
        monitor_all : bool
            the nodes' inputs as well
        """
        self._monitored = Monitored(self._symbol, callback, monitor_all)

    def get_optimized_symbol(self) -> Symbol:
        """The graph that runs."""
        return self._symbol

    def debug_str(self) -> str:
        """The graph, to read, and how much memory its values take."""
        # programs find the memory in the line before the last
        memory = f"Total {self._allocated >> 20} MB allocated\nTotal 0 TempSpace resource requested\n"
        return self._symbol.debug_str() + memory


def resized(given: NDArray, shape: Sequence[int]) -> NDArray:
    """An array of another shape: on the same memory where that is large enough, else of zeros."""
    size = prod(shape)
    if size > given.size or not given._t.is_contiguous():
        return zeros(shape, given.context, given.dtype)
    return NDArray._wrap(given._t.view(-1)[:size].view(tuple(shape)), given.context)


def _kept(output: NDArray, result: NDArray) -> NDArray:
    """The array of an output with a result in it: another one where the result has another storage type."""
    if output.stype != result.stype or output.shape != result.shape or output.dtype != result.dtype:
        return result
    if result._sparse:
        output._store(held(result))
    else:
        _keep(output, result._t)
    return output


def _keep(output: NDArray, result: torch.Tensor) -> None:
    """Put a result into an output's array: as its memory where that is nobody else's, else by copying."""
    target = output._t
    alike = target.shape == result.shape and target.dtype is result.dtype
    if alike and not (target.device == result.device and memory.alone(target)):
        memory.copy(target, result)
    else:  # an array of unknown shape until now, or one that nobody else looks into
        output._t = result.to(output.context.torch_device)
