"""What a fidelity case may use: inputs, gradients and its own tolerance.

Runs under two interpreters, that of MXNet 1.9.1 (Python 3.8 to 3.11, NumPy 1.23) and ours, so it
imports NumPy and nothing else.
"""

from __future__ import annotations

from typing import Any, Callable

import numpy as np


def data(
    shape: int | tuple[int, ...] = (),
    seed: int = 0,
    low: float = -1,
    high: float = 1,
    dtype: str = "float32",
) -> np.ndarray:
    """Return the same pseudo-random array under every NumPy version.

    Floats are uniform in [low, high), integers likewise, and booleans are fair coins.
    """
    draw = np.random.RandomState(seed)
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return draw.randint(0, 2, size=shape).astype(kind)
    if kind.kind in "iu":
        return draw.randint(int(low), int(high), size=shape).astype(kind)
    return np.asarray(draw.uniform(low, high, size=shape)).astype(kind)


def head_gradient(shape: tuple[int, ...]) -> np.ndarray:
    """Return the gradient that `grads` sends back: not uniform, never zero, exact in float16."""
    size = int(np.prod(shape, dtype=np.int64))
    return ((np.arange(size) % 7 - 3) * 0.25 + 0.125).reshape(shape).astype("float32")


def grads(mx: Any, fn: Callable[..., Any], *arrays: Any, train: bool = True) -> dict[str, Any]:
    """Record `fn` of the arrays, send `head_gradient` back, and return what came out and all gradients.

    Parameters
    ----------
    mx : module
        The module under test.
    fn : callable
        Takes the arrays as `mx.nd` arrays (as `mx.np` arrays where the case switched to them with
        `mx.npx.set_np()`) and returns one array or several.
    *arrays : array_like
        The inputs. Each floating one gets a gradient; the others are passed on without.
    train : bool
        Record in training mode, or in prediction mode.

    Returns
    -------
    dict
        `out`, what `fn` returned, and `grads`, one entry for each of the arrays: its gradient, or None
        where it is not a floating array.
    """
    numpy_mode = mx.util.is_np_array()
    make = mx.np.array if numpy_mode else mx.nd.array
    inputs = []
    for array in arrays:
        array = np.asarray(array)
        inputs.append(make(array, dtype=array.dtype))
    floating = [np.dtype(x.dtype).kind == "f" for x in inputs]
    for x, differentiable in zip(inputs, floating):
        if differentiable:
            x.attach_grad()
    with mx.autograd.record(train_mode=train):
        out = fn(*inputs)
    outputs = list(out) if isinstance(out, (list, tuple)) else [out]
    outputs = [o for o in outputs if np.dtype(o.dtype).kind == "f"]
    heads = [make(head_gradient(o.shape), dtype=np.dtype(o.dtype)) for o in outputs]
    mx.autograd.backward(outputs, heads, train_mode=train)
    return {"out": out, "grads": [x.grad if d else None for x, d in zip(inputs, floating)]}


def tolerance(rtol: float | None = None, atol: float | None = None, reason: str = "") -> Callable:
    """Set how far the floats of a case may be from MXNet's; `tolerance(0, 0)` asks for the same bits.

    An argument left out keeps the default for the array's dtype. A looser tolerance says why, in
    `reason` or in a comment.
    """

    def mark(case: Callable) -> Callable:
        case.tolerance = (rtol, atol)
        return case

    return mark
