"""Activation functions, with and without parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F

from ...base import MXNetError
from ..gradients import constant
from ..math.scalar import to_integer
from ..registry import Rng, Scalar, Shape, Training, describe, operator, rule, unchanged
from ..shape_rules import alike, first_as_output

__all__ = ["activation", "hard_sigmoid", "leaky_relu", "relu", "sigmoid", "smooth_l1", "softsign"]


class _SoftSign(torch.autograd.Function):
    """``x / (1 + abs(x))``, whose gradient is 0 at the infinities, where torch has NaN."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(data)
        return F.softsign(data)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (data,) = ctx.saved_tensors
        return gradient / (1 + data.abs()).square()


_FUNCTIONS = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softrelu": F.softplus,
    "softsign": _SoftSign.apply,
}


def _floats(name: str, data: torch.Tensor) -> None:
    if not data.is_floating_point():
        raise MXNetError(f"{name}: data is {describe(data)}; expected floats")


def _in_a_chain(attributes: Mapping[str, Any]) -> str | None:
    """The activations that chains of kernels hold."""
    return attributes["act_type"] if attributes["act_type"] in ("relu", "sigmoid", "tanh") else None


@operator("Activation", "_npx_activation", stage=_in_a_chain, shape=unchanged)
def activation(
    data: torch.Tensor, *, act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"]
) -> torch.Tensor:
    """A function of each element.

    Parameters
    ----------
    data : NDArray
        floats
    act_type : str
        'relu' max(x, 0), 'sigmoid' 1 / (1 + exp(-x)), 'tanh', 'softrelu' log(1 + exp(x)), 'softsign' x / (1 + abs(x))

    Examples
    --------
    >>> mx.nd.Activation(mx.nd.array([-1, 0, 2]), act_type='relu').asnumpy().tolist()
    [0.0, 0.0, 2.0]
    """
    _floats("Activation", data)
    return _FUNCTIONS[act_type](data)


@operator(
    "relu",
    "_npx_relu",
    "_sparse_relu",
    stage=lambda attributes: "relu",
    shape=unchanged,
    method=True,
    kept_names=("_npx_relu",),
)
def relu(data: torch.Tensor) -> torch.Tensor:
    """max(x, 0) of each element."""
    return torch.relu(data)


@operator(
    "sigmoid",
    "_npx_sigmoid",
    "_sparse_sigmoid",
    stage=lambda attributes: "sigmoid",
    shape=unchanged,
    method=True,
    kept_names=("_npx_sigmoid",),
)
def sigmoid(data: torch.Tensor) -> torch.Tensor:
    """1 / (1 + exp(-x)) of each element."""
    return torch.sigmoid(data) if data.is_floating_point() else torch.sigmoid(data.float()).to(data.dtype)


@operator("softsign")
def softsign(data: torch.Tensor) -> torch.Tensor:
    """X / (1 + abs(x)) of each element."""
    return _SoftSign.apply(data) if data.is_floating_point() else F.softsign(data.float()).to(data.dtype)


@operator("hard_sigmoid")
def hard_sigmoid(data: torch.Tensor, *, alpha: float = 0.2, beta: float = 0.5) -> torch.Tensor:
    """Alpha × x + beta of each element, no less than 0 and no more than 1."""
    _floats("hard_sigmoid", data)
    return F.hardtanh(alpha * data + beta, 0, 1)  # not clamp, which has a gradient where the two lines meet


@operator("smooth_l1", "_npx_smooth_l1")
def smooth_l1(data: torch.Tensor, *, scalar: Scalar = 1.0) -> torch.Tensor:
    """(s x)² / 2 of each element where abs(x) < 1 / s², abs(x) - 1 / (2 s²) elsewhere; s is ``scalar``.

    Of integers it is cut to integers, and so is s.

    References
    ----------
    Girshick 2015, arXiv:1504.08083
    """
    kind = data.dtype
    exact = kind if kind.is_floating_point else torch.float64
    whole = not kind.is_floating_point and kind is not torch.bool
    number = float(to_integer(scalar, kind)) if whole else float(scalar)
    # as numbers of that dtype, so that what is too large is infinite and 1 / 0 is too
    square = torch.tensor(number, dtype=torch.float64, device=data.device).to(exact) ** 2
    x, edge = data.to(exact), 1 / square
    far = x.abs() > edge
    near = x.masked_fill(far, 0)  # what lies far has no part in the square: its gradient would be infinity times 0
    return torch.where(far, x.abs() - 0.5 * edge, 0.5 * square * near * near).to(kind)


