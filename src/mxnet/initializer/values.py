"""The initializers, by the values they give: constants, random numbers, and those of special layers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..base import MXNetError
from ..ndarray import zeros
from ..ops.nn.rnn import named_parts
from .base import InitDesc, Initializer, alias, create, register

__all__ = [
    "Bilinear", "Constant", "FusedRNN", "LSTMBias", "MSRAPrelu", "Normal", "One", "Orthogonal", "Uniform", "Xavier",
    "Zero",
]  # fmt: skip


def _fill_uniform(arr: Any, low: float, high: float) -> None:
    """Fill an array, of either kind, with uniform numbers from the stream of its kind."""
    from .. import numpy as mx_np
    from .. import random

    if isinstance(arr, mx_np.ndarray):
        mx_np.random.uniform(low, high, size=arr.shape, dtype=arr.dtype, out=arr)
    else:
        random.uniform(low, high, out=arr)


def _fill_normal(arr: Any, scale: float) -> None:
    """Fill an array, of either kind, with normal numbers of mean 0 from the stream of its kind."""
    from .. import numpy as mx_np
    from .. import random

    if isinstance(arr, mx_np.ndarray):
        mx_np.random.normal(0, scale, size=arr.shape, dtype=arr.dtype, out=arr)
    else:
        random.normal(0, scale, out=arr)


@alias("zeros")
@register
class Zero(Initializer):
    """Weights of 0."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: Any) -> None:
        arr[:] = 0


@alias("ones")
@register
class One(Initializer):
    """Weights of 1."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: Any) -> None:
        arr[:] = 1


@register
class Constant(Initializer):
    """Weights of one value, or of an array that broadcasts to the weight.

    Parameters
    ----------
    value : float, NDArray, numpy.ndarray or list
        what the weights get
    """

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, name: str, arr: Any) -> None:
        arr[:] = self.value

    def dumps(self) -> str:
        """JSON from which :func:`create` makes an equal initializer; an array becomes a list."""
        value = self.value
        if hasattr(value, "asnumpy"):
            value = value.asnumpy()
        if isinstance(value, (np.ndarray, np.generic)):
            value = value.tolist()
        return json.dumps([type(self).__name__.lower(), {"value": value}])


@register
class Uniform(Initializer):
    """Weights drawn uniformly from [-scale, scale).

    Parameters
    ----------
    scale : float
        half the width of the interval
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, name: str, arr: Any) -> None:
        _fill_uniform(arr, -self.scale, self.scale)


@register
class Normal(Initializer):
    """Weights drawn from a normal distribution of mean 0.

    Parameters
    ----------
    sigma : float
        the standard deviation
    """

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, name: str, arr: Any) -> None:
        _fill_normal(arr, self.sigma)


@register
class Orthogonal(Initializer):
    """Weights with orthogonal rows or columns (Saxe et al., arXiv:1312.6120).

    Parameters
    ----------
    scale : float
        the length of the rows or columns
    rand_type : {'uniform', 'normal'}
        how the matrix is drawn whose singular vectors are taken
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, name: str, arr: Any) -> None:
        from .. import random

        if len(arr.shape) < 2:
            raise MXNetError(f"Orthogonal: {name} has shape {arr.shape}, expected at least 2 axes")
        matrix = (arr.shape[0], int(np.prod(arr.shape[1:])))
        if self.rand_type == "uniform":
            drawn = random.uniform(-1.0, 1.0, matrix).asnumpy()
        elif self.rand_type == "normal":
            drawn = random.normal(0.0, 1.0, matrix).asnumpy()
        else:
            raise ValueError(f"Orthogonal: rand_type is {self.rand_type!r}, expected 'uniform' or 'normal'")
        left, _, right = np.linalg.svd(drawn, full_matrices=False)
        vectors = left if left.shape == drawn.shape else right
        arr[:] = self.scale * vectors.reshape(arr.shape)


@register
class Xavier(Initializer):
    """Weights scaled by the connections of a unit (Glorot & Bengio, AISTATS 2010).

    The scale is sqrt(magnitude / factor), where the factor counts the inputs of a unit, its outputs or their mean, and
    a convolution's kernel counts with its area.

    Parameters
    ----------
    rnd_type : {'uniform', 'gaussian'}
        draw from [-scale, scale) or from a normal distribution with standard deviation `scale`
    factor_type : {'avg', 'in', 'out'}
        the factor
    magnitude : float
        3 gives Glorot's initialization, 2 with 'gaussian' and 'in' He's

    Raises
    ------
    ValueError
        when called: a weight with fewer than 2 axes, an unknown `rnd_type` or `factor_type`
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        self.magnitude = float(magnitude)
        self.rnd_type, self.factor_type = rnd_type, factor_type

    def _init_weight(self, name: str, arr: Any) -> None:
        shape = arr.shape
        if len(shape) < 2:
            raise ValueError(f"{type(self).__name__}: {name} has shape {shape}, expected a weight with 2 axes or more")
        area = np.prod(shape[2:]) if len(shape) > 2 else 1.0
        fan_in, fan_out = shape[1] * area, shape[0] * area
        factors = {"avg": (fan_in + fan_out) / 2.0, "in": fan_in, "out": fan_out}
        if self.factor_type not in factors:
            raise ValueError(
                f"{type(self).__name__}: factor_type is {self.factor_type!r}, expected one of {list(factors)}"
            )
        scale = float(np.sqrt(self.magnitude / factors[self.factor_type]))
        if self.rnd_type == "uniform":
            _fill_uniform(arr, -scale, scale)
        elif self.rnd_type == "gaussian":
            _fill_normal(arr, scale)
        else:
            raise ValueError(f"{type(self).__name__}: rnd_type is {self.rnd_type!r}, expected 'uniform' or 'gaussian'")


