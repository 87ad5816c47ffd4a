"""Containers, dense layers, dropout, embedding and functions as layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ... import ndarray as nd
from ..._tracebacks import warn
from ...util import is_np_array
from .._shapes import tells_shapes
from ..block import Block, HybridBlock
from .activations import Activation

__all__ = [
    "Dense", "Dropout", "Embedding", "Flatten", "HybridLambda", "HybridSequential", "Lambda", "Sequential",
]  # fmt: skip


class _Stack(Block):
    """What both kinds of Sequential have in common: children by position."""

    def add(self, *blocks: Block) -> None:
        """Put blocks at the end."""
        for block in blocks:
            hybrid = isinstance(self, HybridBlock)
            if isinstance(block, type) or not (isinstance(block, Block) if hybrid else callable(block)):
                refusal = ValueError if hybrid else TypeError
                raise refusal(f"{self.name}: add takes layers, one after the other; {_no_layer(block)}")
            self.register_child(block)

    def __getitem__(self, key: int | slice) -> Any:
        """The layer at a position; a slice gives a new container with the same layers and prefix."""
        layers = list(self._children.values())[key]
        if not isinstance(layers, list):
            return layers
        part = type(self)(prefix=self._prefix)
        with part.name_scope():
            part.add(*layers)
        return part

    def __len__(self) -> int:
        return len(self._children)

    def _shown_children(self) -> Iterator[tuple[str, Block]]:
        return iter(self._children.items())


class Sequential(_Stack):
    """Blocks one after the other.

    Parameters
    ----------
    prefix : str, optional
        comes before the names of all parameters
    params : ParameterDict, optional
        parameters to share

    Examples
    --------
    >>> net = mx.gluon.nn.Sequential()
    >>> net.add(mx.gluon.nn.Dense(4, activation='relu'), mx.gluon.nn.Dense(2))
    >>> net.initialize()
    >>> net(mx.nd.ones((3, 5))).shape
    (3, 2)
    """

    def forward(self, x: Any) -> Any:  # noqa: D102
        for block in self._children.values():
            x = block(x)
        return x

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Have the children that are HybridBlocks run as graphs; warns where a HybridSequential would do."""
        if self._children and all(isinstance(child, HybridBlock) for child in self._children.values()):
            warn(f"all children of the Sequential {self.prefix!r} are HybridBlocks; HybridSequential runs as one graph")
        super().hybridize(active, **kwargs)


