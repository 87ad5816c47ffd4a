"""Images resized and sampled."""

from __future__ import annotations

import numpy as np

from .....ops.registry import rule
from ...lengths import Length
from ...terms import Term
from ...walking import At


@rule("onnx", "UpSampling")
def upsampling(at: At, *data: Term) -> Term:
    scale, image = at["scale"], data[0]
    if at["sample_type"] == "bilinear":
        kernel = 2 * scale - scale % 2
        border = -(-(scale - 1) // 2)
        if not kernel:
            return image
        out = at.op(
            "ConvTranspose", image, data[1], kernel_shape=(kernel, kernel), strides=(scale, scale), pads=(border,) * 4,
            group=int(image.lengths[1]),
        )  # fmt: skip
        excess = kernel - scale - 2 * border
        return at.builder.slice(out, [2, 3], [0, 0], [-excess, -excess], [1, 1]) if excess > 0 else out
    height, width = image.lengths[2] * scale, image.lengths[3] * scale
    enlarged = [_nearest(at, each, height // each.lengths[2], width // each.lengths[3]) for each in data]
    if len(enlarged) == 1:
        return enlarged[0]
    return at.concat(enlarged, 1) if at["multi_input_mode"] == "concat" else at.op("Sum", *enlarged)


def _nearest(at: At, image: Term, down: Length, right: Length) -> Term:
    down, right = int(down), int(right)
    if down == right == 1:
        return image
    scales = at.constant([1, 1, down, right], "float32")
    return at.op(
        "Resize", image, None, scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
    )


@rule("onnx", "_contrib_BilinearResize2D")
def bilinear_resize_2d(at: At, data: Term, like: Term | None = None) -> Term:
    rows, columns = at.shape[2:]
    if at["align_corners"]:
        places = "align_corners"
    else:
        places = "half_pixel"
        cut = [axis for axis, length in ((2, rows), (3, columns)) if length == 1]
        if cut:  # a single row or column is the first
            ones = [1] * len(cut)
            data = at.builder.slice(data, cut, [0] * len(cut), ones, ones)
    sizes = at.lengths(at.shape)
    return at.op("Resize", data, None, None, sizes, mode="linear", coordinate_transformation_mode=places)


@rule("onnx", "_contrib_AdaptiveAvgPooling2D")
def adaptive_avg_pooling_2d(at: At, data: Term) -> Term:
    size = at["output_size"] or (1,)
    rows, columns = size[0], size[-1]
    if rows == columns == 1:
        return at.op("GlobalAveragePool", data)
    height, width = (int(each) for each in data.lengths[2:])
    if not height % rows and not width % columns:
        window = (height // rows, width // columns)
        return at.op("AveragePool", data, kernel_shape=window, strides=window)
    down = at.constant(_averages(height, rows), data.dtype)
    return at.op("MatMul", at.op("MatMul", down, data), at.constant(_averages(width, columns).T, data.dtype))


def _averages(length: int, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A matrix that averages windows as even as possible."""
    matrix = np.zeros((count, length))
    for row in range(count):
        start, end = row * length // count, -(-(row + 1) * length // count)
        matrix[row, start:end] = 1 / (end - start)
    return matrix


# --- sampling at places ----------------------------------------------------------------------------------------------


def _places(length: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.arange(length) * 2 / np.float64(length - 1) - 1


def _affine_grid(at: At, matrices: Term, target_shape: tuple[int, ...]) -> Term:
    height, width = target_shape
    x, y = np.meshgrid(_places(width), _places(height))
    targets = np.stack([x, y, np.ones((height, width))]).reshape(3, -1)
    batch = matrices.lengths[0]
    moved = at.op("MatMul", matrices.reshape(batch, 2, 3), at.constant(targets, matrices.dtype))
    return moved.reshape(batch, 2, height, width)


def _sampled(at: At, data: Term, grid: Term) -> Term:
    kind = data.dtype
    if kind == "float16":
        data, grid = data.cast("float32"), grid.cast("float32")
    mode = "bilinear" if at.opset < 20 else "linear"
    return at.op("GridSample", data, grid.transpose(0, 2, 3, 1), align_corners=1, mode=mode, padding_mode="zeros")


@rule("onnx", "GridGenerator")
def grid_generator(at: At, data: Term) -> Term:
    if at["transform_type"] == "affine":
        return _affine_grid(at, data, at["target_shape"])
    height, width = (int(each) for each in data.lengths[2:])
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    half = np.array([(width - 1) / 2, (height - 1) / 2]).reshape(1, 2, 1, 1)
    moved = data + at.constant(np.stack([columns, rows])[None], data.dtype)
    return moved / at.constant(half, data.dtype) - 1.0


@rule("onnx", "BilinearSampler")
def bilinear_sampler(at: At, data: Term, grid: Term) -> Term:
    return _sampled(at, data, grid)


@rule("onnx", "SpatialTransformer")
def spatial_transformer(at: At, data: Term, loc: Term) -> Term:
    return _sampled(at, data, _affine_grid(at, loc, at["target_shape"]))


@rule("onnx", "Correlation")
def correlation(at: At, data1: Term, data2: Term) -> Term:
    kernel, most, stride = at["kernel_size"], at["max_displacement"], at["stride1"]
    border = at["pad_size"]
    rows, columns = (int(each) for each in at.shape[2:])
    height, width = (rows - 1) * stride + kernel, (columns - 1) * stride + kernel
    pads = at.constant([0, 0, border, border] * 2)
    first, second = (at.op("Pad", each, pads) if border else each for each in (data1, data2))

    def window(image: Term, top: int, left: int) -> Term:
        return at.builder.slice(image, [2, 3], [top, left], [top + height, left + width], [1, 1])

    patches, found = window(first, most, most), []
    reach = most // at["stride2"] * at["stride2"]
    for down in range(-reach, reach + 1, at["stride2"]):
        for right in range(-reach, reach + 1, at["stride2"]):
            others = window(second, most + down, most + right)
            alike = patches * others if at["is_multiply"] else at.op("Abs", patches - others)
            found.append(alike.reduce("Mean", [1]))
    means = at.concat(found, 1)
    if kernel == stride == 1:
        return means
    return at.op("AveragePool", means, kernel_shape=(kernel, kernel), strides=(stride, stride))