def _slopes(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    data = shapes["data"]
    return {"gamma": (data[1] if len(data) > 1 else data[0],)}


def _outputs(attributes: Mapping[str, Any]) -> int:
    return len(_named_outputs(attributes))


def _named_outputs(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    return ("output", "mask") if attributes["act_type"] == "rrelu" else ("output",)


def _leaky_shape(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    return shapes[0] if len(shapes) == 1 and attributes["act_type"] != "rrelu" else None


@operator(
    "LeakyReLU",
    "_npx_leaky_relu",
    params=_slopes,
    num_outputs=_outputs,
    shape=_leaky_shape,
    outputs=_named_outputs,
    asks={"gamma": lambda attributes: attributes["act_type"] == "prelu"},
    starts={"gamma": '["Constant", {"value": 0.25}]'},
)
def leaky_relu(
    data: torch.Tensor,
    gamma: torch.Tensor | None = None,
    *,
    act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.334,
    training: Training = False,
    rng: Rng = None,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Rectifiers that let something of negative elements through.

    Parameters
    ----------
    data : NDArray
        floats
    gamma : NDArray (channels,) or (1,)
        for 'prelu': the slope below zero of each channel (axis 1), or of all, or along the first two axes
    act_type : str
        'leaky': slope × x below zero; 'prelu': a learned slope; 'rrelu': a slope drawn between the bounds in training
        and their mean otherwise; 'elu': slope × (exp(x) - 1); 'selu': scaled so that it keeps mean and variance;
        'gelu': x times the normal distribution function of x
    slope : float
        of 'leaky' and 'elu'

    Returns
    -------
    NDArray
        data's shape; for 'rrelu' a list of it and of the slopes drawn, zeros outside training

    References
    ----------
    He and others 2015, arXiv:1502.01852 (prelu); Clevert and others 2015, arXiv:1511.07289 (elu); Klambauer and others
    2017, arXiv:1706.02515 (selu); Hendrycks and Gimpel 2016, arXiv:1606.08415 (gelu)
    """
    _floats("LeakyReLU", data)
    if act_type == "leaky":
        return torch.where(data > 0, data, slope * data)
    if act_type == "elu":
        return F.elu(data, slope)
    if act_type == "selu":
        return F.selu(data)
    if act_type == "gelu":
        return F.gelu(data)
    if act_type == "rrelu":
        if training and not data.is_meta:
            drawn = torch.empty_like(data).uniform_(lower_bound, upper_bound, generator=rng.torch_generator)
            return torch.where(data > 0, data, drawn * data), constant(drawn, data)
        mean = (lower_bound + upper_bound) / 2
        return torch.where(data > 0, data, mean * data), constant(torch.zeros_like(data), data)
    if gamma is None:
        raise MXNetError("LeakyReLU: act_type='prelu' and no gamma given; expected one slope for each channel")
    return torch.where(data > 0, data, _learned_slopes(data, gamma) * data)


def _learned_slopes(data: torch.Tensor, gamma: torch.Tensor) -> torch.Tensor:
    """Learned slopes with axes for those of the data: one for all, one for each channel, or along the first two."""
    rank = data.dim()
    channel = min(1, rank - 1)
    if gamma.numel() == 1 and gamma.dim() < 3:
        return gamma.reshape([1] * rank)
    if gamma.numel() == data.shape[channel] and (gamma.dim() == 1 or gamma.dim() != rank):
        return gamma.reshape([-1 if axis == channel else 1 for axis in range(rank)])
    leading = tuple(gamma.shape) + (1,) * (rank - gamma.dim())
    fits = len(leading) == rank and all(length in (1, wanted) for length, wanted in zip(leading, data.shape))
    if gamma.dim() > 2 or not fits:
        raise MXNetError(
            f"LeakyReLU: gamma is {describe(gamma)} for data {describe(data)}; expected {data.shape[channel]} slopes, "
            "1, or the lengths of the first two axes"
        )
    return gamma.reshape(leading)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "Activation", "relu", "sigmoid", "softsign", "hard_sigmoid", "smooth_l1")(alike)
rule("inputs", "LeakyReLU")(first_as_output)