class HybridSequential(_Stack, HybridBlock):
    """HybridBlocks one after the other.

    Parameters
    ----------
    prefix : str, optional
        comes before the names of all parameters
    params : ParameterDict, optional
        parameters to share

    Examples
    --------
    >>> net = mx.gluon.nn.HybridSequential()
    >>> net.add(mx.gluon.nn.Conv2D(4, kernel_size=3), mx.gluon.nn.Flatten(), mx.gluon.nn.Dense(2))
    >>> net.initialize()
    >>> net.hybridize()
    >>> net(mx.nd.ones((1, 3, 8, 8))).shape
    (1, 2)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        for block in self._children.values():
            x = block(x)
        return x


class Dense(HybridBlock):
    """``activation(x · weightᵀ + bias)``.

    Parameters
    ----------
    units : int
        the length of the output's last axis
    activation : str, optional
        as in :class:`Activation`; linear by default
    use_bias : bool
        whether there is a bias
    flatten : bool
        join all axes but the first; with False the layer works on the last axis
    dtype : str or NumPy dtype
        of the parameters
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    in_units : int
        the length of the input (0: take it from the first batch)
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> layer = mx.gluon.nn.Dense(2)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((3, 4, 5))).shape, layer
    ((3, 2), Dense(20 -> 2, linear))
    """

    weight: Any
    bias: Any

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        flatten: bool = True,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_units: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._flatten = flatten
        with self.name_scope():
            self._units = units
            self._in_units = in_units
            self.weight = self.params.get(
                "weight", shape=(units, in_units), init=weight_initializer, dtype=dtype, allow_deferred_init=True
            )
            if use_bias:
                self.bias = self.params.get(
                    "bias", shape=(units,), init=bias_initializer, dtype=dtype, allow_deferred_init=True
                )
            else:
                self.bias = None
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    @tells_shapes
    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:  # noqa: D102
        size = {"num_hidden": self._units, "flatten": self._flatten}
        out = F.FullyConnected(x, weight, bias, **size, no_bias=bias is None, name="fwd")
        return out if self.act is None else self.act(out)

    def __repr__(self) -> str:
        shape = self.weight.shape
        return f"{type(self).__name__}({shape[1] or None} -> {shape[0]}, {self.act or 'linear'})"


class Dropout(HybridBlock):
    """Zero elements at random while training, and scale up the rest.

    Parameters
    ----------
    rate : float
        the fraction to zero
    axes : tuple of int
        axes along which all elements share one fate
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, rate: float, axes: tuple[int, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rate = rate
        self._axes = axes

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        if self._rate > 0:
            return F.Dropout(x, p=self._rate, axes=self._axes, name="fwd", cudnn_off=False)
        return F.identity(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p = {self._rate}, axes={self._axes})"


class Embedding(HybridBlock):
    """A vector for each index.

    Parameters
    ----------
    input_dim : int
        how many indices there are
    output_dim : int
        the length of the vectors
    dtype : str or NumPy dtype
        of the vectors
    weight_initializer : str or Initializer, optional
        of the vectors
    sparse_grad : bool
        accepted; gradients are dense
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: Any = "float32",
        weight_initializer: Any = None,
        sparse_grad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {
            "input_dim": input_dim, "output_dim": output_dim, "dtype": dtype, "sparse_grad": sparse_grad,
        }  # fmt: skip
        with self.name_scope():
            gradients = "row_sparse" if sparse_grad else "default"
            self.weight = self.params.get(
                "weight", shape=(input_dim, output_dim), dtype=dtype, init=weight_initializer, grad_stype=gradients,
                allow_deferred_init=True,
            )  # fmt: skip

    @tells_shapes
    def hybrid_forward(self, F: Any, x: Any, weight: Any) -> Any:  # noqa: D102
        return F.Embedding(x, weight, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        return "{}({input_dim} -> {output_dim}, {dtype})".format(type(self).__name__, **self._kwargs)


class Flatten(HybridBlock):
    """All axes but the first joined into one."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.flatten(x)

    def __repr__(self) -> str:
        return type(self).__name__


class Lambda(Block):
    """A function of arrays as a Block.

    Parameters
    ----------
    function : str or callable
        the name of an operator of ``mx.nd`` (under NumPy semantics: of ``mx.np`` or ``mx.npx``), or any function
    prefix : str, optional
        comes before names
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        self._func_impl, self._func_name = _function_and_name(self, function)

    def forward(self, *args: Any) -> Any:  # noqa: D102
        return self._func_impl(*args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_name})"


class HybridLambda(HybridBlock):
    """A function of ``F`` and arrays as a HybridBlock.

    Parameters
    ----------
    function : str or callable
        the name of an operator, or a function ``f(F, *arrays)``
    prefix : str, optional
        comes before names
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        found, self._func_name = _function_and_name(self, function)
        self._func = found
        if isinstance(function, str):
            self._func = lambda F, *args: (found if F is nd else getattr(F, function))(*args)

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:  # noqa: D102
        return self._func(F, x, *args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_name})"


def _no_layer(what: Any) -> str:
    """What was given in a layer's place, and the way out."""
    if isinstance(what, type):
        return f"got the class {what.__name__}, whose instance is {what.__name__}(…)"
    if isinstance(what, (list, tuple)):
        return f"got a {type(what).__name__}; write add(*layers)"
    if callable(what):
        return f"got the function {getattr(what, '__name__', what)}, of which nn.HybridLambda makes a layer"
    return f"got {what!r} of type {type(what).__name__}"


def _function_and_name(layer: Block, function: str | Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """What a Lambda layer was given, as a function and as what it is called."""
    if isinstance(function, str):
        return _operator_by_name(function), function
    if not callable(function):
        raise ValueError(
            f"{type(layer).__name__}: function={function!r} of type {type(function)}; expected a name or a function"
        )
    return function, function.__name__


def _operator_by_name(name: str) -> Callable[..., Any]:
    """An operator of the namespace in use."""
    spaces: list[Any] = [nd]
    if is_np_array():
        from ... import numpy, numpy_extension

        spaces = [numpy, numpy_extension, nd]
    for space in spaces:
        found = getattr(space, name, None)
        if callable(found):
            return found
    raise AssertionError(f"Lambda: there is no operator {name!r}")