@register
class MSRAPrelu(Xavier):
    """Weights for layers followed by a PReLU (He et al., arXiv:1502.01852).

    Parameters
    ----------
    factor_type : {'avg', 'in', 'out'}
        as in :class:`Xavier`
    slope : float
        the PReLU's slope on the negative side at the start
    """

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Bilinear(Initializer):
    """Weights with which a transposed convolution interpolates bilinearly."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: Any) -> None:
        self._init_bilinear(name, arr)


@register
class LSTMBias(Initializer):
    """The bias of an LSTM: 0, and for the forget gate a value that keeps it open at first.

    Parameters
    ----------
    forget_bias : float
        the bias of the forget gate, the second of the four
    """

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name: str, arr: Any) -> None:
        arr[:] = 0.0
        hidden = arr.shape[0] // 4
        arr[hidden : 2 * hidden] = self.forget_bias


@register
class FusedRNN(Initializer):
    """The one parameter vector of the fused RNN operator: every gate of every layer by itself, biases zero.

    Parameters
    ----------
    init : Initializer, str or None
        for the matrices within the vector; None takes the initializer of the whole network
    num_hidden, num_layers : int
        the size of the RNN
    mode : {'rnn_relu', 'rnn_tanh', 'lstm', 'gru'}
        its kind
    bidirectional : bool
        whether it runs in both directions
    forget_bias : float
        the bias of an LSTM's forget gate
    """

    def __init__(
        self,
        init: Any,
        num_hidden: int,
        num_layers: int,
        mode: str,
        bidirectional: bool = False,
        forget_bias: float = 1.0,
    ) -> None:
        self._init = create(init) if isinstance(init, str) else init
        self._mode, self._sizes = mode, (num_hidden, num_layers, 2 if bidirectional else 1)
        self._forget_bias = forget_bias
        super().__init__(
            init=None if self._init is None else self._init.dumps(),
            num_hidden=num_hidden,
            num_layers=num_layers,
            mode=mode,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
        )

    def _init_weight(self, name: str, arr: Any) -> None:
        try:
            parts = named_parts(self._mode, arr.size, *self._sizes)
        except ValueError as error:
            raise MXNetError(f"FusedRNN: cannot fill {name}: {error}") from error
        general = getattr(name, "global_init", None)
        init = self._init or general
        if init is None:
            raise MXNetError(f"FusedRNN: cannot fill {name}: it was made without an initializer, and there is no other")
        for part, (begin, end, shape) in parts.items():
            values = zeros(shape, dtype=arr.dtype)
            if self._mode == "lstm" and part.endswith("_f_bias"):
                values[:] = self._forget_bias
            else:
                init(InitDesc(part, global_init=general), values)
            arr[begin:end] = values.reshape((-1,))
