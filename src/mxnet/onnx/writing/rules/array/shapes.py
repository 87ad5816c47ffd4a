"""The same elements along other axes."""

from __future__ import annotations

import numpy as np

from .....ops.registry import rule
from .....ops.vision.image import COLOR_COMPONENTS
from ...lengths import Length, product
from ...terms import Term
from ...walking import At


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
    if not data.rank:
        return data.reshape(*at.shape)
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


@rule("onnx", "_np_moveaxis")
def moveaxis(at: At, a: Term) -> Term:
    rank = a.rank
    moved = {to % rank: source % rank for source, to in zip(at["source"], at["destination"])}
    left = iter([axis for axis in range(rank) if axis not in moved.values()])
    return a.transpose(*[moved[axis] if axis in moved else next(left) for axis in range(rank)])


@rule("onnx", "_np_roll")
def roll(at: At, data: Term) -> Term:
    shift, axis = at["shift"], at["axis"]
    if axis is None:
        flat = data.reshape(-1)
        return _rolled(at, flat, 0, product(data.lengths), shift[0]).reshape(*data.lengths)
    axes = [each % data.rank for each in ((axis,) if isinstance(axis, int) else axis)]
    out = data
    for each, distance in zip(axes, shift * len(axes) if len(shift) == 1 else shift):
        out = _rolled(at, out, each, data.lengths[each], distance)
    return out


def _rolled(at: At, data: Term, axis: int, length: Length, distance: int) -> Term:
    distance = distance % int(length) if length else 0
    return (
        data if not distance else at.concat([data.slice(axis, -distance, None), data.slice(axis, 0, -distance)], axis)
    )


@rule("onnx", "_npi_rot90")
def rot90(at: At, data: Term) -> Term:
    first, second = (axis % data.rank for axis in at["axes"] or (0, 1))
    turns = at["k"] % 4
    order = list(range(data.rank))
    order[first], order[second] = order[second], order[first]
    if turns == 0:
        return data
    if turns == 2:
        return data.slice(first, -1, None, -1).slice(second, -1, None, -1)
    if turns == 1:
        return data.slice(second, -1, None, -1).transpose(*order)
    return data.transpose(*order).slice(second, -1, None, -1)


@rule("onnx", "_npi_diff")
def diff(at: At, a: Term) -> Term:
    axis, out = at["axis"] % a.rank, a
    for _ in range(at["n"]):
        out = out.slice(axis, 1, None) - out.slice(axis, 0, -1)
    return out


@rule("onnx", "_npi_ediff1d")
def ediff1d(at: At, input1: Term, input2: Term | None = None, input3: Term | None = None) -> Term:
    arrays = [each for each in (input2, input3) if each is not None]
    flat = input1.reshape(-1)
    parts = [flat.slice(0, 1, None) - flat.slice(0, 0, -1)]
    for place, end in ((0, "begin"), (2, "end")):
        if at[f"to_{end}_arr_given"]:
            parts.insert(place, arrays.pop(0).reshape(-1).cast(flat.dtype))
        elif at[f"to_{end}_scalar"] is not None:
            parts.insert(place, at.constant([at[f"to_{end}_scalar"]], flat.dtype))
    return at.concat(parts, 0)


@rule("onnx", "_npi_polyval")
def polyval(at: At, p: Term, x: Term) -> Term:
    count = int(p.lengths[0])
    coefficients = [each.squeeze(0) for each in p.split(0, [1] * count)] if count else []
    value = x * 0.0 if x.is_float else x * 0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


