"""Recording, modes and gradients, on torch's autograd.

``record()`` switches recording on for the calling thread; outside it every operator runs without a graph. Torch's own
gradient mode is switched on for the length of a recording and put back afterwards, and nothing else of torch's state is
touched.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any, Protocol

import torch

from ._receiving import Receiver, apart, run_backward
from ._tracebacks import leaving
from .base import MXNetError, dtype_name
from .context import Context
from .ops.backwards import Backward
from .ops.freed import freed, note_freed, released
from .ops.gradients import constant, variables_of
from .ops.integers import cut, seen, stand_in
from .ops.integers import variable as variable_of_integers
from .ops.storage import want_rows

__all__ = [
    "Function", "backward", "get_symbol", "grad", "is_recording", "is_training", "mark_variables", "pause",
    "predict_mode", "record", "set_recording", "set_training", "train_mode",
]  # fmt: skip


class Array(Protocol):
    """What is asked of an array here: a tensor, its context, and what makes it a variable."""

    _t: torch.Tensor
    _ctx: Context
    _grad: Any
    _grad_req: str
    _fresh: list[bool]
    _sparse: bool

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def stype(self) -> str: ...

    #: the tensor that stands for it in torch's graph: its own, or a stand-in
    @property
    def _graphed(self) -> torch.Tensor: ...

    @_graphed.setter
    def _graphed(self, tensor: torch.Tensor) -> None: ...

    #: all its elements
    @property
    def _whole(self) -> torch.Tensor: ...

    def _receive(self, gradient: torch.Tensor | None, add: bool) -> None: ...

    def _gradient_like(self, gradient: torch.Tensor) -> Any: ...

    @classmethod
    def _wrap(cls, tensor: torch.Tensor, ctx: Context) -> Any: ...


class _State(threading.local):
    recording = False
    training = False


#: the calling thread's recording and training flags
state = _State()


def is_recording() -> bool:
    """Whether operators are being recorded on this thread."""
    return state.recording


def is_training() -> bool:
    """Whether operators run in training mode (dropout drops, batch norm uses the batch) on this thread."""
    return state.training


def set_recording(is_recording: bool) -> bool:
    """Switch recording on or off; returns what was set before."""
    previous, state.recording = state.recording, bool(is_recording)
    return previous


def set_training(train_mode: bool) -> bool:
    """Switch training mode on or off; returns what was set before."""
    previous, state.training = state.training, bool(train_mode)
    return previous


class _Scope:
    """Sets recording, training or both within a ``with`` block; None leaves a flag as it is."""

    __slots__ = ("_previous", "_recording", "_training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self._recording, self._training = recording, training
        self._previous: list[tuple[bool, bool, bool]] = []

    def __enter__(self) -> None:
        self._previous.append((state.recording, state.training, torch.is_grad_enabled()))
        if self._recording is not None:
            state.recording = self._recording
            if self._recording:
                torch.set_grad_enabled(True)
        if self._training is not None:
            state.training = self._training

    def __exit__(self, *exc: object) -> None:
        state.recording, state.training, gradients = self._previous.pop()
        if self._recording:
            torch.set_grad_enabled(gradients)


def record(train_mode: bool = True) -> _Scope:
    """A ``with`` block whose operators are recorded, so that gradients can be asked for.

    Parameters
    ----------
    train_mode : bool
        whether the operators run in training mode as well

    Examples
    --------
    >>> x = mx.nd.array([1, 2, 3])
    >>> x.attach_grad()
    >>> with mx.autograd.record():
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad.asnumpy().tolist()
    [2.0, 4.0, 6.0]
    """
    return _Scope(True, train_mode)


def pause(train_mode: bool = False) -> _Scope:
    """A ``with`` block whose operators are not recorded."""
    return _Scope(False, train_mode)


def train_mode() -> _Scope:
    """A ``with`` block in training mode; recording stays as it is."""
    return _Scope(None, True)


def predict_mode() -> _Scope:
    """A ``with`` block in prediction mode; recording stays as it is."""
    return _Scope(None, False)


_GRAD_REQS = ("null", "write", "add")
_GRAD_REQ_CODES = {0: "null", 1: "write", 2: "write", 3: "add"}


def check_grad_req(grad_req: Any) -> str:
    """One of 'null', 'write' and 'add', from its name or MXNet's number for it."""
    name = _GRAD_REQ_CODES.get(grad_req, grad_req) if not isinstance(grad_req, str) else grad_req
    if name not in _GRAD_REQS:
        raise KeyError(f"grad_req: {grad_req!r} is none of {', '.join(map(repr, _GRAD_REQS))}")
    return name


