"""How parameters get their first values.

An initializer is called with the name of a parameter and the array to fill; the ending of the name decides what is
filled in: a ``weight`` gets what the initializer is for, a ``bias`` zeros, a ``gamma`` ones, and so on. Random numbers
come from :mod:`mxnet.random`, so ``mx.random.seed`` repeats them. ``mx.init`` is this module.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from . import registry
from .base import MXNetError

__all__ = [
    "Bilinear", "Constant", "FusedRNN", "InitDesc", "Initializer", "LSTMBias", "Load", "MSRAPrelu", "Mixed", "Normal",
    "One", "Orthogonal", "Uniform", "Xavier", "Zero", "alias", "create", "register",
]  # fmt: skip


def _fill_uniform(arr: Any, low: float, high: float) -> None:
    """Fill an array, of either kind, with uniform numbers from the stream of its kind."""
    from . import numpy as mx_np
    from . import random

    if isinstance(arr, mx_np.ndarray):
        mx_np.random.uniform(low, high, size=arr.shape, out=arr)
    else:
        random.uniform(low, high, out=arr)


def _fill_normal(arr: Any, scale: float) -> None:
    """Fill an array, of either kind, with normal numbers of mean 0 from the stream of its kind."""
    from . import numpy as mx_np
    from . import random

    if isinstance(arr, mx_np.ndarray):
        mx_np.random.normal(0, scale, size=arr.shape, out=arr)
    else:
        random.normal(0, scale, out=arr)


class InitDesc(str):
    """The name of a parameter, with what else is known about how to initialize it.

    Parameters
    ----------
    name : str
        the parameter's name
    attrs : dict, optional
        attributes of the variable; ``'__init__'`` holds an initializer that goes before the one called
    global_init : Initializer, optional
        the initializer to fall back on
    """

    attrs: dict[str, Any]
    global_init: Any

    def __new__(cls, name: str, attrs: dict[str, Any] | None = None, global_init: Any = None) -> InitDesc:  # noqa: D102
        description = super().__new__(cls, name)
        description.attrs = attrs or {}
        description.global_init = global_init
        return description


def _root_mean_square(arr: Any) -> str:
    """What a verbose initializer shows of an array."""
    values = arr.asnumpy().astype(np.float32)
    return str(np.float32(np.linalg.norm(values) / sqrt(values.size)))


class Initializer:
    """The base of the initializers; keywords are what :meth:`dumps` writes.

    A subclass says in ``_init_weight(name, arr)`` what a weight gets; it may override the rules for the other endings.

    Examples
    --------
    >>> class Sevens(mx.init.Initializer):
    ...     def _init_weight(self, name, arr):
    ...         arr[:] = 7
    >>> weight = mx.nd.zeros((2,))
    >>> Sevens()(mx.init.InitDesc('dense0_weight'), weight)
    >>> weight.asnumpy().tolist()
    [7.0, 7.0]
    """

    #: ending of the name -> the method that fills the array, tried in this order
    _RULES = (
        ("weight", "_init_weight", "weight"),
        ("bias", "_init_bias", "bias"),
        ("gamma", "_init_gamma", "gamma"),
        ("beta", "_init_beta", "beta"),
        ("min", "_init_zero", "min"),
        ("max", "_init_one", "max"),
        ("weight_quantize", "_init_quantized_weight", "weight_quantize"),
        ("bias_quantize", "_init_quantized_bias", "bias_quantize"),
    )

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs
        self._verbose = False
        self._print_func: Callable[[Any], Any] | None = None

    def set_verbosity(self, verbose: bool = False, print_func: Callable[[Any], Any] | None = None) -> Initializer:
        """Log every array that is initialized; `print_func` says what to show of it (its root mean square)."""
        self._verbose = verbose
        self._print_func = print_func if print_func is not None else _root_mean_square
        return self

    def _verbose_print(self, desc: str, init: Any, arr: Any) -> None:
        if self._verbose and self._print_func is not None:
            logging.info("Initialized %s as %s: %s", desc, init, self._print_func(arr))

    def dumps(self) -> str:
        """JSON from which :func:`create` makes an equal initializer.

        Examples
        --------
        >>> mx.init.Normal(0.3).dumps()
        '["normal", {"sigma": 0.3}]'
        """
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Initializer) and type(self) is type(other) and self._kwargs == other._kwargs

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, desc: str, arr: Any) -> None:
        """Fill `arr` according to the name `desc`.

        Raises
        ------
        ValueError
            no rule for a name that ends so
        """
        if not isinstance(desc, InitDesc):
            self._init_by_plain_name(desc, arr)
            return
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get("__init__", "")
        if own:
            create(own)._init_weight(desc, arr)
            self._verbose_print(desc, own, arr)
            return
        for ending, method, shown in self._RULES:
            if desc.endswith(ending):
                getattr(self, method)(desc, arr)
                self._verbose_print(desc, shown, arr)
                return
        self._init_default(desc, arr)

    def _init_by_plain_name(self, name: str, arr: Any) -> None:
        """The rules for a name that is no InitDesc, which are older and know more names."""
        warnings.warn(
            "an initializer called with a plain name is deprecated; call it with mx.init.InitDesc(name)",
            DeprecationWarning,
            stacklevel=3,
        )
        if not isinstance(name, str):
            raise TypeError(f"{type(self).__name__}: the name of a parameter is a string, got {name!r}")
        if name.startswith("upsampling"):
            self._init_bilinear(name, arr)
        elif name.startswith("stn_loc") and name.endswith("weight"):
            self._init_zero(name, arr)
        elif name.startswith("stn_loc") and name.endswith("bias"):
            self._init_loc_bias(name, arr)
        elif name.endswith("bias"):
            self._init_bias(name, arr)
        elif name.endswith("gamma"):
            self._init_gamma(name, arr)
        elif name.endswith("beta"):
            self._init_beta(name, arr)
        elif name.endswith("weight"):
            self._init_weight(name, arr)
        elif name.endswith(("moving_mean", "moving_inv_var", "moving_avg", "min")):
            self._init_zero(name, arr)
        elif name.endswith(("moving_var", "max")):
            self._init_one(name, arr)
        else:
            self._init_default(name, arr)

    def _init_weight(self, name: str, arr: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say what a weight such as {name!r} gets")

    def _init_bias(self, name: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_gamma(self, name: str, arr: Any) -> None:
        arr[:] = 1.0

    def _init_beta(self, name: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_zero(self, name: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_one(self, name: str, arr: Any) -> None:
        arr[:] = 1.0

    def _init_loc_bias(self, name: str, arr: Any) -> None:
        """The affine transform of a spatial transformer that leaves an image as it is."""
        if arr.shape[0] != 6:
            raise AssertionError(f"{name}: the bias of a spatial transformer has 6 values, not shape {arr.shape}")
        arr[:] = np.array([1.0, 0, 0, 0, 1.0, 0], dtype=np.float32)

    def _init_quantized_weight(self, name: str, arr: Any) -> None:
        from . import random

        arr[:] = random.randint(-127, 127, shape=(1,)).asnumpy()[0]

    def _init_quantized_bias(self, name: str, arr: Any) -> None:
        arr[:] = 0

    def _init_bilinear(self, name: str, arr: Any) -> None:
        """The kernel that makes a transposed convolution interpolate."""
        shape = arr.shape
        if len(shape) < 4:
            raise IndexError(f"{name}: bilinear upsampling needs a weight with 4 axes, got shape {shape}")
        height, width = shape[2], shape[3]
        factor = np.ceil(width / 2.0)
        centre = (2 * factor - 1 - factor % 2) / (2.0 * factor)
        column = 1 - np.abs(np.arange(width) / factor - centre)
        row = 1 - np.abs(np.arange(height) / factor - centre)
        arr[:] = np.broadcast_to(np.outer(row, column), shape).astype(np.float32)

    def _init_default(self, name: str, arr: Any) -> None:
        raise ValueError(
            f"{type(self).__name__}: nothing says how to initialize {name!r}: a name ends with weight, bias, gamma or "
            "beta; for another, give the parameter its own initializer (init=mx.init.Zero(), for instance)"
        )


_register = registry.get_register_func(Initializer, "initializer")
alias = registry.get_alias_func(Initializer, "initializer")
create = registry.get_create_func(Initializer, "initializer")


def register(klass: Any) -> Any:
    """Make an initializer class known by its name, for ``init='name'`` and :func:`create`.

    Examples
    --------
    >>> @mx.init.register
    ... class Halves(mx.init.Initializer):
    ...     def _init_weight(self, name, arr):
    ...         arr[:] = 0.5
    >>> weight = mx.nd.zeros((2,))
    >>> mx.init.create('halves')(mx.init.InitDesc('weight'), weight)
    >>> weight.asnumpy().tolist()
    [0.5, 0.5]
    """
    return _register(klass)


class Load:
    """Initializes from arrays that were saved, and the rest with another initializer.

    Parameters
    ----------
    param : str or dict of str to NDArray
        the arrays by name, or a file of them; ``arg:`` and ``aux:`` before a name are dropped
    default_init : Initializer, optional
        for the names that `param` does not have
    verbose : bool
        log where every array came from

    Raises
    ------
    AssertionError
        when called: a saved array has another shape, or there is neither a saved array nor a default
    """

    def __init__(self, param: Any, default_init: Any = None, verbose: bool = False) -> None:
        if isinstance(param, str):
            from .ndarray import load

            param = load(param)
        if not isinstance(param, Mapping):
            raise AssertionError(f"Load: the saved arrays have no names; expected a dict, got {type(param).__name__}")
        self.param = {name[4:] if name.startswith(("arg:", "aux:")) else name: value for name, value in param.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name: str, arr: Any) -> None:
        """Fill `arr` with what was saved as `name`."""
        if name in self.param:
            saved = self.param[name]
            if tuple(arr.shape) != tuple(saved.shape):
                raise AssertionError(f"Load: {name} has shape {arr.shape}, the saved one {saved.shape}")
            arr[:] = saved
            if self.verbose:
                logging.info("Initialized %s by loading", name)
            return
        if self.default_init is None:
            raise AssertionError(f"Load: nothing saved as {name!r}, and no default_init")
        self.default_init(name, arr)
        if self.verbose:
            logging.info("Initialized %s by default", name)


class Mixed:
    """Picks an initializer by the first regular expression the name begins with.

    Parameters
    ----------
    patterns : list of str
        regular expressions
    initializers : list of Initializer
        one for each pattern

    Examples
    --------
    >>> init = mx.init.Mixed(['.*gate', '.*'], [mx.init.One(), mx.init.Zero()])
    >>> weight = mx.nd.zeros((2,))
    >>> init(mx.init.InitDesc('a_gate_weight'), weight)
    >>> weight.asnumpy().tolist()
    [1.0, 1.0]
    """

    def __init__(self, patterns: Sequence[str], initializers: Sequence[Any]) -> None:
        if len(patterns) != len(initializers):
            raise AssertionError(f"Mixed: {len(patterns)} patterns for {len(initializers)} initializers")
        self.map = list(zip([re.compile(pattern) for pattern in patterns], initializers, strict=True))

    def __call__(self, name: str, arr: Any) -> None:
        """Fill `arr` with the initializer whose pattern fits `name`.

        Raises
        ------
        ValueError
            no pattern fits
        """
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        known = [pattern.pattern for pattern, _ in self.map]
        raise ValueError(f"Mixed: no pattern of {known} fits {name!r}; a last pattern '.*' would take every name")


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
        from . import random

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
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

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
    """The one parameter vector of a fused RNN layer. It needs the RNN operator, which this version does not have.

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
        if isinstance(init, str):
            init = create(init)
        super().__init__(
            init=init.dumps() if init is not None else None,
            num_hidden=num_hidden,
            num_layers=num_layers,
            mode=mode,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
        )

    def _init_weight(self, name: str, arr: Any) -> None:
        raise MXNetError(f"FusedRNN: cannot fill {name}: the fused RNN operator is not in this version of the package")
