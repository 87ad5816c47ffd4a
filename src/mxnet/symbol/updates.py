"""AdamW as functions of ``sym.contrib``. The operators are in :mod:`mxnet.ops.optim.updates`."""

from __future__ import annotations

from typing import Any

from ..ops.optim import updates
from .call import composed
from .functions import full
from .symbol import Symbol

__all__ = ["adamw_update", "mp_adamw_update"]


def _scale(rescale_grad: Any) -> Symbol:
    """The factor of the gradients as a symbol, which it may be already."""
    return rescale_grad if isinstance(rescale_grad, Symbol) else full((1,), float(rescale_grad))


def adamw_update(
    weight: Symbol, grad: Symbol, mean: Symbol, var: Symbol, rescale_grad: Any, lr: float, eta: float,
    beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0, clip_gradient: float = -1,
    out: Any = None, name: str | None = None, **kwargs: Any,
) -> Symbol:  # fmt: skip
    """A step of AdamW (arXiv:1711.05101), without bias correction, as a node of a graph.

    Parameters
    ----------
    weight, grad, mean, var : Symbol
        the weight, its gradient, and the running means of the gradient and of its square: auxiliary states, which
        change when the graph runs
    rescale_grad : float or Symbol
        multiplies the gradient; 0, inf or NaN skips the step
    lr, eta, wd : float
        the learning rate, the factor of the schedule, which multiplies the weight decay too, and the weight decay
    beta1, beta2, epsilon, clip_gradient : float
        as of ``sym.adam_update``
    out : None
        as every symbol function takes it; a graph's results have no place of their own
    name : str, optional
        of the node

    Returns
    -------
    Symbol
        the new weight

    Examples
    --------
    >>> step = mx.sym.contrib.adamw_update(*map(mx.sym.var, ("w", "g", "m", "v")), 1.0, lr=0.1, eta=1.0)
    >>> step.list_auxiliary_states()
    ['m', 'v']
    """
    return composed(
        updates.adamw_update, [weight, grad, mean, var, _scale(rescale_grad)],
        {
            "lr": lr, "eta": eta, "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd,
            "clip_gradient": clip_gradient, **kwargs,
        },
        name,
    )  # fmt: skip


def mp_adamw_update(
    weight: Symbol, grad: Symbol, mean: Symbol, var: Symbol, weight32: Symbol, rescale_grad: Any, lr: float,
    eta: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0,
    clip_gradient: float = -1, out: Any = None, name: str | None = None, **kwargs: Any,
) -> Symbol:  # fmt: skip
    """:func:`adamw_update` on the float32 copy of a float16 weight, which is an auxiliary state too."""
    return composed(
        updates.mp_adamw_update, [weight, grad, mean, var, weight32, _scale(rescale_grad)],
        {
            "lr": lr, "eta": eta, "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "wd": wd,
            "clip_gradient": clip_gradient, **kwargs,
        },
        name,
    )  # fmt: skip
