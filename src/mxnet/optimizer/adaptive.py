"""Optimizers that scale each element's step by the gradients it has had."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from ..ndarray.ndarray import NDArray
from ..ndarray.sparse_array import held
from ..ops.optim import steps
from .base import State, TensorOptimizer, register, zeros_like

__all__ = ["AdaDelta", "AdaGrad", "Adam", "Adamax", "FTML", "Ftrl", "Nadam", "RMSProp"]


def _accumulator(weight: NDArray, rows: bool = False) -> NDArray:
    """Zeros for sums of squares: in float32, or in float64 for a float64 weight."""
    dtype = torch.float64 if held(weight).dtype is torch.float64 else torch.float32
    return zeros_like(weight, dtype, rows)


@register
class Adam(TensorOptimizer):
    """Adam (Kingma & Ba, arXiv:1412.6980); weight decay is added to the gradient.

    Parameters
    ----------
    learning_rate : float
        the step's length while the gradient does not change
    beta1, beta2 : float
        how much of the running means of the gradient and of its square stays
    epsilon : float
        added to the root of the mean square
    lazy_update : bool
        of a row_sparse gradient, change only its rows of the weight and of the means
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        lazy_update: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The running means of the gradient and of its square."""
        rows = self.lazy_update
        return zeros_like(weight, rows=rows), zeros_like(weight, rows=rows)

    def _updates_rows(self, weight: NDArray) -> bool:
        return self.lazy_update

    def _rates(
        self, indices: Sequence[Any], weights: list[torch.Tensor], gradients: list[torch.Tensor], wds: list[float]
    ) -> list[float]:
        """The learning rates with the correction for means that began at zero."""
        corrected = []
        for index, lr in zip(indices, self._lrs_asked(indices), strict=True):
            t = self._index_update_count[index]
            corrected.append(lr * math.sqrt(1.0 - self.beta2**t) / (1.0 - self.beta1**t))
        return corrected

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
        means, variances = zip(*states, strict=True)
        steps.adam(
            weights, gradients, means, variances, lr=lr, wd=wd, beta1=self.beta1, beta2=self.beta2,
            epsilon=self.epsilon, rescale=self.rescale_grad, clip=self._clip(),
        )  # fmt: skip


@register
class Adamax(TensorOptimizer):
    """Adam with the largest gradient, slowly forgotten, for the scale (Kingma & Ba, arXiv:1412.6980, section 7).

    Parameters
    ----------
    learning_rate, beta1, beta2 : float
        as in :class:`Adam`
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, learning_rate: float = 0.002, beta1: float = 0.9, beta2: float = 0.999, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The running mean of the gradient, and the largest one."""
        return zeros_like(weight), zeros_like(weight)

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
        gradients = list(steps.decayed(weights, gradients, wd, self.rescale_grad, self._clip()))
        rate = lr / (1.0 - self.beta1**t)
        for weight, gradient, (mean, largest) in zip(weights, gradients, states, strict=True):
            mean.mul_(self.beta1).add_(gradient, alpha=1.0 - self.beta1)
            torch.maximum(largest.mul_(self.beta2), gradient.abs(), out=largest)
            weight.addcdiv_(mean, largest, value=-rate)


@register
class Nadam(TensorOptimizer):
    """Adam with Nesterov's momentum (Dozat, ICLR workshop 2016).

    Parameters
    ----------
    learning_rate, beta1, beta2, epsilon : float
        as in :class:`Adam`
    schedule_decay : float
        how quickly the momentum reaches `beta1`
    **kwargs
        those of :class:`Optimizer`
    """

    fused = False  # the product of the momenta runs over all updates of all parameters

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        schedule_decay: float = 0.004,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay
        self.m_schedule = 1.0

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The running means of the gradient and of its square."""
        return zeros_like(weight), zeros_like(weight)

    def _momentum(self, t: int) -> float:
        return self.beta1 * (1.0 - 0.5 * 0.96 ** (t * self.schedule_decay))

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
        ((mean, variance),) = states
        (gradient,) = steps.decayed(weights, gradients, wd, self.rescale_grad, self._clip())
        now, next_one = self._momentum(t), self._momentum(t + 1)
        self.m_schedule *= now
        mean.mul_(self.beta1).add_(gradient, alpha=1.0 - self.beta1)
        variance.mul_(self.beta2).addcmul_(gradient, gradient, value=1.0 - self.beta2)
        ahead = gradient * ((1.0 - now) / (1.0 - self.m_schedule))
        ahead.add_(mean, alpha=next_one / (1.0 - self.m_schedule * next_one))
        scale = (variance / (1.0 - self.beta2**t)).sqrt_().add_(self.epsilon)
        weights[0].addcdiv_(ahead, scale, value=-lr)


