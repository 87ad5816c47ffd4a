"""Normalization: by batch, layer, group, instance, length and neighbouring channels; and dropout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F

from ... import kernels
from ...base import MXNetError, to_host_dtype
from ..dtype_rules import floating, statistics
from ..gradients import constant
from ..math.reduce import axis_within
from ..random.drawing import drawn
from ..registry import Rng, Shape, Training, describe, operator, rule, unchanged
from ..shape_rules import UNKNOWN, Partials, alike, first_as_output, length_or, with_axis

__all__ = ["batch_norm", "dropout", "group_norm", "instance_norm", "l2_normalization", "layer_norm", "lrn"]


def _per_channel(*names: str) -> Any:
    """A rule: the inputs have one element for each channel along ``axis`` (1 where there is no such attribute)."""

    def rule(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
        data = shapes["data"]
        channels = (data[attributes.get("axis", 1)],)
        return dict.fromkeys(names, channels)

    return rule


def _check_channels(name: str, data: torch.Tensor, axis: int, **given: torch.Tensor) -> None:
    for argument, tensor in given.items():
        if tuple(tensor.shape) != (data.shape[axis],):
            raise MXNetError(
                f"{name}: {argument} is {describe(tensor)}; expected ({data.shape[axis]},), one for each channel along "
                f"axis {axis} of data {describe(data)}"
            )


def _along(tensor: torch.Tensor, data: torch.Tensor, axis: int) -> torch.Tensor:
    """One element for each channel, shaped to broadcast along the channels' axis."""
    return tensor.reshape([-1 if each == axis else 1 for each in range(data.dim())])


def _outputs(attributes: Mapping[str, Any]) -> int:
    return 3 if attributes.get("output_mean_var") else 1


#: MXNet writes a fixed scale into its array, from where it is saved
_FIXED_SCALE = {"gamma": lambda attributes: 1.0 if attributes["fix_gamma"] else None}


def _batch_norm_shape(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    data, axis = shapes[0], attributes["axis"]
    fits = -len(data) <= axis < len(data) and all(each == (data[axis],) for each in shapes[1:])
    return data if fits and not attributes["output_mean_var"] else None


def _moved(state: torch.Tensor, batch: torch.Tensor, attributes: Mapping[str, Any]) -> torch.Tensor:
    """The rule for running statistics, from those of a batch."""
    return torch.lerp(batch, state, attributes["momentum"])


#: what all kinds of batch norm declare
_FACTS: dict[str, Any] = {
    "params": _per_channel("gamma", "beta", "moving_mean", "moving_var"),
    "aux": ("moving_mean", "moving_var"),
    "fills": _FIXED_SCALE,
    "rules": {"states": _moved},
    "num_outputs": _outputs,
    "outputs": ("output", "mean", "var"),
    "starts": {"moving_mean": '["zero", {}]', "moving_var": '["one", {}]'},
}


@operator(
    "BatchNorm",
    "_npx_batch_norm",
    role="normalization",
    shape=_batch_norm_shape,
    **_FACTS,
)
def batch_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    training: Training = False,
) -> tuple[torch.Tensor, ...]:
    """Each channel shifted and scaled to mean ``beta`` and deviation ``gamma``.

    In training mode by the batch's own mean and (biased) variance, which also move the running ones; else by those.

    Parameters
    ----------
    data : NDArray
        any shape with a channel axis
    gamma, beta : NDArray (channels,)
        scale and shift; with ``fix_gamma`` the scale is 1, and gamma is filled with it
    moving_mean, moving_var : NDArray (channels,)
        running statistics: ``momentum`` times the old ones plus the rest times the batch's, in the backward of training
    eps : float
        added to the variance
    use_global_stats : bool
        normalize by the running statistics in training mode as well
    output_mean_var : bool
        return the mean and 1 / the deviation too

    References
    ----------
    Ioffe and Szegedy 2015, arXiv:1502.03167
    """
    return _normalized(
        "BatchNorm", data, gamma, beta, moving_mean, moving_var, eps, fix_gamma, training and not use_global_stats,
        output_mean_var, axis, False,
    )  # fmt: skip


