"""Recording as MXNet's first version of it was called; :mod:`mxnet.autograd` took its place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import autograd
from ..autograd import mark_variables
from ..ndarray import NDArray, zeros_like

__all__ = [
    "TrainingStateScope", "backward", "compute_gradient", "grad", "grad_and_loss", "mark_variables", "set_is_training",
    "test_section", "train_section",
]  # fmt: skip


def set_is_training(is_train: bool) -> bool:
    """Switch recording and training mode on or off together; returns whether training mode was on."""
    before = autograd.set_training(is_train)
    autograd.set_recording(is_train)
    return before


class TrainingStateScope:
    """A ``with`` block with recording and training mode on or off.

    Parameters
    ----------
    enter_state : bool
        which
    """

    def __init__(self, enter_state: bool) -> None:
        self._scopes: list[Any] = []
        self._enter_state = bool(enter_state)

    def __enter__(self) -> None:
        state = self._enter_state
        self._scopes.append(autograd.record() if state else autograd.pause())
        self._scopes[-1].__enter__()

    def __exit__(self, *exc: object) -> None:
        self._scopes.pop().__exit__(*exc)


def train_section() -> TrainingStateScope:
    """A ``with`` block that is recorded, in training mode.

    Examples
    --------
    >>> from mxnet.contrib import autograd
    >>> x, gradient = mx.nd.array([2]), mx.nd.zeros((1,))
    >>> autograd.mark_variables([x], [gradient])
    >>> with autograd.train_section():
    ...     y = x * x
    >>> autograd.compute_gradient([y])
    >>> gradient.asscalar()
    4.0
    """
    return TrainingStateScope(True)


def test_section() -> TrainingStateScope:
    """A ``with`` block that is not recorded, in prediction mode."""
    return TrainingStateScope(False)


def backward(outputs: Sequence[NDArray], out_grads: Any = None, retain_graph: bool = False) -> None:
    """Compute the gradients of outputs and put them into the buffers of the variables.

    Parameters
    ----------
    outputs : list of NDArray
        what to differentiate
    out_grads : list of NDArray or None, optional
        the gradients of the outputs; ones where None
    retain_graph : bool
        keep the graph for another backward

    Raises
    ------
    AssertionError
        the outputs are in no list
    """
    if not isinstance(outputs, (list, tuple)):
        raise AssertionError(f"backward: outputs={outputs!r}; expected a list of NDArray")
    autograd.backward(list(outputs), out_grads, retain_graph)


def compute_gradient(outputs: Sequence[NDArray]) -> None:
    """Compute the gradients of outputs whose own gradients are ones."""
    backward(outputs)


def grad_and_loss(func: Callable[..., Any], argnum: int | Sequence[int] | None = None) -> Callable[..., Any]:
    """A function that gives the gradients of its arguments, and what `func` gives.

    Parameters
    ----------
    func : callable
        of arrays, to an array or several
    argnum : int or list of int, optional
        which arguments; all by default

    Examples
    --------
    >>> from mxnet.contrib import autograd
    >>> gradients, loss = autograd.grad_and_loss(lambda x: x * x)(mx.nd.array([3]))
    >>> gradients[0].asscalar(), loss.asscalar()
    (6.0, 9.0)
    """

    @functools.wraps(func)
    def wrapped(*args: NDArray) -> Any:
        """What `func` gives, after the gradients."""
        variables = list(args)
        if argnum is not None:
            places: Any = argnum if isinstance(argnum, (list, tuple)) else [argnum]
            variables = [args[place] for place in places]
        for each in variables:
            if not isinstance(each, NDArray):
                raise AssertionError(f"grad_and_loss: an argument is {each!r}; expected an NDArray")
        gradients = [zeros_like(each) for each in variables]
        mark_variables(variables, gradients)
        with train_section():
            outputs = func(*args)
        compute_gradient([outputs] if isinstance(outputs, NDArray) else outputs)
        return gradients, outputs

    return wrapped


def grad(func: Callable[..., Any], argnum: int | Sequence[int] | None = None) -> Callable[..., Any]:
    """A function that gives the gradients of `func`; see :func:`grad_and_loss`."""
    gradients_and_loss = grad_and_loss(func, argnum)

    @functools.wraps(gradients_and_loss)
    def wrapped(*args: NDArray) -> Any:
        """The gradients."""
        return gradients_and_loss(*args)[0]

    return wrapped