@register
class AdaGrad(TensorOptimizer):
    """AdaGrad (Duchi et al., JMLR 2011): the step is divided by the root of the sum of all squared gradients.

    Parameters
    ----------
    eps : float
        added under the root
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, eps: float = 1e-7, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The sum of the squares."""
        return _accumulator(weight, rows=True)

    def _updates_rows(self, weight: NDArray) -> bool:
        return True

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
        steps.adagrad(
            weights, gradients, states,
            lr=lr, wd=wd, epsilon=self.float_stable_eps, rescale=self.rescale_grad, clip=self._clip(),
        )  # fmt: skip


@register
class AdaDelta(TensorOptimizer):
    """AdaDelta (Zeiler, arXiv:1212.5701), which needs no learning rate and ignores one.

    Parameters
    ----------
    rho : float
        how much of the running means of squared gradients and squared steps stays
    epsilon : float
        added under the roots
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, rho: float = 0.9, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The means of squared gradients and of squared steps."""
        return _accumulator(weight), _accumulator(weight)

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
        squares, deltas = zip(*states, strict=True)
        steps.adadelta(
            weights, gradients, squares, deltas,
            wd=wd, rho=self.rho, epsilon=self.epsilon, rescale=self.rescale_grad, clip=self._clip(),
        )  # fmt: skip


@register
class RMSProp(TensorOptimizer):
    """RMSProp: the step is divided by the root of a running mean of squared gradients.

    Parameters
    ----------
    learning_rate : float
        the learning rate
    gamma1 : float
        how much of the running means stays
    gamma2 : float
        how much of the last step is in the next; centered only
    epsilon : float
        added under the root
    centered : bool
        subtract the square of the mean (Graves, arXiv:1308.0850); else as in Tieleman & Hinton's lecture 6.5
    clip_weights : float, optional
        the weights are clipped to [-clip_weights, clip_weights]
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        gamma1: float = 0.9,
        gamma2: float = 0.9,
        epsilon: float = 1e-8,
        centered: bool = False,
        clip_weights: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1
        self.gamma2 = gamma2
        self.centered = centered
        self.epsilon = epsilon
        self.clip_weights = clip_weights

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The mean square; centered, the mean and the last step too."""
        return tuple(_accumulator(weight, rows=True) for _ in range(3 if self.centered else 1))

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
        shared: dict[str, Any] = {
            "lr": lr, "wd": wd, "gamma1": self.gamma1, "epsilon": self.epsilon, "rescale": self.rescale_grad,
            "clip": self._clip(), "bound": self.clip_weights or None,
        }  # fmt: skip
        columns = list(zip(*states, strict=True))
        if self.centered:
            steps.rmsprop_centered(weights, gradients, *columns, gamma2=self.gamma2, **shared)
        else:
            steps.rmsprop(weights, gradients, *columns, **shared)


@register
class Ftrl(TensorOptimizer):
    """FTRL-proximal, whose weights become exactly 0 (McMahan et al., KDD 2013).

    Parameters
    ----------
    lamda1 : float
        how strongly weights are drawn to 0
    learning_rate, beta : float
        the two of the per-coordinate learning rate
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, lamda1: float = 0.01, learning_rate: float = 0.1, beta: float = 1, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lamda1 = lamda1
        self.beta = beta

    def create_state(self, index: Any, weight: NDArray) -> State:
        """What the paper calls z and n."""
        return _accumulator(weight, rows=True), _accumulator(weight, rows=True)

    def _updates_rows(self, weight: NDArray) -> bool:
        return weight._sparse

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
        for weight, gradient, (z, n) in zip(weights, gradients, states, strict=True):
            steps.ftrl(
                weight, gradient, z, n,
                lr=lr, wd=wd, lamda1=self.lamda1, beta=self.beta, rescale=self.rescale_grad, clip=self._clip(),
            )  # fmt: skip


@register
class FTML(TensorOptimizer):
    """FTML, follow the moving leader (Zheng & Kwok, ICML 2017).

    Parameters
    ----------
    beta1, beta2, epsilon : float
        as in :class:`Adam`
    **kwargs
        those of :class:`Optimizer`
    """

    def __init__(self, beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def create_state(self, index: Any, weight: NDArray) -> State:
        """What the paper calls d, v and z."""
        return zeros_like(weight), zeros_like(weight), zeros_like(weight)

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
        for weight, gradient, (d, v, z) in zip(weights, gradients, states, strict=True):
            steps.ftml(
                weight, gradient, d, v, z, t=t, lr=lr, wd=wd, beta1=self.beta1, beta2=self.beta2,
                epsilon=self.epsilon, rescale=self.rescale_grad, clip=self._clip(),
            )  # fmt: skip
