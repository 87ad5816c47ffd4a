"""Normalization layers: over the batch, a layer, groups of channels, an instance."""

from __future__ import annotations

from typing import Any

from ...base import is_half, to_torch_dtype
from .._shapes import tells_shapes
from ..block import HybridBlock

__all__ = ["BatchNorm", "BatchNormReLU", "GroupNorm", "InstanceNorm", "LayerNorm"]


class _BatchNorm(HybridBlock):
    """What layers that normalize over the batch have in common; see :class:`BatchNorm`."""

    _kwargs: dict[str, Any]
    gamma: Any
    fuse_relu = False  # whether a ReLU follows

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {
            "axis": axis, "eps": epsilon, "momentum": momentum, "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
        }  # fmt: skip
        self._axis = axis
        if in_channels != 0:
            self.in_channels = in_channels
        self.gamma = self._state("gamma", "write" if scale else "null", in_channels, gamma_initializer, scale)
        self.beta = self._state("beta", "write" if center else "null", in_channels, beta_initializer, center)
        self.running_mean = self._state("running_mean", "null", in_channels, running_mean_initializer, False)
        self.running_var = self._state("running_var", "null", in_channels, running_variance_initializer, False)

    def _state(self, name: str, grad_req: str, channels: int, init: Any, differentiable: bool) -> Any:
        return self.params.get(
            name,
            grad_req=grad_req,
            shape=(channels,),
            init=init,
            allow_deferred_init=True,
            differentiable=differentiable,
        )

    def cast(self, dtype: Any) -> None:
        """Convert the parameters to another dtype; they stay float32 where that is float16 or bfloat16."""
        super().cast("float32" if is_half(to_torch_dtype(dtype)) else dtype)

    @tells_shapes
    def hybrid_forward(
        self,
        F: Any,
        x: Any,
        gamma: Any,
        beta: Any,
        running_mean: Any,
        running_var: Any,
    ) -> Any:
        out = F.BatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)
        return F.relu(out) if self.fuse_relu else out

    def __repr__(self) -> str:
        described = ", ".join(f"{name}={value!r}" for name, value in self._kwargs.items())
        return f"{type(self).__name__}({described}, in_channels={self.gamma.shape[0] or None})"


class BatchNorm(_BatchNorm):
    """Normalize each channel over the batch while training, and by running statistics otherwise.

    Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167.

    Parameters
    ----------
    axis : int
        the axis of the channels
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
    in_channels : int
        0 takes it from the first batch
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> layer = mx.gluon.nn.BatchNorm()
    >>> layer.initialize()
    >>> x = mx.nd.array([[1, 4], [3, 8]])
    >>> with mx.autograd.record():
    ...     y = layer(x)
    >>> y.asnumpy().round(3).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """


class BatchNormReLU(_BatchNorm):
    """:class:`BatchNorm` followed by a ReLU; the arguments are the same."""

    fuse_relu = True


class _Scaled(HybridBlock):
    """What layers with a gamma and a beta for each channel (or group) have in common."""

    _kwargs: dict[str, Any]
    gamma: Any
    beta: Any

    def _make_parameters(self, length: int, center: bool, scale: bool, beta: Any, gamma: Any) -> None:
        self._center, self._scale = center, scale

        def parameter(name: str, learned: bool, init: Any) -> Any:
            grad_req = "write" if learned else "null"
            return self.params.get(name, shape=(length,), init=init, grad_req=grad_req, allow_deferred_init=True)

        self.gamma = parameter("gamma", scale, gamma)
        self.beta = parameter("beta", center, beta)

    def __repr__(self) -> str:
        described = ", ".join(f"{name}={value!r}" for name, value in self._kwargs.items())
        return f"{type(self).__name__}({described}{self._shown_channels()})"

    def _shown_channels(self) -> str:
        return f", in_channels={self.gamma.shape[0]}"


class InstanceNorm(_Scaled):
    """Normalize each channel of each sample over its spatial axes (https://arxiv.org/abs/1607.08022).

    Parameters
    ----------
    axis : int
        the axis of the channels
    epsilon : float
        added to the variance
    center, scale : bool
        whether beta and gamma are learned
    beta_initializer, gamma_initializer : str or Initializer
        of the parameters
    in_channels : int
        0 takes it from the first batch
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        axis: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis, self._epsilon = axis, epsilon
        self._make_parameters(in_channels, center, scale, beta_initializer, gamma_initializer)

    @tells_shapes
    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any) -> Any:  # noqa: D102
        moved = self._axis != 1  # the operator's channels are on axis 1
        if moved:
            x = F.swapaxes(x, dim1=self._axis, dim2=1)
        out = F.InstanceNorm(x, gamma, beta, eps=self._epsilon, name="fwd")
        return F.swapaxes(out, dim1=self._axis, dim2=1) if moved else out


class LayerNorm(_Scaled):
    """Normalize each sample along an axis (https://arxiv.org/abs/1607.06450).

    Parameters
    ----------
    axis : int
        the axis to normalize along
    epsilon : float
        added to the variance
    center, scale : bool
        whether beta and gamma are learned
    beta_initializer, gamma_initializer : str or Initializer
        of the parameters
    in_channels : int
        the length of the axis (0: take it from the first batch)
    prefix, params
        as in :class:`mxnet.gluon.HybridBlock`
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        in_channels: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis, self._epsilon = axis, epsilon
        self._make_parameters(in_channels, center, scale, beta_initializer, gamma_initializer)

    @tells_shapes
    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:  # noqa: D102
        return F.LayerNorm(data, gamma, beta, axis=self._axis, eps=self._epsilon)


class GroupNorm(_Scaled):
    """Normalize groups of channels of each sample (https://arxiv.org/abs/1803.08494).

    As in MXNet 1.9, gamma and beta have one element for each group.

    Parameters
    ----------
    num_groups : int
        how many groups the channels (axis 1) split into
    epsilon : float
        added to the variance
    center, scale : bool
        whether beta and gamma are learned
    beta_initializer, gamma_initializer : str or Initializer
        of the parameters
    prefix, params
        as in :class:`mxnet.gluon.HybridBlock`
    """

    def __init__(
        self,
        num_groups: int = 1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "num_groups": num_groups, "center": center, "scale": scale}
        self._num_groups, self._epsilon = num_groups, epsilon
        self._make_parameters(num_groups, center, scale, beta_initializer, gamma_initializer)

    @tells_shapes
    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:  # noqa: D102
        return F.GroupNorm(data, gamma, beta, num_groups=self._num_groups, eps=self._epsilon)

    def _shown_channels(self) -> str:
        return ""
