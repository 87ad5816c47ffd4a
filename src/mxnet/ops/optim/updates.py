"""Operators that update one parameter: ``sgd_update`` and its kin.

Each returns the new weight, so a call says ``out=weight``; the states after it are written in place. The rules
themselves are in :mod:`mxnet.ops.optim.steps`, the operators for many parameters in :mod:`mxnet.ops.optim.multi`.

In all of them ``clip_gradient`` below 0 means no clipping, and ``lazy_update``, which concerns sparse gradients, makes
no difference: gradients are dense.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import Kinds, first_known, follows
from ..registry import describe, operator, rule
from ..shape_rules import Partials, alike, as_first_input, as_first_output, merged
from . import steps

Tensor = torch.Tensor


def bounded(bound: float) -> float | None:
    """A clipping bound, or None where the attribute says none."""
    return bound if bound >= 0 else None


def check_like_weight(name: str, weight: Tensor, **others: Tensor) -> None:
    """Raise where an input of an update has another shape than the weight."""
    for which, tensor in others.items():
        if tensor.shape != weight.shape:
            raise MXNetError(
                f"{name}: {which} is {describe(tensor)}; expected the weight's shape, {tuple(weight.shape)}"
            )


@operator("sgd_update", "_sparse_sgd_update", same_dtype=True)
def sgd_update(
    weight: Tensor, grad: Tensor, *, lr: float, wd: float = 0.0, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, lazy_update: bool = True,
) -> Tensor:  # fmt: skip
    """A step of gradient descent: weight - lr * (clip(rescale_grad * grad) + wd * weight).

    Examples
    --------
    >>> weight = mx.nd.array([1, 2])
    >>> mx.nd.sgd_update(weight, mx.nd.array([1, 1]), lr=0.5, out=weight).asnumpy().tolist()
    [0.5, 1.5]
    """
    check_like_weight("sgd_update", weight, grad=grad)
    new = weight.clone()
    steps.sgd([new], [grad], lr=lr, wd=wd, rescale=rescale_grad, clip=bounded(clip_gradient))
    return new


@operator("sgd_mom_update", "_sparse_sgd_mom_update", aux=("mom",), writes=("mom",), same_dtype=True)
def sgd_mom_update(
    weight: Tensor, grad: Tensor, mom: Tensor, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """A step with momentum: mom = momentum * mom - lr * (clip(rescale_grad * grad) + wd * weight); weight + mom.

    Examples
    --------
    >>> weight, mom = mx.nd.array([1, 2]), mx.nd.array([1, 1])
    >>> mx.nd.sgd_mom_update(weight, mx.nd.array([1, 1]), mom, lr=0.5, momentum=0.5, out=weight).asnumpy().tolist()
    [1.0, 2.0]
    """
    check_like_weight("sgd_mom_update", weight, grad=grad, mom=mom)
    new = weight.clone()
    steps.sgd_momentum(
        [new], [grad], [mom], lr=lr, wd=wd, momentum=momentum, rescale=rescale_grad, clip=bounded(clip_gradient)
    )
    return new, mom


@operator("mp_sgd_update", aux=("weight32",), writes=("weight32",))
def mp_sgd_update(
    weight: Tensor, grad: Tensor, weight32: Tensor, *, lr: float, wd: float = 0.0, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, lazy_update: bool = True,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """:func:`sgd_update` on the float32 copy of a float16 weight."""
    check_like_weight("mp_sgd_update", weight, grad=grad, weight32=weight32)
    steps.sgd([weight32], [grad.float()], lr=lr, wd=wd, rescale=rescale_grad, clip=bounded(clip_gradient))
    return weight32.to(weight.dtype), weight32


@operator("mp_sgd_mom_update", aux=("mom", "weight32"), writes=("mom", "weight32"))
def mp_sgd_mom_update(
    weight: Tensor, grad: Tensor, mom: Tensor, weight32: Tensor, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """:func:`sgd_mom_update` on the float32 copy of a float16 weight."""
    check_like_weight("mp_sgd_mom_update", weight, grad=grad, mom=mom, weight32=weight32)
    steps.sgd_momentum(
        [weight32], [grad.float()], [mom],
        lr=lr, wd=wd, momentum=momentum, rescale=rescale_grad, clip=bounded(clip_gradient),
    )  # fmt: skip
    return weight32.to(weight.dtype), mom, weight32


@operator("nag_mom_update", aux=("mom",), writes=("mom",), same_dtype=True)
def nag_mom_update(
    weight: Tensor, grad: Tensor, mom: Tensor, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """A step of Nesterov's accelerated gradient."""
    check_like_weight("nag_mom_update", weight, grad=grad, mom=mom)
    new = weight.clone()
    steps.nag_momentum(
        [new], [grad], [mom], lr=lr, wd=wd, momentum=momentum, rescale=rescale_grad, clip=bounded(clip_gradient)
    )
    return new, mom


