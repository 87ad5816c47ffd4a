"""AdamW and LAMB as functions of ``nd.contrib``: lists of arrays by kind, which the operators take interleaved.

The operators are in :mod:`mxnet.ops.optim.updates` and :mod:`mxnet.ops.optim.multi`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.registry import OPERATORS
from .creation import full
from .invoke import invoke
from .ndarray import NDArray

__all__ = [
    "adamw_update", "mp_adamw_update", "multi_adamw_update", "multi_lamb_update", "multi_mp_adamw_update",
    "multi_mp_lamb_update",
]  # fmt: skip

Arrays = Sequence[NDArray]


def _scale(rescale_grad: Any, weight: NDArray) -> NDArray:
    """The factor of the gradients as an array, which it may be already."""
    return rescale_grad if isinstance(rescale_grad, NDArray) else full((1,), rescale_grad, ctx=weight.context)


def _interleaved(*kinds: Arrays) -> list[NDArray]:
    """The arrays of each parameter, one parameter after the other."""
    if len({len(kind) for kind in kinds}) > 1:
        raise ValueError(f"expected as many arrays of each kind, got {[len(kind) for kind in kinds]}")
    return [array for parameter in zip(*kinds) for array in parameter]


def adamw_update(
    weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, rescale_grad: Any, lr: float, eta: float,
    beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0, clip_gradient: float = -1,
    out: Any = None, name: str | None = None,
) -> Any:  # fmt: skip
    """A step of AdamW (arXiv:1711.05101), without bias correction.

    Parameters
    ----------
    weight, grad, mean, var : NDArray
        the weight, its gradient and the running means of the gradient and of its square, which change in place
    rescale_grad : float or NDArray
        multiplies the gradient; 0, inf or NaN skips the step
    lr, eta, wd : float
        the learning rate, the factor of the schedule, which multiplies the weight decay too, and the weight decay
    beta1, beta2, epsilon, clip_gradient : float
        as of ``nd.adam_update``
    out : NDArray, optional
        where to put the new weight, usually `weight`

    Examples
    --------
    >>> weight, ones = mx.nd.array([1]), mx.nd.array([1])
    >>> mean, var = mx.nd.zeros((1,)), mx.nd.zeros((1,))
    >>> _ = mx.nd.contrib.adamw_update(weight, ones, mean, var, 1.0, lr=0.1, eta=1.0, beta1=0.5, out=weight)
    >>> mean
    <BLANKLINE>
    [0.5]
    <NDArray 1 @cpu(0)>
    """
    attributes = {
        "lr": lr, "eta": eta, "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd,
        "clip_gradient": clip_gradient,
    }  # fmt: skip
    inputs = [weight, grad, mean, var, _scale(rescale_grad, weight)]
    return invoke(OPERATORS["_adamw_update"], inputs, attributes, out)


def mp_adamw_update(
    weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, weight32: NDArray, rescale_grad: Any, lr: float,
    eta: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0,
    clip_gradient: float = -1, out: Any = None, name: str | None = None,
) -> Any:  # fmt: skip
    """:func:`adamw_update` on the float32 copy of a float16 weight."""
    attributes = {
        "lr": lr, "eta": eta, "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd,
        "clip_gradient": clip_gradient,
    }  # fmt: skip
    inputs = [weight, grad, mean, var, weight32, _scale(rescale_grad, weight)]
    return invoke(OPERATORS["_mp_adamw_update"], inputs, attributes, out)


def multi_adamw_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, rescale_grad: Any, lrs: Any, wds: Any, etas: Any,
    out: Any = None, name: str | None = None, size: int = 0, **kwargs: Any,
) -> Any:  # fmt: skip
    """:func:`adamw_update` for lists of arrays and of rates; keywords are the operator's further attributes."""
    inputs = [*_interleaved(weights, grads, mean, var), _scale(rescale_grad, weights[0])]
    attributes = {"lrs": lrs, "wds": wds, "etas": etas, "num_weights": size or len(weights), **kwargs}
    return invoke(OPERATORS["_multi_adamw_update"], inputs, attributes, out)


def multi_mp_adamw_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, weights32: Arrays, rescale_grad: Any, lrs: Any,
    wds: Any, etas: Any, out: Any = None, name: str | None = None, size: int = 0, **kwargs: Any,
) -> Any:  # fmt: skip
    """:func:`multi_adamw_update` on the float32 copies of float16 weights."""
    inputs = [*_interleaved(weights, grads, mean, var, weights32), _scale(rescale_grad, weights[0])]
    attributes = {"lrs": lrs, "wds": wds, "etas": etas, "num_weights": size or len(weights), **kwargs}
    return invoke(OPERATORS["_multi_mp_adamw_update"], inputs, attributes, out)


def multi_lamb_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, step_count: Any, lrs: Any, wds: Any, out: Any = None,
    num_tensors: int = 0, **kwargs: Any,
) -> Any:  # fmt: skip
    """A step of LAMB (arXiv:1904.00962) for lists of arrays; keywords are the operator's further attributes.

    Parameters
    ----------
    weights, grads, mean, var : list of NDArray
        the weights, their gradients and the running means of the gradients and of their squares
    step_count : list of int
        the number of each weight's update, from 1
    lrs, wds : list of float
        the learning rate and the weight decay of each
    out : list of NDArray, optional
        where to put the new weights, usually `weights`
    """
    attributes = {"learning_rates": lrs, "wds": wds, "step_count": step_count, **kwargs}
    attributes["num_tensors"] = num_tensors or len(weights)
    return invoke(OPERATORS["_multi_lamb_update"], _interleaved(weights, grads, mean, var), attributes, out)


def multi_mp_lamb_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, weights32: Arrays, step_count: Any, lrs: Any, wds: Any,
    out: Any = None, num_tensors: int = 0, **kwargs: Any,
) -> Any:  # fmt: skip
    """:func:`multi_lamb_update` on the float32 copies of float16 weights."""
    attributes = {"learning_rates": lrs, "wds": wds, "step_count": step_count, **kwargs}
    attributes["num_tensors"] = num_tensors or len(weights)
    inputs = _interleaved(weights, grads, mean, var, weights32)
    return invoke(OPERATORS["_multi_mp_lamb_update"], inputs, attributes, out)
