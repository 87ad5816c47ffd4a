"""One step of each update rule, in place on tensors.

The operators of :mod:`.updates` and :mod:`.multi` and the optimizers call the same functions. The functions that take
lists update many parameters at once with torch's ``_foreach`` kernels, so all of a list share their
learning rate and weight decay; gradients are never written to. MXNet's kernels hold their attributes in float32, and
:func:`single` does so where one minus the attribute would show the difference.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from ..memory import number

Tensors = list[torch.Tensor] | tuple[torch.Tensor, ...]


def single(value: float) -> float:
    """A number rounded to float32."""
    return float(np.float32(value))


#: elements a step works on at a time: what it needs in between then stays in the processor's cache
BLOCK = 1 << 18


def in_blocks(step: Callable[..., None]) -> Callable[..., None]:
    """A step on lists of tensors that takes large ones piece by piece.

    On a processor, most of the time of a step over many megabytes would go into getting memory for what is computed in
    between: Adam on 23 million weights takes a third of the time this way.
    """

    @functools.wraps(step)
    @torch.no_grad()
    def blockwise(*lists: Tensors, **attributes: Any) -> None:
        weights = lists[0]
        if weights[0].device.type != "cpu" or sum(weight.numel() for weight in weights) <= BLOCK:
            step(*lists, **attributes)
        else:
            for block in _blocks(lists):
                step(*block, **attributes)

    return blockwise


def _blocks(lists: tuple[Tensors, ...]) -> Iterator[list[Tensors]]:
    """Small tensors of the lists together and large ones in pieces, about BLOCK elements at a time."""
    together: list[tuple[torch.Tensor, ...]] = []
    gathered = 0
    for tensors in zip(*lists, strict=True):
        count = tensors[0].numel()
        flat = _flat(tensors) if count > BLOCK else None
        if flat is not None:
            for pieces in zip(*(each.split(BLOCK) for each in flat), strict=True):
                yield [[piece] for piece in pieces]
            continue
        together.append(tensors)
        gathered += count
        if gathered >= BLOCK:
            yield [list(column) for column in zip(*together, strict=True)]
            together, gathered = [], 0
    if together:
        yield [list(column) for column in zip(*together, strict=True)]


def _flat(tensors: tuple[torch.Tensor, ...]) -> list[torch.Tensor] | None:
    """The tensors as vectors over the same memory, in one order for all; None where their layouts differ."""
    first = tensors[0]
    dense = first.is_contiguous() or (first.dim() == 4 and first.is_contiguous(memory_format=torch.channels_last))
    if not dense or any(each.stride() != first.stride() for each in tensors):
        return None
    return [each.as_strided((each.numel(),), (1,)) for each in tensors]


def rescaled(gradients: Tensors, rescale: float, clip: float | None) -> Tensors:
    """The gradients times `rescale`, clipped to [-clip, clip] where `clip` is given; the very gradients if neither."""
    if rescale != 1.0:
        gradients = torch._foreach_mul(gradients, rescale)
    if clip is not None:
        gradients = torch._foreach_clamp_max(gradients, clip)
        torch._foreach_clamp_min_(gradients, -clip)
    return gradients


def decayed(weights: Tensors, gradients: Tensors, wd: float, rescale: float, clip: float | None) -> Tensors:
    """The gradients times `rescale` with those of the weight decay, clipped as a whole where `clip` is given."""
    if wd:
        gradients = torch._foreach_mul(gradients, rescale)
        torch._foreach_add_(gradients, weights, alpha=wd)
        rescale = 1.0
    return rescaled(gradients, rescale, clip)


def clip_weights(weights: Tensors, bound: float | None) -> None:
    """Clip the weights to [-bound, bound] where a bound is given."""
    if bound is not None:
        torch._foreach_clamp_max_(weights, bound)
        torch._foreach_clamp_min_(weights, -bound)


@torch.no_grad()
def sgd(weights: Tensors, gradients: Tensors, *, lr: float, wd: float, rescale: float, clip: float | None) -> None:
    """Gradient descent with weight decay."""
    if clip is not None:
        gradients, rescale = rescaled(gradients, rescale, clip), 1.0
    if wd:
        torch._foreach_mul_(weights, 1.0 - lr * wd)
    torch._foreach_add_(weights, gradients, alpha=-lr * rescale)


@torch.no_grad()
def sgd_momentum(
    weights: Tensors, gradients: Tensors, moms: Tensors,
    *, lr: float, wd: float, momentum: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """Gradient descent with momentum; `moms` are steps, with the learning rate in them."""
    if clip is not None:
        gradients, rescale = rescaled(gradients, rescale, clip), 1.0
    torch._foreach_mul_(moms, momentum)
    if wd:
        torch._foreach_add_(moms, weights, alpha=-lr * wd)
    torch._foreach_add_(moms, gradients, alpha=-lr * rescale)
    torch._foreach_add_(weights, moms)


@torch.no_grad()
def nag_momentum(
    weights: Tensors, gradients: Tensors, moms: Tensors,
    *, lr: float, wd: float, momentum: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """Nesterov's accelerated gradient; the momentum decays towards the weight after the step."""
    if clip is not None:
        gradients, rescale = rescaled(gradients, rescale, clip), 1.0
    torch._foreach_mul_(moms, momentum)
    ahead = lr * (1.0 + momentum)
    if wd:
        torch._foreach_mul_(weights, 1.0 - ahead * wd)
    torch._foreach_add_(weights, moms, alpha=momentum)
    torch._foreach_add_(weights, gradients, alpha=-ahead * rescale)
    torch._foreach_add_(moms, gradients, alpha=-lr * rescale)
    if wd:
        torch._foreach_add_(moms, weights, alpha=-lr * wd)


