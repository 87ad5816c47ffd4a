"""Images between files and arrays, and bordered and resized ones: what MXNet has OpenCV do, and so do we."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ..._opencv import require_opencv
from ...base import MXNetError
from ...serialization.images import png_problem
from .. import host
from ..registry import Floats, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or

__all__ = ["copy_make_border", "decode", "read", "resize"]


def _decoded(name: str, source: str, encoded: np.ndarray, flag: int, to_rgb: bool) -> torch.Tensor:
    if flag not in (0, 1):
        raise MXNetError(f"{name}: flag={flag}, expected 1 for colour or 0 for grey")
    if encoded.size == 0:
        raise MXNetError(f"{name}: {source} is empty")
    problem = png_problem(encoded.data)
    if problem is not None:
        raise MXNetError(f"{name}: {source} is {problem}")
    cv2 = require_opencv(name)
    try:
        pixels = cv2.imdecode(encoded, flag)
    except cv2.error as error:
        raise MXNetError(f"{name}: {source} cannot be decoded: {error.err}") from error
    if pixels is None:
        raise MXNetError(f"{name}: {source} is no image that OpenCV can decode")
    if flag == 0:
        return torch.from_numpy(pixels).unsqueeze(-1)
    return torch.from_numpy(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) if to_rgb else pixels)


@operator("_cvimdecode", "_npi_cvimdecode", host=host.COMPUTES)
def decode(buf: torch.Tensor, *, flag: int = 1, to_rgb: bool = True) -> torch.Tensor:
    """Decode an image from the bytes of its file.

    Parameters
    ----------
    buf : NDArray
        the bytes, uint8 with one axis
    flag : int
        1 for three channels, 0 for grey
    to_rgb : bool
        whether the channels are red, green, blue; otherwise blue, green, red, as OpenCV has them

    Returns
    -------
    NDArray
        uint8, height × width × channels

    Raises
    ------
    MXNetError
        the bytes are no image, or OpenCV is not installed
    """
    if buf.dtype != torch.uint8 or buf.dim() != 1:
        raise MXNetError(f"_cvimdecode: buf is {describe(buf)}, expected uint8 with one axis")
    return _decoded("_cvimdecode", "buf", buf.cpu().numpy(), flag, to_rgb)


@operator("_cvimread", "_npi_cvimread", host=host.COMPUTES)
def read(*, filename: str, flag: int = 1, to_rgb: bool = True) -> torch.Tensor:
    """Read an image from a file; arguments and result as of `_cvimdecode`.

    Raises
    ------
    MXNetError
        the file cannot be read or is no image, or OpenCV is not installed
    """
    try:
        encoded = np.fromfile(filename, dtype=np.uint8)
    except OSError as error:
        raise MXNetError(f"_cvimread: cannot read {filename!r}: {error.strerror or error}") from error
    return _decoded("_cvimread", repr(filename), encoded, flag, to_rgb)


def _with_opencv(name: str, src: torch.Tensor, work: Any) -> torch.Tensor:
    """Let OpenCV work on an image; it drops the axis of a single channel, which is put back."""
    if src.dim() != 3:
        raise MXNetError(f"{name}: src is {describe(src)}, expected height × width × channels")
    cv2 = require_opencv(name)
    try:
        result = work(cv2, src.detach().cpu().contiguous().numpy())
    except cv2.error as error:
        raise MXNetError(f"{name}: src is {describe(src)}: {error.err}") from error
    return torch.from_numpy(result).view(*result.shape[:2], src.shape[2]).to(src.device)


@operator("_cvimresize", "_npi_cvimresize", host=host.COMPUTES)
def resize(src: torch.Tensor, *, w: int, h: int, interp: int = 1) -> torch.Tensor:
    """Resize an image.

    Parameters
    ----------
    src : NDArray
        height × width × channels; uint8, float32 or float64
    w, h : int
        the new width and height, in pixels
    interp : int
        OpenCV's number: 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos

    Raises
    ------
    MXNetError
        a size below 1, an interpolation or a dtype OpenCV does not know, or OpenCV is not installed
    """
    if w < 1 or h < 1:
        raise MXNetError(f"_cvimresize: w={w} and h={h}, expected both at least 1")
    return _with_opencv("_cvimresize", src, lambda cv2, pixels: cv2.resize(pixels, (w, h), interpolation=interp))


@operator("_cvcopyMakeBorder", host=host.COMPUTES)
def copy_make_border(
    src: torch.Tensor,
    *,
    top: int,
    bot: int,
    left: int,
    right: int,
    type: int = 0,
    value: float = 0.0,
    values: Floats = (),
) -> torch.Tensor:
    """Put a border around an image.

    Parameters
    ----------
    src : NDArray
        height × width × channels
    top, bot, left, right : int
        the border's width on each side, in pixels
    type : int
        OpenCV's number: 0 a constant, 1 the edge repeated, 2 and 4 the image mirrored, 3 the image repeated
    value : float
        the constant
    values : tuple of float
        the constant for each channel, instead of `value`

    Raises
    ------
    MXNetError
        a negative width, a type or a dtype OpenCV does not know, or OpenCV is not installed
    """
    if min(top, bot, left, right) < 0:
        raise MXNetError(f"_cvcopyMakeBorder: borders {top}, {bot}, {left}, {right}, expected none below 0")
    constant = tuple(values) or (value,) * 4
    return _with_opencv(
        "_cvcopyMakeBorder",
        src,
        lambda cv2, pixels: cv2.copyMakeBorder(pixels, top, bot, left, right, type, value=constant),
    )


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "_cvimdecode")("the file says how large the image is")
rule("outputs", "_cvimdecode", "_cvimread")("the file says how large the image is")


@rule("inputs", "_cvimresize", "_cvcopyMakeBorder")
def _as_many_channels(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return ((UNKNOWN, UNKNOWN, length_or(outputs[0], 2)),)


@rule("outputs", "_cvimresize")
def _of_this_size(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return ((attributes["h"], attributes["w"], length_or(inputs[0], 2)),)


@rule("outputs", "_cvcopyMakeBorder")
def _with_a_border(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    high, wide = length_or(inputs[0], 0), length_or(inputs[0], 1)
    high = high if high == UNKNOWN else high + attributes["top"] + attributes["bot"]
    wide = wide if wide == UNKNOWN else wide + attributes["left"] + attributes["right"]
    return ((high, wide, length_or(inputs[0], 2)),)