@rule("onnx", "_npi_insert_scalar", "_npi_insert_slice")
def insert(at: At, arr: Term, values: Term | None = None) -> Term:
    """Places where slices are put in are attributes: where each slice of the result comes from is known."""
    axis = at["axis"]
    if not arr.rank and axis is not None:
        return arr
    if axis is None:
        arr, axis = arr.reshape(-1).shaped([product(arr.lengths)]), 0
    axis, length = axis % arr.rank, int(arr.lengths[axis])
    one = at.call.spec.name == "_npi_insert_scalar"
    places = [at["int_ind"]] if one else list(range(*slice(at["start"], at["stop"], at["step"]).indices(length)))
    places = [place + length if place < 0 else place for place in places]
    count = int(at.shape[axis]) - length
    if len(places) == 1:
        places *= count
    if values is None:
        put = at.constant(at["val"], arr.dtype)
    else:
        put = values.cast(arr.dtype)
        lengths: list[Length] = [*[1] * (arr.rank - values.rank), *values.lengths]
        put = put.reshape(*lengths)
        if one:
            order = list(range(1, len(lengths)))
            order.insert(axis, 0)
            put = put.transpose(*order)
    put = at.expand(put, (*arr.lengths[:axis], count, *arr.lengths[axis + 1 :]))
    order_of = sorted(range(count), key=lambda number: places[number])
    source: list[int] = []
    for position in range(length + 1):
        source += [length + number for number in order_of if places[number] == position]
        source += [position] if position < length else []
    return at.op("Gather", at.concat([arr, put], axis), at.constant(source), axis=axis)


@rule("onnx", "_npi_delete")
def delete(at: At, arr: Term, obj: Term | None = None) -> Term:
    if obj is not None:
        raise at.refuse("its positions are elements, which are not known before the graph runs; give numbers")
    axis = at["axis"]
    if not arr.rank and axis is not None:
        return arr
    if axis is None:
        arr, axis = arr.reshape(-1).shaped([product(arr.lengths)]), 0
    length = int(arr.lengths[axis % arr.rank])
    gone = (
        [at["int_ind"] % length] if at["int_ind"] is not None else range(length)[at["start"] : at["stop"] : at["step"]]
    )
    left = np.array([place for place in range(length) if place not in gone], "int64")
    return at.op("Gather", arr, at.constant(left), axis=axis % arr.rank)


rule("onnx", "_npi_insert_tensor")(
    "its positions are elements, which are not known before the graph runs; give numbers"
)
rule("onnx", "_npx_constraint_check")("a check that raises an error: ONNX has no operator for it")


# --- images ----------------------------------------------------------------------------------------------------------


@rule("onnx", "_image_to_tensor")
def image_to_tensor(at: At, data: Term) -> Term:
    rank = data.rank
    scaled = (data / 255.0 if data.is_float else data.cast("float32") / 255.0).cast("float32")
    return scaled.transpose(*range(rank - 3), rank - 1, rank - 3, rank - 2)


@rule("onnx", "_image_normalize")
def image_normalize(at: At, data: Term) -> Term:
    wide = data if data.dtype in ("float32", "float64") else data.cast("float32")
    channels = int(data.lengths[-3])
    center, scale = (np.broadcast_to(np.float32(at[name]), (channels,)).reshape(-1, 1, 1) for name in ("mean", "std"))
    centered = wide - at.constant(center, wide.dtype)
    if data.dtype == "float16":
        centered = centered.cast("float16").cast("float32")
    return centered / at.constant(scale, wide.dtype)


@rule("onnx", "_image_crop")
def image_crop(at: At, data: Term) -> Term:
    x, y, rank = at["x"], at["y"], data.rank
    return at.builder.slice(data, [rank - 3, rank - 2], [y, x], [y + at["height"], x + at["width"]], [1, 1])


@rule("onnx", "_image_flip_left_right")
def image_flip_left_right(at: At, data: Term) -> Term:
    return data.slice(1, -1, None, -1)


@rule("onnx", "_image_flip_top_bottom")
def image_flip_top_bottom(at: At, data: Term) -> Term:
    return data.slice(0, -1, None, -1)


_HOST = "OpenCV reads, decodes or resizes images on the host, with its own rounding; do it before the model"
rule("onnx", "_cvcopyMakeBorder", "_cvimdecode", "_cvimread", "_cvimresize", "_image_resize")(_HOST)


@rule("onnx", "_image_adjust_lighting")
def image_adjust_lighting(at: At, data: Term) -> Term:
    added = np.array(COLOR_COMPONENTS, "float32") @ np.array(at["alpha"], "float32")
    wide = data if data.dtype in ("float32", "float64") else data.cast("float32")
    lit = wide + at.constant(added if data.lengths[2] == 3 else added[:1], wide.dtype)
    return lit if data.dtype != "uint8" else at.op("Clip", lit, at.constant(0, lit.dtype), at.constant(255, lit.dtype))