@in_blocks
def adam(
    weights: Tensors, gradients: Tensors, means: Tensors, variances: Tensors,
    *, lr: float, wd: float, beta1: float, beta2: float, epsilon: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """Adam (arXiv:1412.6980); `lr` holds the bias correction already."""
    beta1, beta2 = single(beta1), single(beta2)
    gradients = decayed(weights, gradients, wd, rescale, clip)
    _moments(gradients, means, variances, beta1, beta2)
    scale = torch._foreach_sqrt(variances)
    torch._foreach_add_(scale, epsilon)
    torch._foreach_addcdiv_(weights, means, scale, value=-lr)


def _moments(gradients: Tensors, means: Tensors, variances: Tensors, beta1: float, beta2: float) -> None:
    """Move running means of the gradients and of their squares."""
    torch._foreach_mul_(means, beta1)
    torch._foreach_add_(means, gradients, alpha=1.0 - beta1)
    torch._foreach_mul_(variances, beta2)
    torch._foreach_addcmul_(variances, gradients, gradients, value=1.0 - beta2)


@in_blocks
def adagrad(
    weights: Tensors, gradients: Tensors, histories: Tensors,
    *, lr: float, wd: float, epsilon: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """AdaGrad (Duchi et al. 2011); the weight decay is not scaled."""
    gradients = rescaled(gradients, rescale, clip)
    torch._foreach_addcmul_(histories, gradients, gradients)
    scale = torch._foreach_add(histories, epsilon)
    torch._foreach_sqrt_(scale)
    if wd:
        torch._foreach_mul_(weights, 1.0 - lr * wd)
    torch._foreach_addcdiv_(weights, gradients, scale, value=-lr)


@in_blocks
def adadelta(
    weights: Tensors, gradients: Tensors, squares: Tensors, deltas: Tensors,
    *, wd: float, rho: float, epsilon: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """AdaDelta (arXiv:1212.5701), which has no learning rate."""
    gradients = rescaled(gradients, rescale, clip)
    torch._foreach_mul_(squares, rho)
    torch._foreach_addcmul_(squares, gradients, gradients, value=1.0 - rho)
    steps = torch._foreach_add(deltas, epsilon)
    torch._foreach_sqrt_(steps)
    scale = torch._foreach_add(squares, epsilon)
    torch._foreach_sqrt_(scale)
    torch._foreach_div_(steps, scale)
    torch._foreach_mul_(steps, gradients)
    torch._foreach_mul_(deltas, rho)
    torch._foreach_addcmul_(deltas, steps, steps, value=1.0 - rho)
    if wd:
        torch._foreach_mul_(weights, 1.0 - wd)
    torch._foreach_sub_(weights, steps)


@in_blocks
def rmsprop(
    weights: Tensors, gradients: Tensors, squares: Tensors,
    *, lr: float, wd: float, gamma1: float, epsilon: float, rescale: float, clip: float | None, bound: float | None,
) -> None:  # fmt: skip
    """RMSProp as in Tieleman & Hinton's lecture 6.5."""
    gamma1 = single(gamma1)
    gradients = decayed(weights, gradients, wd, rescale, clip)
    torch._foreach_mul_(squares, gamma1)
    torch._foreach_addcmul_(squares, gradients, gradients, value=1.0 - gamma1)
    scale = torch._foreach_add(squares, epsilon)
    torch._foreach_sqrt_(scale)
    torch._foreach_addcdiv_(weights, gradients, scale, value=-lr)
    clip_weights(weights, bound)


@in_blocks
def rmsprop_centered(
    weights: Tensors, gradients: Tensors, squares: Tensors, means: Tensors, deltas: Tensors,
    *, lr: float, wd: float, gamma1: float, gamma2: float, epsilon: float,
    rescale: float, clip: float | None, bound: float | None,
) -> None:  # fmt: skip
    """RMSProp scaled by the standard deviation, with momentum (Graves, arXiv:1308.0850, equations 38 to 45)."""
    gamma1, gamma2 = single(gamma1), single(gamma2)
    gradients = decayed(weights, gradients, wd, rescale, clip)
    _moments(gradients, means, squares, gamma1, gamma1)
    scale = torch._foreach_mul(means, means)
    torch._foreach_sub_(scale, squares)
    torch._foreach_neg_(scale)
    torch._foreach_add_(scale, epsilon)
    torch._foreach_sqrt_(scale)
    torch._foreach_mul_(deltas, gamma2)
    torch._foreach_addcdiv_(deltas, gradients, scale, value=-lr)
    torch._foreach_add_(weights, deltas)
    clip_weights(weights, bound)


@torch.no_grad()
def ftrl(
    weight: torch.Tensor, gradient: torch.Tensor, z: torch.Tensor, n: torch.Tensor,
    *, lr: float, wd: float, lamda1: float, beta: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """Follow the regularized leader (McMahan et al., Ad click prediction, KDD 2013); no step where `lr` is 0."""
    if lr == 0.0:  # a frozen weight; MXNet divides by it and makes the weight NaN
        return
    (gradient,) = rescaled([gradient], rescale, clip)
    grown = torch.addcmul(n, gradient, gradient)
    z.add_(gradient).sub_((grown.sqrt() - n.sqrt()) / lr * weight)
    n.copy_(grown)
    shrunk = torch.sign(z) * (z.abs() - lamda1).clamp_(min=0)
    weight.copy_(-shrunk / ((beta + n.sqrt()) / lr + wd))


@torch.no_grad()
def ftml(
    weight: torch.Tensor, gradient: torch.Tensor, d: torch.Tensor, v: torch.Tensor, z: torch.Tensor,
    *, t: int, lr: float, wd: float, beta1: float, beta2: float, epsilon: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """Follow the moving leader (Zheng & Kwok, ICML 2017); no step where `lr` is 0."""
    if lr == 0.0:  # a frozen weight; MXNet divides by it and makes the weight NaN
        return
    beta1, beta2 = single(beta1), single(beta2)
    (gradient,) = decayed([weight], [gradient], wd, rescale, clip)
    v.mul_(beta2).addcmul_(gradient, gradient, value=1.0 - beta2)
    grown = ((v / (1.0 - beta2**t)).sqrt_() + epsilon) * ((1.0 - beta1**t) / lr)
    z.mul_(beta1).add_(gradient, alpha=1.0 - beta1).sub_((grown - beta1 * d) * weight)
    d.copy_(grown)
    weight.copy_(-z / d)


@torch.no_grad()
def signsgd(weight: torch.Tensor, gradient: torch.Tensor, *, lr: float, wd: float, rescale: float) -> None:
    """A step of length `lr` against the sign of the gradient (Bernstein et al., arXiv:1802.04434)."""
    (gradient,) = rescaled([gradient], rescale, None)
    weight.mul_(1.0 - lr * wd).add_(torch.sign(gradient), alpha=-lr)


@torch.no_grad()
def signum(
    weight: torch.Tensor, gradient: torch.Tensor, mom: torch.Tensor,
    *, lr: float, wd: float, momentum: float, wd_lh: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """:func:`signsgd` with momentum; `wd_lh` decays the weight itself."""
    momentum = single(momentum)
    (gradient,) = rescaled([gradient], rescale, clip)
    mom.mul_(momentum)
    if wd:
        mom.add_(weight, alpha=-(1.0 - momentum) * wd)
    mom.add_(gradient, alpha=-(1.0 - momentum))
    weight.mul_(1.0 - lr * wd_lh).add_(torch.sign(mom), alpha=lr)


@torch.no_grad()
def lamb_direction(
    weight: torch.Tensor, gradient: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor,
    *, t: int, wd: float, beta1: float, beta2: float, epsilon: float, bias_correction: bool,
    rescale: float, clip: float | None,
) -> torch.Tensor:  # fmt: skip
    """The direction of a LAMB step (arXiv:1904.00962), moving the running means."""
    beta1, beta2 = single(beta1), single(beta2)
    (gradient,) = rescaled([gradient], rescale, clip)
    _moments([gradient], [mean], [variance], beta1, beta2)
    if bias_correction:
        direction = mean / (1.0 - beta1**t)
        direction /= (variance / (1.0 - beta2**t)).sqrt_().add_(epsilon)
    else:
        direction = mean / (variance.sqrt() + epsilon)
    return direction.add_(weight, alpha=wd) if wd else direction


@torch.no_grad()
def lamb_step(
    weight: torch.Tensor, direction: torch.Tensor, weight_norm: torch.Tensor, direction_norm: torch.Tensor,
    *, lr: float, lower_bound: float | None, upper_bound: float | None,
) -> None:  # fmt: skip
    """A LAMB step along `direction`, as long as the weight is; a norm of 0 leaves the length as it is."""
    if lower_bound is not None or upper_bound is not None:
        weight_norm = weight_norm.clamp(min=lower_bound, max=upper_bound)
    ratio = torch.where((weight_norm == 0) | (direction_norm == 0), 1.0, weight_norm / direction_norm)
    weight.sub_(direction * (lr * ratio).to(direction.dtype))


@torch.no_grad()
def adamw(
    weight: torch.Tensor, gradient: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor, scale: torch.Tensor,
    *, lr: float, wd: float, eta: float, beta1: float, beta2: float, epsilon: float, clip: float | None,
) -> None:  # fmt: skip
    """Adam with decoupled weight decay (arXiv:1711.05101); a `scale` of 0, inf or NaN skips the step."""
    rescale = number(scale)
    if not math.isfinite(rescale) or rescale == 0.0:
        return
    beta1, beta2 = single(beta1), single(beta2)
    (gradient,) = rescaled([gradient], rescale, clip)
    _moments([gradient], [mean], [variance], beta1, beta2)
    step = mean / (variance.sqrt() + epsilon)
    weight.mul_(1.0 - eta * wd).add_(step, alpha=-eta * lr)


@torch.no_grad()
def group_adagrad(
    weight: torch.Tensor, gradient: torch.Tensor, history: torch.Tensor,
    *, lr: float, epsilon: float, rescale: float, clip: float | None,
) -> None:  # fmt: skip
    """AdaGrad with one accumulator for each row; `history` has the shape (rows, 1, ...) or (rows,)."""
    (gradient,) = rescaled([gradient], rescale, clip)
    squares = (gradient * gradient).flatten(1).mean(1) if gradient.dim() > 1 else gradient * gradient
    history.add_(squares.reshape(history.shape))
    rows = history.reshape(history.shape[0], *[1] * (weight.dim() - 1))
    weight.addcdiv_(gradient, (rows + epsilon).sqrt_(), value=-lr)
