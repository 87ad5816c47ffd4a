"""Optimizers along the gradient: SGD with its momenta, and those that look at its sign, its noise or its delay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from ..base import MXNetError
from ..ndarray.ndarray import NDArray, wrap
from ..ops.optim import steps
from .base import State, TensorOptimizer, aggregation_size, register, single_copy, zeros_like

__all__ = ["DCASGD", "NAG", "SGD", "SGLD", "Signum", "Test", "ccSGD"]


class _Momentum(TensorOptimizer):
    """Optimizers whose state is a momentum, where they have one; the float32 copy comes after it."""

    momentum: float

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The momentum, or None without."""
        return zeros_like(weight, rows=self._updates_rows(weight)) if self.momentum else None

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> State:
        """The momentum, and after it the float32 copy of a half precision weight where `multi_precision` is set."""
        if self._is_mixed(weight):
            copy = single_copy(weight)
            return self.create_state(index, copy), copy
        self._warn_about_half(weight)
        return self.create_state(index, weight)

    def _split_mixed(self, state: State) -> tuple[NDArray, State]:
        return state[1], state[0]

    def _has_own_rule(self) -> bool:
        # MXNet's updaters bypass the `update` of these optimizers, and so that of a class derived from them
        return False

    def _state_missing(self) -> AssertionError:
        return AssertionError(
            f"{type(self).__name__}: momentum={self.momentum} needs the state create_state gives, got None"
        )


