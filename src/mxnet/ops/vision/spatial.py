"""Images seen through a field of positions, and the correlation of two images over displacements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
import torch.nn.functional as F

from ...base import MXNetError
from .. import host
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or, merged

__all__ = ["bilinear_sampler", "correlation", "grid_generator", "spatial_transformer"]


def _places(length: int, like: torch.Tensor) -> torch.Tensor:
    """The positions of a row's elements from -1 to 1; nan for a row of one, which has no such positions."""
    steps = torch.arange(length, dtype=like.dtype, device=like.device)
    return steps * 2 / (length - 1) - 1


def _affine_grid(name: str, matrices: torch.Tensor, target_shape: Shape) -> torch.Tensor:
    if len(target_shape) != 2 or min(target_shape) < 1:
        raise MXNetError(f"{name}: target_shape={target_shape}; expected a height and a width of 1 or more")
    height, width = target_shape
    x, y = _places(width, matrices), _places(height, matrices)
    ones = torch.ones((height, width), dtype=matrices.dtype, device=matrices.device)
    targets = torch.stack([x.expand(height, width), y.unsqueeze(1).expand(height, width), ones]).reshape(3, -1)
    return (matrices.reshape(-1, 2, 3) @ targets).reshape(-1, 2, height, width)


@operator("GridGenerator", outputs=("output", "grid"), host=host.NUMBERS)
def grid_generator(
    data: torch.Tensor, *, transform_type: Literal["affine", "warp"], target_shape: Shape = (0, 0)
) -> torch.Tensor:
    """For each element of an image the position (x, y) it comes from, -1 and 1 being the borders of the source.

    Parameters
    ----------
    data : NDArray (n, 6), or (n, 2, height, width) with 'warp'
        with 'affine' the rows of a 2 x 3 matrix, which takes a target's (x, y, 1) to its source; with 'warp' how far
        right and down of itself each element finds its source, in elements
    transform_type : str
        'affine' or 'warp'
    target_shape : (height, width)
        the size of the field, with 'affine'

    Returns
    -------
    NDArray (n, 2, height, width)
        x and y, as :func:`BilinearSampler` takes them

    Raises
    ------
    MXNetError
        data or a target_shape that does not fit the kind

    Examples
    --------
    >>> identity = mx.nd.array([[1, 0, 0, 0, 1, 0]])
    >>> mx.nd.GridGenerator(identity, transform_type="affine", target_shape=(2, 3))[0, 0].asnumpy().tolist()
    [[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]
    """
    if not data.is_floating_point():
        raise MXNetError(f"GridGenerator: data is {describe(data)}; expected floats")
    if transform_type == "affine":
        if data.dim() != 2 or data.shape[1] != 6:
            raise MXNetError(f"GridGenerator: data is {describe(data)}; expected (n, 6) with transform_type='affine'")
        return _affine_grid("GridGenerator", data, target_shape)
    if data.dim() != 4 or data.shape[1] != 2:
        raise MXNetError(
            f"GridGenerator: data is {describe(data)}; expected (n, 2, height, width) with transform_type='warp'"
        )
    height, width = data.shape[2:]
    columns = torch.arange(width, dtype=data.dtype, device=data.device).expand(height, width)
    rows = torch.arange(height, dtype=data.dtype, device=data.device).unsqueeze(1).expand(height, width)
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2], dtype=data.dtype, device=data.device).reshape(2, 1, 1)
    return (data + torch.stack([columns, rows])) / half - 1


