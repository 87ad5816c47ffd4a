"""Images brought to another size: means over a given number of fields, and bilinear interpolation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
import torch.nn.functional as F

from ...base import MXNetError
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials

__all__ = ["adaptive_avg_pooling_2d", "bilinear_resize_2d"]


@operator("_contrib_AdaptiveAvgPooling2D")
def adaptive_avg_pooling_2d(data: torch.Tensor, *, output_size: Shape = ()) -> torch.Tensor:
    """Means of an image over a given number of fields, whatever its size.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        images
    output_size : int or (rows, columns)
        how many fields, in each direction or in both; one by default

    Returns
    -------
    NDArray (n, channels, rows, columns)

    Raises
    ------
    MXNetError
        data that are not images of floats, a size below 1

    Examples
    --------
    >>> mx.nd.contrib.AdaptiveAvgPooling2D(mx.nd.array([[[[1, 2, 3, 4]]]]), output_size=(1, 2)).asnumpy().tolist()
    [[[[1.5, 3.5]]]]
    """
    if data.dim() != 4 or not data.is_floating_point():
        raise MXNetError(
            f"AdaptiveAvgPooling2D: data is {describe(data)}; expected floats (n, channels, height, width)"
        )
    if len(output_size) > 2 or any(length < 1 for length in output_size):
        raise MXNetError(f"AdaptiveAvgPooling2D: output_size={output_size}; expected one or two lengths of 1 or more")
    rows, columns = (output_size or (1,))[0], (output_size or (1,))[-1]
    return F.adaptive_avg_pool2d(data, (rows, columns))


def _resized(
    data: torch.Tensor,
    like: torch.Tensor | None,
    height: int,
    width: int,
    scale_height: float | None,
    scale_width: float | None,
    mode: str,
) -> tuple[int, int]:
    """Height and width of the result."""
    old = (data.shape[2], data.shape[3])
    if mode == "like":
        if like is None or like.dim() != 4:
            raise MXNetError(f"BilinearResize2D: like is {describe(like)}; expected 4 axes with mode='like'")
        return like.shape[2], like.shape[3]
    if like is not None:
        raise MXNetError(f"BilinearResize2D: like is {describe(like)} with mode={mode!r}; expected none")
    if mode in ("size", "odd_scale") and (scale_height is not None or mode == "odd_scale"):
        if scale_height is None or scale_width is None:
            raise MXNetError(
                f"BilinearResize2D: scale_height={scale_height}, scale_width={scale_width} with mode={mode!r}; "
                "expected both"
            )
        scales = (scale_height, scale_width)
        if mode == "size":
            return int(old[0] * scales[0]), int(old[1] * scales[1])
        sizes = [int((n - 1) * scale) + 1 if n % 2 else int(n * scale) for n, scale in zip(old, scales)]
        return sizes[0], sizes[1]
    if mode == "size":
        return height, width
    wanted, step = (0 if "even" in mode else 1), (1 if mode.endswith("up") else -1)
    sizes = [n if n % 2 == wanted else n + step for n in old]
    return sizes[0], sizes[1]


@operator("_contrib_BilinearResize2D", asks={"like": lambda attributes: attributes["mode"] == "like"})
def bilinear_resize_2d(
    data: torch.Tensor,
    like: torch.Tensor | None = None,
    *,
    height: int = 1,
    width: int = 1,
    scale_height: float | None = None,
    scale_width: float | None = None,
    mode: Literal["like", "odd_scale", "size", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up"] = "size",
    align_corners: bool = True,
) -> torch.Tensor:
    """Images at another size, by bilinear interpolation.

    Parameters
    ----------
    data : NDArray (n, channels, rows, columns)
        images
    like : NDArray (n, channels, height, width)
        with mode 'like': an image of the size that is wanted
    height, width : int
        with mode 'size': the size
    scale_height, scale_width : float, optional
        with mode 'size': the size as a multiple of that of data; with 'odd_scale' of the length less one where that
        is odd
    mode : str
        'size', 'like', 'odd_scale', or the next length that is even or odd: 'to_even_up', 'to_odd_down' …
    align_corners : bool
        the corner elements stay where they are, or else the outer edges of the corner elements do

    Returns
    -------
    NDArray (n, channels, height, width)

    Raises
    ------
    MXNetError
        data that are not images of floats, a size below 1, arguments that the mode has no use for

    Examples
    --------
    >>> mx.nd.contrib.BilinearResize2D(mx.nd.array([[[[0, 1]]]]), height=1, width=3).asnumpy().tolist()
    [[[[0.0, 0.5, 1.0]]]]
    """
    if data.dim() != 4 or not data.is_floating_point():
        raise MXNetError(f"BilinearResize2D: data is {describe(data)}; expected floats (n, channels, rows, columns)")
    size = _resized(data, like, height, width, scale_height, scale_width, mode)
    if min(size) < 1:
        raise MXNetError(f"BilinearResize2D: height {size[0]} and width {size[1]}; expected 1 or more")
    if not align_corners:  # a result of one row or column is the first one in MXNet, not the middle
        data = data[:, :, : 1 if size[0] == 1 else None, : 1 if size[1] == 1 else None]
    return F.interpolate(data, size=size, mode="bilinear", align_corners=align_corners)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_contrib_AdaptiveAvgPooling2D", "_contrib_BilinearResize2D")
def _other_sides(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None or len(out) != 4 else (*out[:2], UNKNOWN, UNKNOWN),)
