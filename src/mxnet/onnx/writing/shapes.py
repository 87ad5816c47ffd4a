"""The same elements along other axes."""

from __future__ import annotations

from ...ops.registry import rule
from .terms import Term
from .walking import At


@rule("onnx", "Reshape", "_np_reshape", "_npx_reshape")
def reshape(at: At, data: Term) -> Term:
    if at.get("order", "C") == "F":
        turned = data.transpose(*reversed(range(data.rank))).reshape(*reversed(at.shape))
        return turned.transpose(*reversed(range(len(at.shape))))
    return data.reshape(*at.shape)


@rule("onnx", "reshape_like")
def reshape_like(at: At, lhs: Term, rhs: Term) -> Term:
    return lhs.reshape(*at.shape)


@rule("onnx", "Flatten")
def flatten(at: At, data: Term) -> Term:
    return at.op("Flatten", data, axis=1)


@rule("onnx", "expand_dims")
def expand_dims(at: At, data: Term) -> Term:
    return data.unsqueeze(at["axis"])


@rule("onnx", "squeeze", "_np_squeeze")
def squeeze(at: At, data: Term) -> Term:
    axis = at["axis"]
    if axis is None:
        axes = [place for place, each in enumerate(data.lengths) if each == 1]
    else:
        axes = [each % data.rank for each in ((axis,) if isinstance(axis, int) else axis)]
    if len(axes) == data.rank and len(at.shape) == 1:
        axes = axes[1:]
    return data.squeeze(*axes)


@rule("onnx", "transpose", "_np_transpose")
def transpose(at: At, data: Term) -> Term:
    axes = at["axes"] or range(data.rank)[::-1]
    return data.transpose(*(axis % data.rank for axis in axes))


@rule("onnx", "SwapAxis")
def swapaxes(at: At, data: Term) -> Term:
    order = list(range(data.rank))
    first, second = at["dim1"] % data.rank, at["dim2"] % data.rank
    order[first], order[second] = order[second], order[first]
    return data.transpose(*order)


@rule("onnx", "depth_to_space")
def depth_to_space(at: At, data: Term) -> Term:
    return at.op("DepthToSpace", data, blocksize=at["block_size"], mode="DCR")


@rule("onnx", "space_to_depth")
def space_to_depth(at: At, data: Term) -> Term:
    return at.op("SpaceToDepth", data, blocksize=at["block_size"])


@rule("onnx", "shape_array")
def shape_array(at: At, data: Term) -> Term:
    return at.op("Shape", data)


@rule("onnx", "size_array")
def size_array(at: At, data: Term) -> Term:
    return at.op("Size", data).unsqueeze(0)
