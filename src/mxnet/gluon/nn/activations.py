"""Activation layers."""

from __future__ import annotations

from typing import Any

from ... import initializer
from .._shapes import tells_shapes
from ..block import HybridBlock

__all__ = ["ELU", "GELU", "SELU", "Activation", "LeakyReLU", "PReLU", "Swish"]


class Activation(HybridBlock):
    """An activation function by its name.

    Parameters
    ----------
    activation : {'relu', 'sigmoid', 'tanh', 'softrelu', 'softsign'}
        the function
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> mx.gluon.nn.Activation('relu')(mx.nd.array([-1, 2])).asnumpy().tolist()
    [0.0, 2.0]
    """

    def __init__(self, activation: str, **kwargs: Any) -> None:
        self._act_type = activation
        super().__init__(**kwargs)

    def _alias(self) -> str:
        return self._act_type

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.Activation(x, act_type=self._act_type, name="fwd")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._act_type})"


class LeakyReLU(HybridBlock):
    """x where it is positive, ``alpha * x`` elsewhere.

    Parameters
    ----------
    alpha : float
        the slope below zero, not negative
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, alpha: float, **kwargs: Any) -> None:
        if alpha < 0:
            raise AssertionError(f"LeakyReLU: alpha={alpha}; expected a slope that is not negative")
        super().__init__(**kwargs)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.LeakyReLU(x, act_type="leaky", slope=self._alpha, name="fwd")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._alpha})"


class PReLU(HybridBlock):
    """A leaky ReLU whose slope is learned (He et al., 2015, https://arxiv.org/abs/1502.01852).

    Parameters
    ----------
    alpha_initializer : Initializer
        of the slope
    in_channels : int
        1 for one slope, else one for each channel (axis 1)
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        alpha_initializer: Any = initializer.Constant(0.25),  # noqa: B008 - holds nothing but its value
        in_channels: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.alpha = self.params.get("alpha", shape=(in_channels,), init=alpha_initializer)

    @tells_shapes
    def hybrid_forward(self, F: Any, x: Any, alpha: Any) -> Any:  # noqa: D102
        return F.LeakyReLU(x, alpha, act_type="prelu", name="fwd")


class ELU(HybridBlock):
    """x where it is positive, ``alpha * (exp(x) - 1)`` elsewhere (https://arxiv.org/abs/1511.07289).

    Parameters
    ----------
    alpha : float
        minus the value far below zero
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.LeakyReLU(x, act_type="elu", slope=self._alpha)


class SELU(HybridBlock):
    """A scaled ELU that keeps mean 0 and variance 1 (https://arxiv.org/abs/1706.02515)."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.LeakyReLU(x, act_type="selu", name="fwd")


class GELU(HybridBlock):
    """x times the probability that a standard normal number is below it (https://arxiv.org/abs/1606.08415)."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.LeakyReLU(x, act_type="gelu", name="fwd")


class Swish(HybridBlock):
    """``x * sigmoid(beta * x)`` (https://arxiv.org/abs/1710.05941); SiLU with beta 1.

    Parameters
    ----------
    beta : float
        how sharp the bend is
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, beta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._beta = beta

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return x * F.sigmoid(self._beta * x, name="fwd")
