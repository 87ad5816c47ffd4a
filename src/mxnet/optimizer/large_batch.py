"""Optimizers for large batches, whose steps are as long as the weights are: LARS, LAMB, LBSGD."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

import torch

from ..ndarray.ndarray import NDArray, wrap
from ..ops.optim import steps
from .base import State, TensorOptimizer, aggregation_size, register, zeros_like
from .sgd import SGD

__all__ = ["LAMB", "LARS", "LBSGD"]


@register
class LARS(SGD):
    """SGD whose learning rate follows the norms of each weight and its gradient (You et al., arXiv:1708.03888).

    Parameters whose names end with bias, gamma or beta keep the plain learning rate and have no weight decay.

    Parameters
    ----------
    momentum : float
        as in :class:`SGD`
    lazy_update : bool
        has no meaning here: the length of a weight is that of all its rows, so all change
    eta : float
        the length of a step in units of the weight's norm
    eps : float
        added to the norm of the gradient
    momentum_correction : bool
        scale the momentum with the learning rate when that changes
    **kwargs
        those of :class:`Optimizer`
    """

    fused = False

    def __init__(
        self,
        momentum: float = 0.0,
        lazy_update: bool = True,
        eta: float = 0.001,
        eps: float = 0,
        momentum_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(momentum=momentum, lazy_update=lazy_update, **kwargs)
        self.momentum_correction = momentum_correction
        self.eta = eta
        self.eps = eps
        self.skip = 0
        self.last_lr: float | None = None
        self.cur_lr: float | None = None

    _asks_for_many = True

    def _updates_rows(self, weight: NDArray) -> bool:
        return False

    def _decays(self, name: str) -> bool:
        return name.endswith("_weight")

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        if self.cur_lr is not None:
            self.last_lr = self.cur_lr
        self.cur_lr = self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)
        if self.last_lr is None:
            self.last_lr = self.cur_lr
        return self._multiplied(indices, self.cur_lr, self.lr_mult, "lr_mult")

    def update_all(
        self, indices: Sequence[Any], weights: Sequence[NDArray], grads: Sequence[NDArray], states: Sequence[State]
    ) -> None:
        """Update many weights, `aggregate_num` at a time: the momentum is corrected for the first of them only."""
        size = max(1, self.aggregate_num)
        for first in range(0, len(indices), size):
            some = slice(first, first + size)
            super().update_all(indices[some], weights[some], grads[some], states[some])

    def _rates(
        self, indices: Sequence[Any], weights: list[torch.Tensor], gradients: list[torch.Tensor], wds: list[float]
    ) -> list[float]:
        rates = []
        for index, weight, gradient, lr, wd in zip(
            indices, weights, gradients, self._lrs_asked(indices), wds, strict=True
        ):
            name = self.idx2name.get(index, str(index))
            rates.append(lr if name.endswith(("gamma", "beta", "bias")) else lr * self._trust(weight, gradient, wd))
        return rates

    def _trust(self, weight: torch.Tensor, gradient: torch.Tensor, wd: float) -> float:
        """The factor of the learning rate: eta * ||weight|| / (||gradient|| + wd * ||weight|| + eps)."""
        weight_norm = float(weight.float().norm())
        gradient_norm = float(gradient.float().norm()) * self.rescale_grad
        if weight_norm > 0 and gradient_norm > 0:
            return self.eta * weight_norm / (gradient_norm + wd * weight_norm + self.eps)
        return 1.0

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
        if not self.momentum:
            steps.sgd(weights, gradients, **shared)
            return
        momentum = self.momentum
        if self.momentum_correction and self.last_lr:
            momentum *= self.cur_lr / self.last_lr  # type: ignore[operator]
        steps.sgd_momentum(weights, gradients, states, momentum=momentum, **shared)


@register
class LAMB(TensorOptimizer):
    """Adam whose steps are as long as the weight (You et al., arXiv:1904.00962).

    Parameters
    ----------
    learning_rate, beta1, beta2, epsilon : float
        as in :class:`Adam`
    lower_bound, upper_bound : float, optional
        what the norm of the weight counts for at least and at most
    bias_correction : bool
        correct the running means for having begun at zero
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        bias_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.bias_correction = bias_correction
        self.aggregate_num = aggregation_size(45, most=45)

    def _has_own_rule(self) -> bool:
        # MXNet's updaters bypass `update`, and so that of a class derived from this one
        return False

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The running means of the gradient and of its square."""
        return zeros_like(weight, rows=True), zeros_like(weight, rows=True)

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
        for weight, gradient, (mean, variance) in zip(weights, gradients, states, strict=True):
            direction = steps.lamb_direction(
                weight, gradient, mean, variance, t=t, wd=wd, beta1=self.beta1, beta2=self.beta2,
                epsilon=self.epsilon, bias_correction=self.bias_correction, rescale=self.rescale_grad,
                clip=self._clip(),
            )  # fmt: skip
            steps.lamb_step(
                weight, direction, weight.norm(), direction.norm(),
                lr=lr, lower_bound=self.lower_bound or None, upper_bound=self.upper_bound or None,
            )  # fmt: skip


@register
class LBSGD(TensorOptimizer):
    """SGD that adds up the gradients of several small batches and lets the learning rate grow to the large one's.

    Parameters
    ----------
    momentum : float
        as in :class:`SGD`
    multi_precision : bool
        keep a float32 copy of each float16 or bfloat16 weight and update that
    warmup_strategy : {'linear', 'power2', 'sqrt', 'lars'}
        how the factor of the learning rate grows from 1 to `batch_scale`; 'lars' takes it from the norms of weight
        and gradient instead, at all times
    warmup_epochs, updates_per_epoch : int
        their product is the number of updates until the factor is `batch_scale`
    batch_scale : int
        number of gradients to average before a step
    begin_epoch, num_epochs : int
        the epoch training resumes at, and the last
    **kwargs
        those of :class:`Optimizer`
    """

    fused = False

    def __init__(
        self,
        momentum: float = 0.0,
        multi_precision: bool = False,
        warmup_strategy: str = "linear",
        warmup_epochs: int = 5,
        batch_scale: int = 1,
        updates_per_epoch: int = 32,
        begin_epoch: int = 0,
        num_epochs: int = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(multi_precision=multi_precision, **kwargs)
        logging.info("Running Large-Batch SGD Algorithm")
        logging.info(
            "(Batch_scale=%f, warmup_epochs=%d, warmup_strategy=%s, updates_per_epoch=%d)",
            batch_scale,
            warmup_epochs,
            warmup_strategy,
            updates_per_epoch,
        )
        self.momentum = momentum
        self.warmup_strategy = warmup_strategy
        self.warmup_epochs = warmup_epochs
        self.batch_scale = batch_scale
        self.updates_per_epoch = updates_per_epoch
        self.init_updates = begin_epoch * updates_per_epoch
        self.num_epochs = num_epochs
        self.cumgrads: dict[Any, dict[str, Any]] = {}  # sums of gradients, as MXNet has them

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The momentum, or None without."""
        return zeros_like(weight) if self.momentum else None

    def _get_lbmult(self, nup: int) -> float:
        """The factor of the learning rate after `nup` updates."""
        last, most = self.warmup_epochs * self.updates_per_epoch, float(self.batch_scale)
        if nup >= last:
            return most
        done = nup / last
        grown = {"linear": done, "power2": done * done, "sqrt": math.sqrt(done)}.get(self.warmup_strategy, 0.0)
        return 1.0 + (most - 1.0) * grown

    def _trust(self, weight: torch.Tensor, gradient: torch.Tensor, wd: float) -> float:
        """The factor of the learning rate by the norms: sqrt(w^2 / (g^2 + wd * w^2)), within [0.01, 100]."""
        weight_square = float(weight.float().square().sum())
        gradient_square = float(gradient.float().square().sum())
        factor = math.sqrt(weight_square / (gradient_square + wd * weight_square + 1e-18))
        return min(max(factor, 0.01), 100.0)

    def _update_tensors(
        self, indices: Sequence[Any], weights: list[torch.Tensor], gradients: list[torch.Tensor], states: list[Any]
    ) -> None:
        for index, weight, gradient, state in zip(indices, weights, gradients, states, strict=True):
            before = self.cumgrads.get(index, {"cum_grad": 0, "num_cums": 0})
            total, count = before["cum_grad"], before["num_cums"] + 1
            total = gradient + total._t.to(gradient.device) if isinstance(total, NDArray) else gradient.clone()
            if count % self.batch_scale:
                self.cumgrads[index] = {"cum_grad": wrap(total), "num_cums": count}
                self._update_count(index)
            else:
                self.cumgrads[index] = {"cum_grad": 0, "num_cums": count}
                super()._update_tensors([index], [weight], [total / self.batch_scale], [state])

    def _rates(
        self, indices: Sequence[Any], weights: list[torch.Tensor], gradients: list[torch.Tensor], wds: list[float]
    ) -> list[float]:
        if self.warmup_strategy == "lars":
            factor = self._trust(weights[0], gradients[0], wds[0])
        else:
            factor = self._get_lbmult(self.num_update + self.init_updates)
        return [lr * factor for lr in self._lrs_asked(indices)]

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
            steps.sgd_momentum(weights, gradients, states, momentum=self.momentum, **shared)
        else:
            steps.sgd(weights, gradients, **shared)
