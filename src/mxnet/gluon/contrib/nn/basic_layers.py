"""Branches side by side, pixel shuffling, and normalization over several devices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .... import ndarray as nd
from ..._shapes import tells_shapes
from ...block import Block, HybridBlock
from ...nn.basic_layers import HybridSequential, Sequential
from ...nn.normalization import BatchNorm

__all__ = [
    "Concurrent", "HybridConcurrent", "Identity", "PixelShuffle1D", "PixelShuffle2D", "PixelShuffle3D",
    "SparseEmbedding", "SyncBatchNorm",
]  # fmt: skip


class Concurrent(Sequential):
    """All children get the input, and their outputs are joined.

    Parameters
    ----------
    axis : int
        the axis to join along
    prefix, params
        as in :class:`mxnet.gluon.Block`
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def forward(self, x: Any) -> Any:  # noqa: D102
        return nd.concat(*(block(x) for block in self._children.values()), dim=self.axis)


class HybridConcurrent(HybridSequential):
    """All children get the input, and their outputs are joined.

    Parameters
    ----------
    axis : int
        the axis to join along
    prefix, params
        as in :class:`mxnet.gluon.HybridBlock`

    Examples
    --------
    >>> branches = mx.gluon.contrib.nn.HybridConcurrent(axis=1)
    >>> branches.add(mx.gluon.nn.Dense(4), mx.gluon.contrib.nn.Identity())
    >>> branches.initialize()
    >>> branches(mx.nd.ones((2, 3))).shape
    (2, 7)
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.concat(*(block(x) for block in self._children.values()), dim=self.axis)


class Identity(HybridBlock):
    """The input itself."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return x


class SparseEmbedding(Block):
    """A vector for each index, whose weights are kept by rows: a Trainer is needed to look them up.

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
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self, input_dim: int, output_dim: int, dtype: Any = "float32", weight_initializer: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"input_dim": input_dim, "output_dim": output_dim, "dtype": dtype, "sparse_grad": True}
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
            grad_stype="row_sparse",
            stype="row_sparse",
        )

    def forward(self, x: Any) -> Any:  # noqa: D102
        return nd.Embedding(x, self.weight.row_sparse_data(x), name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        return "{}({input_dim} -> {output_dim}, {dtype})".format(type(self).__name__, **self._kwargs)


class SyncBatchNorm(BatchNorm):
    """BatchNorm whose statistics are over the batches of several devices; here over those of one.

    Parameters
    ----------
    in_channels : int
        0 takes it from the first batch
    num_devices : int, optional
        1 by default. With more the layer infers, but its training raises: devices are called one after the other, so
        none can wait for the others' statistics. The whole batch on one context has the same
    momentum : float
        how much of the running statistics a batch leaves
    epsilon : float
        added to the variance
    center, scale : bool
        whether beta is added, and gamma multiplied with
    use_global_stats : bool
        use the running statistics in training too
    beta_initializer, gamma_initializer, running_mean_initializer, running_variance_initializer : str or Initializer
        of the parameters
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        in_channels: int = 0,
        num_devices: int | None = None,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            1, momentum, epsilon, center, scale, use_global_stats, beta_initializer, gamma_initializer,
            running_mean_initializer, running_variance_initializer, in_channels, **kwargs,
        )  # fmt: skip
        self._computed_by = dict(self._kwargs)
        devices = 1 if num_devices is None else num_devices
        self._kwargs = {
            "eps": epsilon, "momentum": momentum, "fix_gamma": not scale, "use_global_stats": use_global_stats,
            "ndev": devices, "key": self.prefix,
        }  # fmt: skip

    @tells_shapes
    def hybrid_forward(  # noqa: D102
        self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any
    ) -> Any:
        if self._kwargs["ndev"] > 1:  # by its own operator, which infers and refuses to train, in kept graphs too
            return F.contrib.SyncBatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)
        return F.BatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._computed_by)


class _PixelShuffle(HybridBlock):
    """Channels become space: with the factor f an axis gets f times as long, and f times fewer channels are left.

    Parameters
    ----------
    factor : int or tuple of int
        for all spatial axes, or one for each
    """

    _ndim: int

    def __init__(self, factor: int | tuple[int, ...]) -> None:
        super().__init__()
        if isinstance(factor, (int, np.integer)):
            factor = (int(factor),) * self._ndim
        if len(factor) != self._ndim:
            raise AssertionError(f"{type(self).__name__}: factor={factor!r}; expected an int or {self._ndim} of them")
        self._factors = tuple(int(each) for each in factor)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        ndim, block = self._ndim, math.prod(self._factors)
        # (N, C·f₁·f₂, a, b) -> (N, C, f₁, f₂, a, b) -> (N, C, a, f₁, b, f₂) -> (N, C, a·f₁, b·f₂)
        x = F.reshape(x, shape=(0, -4, -1, block, *(0,) * ndim))
        x = self._split_factors(F, x)
        order = [0, 1]
        for axis in range(ndim):
            order += [2 + ndim + axis, 2 + axis]
        return F.reshape(F.transpose(x, axes=order), shape=(0, 0, *(-3,) * ndim))

    def _split_factors(self, F: Any, x: Any) -> Any:
        """Axis 2, of the length of all factors' product, as one axis for each factor."""
        for place, factor in enumerate(self._factors[:-1]):
            rest = math.prod(self._factors[place + 1 :])
            x = F.reshape(x, shape=(*(0,) * (2 + place), -4, factor, rest, *(0,) * self._ndim))
        return x

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factors})"


class PixelShuffle1D(_PixelShuffle):
    """(N, C·f, W) to (N, C, W·f), as in https://arxiv.org/abs/1609.05158.

    Parameters
    ----------
    factor : int or tuple of 1 int
        how much longer the axis gets
    """

    _ndim = 1

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._factors[0]})"


class PixelShuffle2D(_PixelShuffle):
    """(N, C·f₁·f₂, H, W) to (N, C, H·f₁, W·f₂), as in https://arxiv.org/abs/1609.05158.

    Parameters
    ----------
    factor : int or tuple of 2 int
        how much longer the axes get

    Examples
    --------
    >>> mx.gluon.contrib.nn.PixelShuffle2D((2, 3))(mx.nd.ones((1, 12, 3, 5))).shape
    (1, 2, 6, 15)
    """

    _ndim = 2


class PixelShuffle3D(_PixelShuffle):
    """(N, C·f₁·f₂·f₃, D, H, W) to (N, C, D·f₁, H·f₂, W·f₃).

    Parameters
    ----------
    factor : int or tuple of 3 int
        how much longer the axes get
    """

    _ndim = 3