def _normalized(
    name: str,
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    eps: float,
    fix_gamma: bool,
    by_batch: bool,
    output_mean_var: bool,
    axis: int,
    relu: bool,
) -> tuple[torch.Tensor, ...]:
    """Normalize by the batch or by the running statistics, then relu where it is asked for."""
    axis = axis_within(name, axis, data.dim())
    _check_channels(name, data, axis, gamma=gamma, beta=beta, moving_mean=moving_mean, moving_var=moving_var)
    if not data.is_floating_point():
        raise MXNetError(f"{name}: data is {describe(data)}; expected floats")
    # a fixed scale takes part with a gradient of zero
    scale = gamma if not fix_gamma else constant(torch.ones_like(gamma), gamma) if gamma.requires_grad else None
    by_batch = by_batch and data.numel() > 0  # an empty batch has no statistics
    moved = data if axis == 1 else data.movedim(axis, 1)
    if by_batch and not data.is_meta:
        out, mean, var = kernels.batch_norm(moved, scale, beta, None, relu, eps)
        of_mean, of_var = mean.detach().to(moving_mean.dtype), var.detach().to(moving_var.dtype)
    else:
        of_mean, of_var = moving_mean, moving_var
        out = kernels.plain_batch_norm(moved, moving_mean, moving_var, scale, beta, False, 0.0, eps)
        out = torch.relu(out) if relu else out
    if axis != 1:
        out = out.movedim(1, axis).contiguous()
    if not output_mean_var:
        return out, of_mean, of_var
    mean, var = moving_mean, moving_var
    if by_batch:
        var, mean = torch.var_mean(data, [each for each in range(data.dim()) if each != axis], correction=0)
    return out, mean, torch.rsqrt(var + eps), of_mean, of_var


@operator(
    "_contrib_BatchNormWithReLU",
    shape=_batch_norm_shape,
    **_FACTS,
)
def batch_norm_with_relu(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    training: Training = False,
) -> tuple[torch.Tensor, ...]:
    """:func:`batch_norm` followed by relu, in one pass over the elements; the arguments are the same.

    MXNet writes graphs of :class:`mxnet.gluon.nn.BatchNormReLU` with it.
    """
    return _normalized(
        "BatchNormWithReLU", data, gamma, beta, moving_mean, moving_var, eps, fix_gamma,
        training and not use_global_stats, output_mean_var, axis, True,
    )  # fmt: skip


@operator(
    "BatchNorm_v1",
    **_FACTS,
)
def batch_norm_v1(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    training: Training = False,
) -> tuple[torch.Tensor, ...]:
    """:func:`batch_norm` under its first name, as old graphs call it."""
    return batch_norm(
        data, gamma, beta, moving_mean, moving_var, eps=eps, momentum=momentum, fix_gamma=fix_gamma,
        use_global_stats=use_global_stats, output_mean_var=output_mean_var, training=training,
    )  # fmt: skip


@operator(
    "_contrib_SyncBatchNorm",
    **_FACTS,
)
def sync_batch_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    ndev: int = 1,
    key: str,
    training: Training = False,
) -> tuple[torch.Tensor, ...]:
    """:func:`batch_norm` with statistics over the parts of a batch on several devices: here, over the one part.

    Parameters
    ----------
    ndev : int
        the number of devices; with more than one the running statistics normalize, but a batch's own are refused
    key : str
        in MXNet, what the parts of one layer share

    Raises
    ------
    MXNetError
        statistics of a batch on several devices: calls come one after the other, so the first would wait for parts that
        are not there before it has returned
    """
    if ndev != 1 and training and not use_global_stats:
        raise MXNetError(
            f"SyncBatchNorm: ndev={ndev} in training; devices are called one after the other here, and none can wait "
            "for the others. Train the whole batch on one context with ndev=1 (num_devices=1 in Gluon): "
            "its statistics are the same"
        )
    found = batch_norm(
        data, gamma, beta, moving_mean, moving_var, eps=eps, momentum=momentum, fix_gamma=fix_gamma,
        use_global_stats=use_global_stats, output_mean_var=output_mean_var, training=training,
    )  # fmt: skip
    if not output_mean_var:
        return found
    out, mean, inverse_deviation, *states = found
    return out, mean, inverse_deviation.reciprocal().square() - eps, *states  # here it is the variance


