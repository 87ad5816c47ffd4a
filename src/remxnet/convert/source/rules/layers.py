"""Layers with parameters that torch has a module for: convolutions, dense layers, embeddings, normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from mxnet.ops.registry import rule

from ..steps import At, Cannot, literal
from .carried import carried

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
    data, last = at.data, (attributes["layout"] or "NCHW").endswith("C")
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
        if any(attributes["target_shape"] or ()):
            padding, adj = _to_target(at, stride, dilation)
            arguments["padding"] = one_or_all(padding)
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
        f"{name}={literal(arguments[name])}"
        for name in ("stride", "padding", "output_padding", "dilation", "groups")
        if name in arguments and arguments[name] != defaults[name]
    )
    weight_text = f"{at.inputs[1]}.movedim(-1, 1)" if last else at.inputs[1]
    given = [data, weight_text, at.inputs[2] if has_bias else None]
    text = f"F.{function}{axes}d({', '.join(str(each) for each in given if each)}{', ' + named if named else ''})"
    return f"{text}.movedim(1, -1)" if last else text


def _to_target(at: At, stride: Sequence[int], dilation: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The padding and the output's, for the lengths that a transposed convolution is wanted to have."""
    padding, more = [], []
    sizes = zip(at.shape()[2:], at.attributes["target_shape"], at.attributes["kernel"], stride, dilation)
    for length, wanted, taps, step, apart in sizes:
        excess = (length - 1) * step + apart * (taps - 1) + 1 - wanted
        padding.append(-(-excess // 2))
        more.append(2 * padding[-1] - excess)
    return tuple(padding), tuple(more)


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


@rule("source", "Embedding")
def embedding(at: At) -> str:
    """``nn.Embedding``; MXNet takes floats for indices, and the nearest row for one out of range."""
    rows, columns = at.shape(1)
    # what the elements of an index are is not known, so it is bounded as MXNet bounds it
    data = f"{at.data}.long().clamp(0, {rows - 1})"
    layer = at.module(
        "nn.Embedding", {"num_embeddings": rows, "embedding_dim": columns}, ("num_embeddings", "embedding_dim"), {},
        {"weight": 1},
    )  # fmt: skip
    return f"{layer}({data})" if layer is not None else f"F.embedding({data}, {at.inputs[1]})"


@rule("source", "LayerNorm")
def layer_norm(at: At) -> str:
    """``nn.LayerNorm`` over the last axis."""
    axis, rank = at.attributes["axis"], at.rank()
    if axis % rank != rank - 1 or at.attributes["output_mean_var"]:
        return carried(at)
    layer = at.module(
        "nn.LayerNorm", {"normalized_shape": at.shape()[-1], "eps": at.attributes["eps"]}, ("normalized_shape",),
        {"eps": 1e-5}, {"weight": 1, "bias": 2},
    )  # fmt: skip
    if layer is not None:
        return f"{layer}({at.data})"
    return f"F.layer_norm({at.data}, ({at.shape()[-1]},), {at.inputs[1]}, {at.inputs[2]}, {at.attributes['eps']})"


@rule("source", "InstanceNorm")
def instance_norm(at: At) -> str:
    """``nn.InstanceNorm1d``, ``2d`` or ``3d``."""
    axes = at.rank() - 2
    layer = None
    if 1 <= axes <= 3 and all(length > 1 for length in at.shape()[2:]):
        layer = at.module(
            f"nn.InstanceNorm{axes}d", {"num_features": at.shape()[1], "eps": at.attributes["eps"], "affine": True},
            ("num_features",), {"eps": 1e-5, "affine": False}, {"weight": 1, "bias": 2},
        )  # fmt: skip
    return f"{layer}({at.data})" if layer is not None else carried(at)


@rule("source", "LeakyReLU")
def leaky_relu(at: At) -> str:
    """The activations of torch; ``nn.PReLU`` for learned slopes."""
    kind, slope, data = at.attributes["act_type"], at.attributes["slope"], at.data
    if kind == "leaky":
        return f"F.leaky_relu({data}, {slope})"
    if kind == "elu":
        return f"F.elu({data}{'' if slope == 1 else f', {slope}'})"
    if kind in ("selu", "gelu"):
        return f"F.{kind}({data})"
    if kind == "rrelu":
        if at.call.outputs[1].readers:
            return carried(at)
        bounds = f"{at.attributes['lower_bound']}, {at.attributes['upper_bound']}"
        return f"F.rrelu({data}, {bounds}, training=self.training)"
    slopes = at.shape(1)
    layer = None
    channels = at.shape()[1] if at.rank() > 1 else 0
    if slopes in ((1,), (channels,)):
        layer = at.module("nn.PReLU", {"num_parameters": slopes[0]}, (), {"num_parameters": 1}, {"weight": 1})
    return f"{layer}({data})" if layer is not None else carried(at)


@rule("source", "Dropout")
def dropout(at: At) -> str:
    """``nn.Dropout``; along axes that share their fate a function."""
    p, always, axes = at.attributes["p"], at.attributes["mode"] == "always", at.attributes["axes"]
    if p == 0:
        return at.data
    if axes:
        training = "True" if always else "self.training"
        return f"{at.uses('dropout_along')}({at.data}, {p}, {axes}, {training})"
    if always:
        return f"F.dropout({at.data}, {p})"
    layer = at.alone("nn.Dropout", {"p": p}, ("p",), {}, {}, {})
    return f"{layer}({at.data})"