def _as_list(arrays: Array | Sequence[Array]) -> list[Array]:
    return list(arrays) if isinstance(arrays, (list, tuple)) else [arrays]  # type: ignore[list-item]


def mark_variables(
    variables: Array | Sequence[Array],
    gradients: Array | Sequence[Array],
    grad_reqs: str | Sequence[str] = "write",
) -> None:
    """Make arrays variables: backward writes (or adds) their gradients into the given buffers.

    Parameters
    ----------
    variables : NDArray or list of NDArray
        they leave the graph they were in
    gradients : NDArray or list of NDArray
        buffers of the variables' shapes
    grad_reqs : str or list of str
        'write', 'add' or 'null', for all or for each
    """
    variables = _as_list(variables)
    gradients = _as_list(gradients)
    if isinstance(grad_reqs, str):
        grad_reqs = [grad_reqs] * len(variables)
    if not len(variables) == len(gradients) == len(grad_reqs):
        raise MXNetError(
            f"mark_variables: {len(variables)} variables, {len(gradients)} gradients and {len(grad_reqs)} grad_reqs; "
            "expected as many of each"
        )
    for variable, buffer, grad_req in zip(variables, gradients, grad_reqs):
        attach(variable, buffer, check_grad_req(grad_req))


def attach(variable: Array, buffer: Array | None, grad_req: str) -> None:
    """Make ``variable`` a leaf of coming graphs whose gradient goes to ``buffer``."""
    leaf = variable._graphed.detach()
    if grad_req != "null" and buffer is not None and leaf.dtype is not torch.bool:
        if buffer.shape != tuple(leaf.shape):
            raise MXNetError(
                f"gradient: buffer of shape {buffer.shape} for a variable of shape {tuple(leaf.shape)}; "
                "expected the same"
            )
        graphed = leaf.requires_grad_() if leaf.is_floating_point() else variable_of_integers(leaf)
        if buffer.stype == "row_sparse":
            want_rows(graphed)
        fresh = [False]
        graphed.register_post_accumulate_grad_hook(Receiver(buffer, grad_req, fresh))
        variable._fresh = fresh
    variable._graphed = leaf
    variable._grad = buffer if grad_req != "null" else None
    variable._grad_req = grad_req


def living(array: Array) -> torch.Tensor:
    """The tensor of an array that goes into a recorded operator.

    MXNet makes a leaf of every array whose graph a backward has freed, so that what is recorded next ends there.
    """
    tensor = array._t
    node = tensor.grad_fn
    if seen.any and node is None:
        stand = stand_in(tensor)
        node = None if stand is None else stand.grad_fn
    if node is not None and node._sequence_nr() <= freed.until and released(node):
        array._t = tensor = tensor.detach()
    return tensor


def _node(array: Array) -> torch.Tensor:
    """What an array is in torch's graph: of integers, what stands for them."""
    tensor = array._graphed
    if not seen.any or tensor.is_floating_point():
        return tensor
    stand = stand_in(tensor)
    return tensor if stand is None else stand


def _head_gradients(heads: Sequence[Array], head_grads: Any) -> list[torch.Tensor]:
    if head_grads is None:
        return [torch.ones_like(_node(head)) for head in heads]
    if not isinstance(head_grads, (list, tuple)):
        head_grads = [head_grads]
    if len(head_grads) != len(heads):
        raise MXNetError(
            f"backward: {len(head_grads)} head_grads for {len(heads)} heads; expected one for each or None"
        )
    tensors = []
    for head, gradient in zip(heads, head_grads):
        node = _node(head)
        if gradient is None:
            tensors.append(torch.ones_like(node))
            continue
        tensor, shape = gradient._whole, node.shape
        if tensor.shape != shape:
            if tensor.numel() != math.prod(shape):
                raise MXNetError(
                    f"backward: head_grads has shape {tuple(tensor.shape)} for a head of shape {tuple(shape)}"
                )
            tensor = tensor.reshape(shape)
        if node is not head._graphed:
            tensor = _of_integers(tensor, head._graphed.dtype)
        tensors.append(tensor)
    return tensors


