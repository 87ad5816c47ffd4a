"""Control flow over arrays: loops and choices as they are written, one step after the other.

What stands in lists comes back in lists; see :mod:`mxnet.symbol.control` for the same over symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..ops.array import joining
from ..ops.registry import spec_of
from .creation import zeros
from .invoke import invoke
from .ndarray import NDArray

__all__ = ["cond", "flattened", "foreach", "iterations", "regrouped", "while_loop"]

_stack, _concat = spec_of(joining.stack), spec_of(joining.concat)


def flattened(argument: Any, kind: type, what: str) -> list[Any]:
    """What stands in an argument's lists, in order.

    Raises
    ------
    AssertionError
        there is something else than arrays (or symbols) and lists of them
    """
    if isinstance(argument, (list, tuple)):
        return [each for item in argument for each in flattened(item, kind, what)]
    if not isinstance(argument, kind):
        got = f"{argument!r} of type {type(argument).__name__}"
        raise AssertionError(f"{what} must be of the class {kind.__name__} or a list of such, got {got}")
    return [argument]


def regrouped(structure: Any, flat: Iterator[Any]) -> Any:
    """The next of `flat` in lists as in `structure`."""
    if isinstance(structure, (list, tuple)):
        return [regrouped(item, flat) for item in structure]
    return next(flat)


def iterations(max_iterations: Any) -> int:
    """How often a loop may go round.

    Raises
    ------
    ValueError
        it is not given, or no number
    """
    if max_iterations is None:
        raise ValueError("while_loop: max_iterations is not given")
    try:
        return int(max_iterations)
    except (TypeError, ValueError):
        raise ValueError(f"while_loop: max_iterations={max_iterations!r}; expected a number") from None


def _stacked(steps: Sequence[Sequence[NDArray]], length: int) -> list[NDArray]:
    """The outputs of all steps along a new first axis, with zeros up to a length."""
    outputs = []
    for column in zip(*steps):
        joined = invoke(_stack, column, {"axis": 0})
        missing = length - len(column)
        if missing > 0:
            rest = zeros((missing, *joined.shape[1:]), joined.context, joined.dtype)
            joined = invoke(_concat, (joined, type(joined)(rest)), {"dim": 0})
        outputs.append(joined)
    return outputs


def foreach(body: Callable[..., Any], data: Any, init_states: Any) -> tuple[Any, Any]:
    """Go through arrays along their first axis, with states handed from one step to the next.

    Parameters
    ----------
    body : callable(element, states) -> (outputs, states)
        one step
    data : NDArray or list of NDArray
        what is gone through
    init_states : NDArray or list of NDArray
        the states of the first step

    Returns
    -------
    outputs, states
        the outputs of all steps along a new first axis, and the last states

    Raises
    ------
    AssertionError
        something else than arrays is given or returned

    Examples
    --------
    >>> def add(number, total):
    ...     return total + number, total + number
    >>> sums, total = mx.nd.contrib.foreach(add, mx.nd.array([1, 2, 3]), mx.nd.array([0]))
    >>> sums.asnumpy().tolist(), total.asscalar()
    ([[1.0], [3.0], [6.0]], 6.0)
    """
    arrays = flattened(data, NDArray, "foreach: data")
    flattened(init_states, NDArray, "foreach: init_states")
    if not arrays:
        raise IndexError("foreach: data is an empty list; expected at least one array")
    if not arrays[0].ndim:
        raise IndexError("foreach: data has no axis to go through; its shape is ()")
    states, structure = init_states, None
    steps = []
    for place in range(arrays[0].shape[0]):
        structure, states = body(regrouped(data, iter([array[place] for array in arrays])), states)
        steps.append(flattened(structure, NDArray, "foreach: an output of body"))
    return regrouped(structure, iter(_stacked(steps, len(steps)))), states


def _true(value: Any, what: str) -> bool:
    if isinstance(value, NDArray) and value.size != 1:
        raise ValueError(f"{what} is an array of shape {value.shape}; expected a single element")
    return bool(value.asscalar() if isinstance(value, NDArray) else value)


def while_loop(
    cond: Callable[..., Any], func: Callable[..., Any], loop_vars: Any, max_iterations: int | None = None
) -> tuple[Any, Any]:
    """Go round as long as a condition holds.

    Parameters
    ----------
    cond : callable(*loop_vars) -> NDArray
        a single element: whether there is another step
    func : callable(*loop_vars) -> (outputs, loop_vars)
        one step
    loop_vars : NDArray or list of NDArray
        the variables of the first step
    max_iterations : int
        how many steps there may be

    Returns
    -------
    outputs, loop_vars
        the outputs of all steps along a new first axis of `max_iterations` elements, zeros after the last step; none
        where there was no step. And the last variables

    Raises
    ------
    ValueError
        max_iterations is not given or no number; there are no variables, or their number changes; the condition has
        several elements

    Examples
    --------
    >>> squares, last = mx.nd.contrib.while_loop(
    ...     lambda i: i < 3, lambda i: (i * i, i + 1), mx.nd.array([0]), max_iterations=4
    ... )
    >>> squares.asnumpy().tolist(), last.asscalar()
    ([[0.0], [1.0], [4.0], [0.0]], 3.0)
    """
    count = iterations(max_iterations)
    single = isinstance(loop_vars, NDArray)
    variables = [loop_vars] if single else list(loop_vars)
    if not variables:
        raise ValueError("while_loop: loop_vars is empty; expected at least one array")
    steps: list[list[NDArray]] = []
    structure: Any = []
    while len(steps) < count and _true(cond(*variables), "while_loop: the condition"):
        structure, following = func(*variables)
        structure = [] if structure is None else structure
        following = [following] if isinstance(following, NDArray) else list(following)
        if len(following) != len(variables):
            raise ValueError(
                f"while_loop: func returned {len(following)} loop_vars; expected {len(variables)}, as many as it took"
            )
        steps.append(flattened(structure, NDArray, "while_loop: an output of func"))
        variables = following
    outputs = regrouped(structure, iter(_stacked(steps, count)))
    return outputs, variables[0] if single else variables


def cond(pred: Any, then_func: Callable[[], Any], else_func: Callable[[], Any]) -> Any:
    """What one of two functions returns.

    Parameters
    ----------
    pred : NDArray
        a single element: which one
    then_func, else_func : callable() -> NDArray or list of NDArray
        the first is called where the element is other than 0

    Raises
    ------
    ValueError
        `pred` has several elements

    Examples
    --------
    >>> a = mx.nd.array([2])
    >>> mx.nd.contrib.cond(a > 1, lambda: a * 10, lambda: a).asscalar()
    20.0
    """
    return then_func() if _true(pred, "cond: pred") else else_func()