def _sampled(data: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    # not every torch has it for float16 on the processor
    kind = torch.float32 if data.dtype is torch.float16 and data.device.type == "cpu" else data.dtype
    places = grid.permute(0, 2, 3, 1).to(kind)
    sampled = F.grid_sample(data.to(kind), places, mode="bilinear", padding_mode="zeros", align_corners=True)
    return sampled.to(data.dtype)


@operator("BilinearSampler", outputs=("output", "workspace"))
def bilinear_sampler(data: torch.Tensor, grid: torch.Tensor, *, cudnn_off: bool | None = None) -> torch.Tensor:
    """Images read at given positions, between elements by bilinear interpolation, and 0 outside of the image.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        the images
    grid : NDArray (n, 2, rows, columns)
        x and y of each element's source; -1 is the first column or row and 1 the last
    cudnn_off
        taken for MXNet's sake

    Returns
    -------
    NDArray (n, channels, rows, columns)

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit

    References
    ----------
    Jaderberg and others 2015, Spatial Transformer Networks

    Examples
    --------
    >>> x, corner = mx.nd.array([[[[1, 2], [3, 4]]]]), mx.nd.array([[[[0]], [[-1]]]])
    >>> mx.nd.BilinearSampler(x, corner).asscalar()
    1.5
    """
    fits = data.dim() == 4 and grid.dim() == 4 and grid.shape[1] == 2 and grid.shape[0] == data.shape[0]
    if not fits or data.dtype != grid.dtype or not data.is_floating_point():
        raise MXNetError(
            f"BilinearSampler: data {describe(data)} and grid {describe(grid)}; expected (n, channels, height, width) "
            "and (n, 2, rows, columns) of one floating dtype"
        )
    return _sampled(data, grid)


@operator("SpatialTransformer", outputs=("output", "grid", "workspace"))
def spatial_transformer(
    data: torch.Tensor,
    loc: torch.Tensor,
    *,
    target_shape: Shape = (0, 0),
    transform_type: Literal["affine"],
    sampler_type: Literal["bilinear"],
    cudnn_off: bool | None = None,
) -> torch.Tensor:
    """Images under affine maps: :func:`GridGenerator` and :func:`BilinearSampler` in one.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        the images
    loc : NDArray (n, 6)
        the rows of a 2 x 3 matrix for each image
    target_shape : (height, width)
        the size of the result
    transform_type, sampler_type : str
        'affine' and 'bilinear', the only ones there are
    cudnn_off
        taken for MXNet's sake

    Returns
    -------
    NDArray (n, channels, *target_shape)

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit

    References
    ----------
    Jaderberg and others 2015, Spatial Transformer Networks
    """
    fits = data.dim() == 4 and tuple(loc.shape) == (data.shape[0], 6)
    if not fits or data.dtype != loc.dtype or not data.is_floating_point():
        raise MXNetError(
            f"SpatialTransformer: data {describe(data)} and loc {describe(loc)}; expected (n, channels, height, width) "
            "and (n, 6) of one floating dtype"
        )
    return _sampled(data, _affine_grid("SpatialTransformer", loc, target_shape))


@operator("Correlation", outputs=("output", "workspace0", "workspace1"))
def correlation(
    data1: torch.Tensor,
    data2: torch.Tensor,
    *,
    kernel_size: int = 1,
    max_displacement: int = 1,
    stride1: int = 1,
    stride2: int = 1,
    pad_size: int = 0,
    is_multiply: bool = True,
) -> torch.Tensor:
    """How alike patches of an image are to patches of another one nearby.

    Parameters
    ----------
    data1, data2 : NDArray (n, channels, height, width)
        images of one shape
    kernel_size : int
        length and width of a patch, odd
    max_displacement : int
        how far away patches are compared
    stride1, stride2 : int
        the distance of patches of the first image, and of the displacements
    pad_size : int
        zeros around both images
    is_multiply : bool
        compare by the product of elements, or else by their absolute difference

    Returns
    -------
    NDArray (n, displacements, rows, columns)
        the mean over patch and channels, for each displacement, row by row

    Raises
    ------
    MXNetError
        shapes that differ, an even kernel_size, displacements that lead out of the image

    References
    ----------
    Fischer and others 2015, FlowNet
    """
    if data1.dim() != 4 or data1.shape != data2.shape or data1.dtype != data2.dtype:
        raise MXNetError(
            f"Correlation: data1 {describe(data1)} and data2 {describe(data2)}; expected two arrays "
            "(n, channels, height, width) of one shape and dtype"
        )
    if kernel_size < 1 or kernel_size % 2 == 0 or min(stride1, stride2) < 1 or min(max_displacement, pad_size) < 0:
        raise MXNetError(
            f"Correlation: kernel_size={kernel_size}, max_displacement={max_displacement}, stride1={stride1}, "
            f"stride2={stride2}, pad_size={pad_size}; expected an odd kernel_size, strides of 1 or more, the others 0 "
            "or more"
        )
    first, second = F.pad(data1, (pad_size,) * 4), F.pad(data2, (pad_size,) * 4)
    border = 2 * max_displacement + kernel_size - 1
    rows, columns = (-(-(length - border) // stride1) for length in first.shape[2:])
    if rows < 1 or columns < 1:
        raise MXNetError(
            f"Correlation: kernel_size={kernel_size} and max_displacement={max_displacement} do not fit into data "
            f"{describe(data1)} with pad_size={pad_size}"
        )
    height, width = (rows - 1) * stride1 + kernel_size, (columns - 1) * stride1 + kernel_size
    patches = first[:, :, max_displacement : max_displacement + height, max_displacement : max_displacement + width]
    reach = max_displacement // stride2 * stride2
    found = []
    for down in range(-reach, reach + 1, stride2):
        for right in range(-reach, reach + 1, stride2):
            top, left = max_displacement + down, max_displacement + right
            others = second[:, :, top : top + height, left : left + width]
            if is_multiply:
                alike = patches * others
            else:  # where they are equal the gradient is that of patches - others, as MXNet has it
                alike = torch.where(patches >= others, patches - others, others - patches)
            found.append(alike.mean(1, keepdim=True))
    means = torch.cat(found, 1)
    return means if kernel_size == stride1 == 1 else F.avg_pool2d(means, kernel_size, stride1)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "GridGenerator")
def _of_a_grid(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    if attributes["transform_type"] == "warp":
        return (outputs[0],)
    return ((length_or(outputs[0], 0), 6),)


@rule("inputs", "BilinearSampler")
def _of_data_and_grid(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, grid, out = inputs[0], inputs[1], outputs[0]
    batch = _batch(data, grid, out)
    return (batch, length_or(out, 1), UNKNOWN, UNKNOWN), (batch, 2, length_or(out, 2), length_or(out, 3))


@rule("inputs", "SpatialTransformer")
def _of_data_and_parameters(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    batch = _batch(*inputs, outputs[0])
    return (batch, length_or(outputs[0], 1), UNKNOWN, UNKNOWN), (batch, 6)


@rule("inputs", "Correlation")
def _of_two_batches(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    batch = None if out is None else (out[0], UNKNOWN, UNKNOWN, UNKNOWN)
    return (merged((*inputs, batch)),) * 2


def _batch(*shapes: Shape | None) -> int:
    return next((length for length in (length_or(each, 0) for each in shapes) if length != UNKNOWN), UNKNOWN)