@register
class SGD(_Momentum):
    """Stochastic gradient descent: mom = momentum * mom - lr * (grad + wd * weight); weight += mom.

    Parameters
    ----------
    momentum : float
        how much of the last step is in the next; 0 keeps no state
    lazy_update : bool
        of a row_sparse gradient, change only its rows of the weight and of the momentum
    **kwargs
        those of :class:`Optimizer`

    Examples
    --------
    >>> sgd = mx.optimizer.SGD(learning_rate=0.5, momentum=0.5)
    >>> weight, grad = mx.nd.array([1]), mx.nd.array([1])
    >>> state = sgd.create_state(0, weight)
    >>> sgd.update(0, weight, grad, state)
    >>> sgd.update(0, weight, grad, state)
    >>> weight.asscalar().item()
    -0.25
    """

    _asks_for_many = True

    def __init__(self, momentum: float = 0.0, lazy_update: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.aggregate_num = aggregation_size(4)

    def _updates_rows(self, weight: NDArray) -> bool:
        return self.lazy_update

    def step(
        self,
        weights: list[torch.Tensor],
        gradients: list[torch.Tensor],
        states: list[Any],
        lr: float,
        wd: float,
        t: int,
    ) -> None:
        """See :meth:`TensorOptimizer.step`."""
        shared: dict[str, Any] = {"lr": lr, "wd": wd, "rescale": self.rescale_grad, "clip": self._clip()}
        if self.momentum:
            if any(state is None for state in states):
                raise self._state_missing()
            steps.sgd_momentum(weights, gradients, states, momentum=self.momentum, **shared)
        else:
            steps.sgd(weights, gradients, **shared)


@register
class ccSGD(SGD):
    """Another name for :class:`SGD`, from when a version in C++ was something special."""


@register
class NAG(_Momentum):
    """Nesterov's accelerated gradient: SGD whose gradient counts as taken ahead, where the momentum leads.

    Parameters
    ----------
    momentum : float
        how much of the last step is in the next; 0 makes it SGD
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum

    def step(
        self,
        weights: list[torch.Tensor],
        gradients: list[torch.Tensor],
        states: list[Any],
        lr: float,
        wd: float,
        t: int,
    ) -> None:
        """See :meth:`TensorOptimizer.step`."""
        shared: dict[str, Any] = {"lr": lr, "wd": wd, "rescale": self.rescale_grad, "clip": self._clip()}
        if self.momentum:
            if any(state is None for state in states):
                raise self._state_missing()
            steps.nag_momentum(weights, gradients, states, momentum=self.momentum, **shared)
        else:
            steps.sgd(weights, gradients, **shared)


@register
class SGLD(TensorOptimizer):
    """Stochastic gradient Langevin dynamics: half a step of SGD and normal noise of variance `lr` (Welling & Teh 2011).

    Parameters
    ----------
    **kwargs
        those of :class:`Optimizer`
    """

    fused = False

    def _update_arrays(self, indices: Any, weights: Any, grads: Any, states: Any, mixed: bool) -> None:
        self._contexts = [weight._ctx for weight in weights]
        super()._update_arrays(indices, weights, grads, states, mixed)

    def step(
        self,
        weights: list[torch.Tensor],
        gradients: list[torch.Tensor],
        states: list[Any],
        lr: float,
        wd: float,
        t: int,
    ) -> None:
        """See :meth:`TensorOptimizer.step`."""
        from ..random import normal

        (weight,) = weights
        noise = wrap(torch.empty_like(weight), self._contexts.pop(0))
        normal(0, math.sqrt(lr), out=noise)
        steps.sgd(weights, gradients, lr=lr / 2, wd=wd, rescale=self.rescale_grad, clip=self._clip())
        weight.add_(noise._t)


@register
class Signum(TensorOptimizer):
    """Steps of one length by the sign of the gradient, or of its running mean (Bernstein et al., arXiv:1802.04434).

    Parameters
    ----------
    learning_rate : float
        the length
    momentum : float
        how much of the mean stays; 0 takes the gradient itself, which is signSGD
    wd_lh : float
        weight decay of the weight itself, as Loshchilov & Hutter have it; needs `momentum`
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.9, wd_lh: float = 0.0, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.wd_lh = wd_lh

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The running mean of the gradient, or None without momentum."""
        return zeros_like(weight, rows=True) if self.momentum else None

    def step(
        self,
        weights: list[torch.Tensor],
        gradients: list[torch.Tensor],
        states: list[Any],
        lr: float,
        wd: float,
        t: int,
    ) -> None:
        """See :meth:`TensorOptimizer.step`."""
        shared: dict[str, Any] = {"lr": lr, "wd": wd, "rescale": self.rescale_grad}
        if not self.momentum and self.wd_lh:
            raise MXNetError(f"Signum: wd_lh={self.wd_lh} needs momentum; without, use wd")
        for weight, gradient, mom in zip(weights, gradients, states, strict=True):
            if self.momentum:
                steps.signum(
                    weight, gradient, mom, momentum=self.momentum, wd_lh=self.wd_lh, clip=self._clip(), **shared
                )
            else:
                steps.signsgd(weight, gradient, **shared)


@register
class DCASGD(TensorOptimizer):
    """SGD for gradients that come late, corrected by how far the weight has moved since (arXiv:1609.08326).

    Parameters
    ----------
    momentum : float
        how much of the last step is in the next
    lamda : float
        the strength of the correction
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, momentum: float = 0.0, lamda: float = 0.04, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.weight_previous: dict[Any, Any] = {}
        self.lamda = lamda

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The momentum, or None without, and the weight as it was."""
        return (zeros_like(weight) if self.momentum else None), weight.copy()

    def step(
        self,
        weights: list[torch.Tensor],
        gradients: list[torch.Tensor],
        states: list[Any],
        lr: float,
        wd: float,
        t: int,
    ) -> None:
        """See :meth:`TensorOptimizer.step`."""
        gradients = list(steps.rescaled(gradients, self.rescale_grad, self._clip()))
        for weight, gradient, (mom, before) in zip(weights, gradients, states, strict=True):
            change = gradient + wd * weight + self.lamda * gradient * gradient * (weight - before)
            change *= -lr
            if mom is not None:
                change = mom.mul_(self.momentum).add_(change)
            before.copy_(weight)
            weight.add_(change)


@register
class Test(TensorOptimizer):
    """For tests of everything else: weight += rescale_grad * grad, the state is the weight, and nothing is counted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def create_state(self, index: Any, weight: NDArray) -> State:
        """Zeros like the weight, in float32."""
        return zeros_like(weight, torch.float32)

    def _update_tensors(
        self, indices: Sequence[Any], weights: list[torch.Tensor], gradients: list[torch.Tensor], states: list[Any]
    ) -> None:
        for weight, gradient, state in zip(weights, gradients, states, strict=True):
            weight.add_(gradient, alpha=self.rescale_grad)
            state.copy_(weight)
