"""Images resized, sampled and cut into regions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from ..values import DependsOnLength

__all__: list[str] = []


@reads("Resize", "Upsample")
def resize(at: At) -> Any:
    """To another size: nearest pixels, or lines between them."""
    mode = at.attribute("mode", "nearest")
    goals, scales = _sizes(at)
    value = at.value(0)
    if value.rank < 3 or any(goal[:2] != shape[:2] for goal, shape in zip(goals, value.shapes)):
        raise at.refuse(f"from {list(value.shape)} to {list(goals[0])}; height and width alone can change")
    if goals == list(value.shapes):
        return at.call("_copy", at.symbol(0))
    transform = at.attribute("coordinate_transformation_mode", "half_pixel" if at.opset >= 11 else "asymmetric")
    if at.op == "Upsample" or at.opset < 11:
        transform = "asymmetric"
    nearest = at.attribute("nearest_mode", "round_prefer_floor" if at.opset >= 11 else "floor")
    whole = all(scale == int(scale) for scale in scales[2:]) and value.rank == 4 and len(set(scales[2:])) == 1
    if mode == "nearest" and whole and (transform, nearest) in (
        ("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("half_pixel", "round_prefer_ceil"),
        ("pytorch_half_pixel", "round_prefer_floor"),
    ):  # fmt: skip
        return at.call("UpSampling", at.symbol(0), scale=int(scales[2]), sample_type="nearest", num_args=1)
    if at.attribute("antialias", 0):
        raise at.refuse("antialias")
    exact = all(goal == scale * length for goal, scale, length in zip(goals[0], scales, value.shape))
    if mode == "linear" and value.rank == 4 and transform == "align_corners" and exact:
        return at.call(
            "_contrib_BilinearResize2D", at.symbol(0), height=goals[0][2], width=goals[0][3], align_corners=True
        ) if goals[0][2:] == goals[1][2:] else _scaled(at, goals)  # fmt: skip
    if mode not in ("nearest", "linear", "cubic"):
        raise at.refuse(f"mode {mode!r}; expected nearest, linear or cubic")
    return _by_matrices(at, goals, scales, mode, transform, nearest)


def _scaled(at: At, goals: Any) -> Symbol:
    raise DependsOnLength(f"{at!r}: a size that depends on a length that is open")


def _sizes(at: At) -> tuple[list[tuple[int, ...]], list[float]]:
    """The shapes that are wanted, for both lengths, and by how much each axis grows."""
    shapes = at.value(0).shapes
    axes = at.attribute("axes")
    if at.op == "Upsample" or at.opset < 11:
        scales = at.attribute("scales") or at.constant(1, "scales").tolist()
    else:
        if at.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
            raise at.refuse("keep_aspect_ratio_policy other than stretch")
        if at.has(3) and at.value(3).shape != (0,):
            goals = []
            for shape, sizes in zip(shapes, at.pair(3, "sizes")):
                full = list(shape)
                for axis, size in zip(range(len(shape)) if axes is None else axes, sizes.tolist()):
                    full[axis] = size
                goals.append(tuple(full))
            return goals, [goal / length for goal, length in zip(goals[0], shapes[0])]
        scales = at.constant(2, "scales").tolist()
    full_scales = [1.0] * len(shapes[0])
    for axis, scale in zip(range(len(full_scales)) if axes is None else axes, scales):
        full_scales[axis] = scale
    return [tuple(int(np.floor(n * s)) for n, s in zip(shape, full_scales)) for shape in shapes], full_scales


def _by_matrices(at: At, goals: Any, scales: Any, mode: str, transform: str, nearest: str) -> Symbol:
    """Each axis by a matrix that says of which elements an element is made."""
    one, other = at.value(0).shapes
    if one[2:] != other[2:]:
        raise DependsOnLength(f"{at!r}: of a height or width that is open")
    symbol, rank = at.symbol(0), len(one)
    for axis in range(2, rank):
        if goals[0][axis] == one[axis]:
            continue
        matrix = _weights(at, one[axis], goals[0][axis], scales[axis], mode, transform, nearest)
        weight = at.parameter(matrix.astype(np.float32), f"axis{axis}")
        order = [each for each in range(rank) if each != axis] + [axis]
        moved = at.call("transpose", symbol, axes=tuple(order)) if axis != rank - 1 else symbol
        made = at.call("FullyConnected", moved, weight, num_hidden=goals[0][axis], no_bias=True, flatten=False)
        back = np.argsort(order).tolist()
        symbol = at.call("transpose", made, axes=tuple(back)) if axis != rank - 1 else made
    return symbol


def _weights(
    at: At, length: int, goal: int, scale: float, mode: str, transform: str, nearest: str
) -> np.ndarray[Any, Any]:
    """For each new element the share of each old one."""
    places = np.arange(goal, dtype=np.float64)
    if transform == "align_corners":
        found = places * (length - 1) / (scale * length - 1) if goal > 1 else places * 0
    elif transform == "asymmetric":
        found = places / scale
    elif transform == "half_pixel" or (transform == "pytorch_half_pixel" and goal > 1):
        found = (places + 0.5) / scale - 0.5
    elif transform == "pytorch_half_pixel":
        found = places * 0
    elif transform == "half_pixel_symmetric":
        adjusted = length / 2 * (1 - goal / (scale * length))
        found = adjusted + (places + 0.5) / scale - 0.5
    else:
        raise at.refuse(f"coordinate_transformation_mode {transform!r}")
    matrix = np.zeros((goal, length))
    rows = np.arange(goal)
    if mode == "nearest":
        rounded = {
            "floor": np.floor(found), "ceil": np.ceil(found), "round_prefer_floor": np.ceil(found - 0.5),
            "round_prefer_ceil": np.floor(found + 0.5),
        }[nearest]  # fmt: skip
        matrix[rows, np.clip(rounded, 0, length - 1).astype(int)] = 1
        return matrix
    low = np.floor(found)
    part = found - low
    if mode == "linear":
        weights = {0: 1 - part, 1: part}
    else:
        a = at.attribute("cubic_coeff_a", -0.75)
        weights = {
            -1: ((a * (part + 1) - 5 * a) * (part + 1) + 8 * a) * (part + 1) - 4 * a,
            0: ((a + 2) * part - (a + 3)) * part * part + 1,
            1: ((a + 2) * (1 - part) - (a + 3)) * (1 - part) * (1 - part) + 1,
            2: ((a * (2 - part) - 5 * a) * (2 - part) + 8 * a) * (2 - part) - 4 * a,
        }
    for offset, share in weights.items():
        if at.attribute("exclude_outside", 0):
            share = np.where((low + offset < 0) | (low + offset > length - 1), 0, share)
        np.add.at(matrix, (rows, np.clip(low + offset, 0, length - 1).astype(int)), share)
    return matrix / matrix.sum(1, keepdims=True)


@reads("GridSample")
def grid_sample(at: At) -> Symbol:
    """Pixels at places of a grid, between −1 and 1."""
    mode, outside = at.attribute("mode", "bilinear"), at.attribute("padding_mode", "zeros")
    if mode not in ("bilinear", "linear") or outside not in ("zeros", "border") or at.value(0).rank != 4:
        raise at.refuse(f"mode {mode!r} and padding_mode {outside!r} of images; bilinear and zeros or border are read")
    grid = at.symbol(1)
    if not at.attribute("align_corners", 0):
        one, other = (np.array([s[3], s[2]], np.float32) / (np.array([s[3], s[2]]) - 1) for s in at.value(0).shapes)
        if not np.array_equal(one, other):
            raise DependsOnLength(f"{at!r}: of a height or width that is open")
        grid = at.call("broadcast_mul", grid, at.parameter(one.astype(np.float32).reshape(1, 1, 1, 2), "scale"))
    if outside == "border":
        grid = at.call("clip", grid, a_min=-1.0, a_max=1.0)
    return at.call("BilinearSampler", at.symbol(0), at.call("transpose", grid, axes=(0, 3, 1, 2)))


@reads("MaxRoiPool")
def max_roi_pool(at: At) -> Symbol:
    """The largest in each cell of regions."""
    return at.call(
        "ROIPooling", at.symbol(0), at.symbol(1), pooled_size=tuple(at.attribute("pooled_shape")),
        spatial_scale=at.attribute("spatial_scale", 1.0),
    )  # fmt: skip


@reads("RoiAlign")
def roi_align(at: At) -> Symbol:
    """The mean of samples in each cell of regions."""
    if at.attribute("mode", "avg") != "avg":
        raise at.refuse("mode other than avg")
    shift = at.attribute("coordinate_transformation_mode", "half_pixel" if at.opset >= 16 else "output_half_pixel")
    number = at.cast(at.call("expand_dims", at.symbol(2), axis=1), np.float32)
    regions = at.call("Concat", number, at.symbol(1), dim=1)
    return at.call(
        "_contrib_ROIAlign", at.symbol(0), regions,
        pooled_size=(at.attribute("output_height", 1), at.attribute("output_width", 1)),
        spatial_scale=at.attribute("spatial_scale", 1.0), sample_ratio=at.attribute("sampling_ratio", 0) or -1,
        aligned=shift == "half_pixel",
    )  # fmt: skip