@operator(
    "LayerNorm",
    "_npx_layer_norm",
    params=_per_channel("gamma", "beta"),
    num_outputs=_outputs,
    outputs=("output", "mean", "std"),
)
def layer_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    *,
    axis: int = -1,
    eps: float = 1e-5,
    output_mean_var: bool = False,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Every slice along an axis shifted and scaled to mean ``beta`` and deviation ``gamma``.

    Parameters
    ----------
    data : NDArray
        any shape
    gamma, beta : NDArray (length of the axis,)
        scale and shift
    axis : int
        the axis to normalize over
    output_mean_var : bool
        return the mean and the deviation too, that axis with length 1

    References
    ----------
    Ba, Kiros and Hinton 2016, arXiv:1607.06450
    """
    axis = axis_within("LayerNorm", axis, data.dim())
    _check_channels("LayerNorm", data, axis, gamma=gamma, beta=beta)
    if axis == data.dim() - 1 and not output_mean_var:
        return F.layer_norm(data, (data.shape[-1],), gamma, beta, eps)
    var, mean = torch.var_mean(data, axis, correction=0, keepdim=True)
    deviation = torch.sqrt(var + eps)
    out = (data - mean) / deviation * _along(gamma, data, axis) + _along(beta, data, axis)
    return (out, mean, deviation) if output_mean_var else out


def _group_params(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    return {"gamma": (attributes["num_groups"],), "beta": (attributes["num_groups"],)}


@operator("GroupNorm", params=_group_params, num_outputs=_outputs, outputs=("output", "mean", "std"))
def group_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    *,
    num_groups: int = 1,
    eps: float = 1e-5,
    output_mean_var: bool = False,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Every group of channels of each sample shifted and scaled to mean ``beta`` and deviation ``gamma``.

    Parameters
    ----------
    data : NDArray (n, channels, ...)
        the channels are divided by the number of groups
    gamma, beta : NDArray (groups,)
        scale and shift
    output_mean_var : bool
        return the mean and the deviation (n, groups) too

    References
    ----------
    Wu and He 2018, arXiv:1803.08494
    """
    if data.dim() < 3 or num_groups < 1 or data.shape[1] % num_groups:
        raise MXNetError(
            f"GroupNorm: num_groups={num_groups} for data {describe(data)}; expected a divisor of its channels"
        )
    for argument, tensor in (("gamma", gamma), ("beta", beta)):
        if tuple(tensor.shape) != (num_groups,):
            raise MXNetError(
                f"GroupNorm: {argument} is {describe(tensor)}; expected ({num_groups},), one for each group"
            )
    grouped = data.reshape(data.shape[0], num_groups, -1)
    var, mean = torch.var_mean(grouped, 2, correction=0, keepdim=True)
    deviation = torch.sqrt(var + eps)
    out = ((grouped - mean) / deviation * gamma.reshape(1, -1, 1) + beta.reshape(1, -1, 1)).reshape(data.shape)
    return (out, mean.squeeze(2), deviation.squeeze(2)) if output_mean_var else out


@operator("InstanceNorm", params=_per_channel("gamma", "beta"), outputs=("output", "mean", "var"))
def instance_norm(data: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, *, eps: float = 1e-3) -> torch.Tensor:
    """Each channel of each sample shifted and scaled to mean ``beta`` and deviation ``gamma``.

    Parameters
    ----------
    data : NDArray (n, channels, ...)
        at least one axis after the channels
    gamma, beta : NDArray (channels,)
        scale and shift

    References
    ----------
    Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022
    """
    if data.dim() < 3:
        raise MXNetError(f"InstanceNorm: data is {describe(data)}; expected at least 3 axes")
    _check_channels("InstanceNorm", data, 1, gamma=gamma, beta=beta)
    axes = list(range(2, data.dim()))
    var, mean = torch.var_mean(data, axes, correction=0, keepdim=True)
    return (data - mean) * torch.rsqrt(var + eps) * _along(gamma, data, 1) + _along(beta, data, 1)


