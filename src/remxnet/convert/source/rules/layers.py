"""Layers with parameters that torch has a module for: convolutions, dense layers, embeddings, normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from mxnet.ops.registry import rule

from ..steps import At, Cannot

__all__: list[str] = []


def one_or_all(numbers: Sequence[int]) -> Any:
    """One number where all are equal, as a person would write it."""
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def full(numbers: Sequence[int], axes: int, otherwise: int) -> tuple[int, ...]:
    """One number for each axis."""
    return tuple(numbers) or (otherwise,) * axes


@rule("source", "Convolution", "Convolution_v1")
def convolution(at: At) -> str:
    """``nn.Conv1d``, ``2d`` or ``3d``; channels last moves the axis there and back."""
    return _convolution(at, transposed=False)


@rule("source", "Deconvolution")
def deconvolution(at: At) -> str:
    """``nn.ConvTranspose1d``, ``2d`` or ``3d``."""
    return _convolution(at, transposed=True)


def _convolution(at: At, transposed: bool) -> str:
    attributes, axes = at.attributes, len(at.attributes["kernel"])
    data, last = at.data, (attributes["layout"] or "NC").endswith("C")
    stride, dilation = full(attributes["stride"], axes, 1), full(attributes["dilate"], axes, 1)
    padding, groups = full(attributes["pad"], axes, 0), attributes["num_group"]
    has_bias = not attributes["no_bias"] and at.inputs[2] is not None
    if last:
        if transposed:
            raise Cannot("channels last; write it with layout='NCHW'")
        data = f"{data}.movedim(-1, 1)"
    arguments: dict[str, Any] = {
        "in_channels": 0,
        "out_channels": attributes["num_filter"],
        "kernel_size": one_or_all(attributes["kernel"]),
        "stride": one_or_all(stride),
        "padding": one_or_all(padding),
    }
    weight = at.shape(1)
    arguments["in_channels"] = weight[0] if transposed else weight[1] * groups
    if transposed:
        adj = full(attributes["adj"], axes, 0)
        if attributes["target_shape"]:
            raise Cannot("target_shape is given; write pad and adj")
        arguments["output_padding"] = one_or_all(adj)
    arguments |= {"dilation": one_or_all(dilation), "groups": groups, "bias": has_bias}
    kind = "ConvTranspose" if transposed else "Conv"
    defaults = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1, "bias": True}
    layer = None
    if not last:
        layer = at.module(
            f"nn.{kind}{axes}d", arguments, ("in_channels", "out_channels", "kernel_size"), defaults,
            {"weight": 1, "bias": 2} if has_bias else {"weight": 1},
        )  # fmt: skip
    if layer is not None:
        return f"{layer}({data})"
    function = "conv_transpose" if transposed else "conv"
    named = ", ".join(
        f"{name}={arguments[name]!r}"
        for name in ("stride", "padding", "output_padding", "dilation", "groups")
        if name in arguments and arguments[name] != defaults[name]
    )
    weight_text = f"{at.inputs[1]}.movedim(-1, 1)" if last else at.inputs[1]
    given = [data, weight_text, at.inputs[2] if has_bias else None]
    text = f"F.{function}{axes}d({', '.join(str(each) for each in given if each)}{', ' + named if named else ''})"
    return f"{text}.movedim(1, -1)" if last else text


@rule("source", "FullyConnected")
def fully_connected(at: At) -> str:
    """``nn.Linear``, after ``flatten`` where the data has more than two axes."""
    attributes, data = at.attributes, at.data
    has_bias = not attributes["no_bias"] and at.inputs[2] is not None
    if attributes["flatten"]:
        rank = at.rank()
        data = data if rank == 2 else f"{data}.flatten(1)" if rank > 2 else f"{data}.unsqueeze(1)"
    units, features = at.shape(1)
    layer = at.module(
        "nn.Linear", {"in_features": features, "out_features": units, "bias": has_bias},
        ("in_features", "out_features"), {"bias": True}, {"weight": 1, "bias": 2} if has_bias else {"weight": 1},
    )  # fmt: skip
    if layer is not None:
        return f"{layer}({data})"
    return f"F.linear({data}, {at.inputs[1]}{f', {at.inputs[2]}' if has_bias else ''})"


@rule("source", "BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm", "_contrib_BatchNormWithReLU")
def batch_norm(at: At) -> str | list[str]:
    """``nn.BatchNorm1d``, ``2d`` or ``3d``, whose momentum is the part of the new where MXNet's is that of the old."""
    attributes, rank = at.attributes, at.rank()
    axis = attributes.get("axis", 1) % rank
    if attributes["output_mean_var"]:
        raise Cannot("output_mean_var asks for the statistics, which torch's batch norm does not give")
    data = at.data if axis == 1 else f"{at.data}.movedim({axis}, 1)"
    own = at.call.spec.name == "_contrib_BatchNormWithReLU"
    kinds = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d"}
    if rank not in kinds:
        raise Cannot(f"data has {rank} axes; torch's batch norm takes 2 to 5")
    kind = f"nn.{kinds[rank]}"
    if attributes["use_global_stats"]:
        kind = at.uses(f"Fixed{kinds[rank]}")
    layer = at.module(
        kind,
        {
            "num_features": at.shape()[axis],
            "eps": attributes["eps"],
            "momentum": round(1 - attributes["momentum"], 12),
        },
        ("num_features",),
        {"eps": 1e-5, "momentum": 0.1},
        {"weight": 1, "bias": 2, "running_mean": 3, "running_var": 4},
        {"num_batches_tracked": torch.tensor(0)},
        ("weight",) if attributes["fix_gamma"] else (),
    )
    if layer is None:
        raise Cannot("its scale, shift or statistics are no parameters of its own")
    text = f"{layer}({data})" if axis == 1 else f"{layer}({data}).movedim(1, {axis})"
    return f"F.relu({text})" if own else text