@operator("mp_nag_mom_update", aux=("mom", "weight32"), writes=("mom", "weight32"))
def mp_nag_mom_update(
    weight: Tensor, grad: Tensor, mom: Tensor, weight32: Tensor, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """:func:`nag_mom_update` on the float32 copy of a float16 weight."""
    check_like_weight("mp_nag_mom_update", weight, grad=grad, mom=mom, weight32=weight32)
    steps.nag_momentum(
        [weight32], [grad.float()], [mom],
        lr=lr, wd=wd, momentum=momentum, rescale=rescale_grad, clip=bounded(clip_gradient),
    )  # fmt: skip
    return weight32.to(weight.dtype), mom, weight32


@operator("adam_update", "_sparse_adam_update", aux=("mean", "var"), writes=("mean", "var"), same_dtype=True)
def adam_update(
    weight: Tensor, grad: Tensor, mean: Tensor, var: Tensor, *, lr: float, beta1: float = 0.9, beta2: float = 0.999,
    epsilon: float = 1e-8, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
    lazy_update: bool = True,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """A step of Adam without bias correction, which the caller puts into `lr`."""
    check_like_weight("adam_update", weight, grad=grad, mean=mean, var=var)
    new = weight.clone()
    steps.adam(
        [new], [grad], [mean], [var],
        lr=lr, wd=wd, beta1=beta1, beta2=beta2, epsilon=epsilon, rescale=rescale_grad, clip=bounded(clip_gradient),
    )  # fmt: skip
    return new, mean, var


@operator("_sparse_adagrad_update", aux=("history",), writes=("history",), same_dtype=True)
def adagrad_update(
    weight: Tensor, grad: Tensor, history: Tensor, *, lr: float, epsilon: float = 1e-7, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """A step of AdaGrad. MXNet has it for sparse gradients only, without weight decay."""
    check_like_weight("adagrad_update", weight, grad=grad, history=history)
    new = weight.clone()
    steps.adagrad(
        [new], [grad], [history], lr=lr, wd=wd, epsilon=epsilon, rescale=rescale_grad, clip=bounded(clip_gradient)
    )
    return new, history


@operator("rmsprop_update", aux=("n",), writes=("n",), same_dtype=True)
def rmsprop_update(
    weight: Tensor, grad: Tensor, n: Tensor, *, lr: float, gamma1: float = 0.95, epsilon: float = 1e-8,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """A step of RMSProp."""
    check_like_weight("rmsprop_update", weight, grad=grad, n=n)
    new = weight.clone()
    steps.rmsprop(
        [new], [grad], [n], lr=lr, wd=wd, gamma1=gamma1, epsilon=epsilon, rescale=rescale_grad,
        clip=bounded(clip_gradient), bound=bounded(clip_weights),
    )  # fmt: skip
    return new, n


@operator("rmspropalex_update", aux=("n", "g", "delta"), writes=("n", "g", "delta"), same_dtype=True)
def rmspropalex_update(
    weight: Tensor, grad: Tensor, n: Tensor, g: Tensor, delta: Tensor, *, lr: float, gamma1: float = 0.95,
    gamma2: float = 0.9, epsilon: float = 1e-8, wd: float = 0.0, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, clip_weights: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """A step of RMSProp as Alex Graves writes it: centered, with momentum."""
    check_like_weight("rmspropalex_update", weight, grad=grad, n=n, g=g, delta=delta)
    new = weight.clone()
    steps.rmsprop_centered(
        [new], [grad], [n], [g], [delta], lr=lr, wd=wd, gamma1=gamma1, gamma2=gamma2, epsilon=epsilon,
        rescale=rescale_grad, clip=bounded(clip_gradient), bound=bounded(clip_weights),
    )  # fmt: skip
    return new, n, g, delta


@operator("ftrl_update", "_sparse_ftrl_update", aux=("z", "n"), writes=("z", "n"), same_dtype=True)
def ftrl_update(
    weight: Tensor, grad: Tensor, z: Tensor, n: Tensor, *, lr: float, lamda1: float = 0.01, beta: float = 1.0,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """A step of FTRL-proximal."""
    check_like_weight("ftrl_update", weight, grad=grad, z=z, n=n)
    new = weight.clone()
    steps.ftrl(
        new, grad, z, n, lr=lr, wd=wd, lamda1=lamda1, beta=beta, rescale=rescale_grad, clip=bounded(clip_gradient)
    )
    return new, z, n


@operator("ftml_update", aux=("d", "v", "z"), writes=("d", "v", "z"), same_dtype=True)
def ftml_update(
    weight: Tensor, grad: Tensor, d: Tensor, v: Tensor, z: Tensor, *, lr: float, beta1: float = 0.6,
    beta2: float = 0.999, epsilon: float = 1e-8, t: int, wd: float = 0.0, rescale_grad: float = 1.0,
    clip_grad: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """A step of FTML, number `t` counting from 1."""
    check_like_weight("ftml_update", weight, grad=grad, d=d, v=v, z=z)
    new = weight.clone()
    steps.ftml(
        new, grad, d, v, z,
        t=t, lr=lr, wd=wd, beta1=beta1, beta2=beta2, epsilon=epsilon, rescale=rescale_grad, clip=bounded(clip_grad),
    )  # fmt: skip
    return new, d, v, z


@operator("signsgd_update", same_dtype=True)
def signsgd_update(
    weight: Tensor, grad: Tensor, *, lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0
) -> Tensor:
    """A step of length `lr` against the sign of the gradient: (1 - lr * wd) * weight - lr * sign(rescale_grad * grad).

    Clipping changes no sign, so `clip_gradient` makes no difference.
    """
    check_like_weight("signsgd_update", weight, grad=grad)
    new = weight.clone()
    steps.signsgd(new, grad, lr=lr, wd=wd, rescale=rescale_grad)
    return new


@operator("signum_update", aux=("mom",), writes=("mom",), same_dtype=True)
def signum_update(
    weight: Tensor, grad: Tensor, mom: Tensor, *, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0, wd_lh: float = 0.0,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """A step of :func:`signsgd_update` along a running mean of the gradient."""
    check_like_weight("signum_update", weight, grad=grad, mom=mom)
    new = weight.clone()
    steps.signum(
        new, grad, mom, lr=lr, wd=wd, momentum=momentum, wd_lh=wd_lh, rescale=rescale_grad, clip=bounded(clip_gradient)
    )
    return new, mom


@operator("lamb_update_phase1", aux=("mean", "var"), writes=("mean", "var"), same_dtype=True)
def lamb_update_phase1(
    weight: Tensor, grad: Tensor, mean: Tensor, var: Tensor, *, beta1: float = 0.9, beta2: float = 0.999,
    epsilon: float = 1e-6, t: int, bias_correction: bool = True, wd: float, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """The direction of a LAMB step, which :func:`lamb_update_phase2` takes."""
    check_like_weight("lamb_update_phase1", weight, grad=grad, mean=mean, var=var)
    direction = steps.lamb_direction(
        weight, grad, mean, var, t=t, wd=wd, beta1=beta1, beta2=beta2, epsilon=epsilon,
        bias_correction=bias_correction, rescale=rescale_grad, clip=bounded(clip_gradient),
    )  # fmt: skip
    return direction, mean, var


@operator("lamb_update_phase2")
def lamb_update_phase2(
    weight: Tensor,
    g: Tensor,
    r1: Tensor,
    r2: Tensor,
    *,
    lr: float,
    lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> Tensor:
    """A LAMB step along `g`, scaled by the ratio of the norms `r1` of the weight and `r2` of `g`."""
    check_like_weight("lamb_update_phase2", weight, g=g)
    new = weight.clone()
    steps.lamb_step(new, g, r1, r2, lr=lr, lower_bound=bounded(lower_bound), upper_bound=bounded(upper_bound))
    return new


@operator("mp_lamb_update_phase1", aux=("mean", "var"), writes=("mean", "var"))
def mp_lamb_update_phase1(
    weight: Tensor, grad: Tensor, mean: Tensor, var: Tensor, weight32: Tensor, *, beta1: float = 0.9,
    beta2: float = 0.999, epsilon: float = 1e-6, t: int, bias_correction: bool = True, wd: float,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """:func:`lamb_update_phase1` for the float32 copy of a float16 weight; the direction is float32."""
    check_like_weight("mp_lamb_update_phase1", weight, grad=grad, mean=mean, var=var, weight32=weight32)
    direction = steps.lamb_direction(
        weight32, grad.float(), mean, var, t=t, wd=wd, beta1=beta1, beta2=beta2, epsilon=epsilon,
        bias_correction=bias_correction, rescale=rescale_grad, clip=bounded(clip_gradient),
    )  # fmt: skip
    return direction, mean, var


@operator("mp_lamb_update_phase2")
def mp_lamb_update_phase2(
    weight: Tensor, g: Tensor, r1: Tensor, r2: Tensor, weight32: Tensor, *, lr: float, lower_bound: float = -1.0,
    upper_bound: float = -1.0,
) -> Tensor:  # fmt: skip
    """:func:`lamb_update_phase2` from the float32 copy of a float16 weight; the copy itself stays, as in MXNet."""
    check_like_weight("mp_lamb_update_phase2", weight, g=g, weight32=weight32)
    new = weight32.clone()
    steps.lamb_step(new, g, r1, r2, lr=lr, lower_bound=bounded(lower_bound), upper_bound=bounded(upper_bound))
    return new.to(weight.dtype)


@operator("_adamw_update", aux=("mean", "var"), writes=("mean", "var"), host=host.CHECKS)
def adamw_update(
    weight: Tensor, grad: Tensor, mean: Tensor, var: Tensor, rescale_grad: Tensor, *, lr: float, beta1: float = 0.9,
    beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0.0, eta: float, clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """A step of AdamW, without bias correction: weight - eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight)."""
    check_like_weight("adamw_update", weight, grad=grad, mean=mean, var=var)
    new = weight.clone()
    steps.adamw(
        new, grad, mean, var, rescale_grad,
        lr=lr, wd=wd, eta=eta, beta1=beta1, beta2=beta2, epsilon=epsilon, clip=bounded(clip_gradient),
    )  # fmt: skip
    return new, mean, var


@operator("_mp_adamw_update", aux=("mean", "var", "weight32"), writes=("mean", "var", "weight32"), host=host.CHECKS)
def mp_adamw_update(
    weight: Tensor, grad: Tensor, mean: Tensor, var: Tensor, weight32: Tensor, rescale_grad: Tensor, *, lr: float,
    beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0.0, eta: float,
    clip_gradient: float = -1.0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """:func:`adamw_update` on the float32 copy of a float16 weight."""
    check_like_weight("mp_adamw_update", weight, grad=grad, mean=mean, var=var, weight32=weight32)
    steps.adamw(
        weight32, grad.float(), mean, var, rescale_grad,
        lr=lr, wd=wd, eta=eta, beta1=beta1, beta2=beta2, epsilon=epsilon, clip=bounded(clip_gradient),
    )  # fmt: skip
    return weight32.to(weight.dtype), mean, var, weight32


@operator("_contrib_group_adagrad_update", aux=("history",), writes=("history",), same_dtype=True)
def group_adagrad_update(
    weight: Tensor, grad: Tensor, history: Tensor, *, lr: float, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, epsilon: float = 1e-5,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """A step of AdaGrad with one accumulator for each row of the weight; `history` is (rows, 1)."""
    check_like_weight("group_adagrad_update", weight, grad=grad)
    if history.shape[:1] != weight.shape[:1] or history.numel() != weight.shape[0]:
        raise MXNetError(f"group_adagrad_update: history is {describe(history)}; expected ({weight.shape[0]}, 1)")
    new = weight.clone()
    steps.group_adagrad(new, grad, history, lr=lr, epsilon=epsilon, rescale=rescale_grad, clip=bounded(clip_gradient))
    return new, history


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule(
    "inputs", "sgd_update", "sgd_mom_update", "mp_sgd_update", "mp_sgd_mom_update", "nag_mom_update",
    "mp_nag_mom_update", "adam_update", "_sparse_adagrad_update", "rmsprop_update", "rmspropalex_update", "ftrl_update",
    "ftml_update", "signsgd_update", "signum_update", "lamb_update_phase1", "mp_lamb_update_phase1",
)(alike)  # fmt: skip
rule("inputs", "_adamw_update")(as_first_output(4))
rule("inputs", "_mp_adamw_update")(as_first_output(5))
rule("outputs", "_adamw_update", "_mp_adamw_update", "_contrib_group_adagrad_update")(as_first_input)
rule("inputs", "lamb_update_phase2", "_contrib_group_adagrad_update")(as_first_output(2))


@rule("inputs", "mp_lamb_update_phase2")
def _all_but_norms(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    one = merged((outputs[0], inputs[0], inputs[1], inputs[4]))
    return one, one, None, None, one


rule("dtype", "mp_sgd_update", "mp_sgd_mom_update", "mp_nag_mom_update", "_mp_adamw_update")(
    follows(0, 1, others=torch.float32)
)


@rule("dtype", "mp_lamb_update_phase1")
def _step_in_float32(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    kind = first_known((*inputs[:2], torch.float16))
    return (kind, kind, *(torch.float32,) * (len(inputs) - 2)), (torch.float32,)


rule("dtype", "_adamw_update")(follows(0, 1, 2, 3, others=torch.float32))
rule("dtype", "mp_lamb_update_phase2")(follows(0, others=torch.float32))