@operator("L2Normalization", outputs=("output", "norm"))
def l2_normalization(
    data: torch.Tensor, *, eps: float = 1e-10, mode: Literal["channel", "instance", "spatial"] = "instance"
) -> torch.Tensor:
    """Divided by the root of the sum of squares of each sample, of each position's channels, or of each channel.

    Parameters
    ----------
    data : NDArray (n, channels, ...)
        what to normalize
    eps : float
        added to the sum of squares
    mode : str
        'instance': over all axes but the first; 'channel': over the second; 'spatial': over those after it
    """
    if mode != "instance" and data.dim() < 3:
        raise MXNetError(f"L2Normalization: mode={mode!r} for data {describe(data)}; expected at least 3 axes")
    axes = {"instance": range(1, data.dim()), "channel": (1,), "spatial": range(2, data.dim())}[mode]
    return data / torch.sqrt((data * data).sum(list(axes), keepdim=True) + eps)


@operator("LRN", outputs=("output", "tmp_norm"))
def lrn(data: torch.Tensor, *, alpha: float = 1e-4, beta: float = 0.75, knorm: float = 2.0, nsize: int) -> torch.Tensor:
    """Divided by (knorm + alpha / nsize × the sum of squares over ``nsize`` neighbouring channels) ** beta.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        what to normalize
    nsize : int
        how many channels, the own one in the middle

    References
    ----------
    Krizhevsky, Sutskever and Hinton 2012, section 3.3
    """
    if data.dim() != 4:
        raise MXNetError(f"LRN: data is {describe(data)}; expected 4 axes")
    reach = (nsize - 1) // 2
    squares = F.pad((data * data).unsqueeze(1), (0, 0, 0, 0, reach, reach))
    total = squares.unfold(2, 2 * reach + 1, 1).sum(-1).squeeze(1)
    return data * (knorm + alpha / nsize * total) ** -beta


@operator("Dropout", "_npx_dropout", view=True, shape=unchanged, outputs=("output", "mask"))
def dropout(
    data: torch.Tensor,
    *,
    p: float = 0.5,
    mode: Literal["always", "training"] = "training",
    axes: Shape = (),
    cudnn_off: bool | None = False,
    training: Training = False,
    rng: Rng = None,
) -> torch.Tensor:
    """Elements set to zero with probability ``p``, the others divided by 1 - p, in training mode.

    Parameters
    ----------
    data : NDArray
        any shape
    p : float
        the probability of zero, from 0 to below 1
    mode : str
        'training', or 'always': in prediction mode as well
    axes : tuple of int
        axes along which all elements share their fate

    References
    ----------
    Srivastava and others 2014, Journal of Machine Learning Research 15
    """
    if not 0 <= p <= 1:
        raise MXNetError(f"Dropout: p={p}; expected a probability from 0 to 1")
    if not (training or mode == "always") or p == 0:
        return data
    shape = [1 if axis in axes else length for axis, length in enumerate(data.shape)]
    if data.is_meta:
        return data * torch.empty(shape, device="meta")
    chance = float(np.float32(1) - np.float32(p))  # in float32, so that MXNet's very masks come out
    kind = to_host_dtype(data.dtype)
    kept = drawn(tuple(shape), torch.bool, data.device, lambda n: rng.parallel.bernoulli(n, chance, kind))
    return data * kept.to(data.dtype).mul_(1 / chance if chance else 0.0)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "L2Normalization", "LRN", "Dropout")(alike)


@rule(
    "inputs",
    "BatchNorm",
    "BatchNorm_v1",
    "_contrib_BatchNormWithReLU",
    "_contrib_SyncBatchNorm",
    "LayerNorm",
    "InstanceNorm",
)
def _channels_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The data is like the output, its channels as many as there are scales."""
    data, axis = outputs[0] if inputs[0] is None else inputs[0], attributes.get("axis", 1)
    if data is None or not -len(data) <= axis < len(data):
        return (outputs[0],)
    count = [length_or(each, 0) for each in inputs[1:] if length_or(each, 0) != UNKNOWN]
    return (with_axis(outputs[0] or data, axis, count[0]) if count and data[axis] == UNKNOWN else outputs[0],)


rule("inputs", "GroupNorm")(first_as_output)


rule("dtype", "BatchNorm", "BatchNorm_v1", "_contrib_BatchNormWithReLU", "_contrib_SyncBatchNorm")(statistics)
rule("dtype", "L2Normalization", "LRN")(floating)