def _of_integers(gradient: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
    """The gradient of a head of integers, as what stands for the head has it."""
    if gradient.dtype is not kind:
        raise MXNetError(
            f"backward: head_grads is {dtype_name(gradient.dtype)} for a head of {dtype_name(kind)}; expected one dtype"
        )
    return gradient.double()


def _check_heads(call: str, heads: Sequence[Array]) -> None:
    for position, head in enumerate(heads):
        tensor = _node(head)
        node = tensor.grad_fn
        if node is not None and node._sequence_nr() <= freed.until and released(node):
            raise MXNetError(f"{call}: the graph was freed by an earlier backward; give that one retain_graph=True")
        if not tensor.requires_grad:
            raise MXNetError(
                f"{call}: head {position} of shape {tuple(tensor.shape)} was not recorded from a variable; "
                "call attach_grad() on an input and compute it inside autograd.record()"
            )


def _explained(call: str, error: RuntimeError) -> MXNetError:
    """MXNet's kind of error for torch's."""
    text = str(error)
    if "second time" in text:
        reason = "the graph was freed by an earlier backward; give that one retain_graph=True"
    elif "modified by an inplace operation" in text:
        reason = "an array the graph needs was assigned to while recording"
    else:
        reason = text.splitlines()[0]
    return MXNetError(f"{call}: {reason}")


@leaving
def backward(
    heads: Array | Sequence[Array],
    head_grads: Array | Sequence[Array | None] | None = None,
    retain_graph: bool = False,
    train_mode: bool = True,
) -> None:
    """Compute the gradients of heads and put them into the buffers of the variables.

    Parameters
    ----------
    heads : NDArray or list of NDArray
        what to differentiate
    head_grads : NDArray, list of NDArray or None
        the gradients of the heads; ones where None
    retain_graph : bool
        keep the graph for another backward
    train_mode : bool
        whether running statistics move; else operators remember the mode they ran in

    Raises
    ------
    MXNetError
        a head is not in a graph, or its graph was freed
    """
    heads = _as_list(heads)
    _check_heads("backward", heads)
    tensors, gradients = _apiece([_node(head) for head in heads], _head_gradients(heads, head_grads))
    try:
        with Backward(tensors, still=not train_mode):
            run_backward(tensors, gradients, retain_graph)
    except RuntimeError as error:
        if isinstance(error, MXNetError):
            raise
        raise _explained("backward", error) from error
    if not retain_graph:
        note_freed(tensors)


def _apiece(
    tensors: list[torch.Tensor], gradients: list[torch.Tensor]
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Each head once, with the gradient that was given last, as in MXNet; torch would add them."""
    if len(tensors) == 1:
        return tensors, gradients
    last = {id(tensor): (tensor, gradient) for tensor, gradient in zip(tensors, gradients)}
    return [tensor for tensor, _ in last.values()], [gradient for _, gradient in last.values()]


def grad(
    heads: Array | Sequence[Array],
    variables: Array | Sequence[Array],
    head_grads: Array | Sequence[Array | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,
) -> list[Array]:
    """The gradients of heads with respect to variables, as new arrays; the variables' buffers stay as they are.

    Parameters
    ----------
    heads : NDArray or list of NDArray
        what to differentiate
    variables : NDArray or list of NDArray
        what to differentiate by
    head_grads : NDArray, list of NDArray or None
        the gradients of the heads; ones where None
    retain_graph : bool, optional
        keep the graph; by default the same as ``create_graph``
    create_graph : bool
        record the computation of the gradients, for derivatives of higher order
    train_mode : bool
        whether running statistics move

    Returns
    -------
    list of NDArray
        one gradient for each variable

    Raises
    ------
    MXNetError
        a head or a variable is not in the graph

    Examples
    --------
    >>> x = mx.nd.array([2.0])
    >>> x.attach_grad()
    >>> with mx.autograd.record():
    ...     y = x ** 3
    ...     first = mx.autograd.grad(y, x, create_graph=True)[0]
    >>> first.backward()
    >>> first.asscalar(), x.grad.asscalar()
    (12.0, 12.0)
    """
    heads = _as_list(heads)
    variables = _as_list(variables)
    if not variables:
        raise MXNetError("grad: variables is empty; expected at least one NDArray")
    _check_heads("grad", heads)
    for position, variable in enumerate(variables):
        if not _node(variable).requires_grad:
            raise MXNetError(
                f"grad: variable {position} of shape {variable.shape} is not in a graph; "
                "call attach_grad() on it before recording"
            )
    keep = create_graph if retain_graph is None else retain_graph
    tensors, given = _apiece([_node(head) for head in heads], _head_gradients(heads, head_grads))
    try:
        sought = [_node(variable) for variable in variables]
        with (
            torch.set_grad_enabled(create_graph or torch.is_grad_enabled()),
            Backward(tensors, sought, still=not train_mode),
        ):
            gradients = torch.autograd.grad(
                tensors,
                sought,
                given,
                retain_graph=keep,
                create_graph=create_graph,
                allow_unused=True,
            )
    except RuntimeError as error:
        raise _explained("grad", error) from error
    if not keep:
        note_freed(tensors)
    results = []
    reached: set[int] | None = None
    for position, (variable, gradient) in enumerate(zip(variables, apart(gradients, given))):
        if gradient is None:
            if reached is None:
                reached = {id(each) for each in variables_of(tensors)}
            if id(_node(variable)) not in reached:
                raise MXNetError(f"grad: no head depends on variable {position} of shape {variable.shape}")
            gradient = torch.zeros_like(_node(variable))
        if gradient.dtype is not variable._graphed.dtype:
            gradient = cut(gradient, variable._graphed.dtype)
        if create_graph and not gradient.requires_grad:  # it does not depend on them: its own gradient is zero
            with torch.enable_grad():
                gradient = constant(gradient, *[_node(each) for each in variables])
        results.append(variable._gradient_like(gradient))
    return results


def get_symbol(x: Array) -> Any:
    """The recorded history of an array as a Symbol.

    Raises
    ------
    AssertionError
        it is no array
    MXNetError
        always: recordings are torch graphs here; trace a HybridBlock instead
    """
    if not hasattr(x, "_t"):
        raise AssertionError(f"autograd.get_symbol: x of type {type(x).__name__}; expected an NDArray")
    raise MXNetError("autograd.get_symbol: recordings are kept as torch graphs; trace a HybridBlock for a Symbol")


class Function:
    """A differentiable function with a gradient of its own.

    A subclass defines ``forward(*inputs)`` and ``backward(*output_gradients)``, both over NDArrays, and may keep arrays
    from the one for the other with ``save_for_backward`` and ``saved_tensors``.

    Examples
    --------
    >>> class Sign(mx.autograd.Function):
    ...     def forward(self, x):
    ...         return mx.nd.sign(x)
    ...     def backward(self, dy):
    ...         return dy
    >>> x = mx.nd.array([-2.0, 3.0])
    >>> x.attach_grad()
    >>> with mx.autograd.record():
    ...     y = Sign()(x)
    >>> y.backward()
    >>> x.grad.asnumpy().tolist()
    [1.0, 1.0]
    """

    def __init__(self) -> None:
        self._used = False
        self.saved_tensors: tuple[Array, ...] = ()

    def save_for_backward(self, *args: Array) -> None:
        """Keep arrays for ``backward``, which finds them in ``saved_tensors``."""
        self.saved_tensors = args

    def __call__(self, *inputs: Array) -> Any:
        """The outputs of ``forward``, with ``backward`` as their gradient where recording is on."""
        if self._used:
            raise MXNetError(
                f"{type(self).__name__}: a Function can be called once; make another object for another call"
            )
        self._used = True
        with pause(train_mode=is_training()):
            outputs = self.forward(*inputs)
        single = not isinstance(outputs, (list, tuple))
        outputs = (outputs,) if single else tuple(outputs)
        if is_recording():
            wrap, ctx = type(inputs[0])._wrap, inputs[0]._ctx
            tensors = _Bridge.apply(self, outputs, wrap, ctx, *(living(item) for item in inputs))
            outputs = tuple(wrap(tensor, ctx) for tensor in tensors)
        return outputs[0] if single else list(outputs)

    def forward(self, *inputs: Array) -> Any:
        """The outputs for the inputs."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(*inputs)")

    def backward(self, *output_grads: Array) -> Any:
        """The gradients of the inputs, one for each, for the gradients of the outputs."""
        raise NotImplementedError(f"{type(self).__name__} defines no backward(*output_grads)")


class _Bridge(torch.autograd.Function):
    """Puts a :class:`Function` into torch's graph."""

    @staticmethod
    def forward(ctx: Any, function: Function, outputs: Any, wrap: Any, context: Any, *inputs: torch.Tensor) -> Any:
        ctx.function, ctx.wrap, ctx.context, ctx.inputs = function, wrap, context, len(inputs)
        return tuple(output._t.detach().clone() for output in outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        with pause(train_mode=True):
            results = ctx.function.backward(*(ctx.wrap(gradient, ctx.context) for gradient in gradients))
        results = (results,) if not isinstance(results, (list, tuple)) else tuple(results)
        if len(results) != ctx.inputs:
            raise MXNetError(
                f"{type(ctx.function).__name__}.backward: returned {len(results)} gradients for {ctx.inputs} inputs"
            )
        return (None, None, None, None, *(None if item is None else item._t for item in results))
